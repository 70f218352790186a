// A real kith-courier, started and watched from outside.
#pragma once

#include <string>

#include "core/base/bytes.h"
#include "tests/bench/measure.h"

namespace kith::bench {

class Courier {
 public:
  // Runs PROGRAMS/kith-courier over the mail.db in `folder` (mode 0700). It has no key yet.
  Courier(const std::string& programs, const std::string& folder);
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;
  ~Courier();  // ends it

  pid_t process() const;  // the guardian's child
  // Returns when it has opened its mail, tested itself and listens on 127.0.0.1. Port 0: the group's own.
  void give_key(ByteView mail_key, std::uint16_t port);

 private:
  std::string runtime_;
  pid_t process_;
  int socket_ = -1;
};

}  // namespace kith::bench
