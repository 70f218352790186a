// Folders that earlier kiths left, one for each version: this one opens them with their passphrase, shows
// what was in them, and goes on.
#include "tests/disk/golden.h"

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <filesystem>

#include "core/journal/journal.h"
#include "core/keyring/head_record.h"
#include "core/sharing/items.h"
#include "crypto/key_file.h"
#include "tests/hostile/small_disk.h"
#include "tests/sharing/world.h"

namespace kith::test {
namespace {

namespace fs = std::filesystem;
using namespace golden;
using sharing::Items;
using sharing::To;

std::vector<std::string> versions() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(KITH_GOLDEN)) names.push_back(entry.path().filename());
  return names;
}

class Golden : public testing::TestWithParam<std::string> {
 protected:
  static void SetUpTestSuite() { crypto::start(); }
  Golden() {
    fs::copy(fs::path(KITH_GOLDEN) / GetParam(), folder(), fs::copy_options::recursive);
    clock_.set(WallTime{std::chrono::seconds(kLater)});
  }
  std::string folder() const { return scratch_ / "kith"; }
  std::string file(const char* name) const { return folder() + "/" + name; }
  // As unlocking does it.
  void open() {
    keys_.emplace(must(crypto::open_key_file(as_bytes(read_file(file("keyfile"))), as_bytes(kPassphrase))));
    journal_db_.emplace(must(db::Database::open(file("journal/journal.db"), keys_->journal.reveal(), {})));
    EXPECT_EQ(must(keyring::check_head(*journal_db_, file("heads"), keys_->journal)).state,
              keyring::HeadState::equal);
    journal_.emplace(must(journal::Journal::open(*journal_db_)));
    mail_.emplace(must(
        mail::MailStore::open(must(db::Database::open(file("mail/mail.db"), keys_->mail.reveal(), {})))));
    node_ = must(sharing::Node::open(*journal_db_, *mail_, clock_, random_));
    groups_ = must(node_->groups());
    ASSERT_EQ(groups_.size(), 1u);
  }
  void close() {
    node_.reset();
    mail_.reset();
    journal_.reset();
    journal_db_.reset();
  }

  Scratch scratch_{fast_folder()};
  SetClock clock_;
  SeededRandom random_{5};
  std::optional<crypto::DatabaseKeys> keys_;
  std::optional<db::Database> journal_db_;
  std::optional<journal::Journal> journal_;
  std::optional<mail::MailStore> mail_;
  std::unique_ptr<sharing::Node> node_;
  std::vector<GroupId> groups_;
};

TEST_P(Golden, ShowsItsEntries) {
  ASSERT_NO_FATAL_FAILURE(open());
  const auto first = must(journal_->read(journal::EntryNumber{1}));
  EXPECT_EQ(first.text, kEntry);
  EXPECT_EQ(first.kind, journal::Kind::reflection);
  const auto second = must(journal_->read(journal::EntryNumber{2}));
  EXPECT_EQ(second.text, kEdited);
  EXPECT_TRUE(second.tender);
  EXPECT_EQ(must(journal_->list({.tag = "garden"})).size(), 1u);
  EXPECT_EQ(must(journal_->list({.feeling = "sad"})).size(), 1u);
  EXPECT_EQ(must(journal_->list({.person = "lena"})).size(), 1u);
  ASSERT_EQ(must(journal_->removed()).size(), 1u);
  EXPECT_TRUE(ok(journal_->restore(journal::EntryNumber{3})));
  EXPECT_EQ(must(journal_->read(journal::EntryNumber{3})).text, kGone);
  EXPECT_TRUE(ok(journal_db_->check_integrity()));
  EXPECT_TRUE(ok(journal_->check_index()));
}

TEST_P(Golden, ShowsItsGroupAndWhatWasShared) {
  ASSERT_NO_FATAL_FAILURE(open());
  const auto view = must(sharing::Groups(*node_).show(groups_.front()));
  EXPECT_EQ(view.name, "Tuesdays");
  EXPECT_EQ(view.members, 2u);
  EXPECT_TRUE(view.agreement_in_force && view.may_share && !view.device_retired);
  const auto lena = must(sharing::Groups(*node_).person(groups_.front(), "lena"));
  EXPECT_EQ(lena.role, group::Role::leader);
  const auto received = must(Items(*node_).received(groups_.front()));
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received.front().text, kReceived);
  EXPECT_EQ(received.front().author.name, "Lena");
  const auto mine = must(Items(*node_).mine(groups_.front()));
  ASSERT_EQ(mine.size(), 1u);
  EXPECT_EQ(mine.front().text, kShared);
  EXPECT_TRUE(must(sharing::audit(*node_, groups_.front())).alarms.empty());
}

TEST_P(Golden, GoesOn) {
  ASSERT_NO_FATAL_FAILURE(open());
  EXPECT_TRUE(ok(journal_->add({.text = "And on.", .written = {clock_.now()}})));
  sharing::Draft draft;
  draft.text = "With what came later.";
  draft.kind = "free";
  draft.audience.to = To::group;
  sharing::ConsentGate gate(*node_);
  const auto preview = must(gate.preview(groups_.front(), draft));
  ASSERT_TRUE(ok(gate.confirm(groups_.front(), draft, preview.digest)));
  clock_.advance(std::chrono::hours(1));
  const auto ticked = must(sharing::tick(*node_, sharing::Occasion::sync));
  EXPECT_EQ(ticked.released, 1u);
  EXPECT_FALSE(ticked.retired);
  EXPECT_TRUE(must(sharing::audit(*node_, groups_.front())).alarms.empty());
  EXPECT_TRUE(ok(keyring::save_head(*journal_db_, file("heads"), keys_->journal, random_)));
}

// The folder as a mount that nobody can write to, for as long as this lives.
class ReadOnly {
 public:
  explicit ReadOnly(std::string folder) : folder_(std::move(folder)) {
    KITH_ASSERT(::mount(folder_.c_str(), folder_.c_str(), nullptr, MS_BIND, nullptr) == 0);
    KITH_ASSERT(::mount("none", folder_.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0);
  }
  ReadOnly(const ReadOnly&) = delete;
  ReadOnly& operator=(const ReadOnly&) = delete;
  ~ReadOnly() { ::umount2(folder_.c_str(), MNT_DETACH); }

 private:
  std::string folder_;
};

TEST_P(Golden, IsReadOnADiskThatNobodyCanWriteTo) {
  if (!hostile::may_mount()) GTEST_SKIP() << "this system lets nobody mount a folder read-only";
  const auto files = [&] {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder()))
      if (entry.is_regular_file()) all[entry.path()] = read_file(entry.path());
    return all;
  };
  ASSERT_NO_FATAL_FAILURE(
      open());  // what an earlier kith left is brought up to date where that can be written
  close();
  const auto before = files();
  {
    const ReadOnly disk(folder());
    ASSERT_NO_FATAL_FAILURE(open());
    EXPECT_EQ(must(journal_->read(journal::EntryNumber{1})).text, kEntry);
    EXPECT_EQ(must(Items(*node_).received(groups_.front())).size(), 1u);
    const auto added = journal_->add({.text = "Where to?", .written = {clock_.now()}});
    ASSERT_TRUE(fails(added, Errc::io));
    EXPECT_STREQ(added.error().what.text(), "the database cannot be written to");
    EXPECT_TRUE(fails(sharing::tick(*node_, sharing::Occasion::sync), Errc::io));
    close();
  }
  EXPECT_EQ(files(), before) << "something was changed or made";
  EXPECT_NO_FATAL_FAILURE(open());
  EXPECT_TRUE(ok(journal_->add({.text = "Here.", .written = {clock_.now()}})));
}

INSTANTIATE_TEST_SUITE_P(Versions, Golden, testing::ValuesIn(versions()),
                         [](const auto& version) { return "v" + version.param; });

}  // namespace
}  // namespace kith::test
