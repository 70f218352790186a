// Attackers at full speed, several kinds at once, while an honest peer goes about its business.
//   hostile_flood_test --seconds 60    the long form; 3 without
#include <gtest/gtest.h>
#include <sodium.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>

#include "core/mail/exchange.h"
#include "net/limits.h"
#include "tests/hostile/scene.h"

namespace kith::hostile {

std::chrono::seconds flood_seconds{3};

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using mail::Reject;
namespace frame = mail::frame;

constexpr std::uint64_t kPeak = 64ULL << 20;  // bytes that a flood may add to an honest node
constexpr std::size_t kAttackers = 5;         // with members' keys

// Seconds of processor that a process had.
double processor_of(pid_t process) {
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
  explicit Flood(Scene& scene) : scene_(scene) {}
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

  // Strangers who connect, some saying noise.
  void knock(std::size_t turn) {
    Attacker by(scene_.ana.port, scene_.ana.link.pk, stranger_);
    ++calls;
    if (turn % 2 == 0) by.say(Bytes(100, static_cast<std::uint8_t>(turn)));
    if (turn % 10 == 0) by.reset();
  }
  // Strangers who shake hands: each costs the other side public-key work.
  void shake_hands() {
    Attacker by(scene_.ana.port, scene_.ana.link.pk, stranger_);
    ++calls;
    if (!by.greet() || !by.say(by.hello()) || !by.take_welcome(500ms)) return;
    by.say(by.initiate());
    by.cut_within(20ms);
  }
  // A member who says one thing again and again until it is cut, then calls again.
  void repeat(Node& as, const Bytes& what, std::uint8_t inner) {
    Attacker by(scene_.ana.port, scene_.ana.link.pk, as.link);
    ++calls;
    if (!by.greet() || !by.say(by.hello()) || !by.take_welcome(500ms)) return;
    by.say(by.initiate());
    if (!by.take_ready(300ms)) return std::this_thread::sleep_for(50ms);
    by.say(by.message(hello_of(as)));
    by.say(by.message(mail::encode_frame(frame::Frontier{})));
    while (!over_) {
      const Bytes sealed = by.message(what, inner);
      if (!by.say(sealed)) return;
      said += sealed.size();
    }
  }

 private:
  Scene& scene_;
  crypto::SystemRandom random_;
  crypto::LinkKeypair stranger_ = crypto::link_keypair(random_);
  std::atomic<bool> over_ = false;
  std::vector<std::thread> threads_;
};

Bytes large_of_a_newer_kith() {
  Bytes bytes = {0xfa, 0x07, 0x80, 0x80, 0x1e};  // field 127, 480 KiB
  bytes.resize(bytes.size() + (480 << 10), 'x');
  return bytes;
}

Bytes offer_of_nothing() {
  frame::Offer offer;
  for (int i = 0; i < 255; ++i) {
    std::array<std::uint8_t, 32> id{};
    randombytes_buf(id.data(), id.size());
    offer.items.push_back({EventId(id), Digest(id), 5'000});
  }
  return mail::encode_frame(offer);
}

TEST(Flood, AnHonestPeerIsServedAndTheNodeStaysSmall) {
  Scene scene(kAttackers);
  const pid_t process = scene.ana.process();
  const auto at_rest = scene.resident();
  const double processor_before = processor_of(process);
  const auto began = Clock::now();
  std::uint64_t peak = 0;
  int syncs = 0;
  std::atomic<std::uint64_t> said = 0, calls = 0;
  {
    Flood flood(scene);
    flood.start([&](std::size_t turn) { flood.knock(turn); });
    flood.start([&](std::size_t) { flood.shake_hands(); });
    const Bytes said_by[kAttackers] = {offer_of_nothing(), large_of_a_newer_kith(),
                                       named("PING", joined({Bytes{0, 100}, Bytes(16, 'p')})),
                                       Bytes(64 << 10, 'm'),  // parts of a message without end
                                       mail::encode_frame(frame::Credit{0})};
    const std::uint8_t inner[kAttackers] = {0, 0, kInnerCommand, kInnerMore, 0};
    for (std::size_t i = 0; i < kAttackers; ++i)
      flood.start([&, i](std::size_t) { flood.repeat(scene.member(i), said_by[i], inner[i]); });
    while (Clock::now() - began < flood_seconds && !testing::Test::HasFailure()) {
      scene.honest_sync();
      ++syncs;
      peak = std::max(peak, scene.resident());
      std::this_thread::sleep_for(100ms);
    }
    // One that comes anew must get in, too.
    scene.ben.kill();
    scene.ben.start();
    scene.honest_sync();
    scene.honest_sync();
    flood.stop();
    said = flood.said.load();
    calls = flood.calls.load();
  }
  const std::chrono::duration<double> lasted = Clock::now() - began;
  std::printf(
      "flood of %.0f s: %d honest syncs, slowest %ld ms; %.1f MiB and %.0f calls/s of attackers; courier: "
      "peak "
      "%+.1f MiB, %.0f %% of a core\n",
      lasted.count(), syncs + 2, static_cast<long>(scene.slowest_sync().count()),
      static_cast<double>(said) / (1 << 20), static_cast<double>(calls) / lasted.count(),
      (static_cast<double>(peak) - static_cast<double>(at_rest)) / (1 << 20),
      100 * (processor_of(process) - processor_before) / lasted.count());
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_LE(peak, at_rest + kPeak);
#endif
  scene.check("the flood",
              {.rose = {{Reject::too_fast, 0}, {Reject::unsupported, 0}, {Reject::not_authorised, 0}},
               .at_least = true,
               .same_picture = false,
               .may_keep = kPeak},
              {});
}

}  // namespace
}  // namespace kith::hostile

int main(int count, char** arguments) {
  testing::InitGoogleTest(&count, arguments);
  for (int i = 1; i + 1 < count; ++i)
    if (std::string_view(arguments[i]) == "--seconds")
      kith::hostile::flood_seconds = std::chrono::seconds(std::stoi(arguments[i + 1]));
  return RUN_ALL_TESTS();
}
