#include "net/log.h"

#include "net/token_bucket.h"

namespace kith::net {
namespace {

constexpr double kLinesPerSecond = 1;
constexpr double kLineBurst = 50;

}  // namespace

void say(log::Id what, Instant now, std::int64_t a, std::int64_t b) {
  static TokenBucket lines(kLinesPerSecond, kLineBurst, now);
  if (lines.take(1, now)) log::event(what, a, b);
}

}  // namespace kith::net
