// The n-th file call of an operation fails, for every n, until the operation gets through. Each time: an
// error with its reason or success, the old state or the new one, nothing between, and all is well when the
// fault is gone, through the same handles and through new ones.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <iostream>
#include <set>

#include "core/keyring/file.h"
#include "tests/disk/faults.h"
#include "tests/disk/options.h"
#include "tests/disk/workload.h"

namespace kith::test {
namespace {

// Where an operation starts: the folder and the clock after everything before it in the workload.
struct Before {
  const Operation* operation;
  Image files;
  WallTime time;
};

// The fifteen: one of each sort.
const std::set<std::string_view> kChosen = {"add an entry",        "edit an entry", "remove an entry",
                                            "bring an entry back", "start a draft", "keep a draft",
                                            "import files",        "add a feeling", "confirm a share",
                                            "take a share back",   "mail arrives",  "release what is due",
                                            "withdraw a share",    "purge",         "change the passphrase",
                                            "take in what arrived"};

const Stage& stage() {
  static const Stage one;
  return one;
}

// The folder before each of the fifteen, by running the workload once.
const std::vector<Before>& fifteen() {
  static const std::vector<Before> all = [] {
    std::vector<Before> found;
    const Scratch scratch(fast_folder());
    const std::string folder = std::filesystem::canonical(scratch.path()).string();
    put_image(stage().files, folder);
    SetClock clock;
    clock.set(stage().start);
    auto desk = must(Desk::open(folder, clock, 1));
    must(desk->keep());
    std::set<std::string_view> seen;
    for (const Operation& operation : workload()) {
      if (kChosen.contains(operation.name) && seen.insert(operation.name).second)
        found.push_back({&operation, image_of(folder), clock.now()});
      must(operation.run(*desk, stage()));
      must(desk->keep());
    }
    return found;
  }();
  return all;
}

struct States {
  Digest journal, mail;
  friend bool operator==(const States&, const States&) = default;
};
States states_of(Desk& desk) { return {contents(desk.journal_db()), contents(desk.mail().database())}; }

class Failing : public testing::TestWithParam<std::size_t> {
 protected:
  static void SetUpTestSuite() { crypto::start(); }

  std::unique_ptr<Desk> fresh() {
    put_image(before_->files, folder_);
    return again(77);
  }
  std::unique_ptr<Desk> again(std::uint64_t seed) {
    clock_.set(before_->time);
    return must(Desk::open(folder_, clock_, seed));
  }
  Result<void> run(Desk& desk) {
    KITH_CHECK(before_->operation->run(desk, stage()));
    return desk.keep();
  }
  // What journal.db may say along the way: its states after each commit of a run without faults.
  void learn_states();
  int calls_of(Fault::Kind kind);        // without a fault
  int every_call(const Before& before);  // how many were made to fail
  // The operation under one fault. False: it made fewer calls than that.
  bool under(Fault fault);
  void expect_clear_words(const Error& error, Fault fault, Call call);
  void expect_one_of_the_states(Desk& desk);
  void expect_all_is_well();

  const Before* before_ = nullptr;
  Scratch scratch_{fast_folder()};
  std::string folder_ = std::filesystem::canonical(scratch_.path()).string();
  SetClock clock_;
  std::vector<Digest> journal_states_, mail_states_;
  Digest key_before_ = Digest::zero(), key_after_ = Digest::zero();
};

Digest key_file(const std::string& folder) {
  const std::string bytes = read_file(folder + "/keyfile");
  return crypto::H("test.disk-file", {as_bytes(bytes)});
}

void Failing::learn_states() {
  auto desk = fresh();
  key_before_ = key_file(folder_);
  CrashDisk disk(folder_);
  {
    const Watch watch(folder_, disk);
    ASSERT_TRUE(ok(run(*desk)));
  }
  key_after_ = key_file(folder_);
  desk.reset();
  const auto look = [&] {
    const auto looking = again(1);
    journal_states_.push_back(contents(looking->journal_db()));
    mail_states_.push_back(contents(looking->mail().database()));
  };
  Replay replay(disk);
  do {
    const bool commit = replay.place() == 0 || disk.steps()[replay.place() - 1].call == Call::remove;
    if (!commit) continue;
    put_image(replay.left(Fate::all_kept, 0), folder_);
    look();
  } while (replay.step());
}

void Failing::expect_clear_words(const Error& error, Fault fault, Call call) {
  EXPECT_GT(std::string_view(error.what.text()).size(), 10u);
  // Of a rollback journal that cannot be made SQLite does not say why: it tries again read-only, and that
  // errno stays.
  const bool unknown = call == Call::make && error.code == Errc::io;
  const Errc wanted = fault.kind == Fault::full_stays && !unknown ? Errc::full : Errc::io;
  EXPECT_EQ(error.code, wanted) << error.what.text() << " (" << error.detail << ") after " << name(call);
}

void Failing::expect_one_of_the_states(Desk& desk) {
  const auto found = states_of(desk);
  EXPECT_TRUE(std::ranges::find(journal_states_, found.journal) != journal_states_.end());
  EXPECT_TRUE(std::ranges::find(mail_states_, found.mail) != mail_states_.end());
  const auto key = key_file(folder_);
  EXPECT_TRUE(key == key_before_ || key == key_after_);
}

void Failing::expect_all_is_well() {
  auto desk = again(5);
  EXPECT_TRUE(ok(desk->journal_db().check_integrity()));
  EXPECT_TRUE(ok(desk->mail().database().check_integrity()));
  EXPECT_TRUE(ok(desk->journal().check_index()));
  expect_one_of_the_states(*desk);
  const auto head = must(desk->node().keyring().own_head(stage().group));
  const auto ticked = sharing::tick(desk->node(), sharing::Occasion::start);
  ASSERT_TRUE(ok(ticked));
  EXPECT_FALSE(ticked->retired);
  const auto now = must(desk->mail().head(stage().group, must(desk->node().book(stage().group))->device));
  EXPECT_TRUE(now && head && now->seq >= head->seq) << "an own event is missing in mail.db";
  EXPECT_TRUE(ok(desk->journal().add({.text = "It works again.", .written = {clock_.now()}})));
  EXPECT_TRUE(ok(desk->keep()));
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
  before_ = &before;
  journal_states_.clear();
  mail_states_.clear();
  learn_states();
  int points = 0;
  const std::pair<Fault::Kind, int> kinds[] = {
      {Fault::error_once, 60}, {Fault::read_fails, 12}, {Fault::error_stays, 12}, {Fault::full_stays, 12}};
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
  for (std::size_t i = GetParam(); i < fifteen().size(); i += kParts) {
    const int points = every_call(fifteen()[i]);
    std::cout << fifteen()[i].operation->name << ": " << points << " failing calls\n";
    EXPECT_GT(points, 4);
  }
}

INSTANTIATE_TEST_SUITE_P(Operations, Failing, testing::Range(std::size_t{0}, kParts));

}  // namespace
}  // namespace kith::test
