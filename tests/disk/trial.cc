#include "tests/disk/trial.h"

#include <algorithm>
#include <set>

#include "tests/disk/options.h"

namespace kith::test {
namespace {

const std::set<std::string_view> kChosen = {"add an entry",        "edit an entry", "remove an entry",
                                            "bring an entry back", "start a draft", "keep a draft",
                                            "import files",        "add a feeling", "confirm a share",
                                            "take a share back",   "mail arrives",  "release what is due",
                                            "withdraw a share",    "purge",         "change the passphrase",
                                            "take in what arrived"};

}  // namespace

const Stage& stage() {
  static const Stage one;
  return one;
}

const std::vector<Before>& chosen() {
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

States states_of(Desk& desk) { return {contents(desk.journal_db()), contents(desk.mail().database())}; }

Digest key_file(const std::string& folder) {
  const std::string bytes = read_file(folder + "/keyfile");
  return crypto::H("test.disk-file", {as_bytes(bytes)});
}

std::unique_ptr<Desk> Trial::fresh() {
  put_image(before_->files, folder_);
  return again(77);
}

Result<std::unique_ptr<Desk>> Trial::open(std::uint64_t seed) {
  clock_.set(before_->time);
  return Desk::open(folder_, clock_, seed);
}

Result<void> Trial::run(Desk& desk) {
  KITH_CHECK(before_->operation->run(desk, stage()));
  return desk.keep();
}

void Trial::of(const Before& before) {
  before_ = &before;
  journal_states_.clear();
  mail_states_.clear();
  learn_states();
}

bool Trial::is_state_of_journal(const Digest& found) const {
  return std::ranges::find(journal_states_, found) != journal_states_.end();
}
bool Trial::is_state_of_mail(const Digest& found) const {
  return std::ranges::find(mail_states_, found) != mail_states_.end();
}

void Trial::learn_states() {
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

void Trial::expect_it_works_on(Desk& desk) {
  EXPECT_TRUE(ok(desk.journal_db().check_integrity()));
  EXPECT_TRUE(ok(desk.mail().database().check_integrity()));
  EXPECT_TRUE(ok(desk.journal().check_index()));
  const auto head = must(desk.node().keyring().own_head(stage().group));
  const auto ticked = sharing::tick(desk.node(), sharing::Occasion::start);
  ASSERT_TRUE(ok(ticked));
  EXPECT_FALSE(ticked->retired);
  const auto now = must(desk.mail().head(stage().group, must(desk.node().book(stage().group))->device));
  EXPECT_TRUE(now && head && now->seq >= head->seq) << "an own event is missing in mail.db";
  EXPECT_TRUE(ok(desk.journal().add({.text = "It works again.", .written = {clock_.now()}})));
  EXPECT_TRUE(ok(desk.keep()));
}

}  // namespace kith::test
