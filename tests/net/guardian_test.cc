// A courier that falls is followed by another; one that was told to end is not.
#include "net/guardian.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <thread>

#include "tests/net/circle.h"
#include "tests/support/child.h"

namespace kith::net {
namespace {

using namespace std::chrono_literals;
using kith::test::child_of;
using test::Circle;
using test::Node;

bool eventually(const std::function<bool()>& wanted, milliseconds patience = 20s) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < until) {
    if (wanted()) return true;
    std::this_thread::sleep_for(20ms);
  }
  return false;
}

bool is_gone(pid_t process) { return ::kill(process, 0) != 0; }

// Killed from outside, or by its own abort as libzmq does it: in both cases an honest sync works afterwards,
// and nobody gave it the key again.
TEST(Guardian, ACourierThatFallsIsFollowedByAnotherThatGoesOn) {
  Circle circle({true, false});
  Node &ana = circle[0], &ben = circle[1];
  ana.start();
  ben.start();
  EXPECT_EQ(ben.sync().reached(), 1U);
  std::uint32_t falls = 0;
  for (const int signal : {SIGKILL, SIGABRT}) {
    const pid_t fallen = ana.process();
    ASSERT_EQ(::kill(fallen, signal), 0);
    const auto next = ana.courier_after(fallen);
    ASSERT_GT(next, 0);
    EXPECT_NE(next, ana.guardian());
    EXPECT_TRUE(ana.becomes([](const auto& status) { return status.has_key() && status.announced(); }));
    EXPECT_EQ(ana.status().falls_today(), ++falls) << "or it is midnight";
    const auto word = circle.envelope(ben);
    circle.store(ben, word);
    EXPECT_EQ(ben.sync().reached(), 1U);
    EXPECT_TRUE(eventually([&] { return Circle::holds(ana, word); })) << "after signal " << signal;
  }
  ana.stop();
}

// Who waits at courier.sock when it falls is answered by the next one.
TEST(Guardian, WhoAsksWhileNobodyIsThereIsAnswered) {
  Circle circle({true});
  Node& ana = circle[0];
  ana.start();
  ::kill(ana.process(), SIGKILL);
  EXPECT_EQ(ana.status().falls_today(), 1U);
  EXPECT_TRUE(ana.becomes([](const auto& status) { return status.has_key(); }));
}

TEST(Guardian, OneThatWasToldToEndStaysDown) {
  Circle circle({true});
  Node& ana = circle[0];
  ana.start();
  const pid_t courier = ana.process();
  ana.stop();  // expects exit code 0
  EXPECT_TRUE(is_gone(courier));
  ana.start();
  const pid_t another = ana.process();
  ASSERT_EQ(::kill(ana.guardian(), SIGTERM), 0);
  EXPECT_EQ(ana.wait(), 0);
  EXPECT_TRUE(is_gone(another));
}

TEST(Guardian, ToldToEndWhileItWaitsItEnds) {
  Circle circle({true});
  Node& ana = circle[0];
  ana.start();
  ::kill(ana.process(), SIGKILL);
  ASSERT_TRUE(eventually([&] { return child_of(ana.guardian()) < 0; }));
  ::kill(ana.guardian(), SIGTERM);
  EXPECT_EQ(ana.wait(), 0);
}

// Without its guardian nobody would start it again, nor end it.
TEST(Guardian, TakesItsCourierAlongHoweverItEnds) {
  Circle circle({true});
  Node& ana = circle[0];
  ana.start();
  const pid_t courier = ana.process();
  ana.kill();  // SIGKILL
  EXPECT_TRUE(eventually([&] { return is_gone(courier); }));
  ana.start();
  EXPECT_TRUE(ana.status().has_key());
}

TEST(Pauses, GrowToAMinuteAndBeginAnewAfterALongLife) {
  Pauses pauses;
  for (const int wanted : {1, 2, 4, 8, 16, 32, 60, 60}) EXPECT_EQ(pauses.after(1s), seconds{wanted});
  EXPECT_EQ(pauses.after(kLongLife - 1ms), seconds{60});
  EXPECT_EQ(pauses.after(kLongLife), seconds{1});
  EXPECT_EQ(pauses.after(1s), seconds{2});
}

TEST(Estate, HoldsWhatTheFirstCourierLeft) {
  auto estate = Estate::make().value();
  EXPECT_FALSE(estate.left());
  crypto::SystemRandom random;
  const crypto::MailKey key(random), other(random);
  estate.leave(key, {{127, 0, 0, 1}, "", 0});
  estate.leave(other, {{0, 0, 0, 0}, "", 1});
  const auto left = estate.left();
  ASSERT_TRUE(left);
  EXPECT_TRUE(std::ranges::equal(left->key.reveal(), key.reveal()));
  EXPECT_EQ(left->listen, (mail::Address{{127, 0, 0, 1}, "", 0}));
}

TEST(Estate, CountsTheFallsOfOneDay) {
  auto estate = Estate::make().value();
  const Day day{20'000};
  EXPECT_EQ(estate.falls(day), 0U);
  estate.note_fall(day);
  estate.note_fall(day);
  EXPECT_EQ(estate.falls(day), 2U);
  EXPECT_EQ(estate.falls(day + 1), 0U);
  estate.note_fall(day + 1);
  EXPECT_EQ(estate.falls(day + 1), 1U);
}

TEST(Guardian, WhatIsMeantIsNotStartedAgain) {
  for (const int code : {0, 2, 8, 9}) EXPECT_TRUE(meant(code)) << code;
  for (const int code : {1, kFell, 70, 128 + SIGABRT, 128 + SIGKILL}) EXPECT_FALSE(meant(code)) << code;
}

}  // namespace
}  // namespace kith::net
