// The n-th file call of an operation fails, is interrupted, or does half, for every n, until the operation
// gets through. Each time: an error with its reason or success, the old state or the new one, nothing
// between, and all is well when the fault is gone, through the same handles and through new ones.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <iostream>

#include "core/keyring/file.h"
#include "tests/disk/faults.h"
#include "tests/disk/options.h"
#include "tests/disk/trial.h"

namespace kith::test {
namespace {

class Failing : public Trial, public testing::WithParamInterface<std::size_t> {
 protected:
  int calls_of(Fault::Kind kind);        // without a fault
  int every_call(const Before& before);  // how many were made to fail
  // The operation under one fault. False: it made fewer calls than that.
  bool under(Fault fault);
  void expect_clear_words(const Error& error, Fault fault, Call call);
  void expect_one_of_the_states(Desk& desk);
  void expect_all_is_well();
};

void Failing::expect_clear_words(const Error& error, Fault fault, Call call) {
  EXPECT_GT(std::string_view(error.what.text()).size(), 10u);
  // Of a rollback journal that cannot be made SQLite does not say why: it tries again read-only, and that
  // errno stays.
  const bool unknown = call == Call::make && error.code == Errc::io;
  const bool full = fault.kind == Fault::full_stays || fault.kind == Fault::quota_stays;
  const Errc wanted = full && !unknown ? Errc::full : Errc::io;
  EXPECT_EQ(error.code, wanted) << error.what.text() << " (" << error.detail << ") after " << name(call);
}

void Failing::expect_one_of_the_states(Desk& desk) {
  const auto found = states_of(desk);
  EXPECT_TRUE(is_state_of_journal(found.journal));
  EXPECT_TRUE(is_state_of_mail(found.mail));
  const auto key = key_file(folder_);
  EXPECT_TRUE(key == key_before_ || key == key_after_);
}

void Failing::expect_all_is_well() {
  SCOPED_TRACE("new handles");
  auto desk = again(5);
  expect_one_of_the_states(*desk);
  expect_it_works_on(*desk);
}

bool Failing::under(Fault fault) {
  auto desk = fresh();
  Faults faults(fault);
  Result<void> done;
  {
    const Watch watch(folder_, faults);
    done = run(*desk);
  }
  if (!faults.fired()) return false;
  SCOPED_TRACE(faults.told() + (done ? ", done" : ", not done"));
  EXPECT_TRUE(done || !fault.harmless()) << done.error().what.text();
  if (!done) expect_clear_words(done.error(), fault, faults.failed());
  if (done) {
    EXPECT_EQ(states_of(*desk), (States{journal_states_.back(), mail_states_.back()}));
    EXPECT_EQ(key_file(folder_), key_after_);
  }
  // The same handles, now that the fault is gone: they read, and they write.
  auto listed = desk->journal().list({});
  if (!listed && !done) listed = desk->journal().list({});  // SQLite may have one error left to report
  EXPECT_TRUE(ok(listed));
  expect_one_of_the_states(*desk);
  const bool write_on = fault.which % 4 == 0;
  if (write_on) {
    EXPECT_TRUE(ok(desk->journal().add({.text = "On.", .written = {clock_.now()}})));
    journal_states_.push_back(contents(desk->journal_db()));
  }
  desk.reset();
  expect_all_is_well();
  if (write_on) journal_states_.pop_back();
  return true;
}

int Failing::calls_of(Fault::Kind kind) {
  auto desk = fresh();
  Faults faults({0, kind});
  const Watch watch(folder_, faults);
  EXPECT_TRUE(ok(run(*desk)));
  return faults.count();
}

int Failing::every_call(const Before& before) {
  SCOPED_TRACE(before.operation->name);
  of(before);
  int points = 0;
  const std::pair<Fault::Kind, int> kinds[] = {
      {Fault::error_once, 60},  {Fault::read_fails, 12},    {Fault::journal_lost, 2},
      {Fault::error_stays, 12}, {Fault::full_stays, 12},    {Fault::quota_stays, 2},
      {Fault::interrupted, 2},  {Fault::no_descriptors, 1}, {Fault::halved, 1}};
  for (const auto& [kind, most] : kinds) {
    const int calls = calls_of(kind);
    const int stride = options().every_call ? 1 : (calls + most - 1) / most;
    for (int n = 1; n <= calls; n += stride) {
      SCOPED_TRACE("call " + std::to_string(n) + " of kind " + std::to_string(kind));
      points += under({n, kind}) ? 1 : 0;
    }
  }
  return points;
}

constexpr std::size_t kParts = 4;  // for ctest, which runs some at once

TEST_P(Failing, EveryCallInTurn) {
  for (std::size_t i = GetParam(); i < chosen().size(); i += kParts) {
    const int points = every_call(chosen()[i]);
    std::cout << chosen()[i].operation->name << ": " << points << " failing calls\n";
    EXPECT_GT(points, 4);
  }
}

INSTANTIATE_TEST_SUITE_P(Operations, Failing, testing::Range(std::size_t{0}, kParts));

}  // namespace
}  // namespace kith::test
