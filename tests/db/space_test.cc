#include "core/db/space.h"

#include <gtest/gtest.h>

#include "tests/db/scratch.h"

namespace kith::db {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;

TEST(Space, ATwentiethOfTheDiskIsKeptWithinBounds) {
  EXPECT_EQ(reserve_of({.total = 4 * kMiB}), kMiB);
  EXPECT_EQ(reserve_of({.total = 200 * kMiB}), 10 * kMiB);
  EXPECT_EQ(reserve_of({.total = 1ULL << 40}), 64 * kMiB);
}

TEST(Space, OthersStopInTwoSteps) {
  constexpr std::uint64_t kTotal = 1ULL << 40;
  EXPECT_EQ(room_for_others({.free = 64 * kMiB, .total = kTotal}), Room::all);
  EXPECT_EQ(room_for_others({.free = 64 * kMiB - 1, .total = kTotal}), Room::logs);
  EXPECT_EQ(room_for_others({.free = 32 * kMiB, .total = kTotal}), Room::logs);
  EXPECT_EQ(room_for_others({.free = 32 * kMiB - 1, .total = kTotal}), Room::none);
  EXPECT_EQ(room_for_others({.free = 0, .total = kTotal}), Room::none);
  EXPECT_EQ(room_for_others({}), Room::all) << "a disk that says nothing";
}

TEST(Space, IsAskedOfTheFoldersDisk) {
  const kith::test::Scratch here;
  EXPECT_GT(space_at(here.path().string()).total, 0U);
  EXPECT_EQ(space_at(here / "missing").total, 0U);
}

}  // namespace
}  // namespace kith::db
