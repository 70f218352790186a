#include "net/dial_schedule.h"

#include <algorithm>

namespace kith::net {

milliseconds back_off(unsigned failures, milliseconds first, milliseconds last, Random& random) {
  const unsigned doublings = std::min(failures == 0 ? 0U : failures - 1, 20U);
  const milliseconds whole = std::min(last, milliseconds{first.count() << doublings});
  const auto half = static_cast<std::uint32_t>(whole.count() / 2);
  return milliseconds{half + random.below(half + 1)};
}

void DialSchedule::ended(bool worked, Instant began, Instant now, Random& random) {
  if (worked && now - began >= kSettled) failures_ = 0;
  if (failures_ < 32) ++failures_;
  next_ = now + back_off(failures_, kFirstBackOff, kLastBackOff, random);
}

void DialSchedule::now_please(Instant now) {
  failures_ = 0;
  next_ = std::min(next_, now);
}

}  // namespace kith::net
