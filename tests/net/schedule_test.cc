// The pure parts: when to dial, how fast a peer may be, how long it stays out.
#include <gtest/gtest.h>

#include <algorithm>

#include "net/dial_schedule.h"
#include "net/intake.h"
#include "net/penalties.h"
#include "net/token_bucket.h"

namespace kith::net {
namespace {

class Seeded final : public Random {
 public:
  explicit Seeded(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> bytes) override {
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>((state_ = state_ * 6364136223846793005U + 1442695040888963407U) >> 56);
  }

 private:
  std::uint64_t state_;
};

constexpr Instant kStart{std::chrono::hours(1)};

TEST(BackOff, DoublesFromOneSecondToFiveMinutes) {
  Seeded random(1);
  for (unsigned failures = 1; failures < 40; ++failures) {
    const milliseconds whole =
        failures > 9 ? kLastBackOff : milliseconds{kFirstBackOff.count() << (failures - 1)};
    for (int i = 0; i < 50; ++i) {
      const auto wait = back_off(failures, kFirstBackOff, kLastBackOff, random);
      EXPECT_GE(wait, std::min(whole, kLastBackOff) / 2) << failures;
      EXPECT_LE(wait, std::min(whole, kLastBackOff)) << failures;
    }
  }
}

TEST(BackOff, TwoNodesDoNotKnockInStep) {
  Seeded low(1), high(2);
  EXPECT_NE(back_off(6, kFirstBackOff, kLastBackOff, low), back_off(6, kFirstBackOff, kLastBackOff, high));
}

TEST(DialSchedule, IsDueAtOnceThenWaitsAfterFailures) {
  Seeded random(3);
  DialSchedule schedule(kStart);
  EXPECT_TRUE(schedule.due(kStart));
  Instant now = kStart;
  milliseconds before{0};
  for (int i = 0; i < 4; ++i) {  // a wait of at least half of twice as long is not shorter
    schedule.ended(false, now, now, random);
    EXPECT_FALSE(schedule.due(now));
    EXPECT_GE(schedule.next() - now, before);
    before = schedule.next() - now;
    now = schedule.next();
  }
}

TEST(DialSchedule, OnlyALinkThatLivedStartsTheCountAnew) {
  Seeded random(3);
  DialSchedule schedule(kStart);
  for (int i = 0; i < 8; ++i) schedule.ended(false, kStart, kStart, random);
  schedule.ended(true, kStart, kStart + kSettled - milliseconds{1}, random);
  EXPECT_GT(schedule.next() - kStart, minutes{1}) << "greets and drops";
  schedule.ended(true, kStart, kStart + kSettled, random);
  EXPECT_LE(schedule.next() - (kStart + kSettled), kFirstBackOff);
}

TEST(DialSchedule, AskingToSyncDialsNow) {
  Seeded random(3);
  DialSchedule schedule(kStart);
  for (int i = 0; i < 8; ++i) schedule.ended(false, kStart, kStart, random);
  schedule.now_please(kStart);
  EXPECT_TRUE(schedule.due(kStart));
}

TEST(TokenBucket, GivesTheBurstThenTheRate) {
  TokenBucket bucket(200, 400, kStart);
  int taken = 0;
  while (bucket.take(1, kStart)) ++taken;
  EXPECT_EQ(taken, 400);
  EXPECT_FALSE(bucket.take(1, kStart));
  EXPECT_TRUE(bucket.take(200, kStart + milliseconds{1'000}));
  EXPECT_FALSE(bucket.take(1, kStart + milliseconds{1'000}));
}

TEST(TokenBucket, AClockThatStandsGivesNothing) {
  TokenBucket bucket(1, 1, kStart);
  EXPECT_TRUE(bucket.take(1, kStart));
  EXPECT_FALSE(bucket.take(1, kStart - milliseconds{5'000}));
}

TEST(Penalties, GrowAndPass) {
  const auto key = LinkPk::zero();
  Penalties penalties;
  EXPECT_FALSE(penalties.barred(key, kStart));
  penalties.add(key, kStart);
  EXPECT_TRUE(penalties.barred(key, kStart));
  EXPECT_FALSE(penalties.barred(key, kStart + kFirstPenalty));
  penalties.add(key, kStart + kFirstPenalty);
  EXPECT_TRUE(penalties.barred(key, kStart + 2 * kFirstPenalty));
  EXPECT_FALSE(penalties.barred(key, kStart + 3 * kFirstPenalty));
}

TEST(Penalties, AreForgottenAfterAnHour) {
  const auto key = LinkPk::zero();
  Penalties penalties;
  for (int i = 0; i < 30; ++i) penalties.add(key, kStart);
  EXPECT_TRUE(penalties.barred(key, kStart + kLastPenalty - milliseconds{1}));
  const Instant later = kStart + 3 * kLastPenalty;
  penalties.add(key, later);
  EXPECT_FALSE(penalties.barred(key, later + kFirstPenalty));
}

// ---- intake ----------------------------------------------------------------------------------------------

TEST(Intake, BearsSoMuchThatBecomesNoFrameAndNotOneByteMore) {
  const Instant start{};
  Intake silent(start);
  EXPECT_TRUE(silent.bears(kMaxUnheard, start));
  EXPECT_FALSE(silent.bears(kMaxUnheard + 1, start));
}

TEST(Intake, BearsWhatBecomesFrames) {
  const Instant start{};
  Intake speaks(start);
  for (int i = 0; i < 1'000; ++i) speaks.heard(256 * 1024);
  const std::uint64_t frames = 1'000ULL * (256 * 1024 + kFrameOverhead);
  EXPECT_TRUE(speaks.bears(frames + kMaxUnheard, start));
  EXPECT_FALSE(speaks.bears(frames + kMaxUnheard + 1, start));
}

TEST(Intake, BearsTheHeartbeatsOfWeeks) {
  const Instant start{};
  Intake old(start);
  const seconds weeks{28 * 86'400};
  EXPECT_TRUE(old.bears(static_cast<std::uint64_t>(weeks / kHeartbeat) * 200, start + weeks));
}

TEST(Intake, IsBusyWhileMuchComes) {
  const Instant start{};
  Intake intake(start);
  EXPECT_TRUE(intake.bears(kIntakeStep + 1, start));
  EXPECT_TRUE(intake.busy());
  EXPECT_TRUE(intake.bears(kIntakeStep + 2, start));
  EXPECT_FALSE(intake.busy());
}

}  // namespace
}  // namespace kith::net
