#include "cli/page/tabs.h"

#include "crypto/hash.h"

namespace kith::cli {
namespace {

using TabSecret = FixedBytes<struct TabSecretTag, kTabSecret / 2>;

Digest hash_of(std::string_view secret) { return crypto::H("kith1.page-tab", {as_bytes(secret)}); }

bool same(const Digest& a, const Digest& b) { return sodium_memcmp(a.data(), b.data(), Digest::size) == 0; }

}  // namespace

std::string Tabs::new_key(Random& random, Instant now) {
  std::string key = random.draw<TabSecret>().hex();
  if (keys_.size() == kMaxKeys) keys_.erase(keys_.begin());
  keys_.push_back({hash_of(key), now + kKeyLasts});
  return key;
}

std::optional<std::string> Tabs::exchange(std::string_view key, Random& random, Instant now) {
  if (!key_waits(key, now)) return std::nullopt;
  std::erase_if(keys_, [hash = hash_of(key)](const Key& each) { return each.hash == hash; });
  std::string bearer = random.draw<TabSecret>().hex();
  if (bearers_.size() == kMaxTabs) bearers_.erase(bearers_.begin());
  bearers_.push_back(hash_of(bearer));
  return bearer;
}

bool Tabs::key_waits(std::string_view key, Instant now) const {
  if (key.size() != kTabSecret) return false;
  const Digest hash = hash_of(key);
  bool found = false;
  for (const Key& each : keys_) found |= same(each.hash, hash) && now < each.until;
  return found;
}

bool Tabs::knows(std::string_view bearer) const {
  if (bearer.size() != kTabSecret) return false;
  const Digest hash = hash_of(bearer);
  bool found = false;
  for (const Digest& each : bearers_) found |= same(each, hash);
  return found;
}

}  // namespace kith::cli
