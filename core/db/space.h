// How much of the disk others may fill. The last part of it is kept for the person's own words.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

namespace kith::db {

struct Space {  // of a file system, in bytes, for this user
  std::uint64_t free = 0;
  std::uint64_t total = 0;  // 0: it does not say
};

// Kept for oneself: a twentieth of the disk, within these bounds.
inline constexpr std::uint64_t kLeastReserve = 1ULL << 20;
inline constexpr std::uint64_t kMostReserve = 64ULL << 20;

enum class Room : std::uint8_t {
  none,  // half of the reserve is gone: nothing of others
  logs,  // within the reserve: their logs, which carry withdrawals and removals, but no new words
  all,
};

constexpr std::uint64_t reserve_of(const Space& space) {
  return std::clamp(space.total / 20, kLeastReserve, kMostReserve);
}

// A disk that does not say how full it is counts as roomy: writing gives the error then.
constexpr Room room_for_others(const Space& space) {
  if (space.total == 0) return Room::all;
  const auto reserve = reserve_of(space);
  return space.free >= reserve ? Room::all : space.free >= reserve / 2 ? Room::logs : Room::none;
}

// Of the disk that `path`, an existing file or folder, lies on.
Space space_at(const std::string& path);

}  // namespace kith::db
