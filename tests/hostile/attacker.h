// A ZMTP 3.1 client with CURVE (RFC 23, RFC 26), written by hand on TCP and libsodium, because libzmq would
// not say what it says. Each step can be taken alone, and its bytes changed before they are said.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "crypto/agree.h"

namespace kith::hostile {

using std::chrono::milliseconds;

// Bits of a frame's first byte, and of the one inside a MESSAGE.
inline constexpr std::uint8_t kMore = 1, kLong = 2, kCommand = 4;
inline constexpr std::uint8_t kInnerMore = 1, kInnerCommand = 2;

Bytes greeting(std::string_view mechanism = "CURVE", std::uint8_t major = 3, bool as_server = false);
// A frame: flags, length in one byte or eight, body. kLong is added where it must be.
Bytes framed(std::uint8_t flags, ByteView body);
Bytes named(std::string_view name, ByteView rest);      // a command's body
Bytes property(std::string_view name, ByteView value);  // of READY and INITIATE
Bytes usual_metadata();                                 // Socket-Type DEALER, an empty Identity
Bytes joined(std::initializer_list<ByteView> parts);

class Attacker {
 public:
  // `key`: what it will claim to be. It may lie about who owns it (`claims`).
  Attacker(std::uint16_t port, const LinkPk& server, const crypto::LinkKeypair& key);
  ~Attacker();
  Attacker(const Attacker&) = delete;
  Attacker& operator=(const Attacker&) = delete;

  LinkPk claims;  // the long-term key that INITIATE names; the vouch is made with `key` all the same

  // The steps, as bytes to be said.
  Bytes hello_body() const;
  Bytes hello() const { return framed(kCommand, hello_body()); }
  Bytes vouch(const LinkPk& server) const;  // nonce and box
  Bytes initiate_body(ByteView metadata, std::optional<Bytes> vouch = {});
  Bytes initiate() { return framed(kCommand, initiate_body(usual_metadata())); }
  Bytes message_body(ByteView plain, std::uint8_t inner = 0);
  Bytes message(ByteView plain, std::uint8_t inner = 0) { return framed(0, message_body(plain, inner)); }

  bool say(ByteView bytes);  // false: the other side is gone, or takes nothing for five seconds
  bool greet();              // both greetings
  bool take_welcome(milliseconds patience = milliseconds(5'000));
  bool take_ready(milliseconds patience = milliseconds(5'000));
  bool shake_hands();  // all of it, properly

  // The next message of the application, opened; commands are read past.
  std::optional<Bytes> hear(milliseconds patience);
  // Reads on until the other side ends it.
  bool cut_within(milliseconds longest);
  bool closed() const { return closed_; }
  void leave();                                  // hangs up
  void reset();                                  // the same, without a word: what is under way is lost
  void read_nothing_more();                      // the smallest window there is
  const Bytes& heard() const { return heard_; }  // every byte that came, as it came and opened
  std::size_t messages_heard() const { return messages_; }
  std::uint64_t nonce = 1;  // of the next box
  Bytes cookie;

 private:
  struct Frame {
    std::uint8_t flags;
    Bytes body;
  };
  bool fill(std::size_t wanted, std::chrono::steady_clock::time_point until);
  std::optional<Frame> next_frame(milliseconds patience);
  Bytes box(std::string_view prefix, ByteView plain, ByteView to, ByteView from, std::uint64_t number) const;

  int socket_ = -1;
  LinkPk server_;
  std::array<std::uint8_t, 32> secret_{}, short_pk_{}, short_secret_{}, server_short_{};
  Bytes in_, heard_;
  std::size_t messages_ = 0;
  bool closed_ = false;
};

}  // namespace kith::hostile
