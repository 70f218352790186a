#include "core/base/bytes.h"

#include <gtest/gtest.h>

#include "core/base/clock.h"
#include "core/base/endian.h"
#include "core/base/random.h"

namespace kith {
namespace {

TEST(Hex, ReadsWhatItWrote) {
  const Bytes bytes = {0, 1, 0x7f, 0x80, 0xff};
  EXPECT_EQ(to_hex(bytes), "00017f80ff");
  EXPECT_EQ(*from_hex("00017F80ff"), bytes);
}

TEST(Hex, RefusesHalfABytesAndOtherLetters) {
  EXPECT_EQ(from_hex("0").error().code, Errc::malformed);
  EXPECT_EQ(from_hex("0g").error().code, Errc::malformed);
}

TEST(FixedBytes, ParsesOnlyItsSize) {
  EXPECT_FALSE(GroupId::parse(Bytes(31)).has_value());
  EXPECT_FALSE(GroupId::parse(Bytes(33)).has_value());
  EXPECT_TRUE(GroupId::parse(Bytes(32))->is_zero());
}

TEST(LittleEndian, RoundTripsEveryWidth) {
  EXPECT_EQ(read_little_endian<std::uint64_t>(little_endian<std::uint64_t>(0x0123456789abcdef)),
            0x0123456789abcdefU);
  EXPECT_EQ(little_endian<std::uint32_t>(1)[0], 1);
  EXPECT_EQ(read_little_endian<std::uint8_t>(little_endian<std::uint8_t>(200)), 200);
}

TEST(Days, WeeksBeginOnMonday) {
  EXPECT_EQ(number(monday_of(Day{4})), 4U);  // 1970-01-05 was a Monday
  EXPECT_EQ(number(monday_of(Day{10})), 4U);
  EXPECT_EQ(number(monday_of(Day{11})), 11U);
}

class Counting final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (auto& byte : bytes) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

TEST(Random, BelowStaysBelow) {
  Counting random;
  for (int i = 0; i < 1000; ++i) EXPECT_LT(random.below(7), 7U);
}

}  // namespace
}  // namespace kith
