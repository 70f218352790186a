// The power fails at every sync of fifty operations. Whatever the disk kept: the journal opens, what was
// acknowledged is there, nothing is half there, the head record agrees, and no place of the log is signed
// twice.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/disk/options.h"
#include "tests/disk/workload.h"

namespace kith::test {
namespace {

constexpr std::uint64_t kDraws = 3;     // crash states drawn at each place, beside nothing kept and all kept
constexpr std::size_t kGoOnEvery = 25;  // of the states: the node also works on
constexpr std::size_t kAgainEvery =
    100;  // of those with a rollback journal: the power also fails during recovery

// The versions that one file or database had, and when each was there.
struct History {
  struct Version {
    std::size_t place;  // it may be found from here on
    Digest what;
  };
  std::vector<Version> versions;

  // Found after a crash at `place`, when everything up to `acknowledged` was promised.
  bool allows(const Digest& found, std::size_t acknowledged, std::size_t place) const {
    for (std::size_t i = 0; i < versions.size(); ++i) {
      const bool replaced = i + 1 < versions.size() && versions[i + 1].place <= acknowledged;
      if (!replaced && versions[i].place <= place && versions[i].what == found) return true;
    }
    return false;
  }
};

struct Log {  // own events, by place in the log
  std::map<std::uint64_t, EventId> events;
};

class Power : public testing::Test {
 protected:
  static void SetUpTestSuite() { crypto::start(); }

  // Runs the workload once and writes down what the disk saw.
  void record();
  // What is wrong with the folder, into which `image` was put.
  std::optional<std::string> judge(const Image& image, std::size_t place, bool go_on);
  std::optional<std::string> works_on(Desk& desk);
  std::size_t acknowledged(std::size_t place) const;
  std::optional<std::string> judge_recovery(const Image& image, std::size_t place, std::uint64_t seed);
  std::optional<std::string> judge_place(const Replay& replay, std::uint64_t draws);
  Log own_log(Desk& desk);
  Digest plain_file(const Image& image, const std::string& name);

  Stage stage_;
  Scratch place_{fast_folder()};
  std::string folder_ = std::filesystem::canonical(place_.path()).string();
  std::unique_ptr<CrashDisk> disk_;
  History journal_, mail_, key_file_;
  std::vector<std::size_t> marks_;  // an operation was acknowledged here
  std::vector<WallTime> times_;     // the clock at each mark
  Log log_;
  Image last_;
  struct {
    std::size_t states = 0, hot = 0, worked_on = 0, in_recovery = 0;
  } tally_;
};

Digest digest_of(const std::string& folder, const char* file, std::uint8_t key) {
  auto database = must(db::Database::open(folder + "/" + file, key_of(key), {}));
  return contents(database);
}

Digest Power::plain_file(const Image& image, const std::string& name) {
  const auto found = image.find(name);
  return crypto::H("test.disk-file", {found == image.end() ? ByteView() : ByteView(found->second)});
}

Log Power::own_log(Desk& desk) {
  Log log;
  const auto device = must(desk.node().book(stage_.group))->device;
  const auto head = must(desk.mail().head(stage_.group, device));
  for (std::uint64_t seq = 0; head && seq <= head->seq; ++seq)
    if (const auto event = must(desk.mail().event_at(stage_.group, device, seq)))
      log.events.emplace(seq, event->id());
  return log;
}

void Power::record() {
  seed_page_randomness(options().seed);
  put_image(stage_.files, folder_);
  SetClock clock;
  clock.set(stage_.start);
  disk_ = std::make_unique<CrashDisk>(folder_);
  {
    const Watch watch(folder_, *disk_);
    auto desk = must(Desk::open(folder_, clock, options().seed));
    must(desk->keep());
    marks_.push_back(disk_->steps().size());
    times_.push_back(clock.now());
    for (const Operation& operation : workload()) {
      clock.advance(std::chrono::seconds(60));
      const auto done = operation.run(*desk, stage_);
      ASSERT_TRUE(ok(done)) << operation.name;
      ASSERT_TRUE(ok(desk->keep())) << operation.name;
      marks_.push_back(disk_->steps().size());
      times_.push_back(clock.now());
    }
    log_ = own_log(*desk);
  }
  const Image end = image_of(folder_);

  // The versions: a database has a new one whenever its rollback journal goes.
  const Scratch copy(fast_folder());
  const std::string there = copy.path().string();
  Replay replay(*disk_);
  const auto note = [&](History& history, const Digest& what) {
    history.versions.push_back({replay.place(), what});
  };
  const auto all = [&] { return replay.left(Fate::all_kept, 0); };
  put_image(all(), there);
  note(journal_, digest_of(there, "journal.db", 3));
  note(mail_, digest_of(there, "mail.db", 9));
  note(key_file_, plain_file(all(), "keyfile"));
  std::size_t operation = 0;
  int commits = 0;
  while (replay.step()) {
    const Step& step = disk_->steps()[replay.place() - 1];
    while (operation + 1 < marks_.size() && marks_[operation] < replay.place()) {
      ++operation;
      commits = 0;
    }
    if (step.call == Call::rename && step.to == "keyfile") note(key_file_, plain_file(all(), "keyfile"));
    if (step.call != Call::remove) continue;
    put_image(all(), there);
    if (step.name == "journal.db-journal") {
      note(journal_, digest_of(there, "journal.db", 3));
      ++commits;
      const Operation& now = workload()[operation - 1];
      ASSERT_TRUE(now.commits == 0 || commits <= now.commits) << now.name << " is not one transaction";
    }
    if (step.name == "mail.db-journal") note(mail_, digest_of(there, "mail.db", 9));
  }
  ASSERT_EQ(all(), end) << "the disk did not see every write";
  ASSERT_EQ(operation, workload().size());
}

std::size_t Power::acknowledged(std::size_t place) const {
  std::size_t last = 0;
  for (const std::size_t mark : marks_)
    if (mark <= place) last = mark;
  return last;
}

// After the crash the member writes, the agent ticks; what was signed before is signed no other way.
std::optional<std::string> Power::works_on(Desk& desk) {
  ++tally_.worked_on;
  const auto head = must(desk.node().keyring().own_head(stage_.group));
  if (const auto added = desk.journal().add({.text = "I am back.", .written = {desk.clock().now()}}); !added)
    return std::string("cannot write: ") + added.error().what.text();
  const auto ticked = sharing::tick(desk.node(), sharing::Occasion::start);
  if (!ticked) return std::string("cannot tick: ") + ticked.error().what.text();
  if (ticked->retired) return "the device took itself for a copy";
  if (const auto kept = desk.keep(); !kept) return std::string("head record: ") + kept.error().what.text();
  const Log log = own_log(desk);
  for (const auto& [seq, event] : log_.events) {
    if (!head || seq > head->seq) break;
    const auto found = log.events.find(seq);
    if (found == log.events.end()) return "an own event is not in mail.db: " + std::to_string(seq);
    if (found->second != event) return "signed twice: " + std::to_string(seq);
  }
  const auto audited = must(sharing::audit(desk.node(), stage_.group));
  if (!audited.alarms.empty()) return "the audit raises an alarm";
  return std::nullopt;
}

std::optional<std::string> Power::judge(const Image& image, std::size_t place, bool go_on) {
  SetClock clock;
  const std::size_t promised = acknowledged(place);
  for (std::size_t i = 0; i < marks_.size(); ++i)
    if (marks_[i] <= place) clock.set(times_[i]);
  put_image(image, folder_);
  if (!key_file_.allows(plain_file(image, "keyfile"), promised, place))
    return "the key file is neither old nor new";
  auto desk = Desk::open(folder_, clock, place + 1000);
  if (!desk) return std::string("does not open: ") + desk.error().what.text();
  if (const auto whole = (*desk)->journal_db().check_integrity(); !whole)
    return std::string("journal.db: ") + whole.error().what.text();
  if (const auto whole = (*desk)->mail().database().check_integrity(); !whole)
    return std::string("mail.db: ") + whole.error().what.text();
  if (!journal_.allows(contents((*desk)->journal_db()), promised, place))
    return "journal.db: neither before nor after";
  if (!mail_.allows(contents((*desk)->mail().database()), promised, place))
    return "mail.db: neither before nor after";
  if (const auto fits = (*desk)->journal().check_index(); !fits) return "the index does not fit the words";
  if (go_on) return works_on(**desk);
  return std::nullopt;
}

bool is_crash_place(const Step& step) {
  return step.call == Call::sync || step.call == Call::sync_folder || step.call == Call::rename ||
         step.call == Call::remove;
}

// The power fails a second time, at every step by which SQLite puts the first failure right.
std::optional<std::string> Power::judge_recovery(const Image& image, std::size_t place, std::uint64_t seed) {
  put_image(image, folder_);
  CrashDisk recovery(folder_);
  {
    const Watch watch(folder_, recovery);
    SetClock clock;
    if (const auto desk = Desk::open(folder_, clock, seed); !desk) return "does not open";
  }
  Replay second(recovery);
  do {
    ++tally_.in_recovery;
    if (const auto wrong = judge(second.left(Fate::drawn, seed + second.place()), place, false))
      return *wrong + ", step " + std::to_string(second.place()) + " of the recovery";
  } while (second.step());
  return std::nullopt;
}

std::optional<std::string> Power::judge_place(const Replay& replay, std::uint64_t draws) {
  for (std::uint64_t draw = 0; draw < draws + 2; ++draw) {
    const std::string state = std::to_string(replay.place()) + ":" + std::to_string(draw);
    const bool only = options().state == state;
    if (!options().state.empty() && !only) continue;
    const Fate fate = draw == 0 ? Fate::nothing_kept : draw == 1 ? Fate::all_kept : Fate::drawn;
    const std::uint64_t seed = options().seed * 1'000'003 + replay.place() * 1009 + draw;
    const Image left = replay.left(fate, seed);
    if (left == last_) continue;  // the disk left the same as before
    last_ = left;
    ++tally_.states;
    const bool hot = left.contains("journal.db-journal") || left.contains("mail.db-journal");
    tally_.hot += hot ? 1 : 0;
    auto wrong = judge(left, replay.place(), only || tally_.states % kGoOnEvery == 0);
    if (!wrong && hot && (only || tally_.hot % kAgainEvery == 0))
      wrong = judge_recovery(left, replay.place(), seed);
    if (wrong)
      return *wrong + "\nreplay: disk_power_test --seed " + std::to_string(options().seed) + " --state " +
             state;
  }
  return std::nullopt;
}

TEST_F(Power, FailingAtEverySyncLosesNothingAcknowledged) {
  ASSERT_NO_FATAL_FAILURE(record());
  std::size_t places = 0;
  Replay replay(*disk_);
  do {
    const bool end = replay.place() == disk_->steps().size();
    if (!end && !is_crash_place(disk_->steps()[replay.place()])) continue;
    ++places;
    const auto wrong = judge_place(replay, options().draws == 0 ? kDraws : options().draws);
    ASSERT_FALSE(wrong) << *wrong;
  } while (replay.step());
  std::cout << places << " places, " << tally_.states << " crash states, " << tally_.hot
            << " with a rollback journal, " << tally_.worked_on << " worked on, " << tally_.in_recovery
            << " more during recovery\n";
  if (!options().state.empty()) return;
  EXPECT_GE(places, 400u);
  EXPECT_GE(tally_.hot, tally_.states / 5);
  EXPECT_GE(tally_.in_recovery, 50u);
}

}  // namespace
}  // namespace kith::test
