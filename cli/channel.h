// One connection over a unix socket of this user: messages with a 4-byte little-endian length, at most
// kMaxLocalMessage bytes. Bytes that passed through are wiped.
#pragma once

#include <chrono>
#include <string>

#include "cli/files.h"
#include "crypto/secret.h"

namespace kith::cli {

inline constexpr std::size_t kMaxLocalMessage = 512 * 1024;

// A listening socket of mode 0600; a dead one left behind is replaced. busy: somebody listens there.
Result<Descriptor> listen_at(const std::string& path);
bool is_same_user(int connected);  // SO_PEERCRED

class Channel {
 public:
  // not_found: nobody listens. refused: the socket is another user's.
  static Result<Channel> connect(const std::string& path);
  explicit Channel(Descriptor connected) : socket_(std::move(connected)) {}

  Result<void> send(ByteView message);
  // busy: nothing came in time; the next call goes on where this one stopped. not_found: the other side is
  // gone. malformed: not our kind of message.
  Result<crypto::SecretBytes> receive(std::chrono::milliseconds patience);
  int descriptor() const { return socket_.get(); }

 private:
  Descriptor socket_;
  crypto::SecretBytes arriving_;
  std::size_t filled_ = 0;
  bool in_body_ = false;
};

}  // namespace kith::cli
