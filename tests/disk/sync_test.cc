// A sync fails, and the disk forgets what it was to make safe, as systems do that take the pages of a failed
// write for clean; or it keeps them for later. The node works on with what it has, or opens anew, and then
// the power fails. What it said was done is there: nothing was believed because a second sync succeeded.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/disk/options.h"
#include "tests/disk/trial.h"

namespace kith::test {
namespace {

enum class Then : std::uint8_t { power_fails, works_on, opens_anew };
constexpr const char* kThen[] = {"the power fails", "it works on", "it opens anew"};

class FailedSync : public Trial, public testing::WithParamInterface<std::size_t> {
 protected:
  int syncs_of_operation();
  // The operation under one failed sync. False: it made fewer.
  bool under(int which, bool lost, Then then);
  void every_sync(const Before& before);
  void judge(const Image& left);

  // What was acknowledged before the power failed.
  bool done_ = false;           // the operation
  bool wrote_on_ = false;       // the entry after it
  std::optional<States> last_;  // what the node itself read at the end
  std::size_t refused_ = 0, states_ = 0, kept_writing_ = 0;
};

int FailedSync::syncs_of_operation() {
  auto desk = fresh();
  CrashDisk disk(folder_);
  const Watch watch(folder_, disk);
  EXPECT_TRUE(ok(run(*desk)));
  return disk.syncs();
}

void FailedSync::judge(const Image& left) {
  ++states_;
  put_image(left, folder_);
  auto opened = open(6);
  ASSERT_TRUE(ok(opened));
  Desk& desk = **opened;
  const auto found = states_of(desk);
  if (wrote_on_) {
    EXPECT_EQ(found.journal, last_->journal) << "an acknowledged entry, or what it was written upon, is gone";
  } else if (done_) {
    EXPECT_EQ(found.journal, journal_states_.back()) << "the operation was acknowledged";
  } else {
    EXPECT_TRUE(is_state_of_journal(found.journal) || (last_ && found.journal == last_->journal));
  }
  if (done_) {
    EXPECT_EQ(found.mail, mail_states_.back()) << "the operation was acknowledged";
    EXPECT_EQ(key_file(folder_), key_after_);
  } else {
    EXPECT_TRUE(is_state_of_mail(found.mail));
    EXPECT_TRUE(key_file(folder_) == key_before_ || key_file(folder_) == key_after_);
  }
  expect_it_works_on(desk);
}

bool FailedSync::under(int which, bool lost, Then then) {
  auto desk = fresh();
  CrashDisk disk(folder_);
  disk.fail_sync(which, lost);
  done_ = wrote_on_ = false;
  last_.reset();
  {
    const Watch watch(folder_, disk);
    const auto done = run(*desk);
    if (!disk.failed()) return false;
    done_ = done.has_value();
    if (!done) {
      ++refused_;
      EXPECT_EQ(done.error().code, Errc::io) << done.error().what.text();
    }
    if (then == Then::opens_anew) {
      desk.reset();
      desk = again(78);
    }
    if (then != Then::power_fails) {
      wrote_on_ = desk->journal().add({.text = "On.", .written = {clock_.now()}}).has_value();
      kept_writing_ += wrote_on_ ? 1 : 0;
      EXPECT_TRUE(wrote_on_ || then == Then::works_on) << "a new handle writes";
      EXPECT_TRUE(!wrote_on_ || ok(desk->keep()));
    }
  }
  if (wrote_on_) last_ = states_of(*desk);
  desk.reset();
  Replay replay(disk);
  while (replay.step()) continue;
  if (options().every_call || which % 4 < 2) judge(replay.left(Fate::nothing_kept, 0));
  if (options().every_call || which % 4 >= 2)
    judge(replay.left(Fate::drawn, static_cast<std::uint64_t>(which)));
  return true;
}

void FailedSync::every_sync(const Before& before) {
  SCOPED_TRACE(before.operation->name);
  of(before);
  const int syncs = syncs_of_operation();
  for (int n = 1; n <= syncs; ++n)
    for (const bool lost : {true, false})
      for (const Then then : {Then::works_on, Then::opens_anew, Then::power_fails}) {
        // In the normal run one of the three for each sync, and every third sync keeps what it should write.
        const bool chosen_now = n % 3 == static_cast<int>(then) && lost == (n / 3 % 3 != 0 || n < 3);
        if (!options().every_call && !chosen_now) continue;
        SCOPED_TRACE("sync " + std::to_string(n) + (lost ? ", lost" : ", kept") + ", then " +
                     kThen[static_cast<int>(then)]);
        EXPECT_TRUE(under(n, lost, then));
      }
}

constexpr std::size_t kParts = 2;  // for ctest, which runs some at once

TEST_P(FailedSync, LosesNothingAcknowledged) {
  for (std::size_t i = GetParam(); i < chosen().size(); i += kParts) every_sync(chosen()[i]);
  std::cout << refused_ << " operations refused, " << kept_writing_ << " wrote on, " << states_
            << " crash states\n";
  EXPECT_GT(refused_, 20u);
  EXPECT_GT(kept_writing_, 20u);
}

INSTANTIATE_TEST_SUITE_P(Operations, FailedSync, testing::Range(std::size_t{0}, kParts));

}  // namespace
}  // namespace kith::test
