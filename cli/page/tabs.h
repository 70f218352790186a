// Keys that work once, and the bearers that tabs got for them. Only their hashes are kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/random.h"

namespace kith::cli {

inline constexpr std::size_t kMaxTabs = 32;  // the oldest gives way
inline constexpr std::size_t kMaxKeys = 8;   // not used yet; the oldest gives way
inline constexpr std::chrono::seconds kKeyLasts{120};
inline constexpr std::size_t kTabSecret = 64;  // hex digits of a key or a bearer

class Tabs {
 public:
  // 64 hex digits, good once.
  std::string new_key(Random& random, Instant now);
  // A bearer for a key; nothing: no such key, used, or too old.
  std::optional<std::string> exchange(std::string_view key, Random& random, Instant now);
  // In constant time for each bearer that is known.
  bool knows(std::string_view bearer) const;
  bool key_waits(std::string_view key, Instant now) const;

  // For the process that takes over: hashes of the bearers.
  const std::vector<Digest>& bearers() const { return bearers_; }
  void take_over(std::vector<Digest> bearers) { bearers_ = std::move(bearers); }

 private:
  struct Key {
    Digest hash;
    Instant until;
  };
  std::vector<Key> keys_;
  std::vector<Digest> bearers_;
};

}  // namespace kith::cli
