#include "net/penalties.h"

#include <algorithm>

#include "net/limits.h"

namespace kith::net {

void Penalties::add(const LinkPk& key, Instant now) {
  std::erase_if(penalties_, [&](const auto& entry) { return now - entry.second.until > kLastPenalty; });
  auto& penalty = penalties_.try_emplace(key, Penalty{0, now}).first->second;
  const auto wait =
      std::min(kLastPenalty, milliseconds{kFirstPenalty.count() << std::min(penalty.times, 20U)});
  ++penalty.times;
  penalty.until = now + wait;
}

bool Penalties::barred(const LinkPk& key, Instant now) const {
  const auto found = penalties_.find(key);
  return found != penalties_.end() && now < found->second.until;
}

}  // namespace kith::net
