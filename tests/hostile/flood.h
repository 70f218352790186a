// Attackers of several kinds at full speed: strangers, and members who say one thing again and again.
#pragma once

#include <sodium.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "core/mail/frame.h"
#include "tests/hostile/attacker.h"

namespace kith::hostile {

extern std::chrono::seconds flood_seconds;  // 3, or what --seconds says

struct Target {
  std::uint16_t port;
  LinkPk link;
};
struct Member {
  DeviceId device;
  const crypto::LinkKeypair& link;
};

// Seconds of processor that a process had.
inline double processor_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

class Flood {
 public:
  explicit Flood(const Target& target) : target_(target) {}
  ~Flood() { stop(); }
  void start(std::function<void(std::size_t)> once) {
    threads_.emplace_back([this, once = std::move(once)] {
      for (std::size_t turn = 0; !over_; ++turn) once(turn);
    });
  }
  void stop() {
    over_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }
  bool over() const { return over_; }
  std::atomic<std::uint64_t> said = 0;  // bytes
  std::atomic<std::uint64_t> calls = 0;
  std::atomic<std::uint64_t> handshakes = 0;  // of strangers, up to what costs public-key work
  std::atomic<std::uint64_t> inside = 0;      // members' connections that were let in

  // Strangers who connect, some saying noise.
  void knock(std::size_t turn) {
    Attacker by(target_.port, target_.link, stranger_);
    ++calls;
    if (turn % 2 == 0) by.say(Bytes(100, static_cast<std::uint8_t>(turn)));
    if (turn % 10 == 0) by.reset();
  }
  // Strangers who shake hands: each costs the other side public-key work.
  void shake_hands() {
    Attacker by(target_.port, target_.link, stranger_);
    ++calls;
    if (!by.greet() || !by.say(by.hello()) || !by.take_welcome(milliseconds(500))) return;
    handshakes += by.say(by.initiate()) ? 1 : 0;
    by.cut_within(milliseconds(20));
  }
  // A member who says one thing again and again until it is cut, then calls again.
  void repeat(const Member& as, const Bytes& what, std::uint8_t inner) {
    Attacker by(target_.port, target_.link, as.link);
    ++calls;
    if (!by.greet() || !by.say(by.hello()) || !by.take_welcome(milliseconds(500))) return;
    by.say(by.initiate());
    if (!by.take_ready(milliseconds(300))) return std::this_thread::sleep_for(milliseconds(50));
    ++inside;
    by.say(by.message(mail::encode_frame(mail::frame::Hello{1, {1}, as.device, as.link.pk})));
    by.say(by.message(mail::encode_frame(mail::frame::Frontier{})));
    while (!over_) {
      const Bytes sealed = by.message(what, inner);
      if (!by.say(sealed)) return;
      said += sealed.size();
    }
  }

 private:
  Target target_;
  crypto::SystemRandom random_;
  crypto::LinkKeypair stranger_ = crypto::link_keypair(random_);
  std::atomic<bool> over_ = false;
  std::vector<std::thread> threads_;
};

inline Bytes large_of_a_newer_kith() {
  Bytes bytes = {0xfa, 0x07, 0x80, 0x80, 0x1e};  // field 127, 480 KiB
  bytes.resize(bytes.size() + (480 << 10), 'x');
  return bytes;
}

inline Bytes offer_of_nothing() {
  mail::frame::Offer offer;
  for (int i = 0; i < 255; ++i) {
    std::array<std::uint8_t, 32> id{};
    randombytes_buf(id.data(), id.size());
    offer.items.push_back({EventId(id), Digest(id), 5'000});
  }
  return mail::encode_frame(offer);
}

struct Nuisance {  // what a member repeats
  Bytes what;
  std::uint8_t inner = 0;
};
inline std::vector<Nuisance> nuisances() {
  return {{offer_of_nothing()},
          {large_of_a_newer_kith()},
          {named("PING", joined({Bytes{0, 100}, Bytes(16, 'p')})), kInnerCommand},
          {Bytes(64 << 10, 'm'), kInnerMore},  // parts of a message without end
          {mail::encode_frame(mail::frame::Credit{0})}};
}

}  // namespace kith::hostile
