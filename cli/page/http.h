// libmicrohttpd behind the doors: one thread, 16 connections, a request whole within ten seconds. It knows
// nothing of a journal.
#pragma once

#include <poll.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "cli/page/doors.h"
#include "core/base/clock.h"
#include "crypto/secret.h"

namespace kith::cli {

inline constexpr unsigned kMaxConnections = 16;
inline constexpr std::chrono::seconds kRequestPatience{10};
inline constexpr std::chrono::seconds kAnswerPatience{60};  // for taking an answer

struct Answer {
  unsigned status = 200;
  std::string_view type;  // lives as long as the program
  std::string body;       // wiped when it was sent
};

struct HttpSetup {
  int listening;  // bound to 127.0.0.1 and listening; stays the caller's
  Doors doors;
  const Clock& clock;
  // A request that passed the doors, with its whole body.
  std::function<Answer(const Passed& passed, crypto::SecretBytes body)> handle;
};

class Http {
 public:
  static Result<std::unique_ptr<Http>> start(HttpSetup setup);  // io
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  // Waits until there is something to do, here or at one of `others` (their revents tell), or for `longest`;
  // does what can be done, and cuts who is too slow. Without `letting_in` new connections wait outside. io.
  Result<void> turn(std::span<pollfd> others, std::chrono::milliseconds longest, bool letting_in);
  bool answering() const;  // a request or an answer is under way

 private:
  struct Impl;
  explicit Http(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith::cli
