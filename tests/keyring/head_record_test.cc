#include "core/keyring/head_record.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "core/keyring/file.h"
#include "tests/db/scratch.h"

namespace kith::keyring {
namespace {

using test::fails;
using test::key_of;
using test::ok;

crypto::JournalKey journal_key(std::uint8_t seed = 1) {
  auto bytes = key_of(seed);
  return crypto::JournalKey::take(bytes);
}

class HeadRecordTest : public testing::Test {
 protected:
  HeadRecordTest() { crypto::start(); }
  db::Database open() {
    auto db = db::Database::open(scratch_ / "j.db", key_of(1), {.create = true});
    KITH_ASSERT(db.has_value());
    KITH_ASSERT(open_heads(*db).has_value());
    return std::move(*db);
  }
  Result<void> save(db::Database& db) { return save_head(db, record_, key_, random_); }
  Result<HeadCheck> check(db::Database& db) { return check_head(db, record_, key_); }
  void keep(const std::string& file, const std::string& copy) {
    std::filesystem::copy_file(scratch_ / file, scratch_ / copy,
                               std::filesystem::copy_options::overwrite_existing);
  }

  crypto::SystemRandom random_;
  test::Scratch scratch_;
  crypto::JournalKey key_ = journal_key();
  std::string record_ = scratch_ / "head";
};

TEST_F(HeadRecordTest, NoneThenEqualThenAhead) {
  auto db = open();
  EXPECT_EQ(check(db)->state, HeadState::none);
  ASSERT_TRUE(ok(note_head(db, "sharing", as_bytes("heads"))));
  ASSERT_TRUE(ok(save(db)));
  auto seen = check(db);
  ASSERT_TRUE(ok(seen));
  EXPECT_EQ(seen->state, HeadState::equal);
  EXPECT_EQ(as_text(seen->notes.at("sharing")), "heads");
  ASSERT_TRUE(ok(raise_head(db)));
  seen = check(db);
  ASSERT_TRUE(ok(seen));
  EXPECT_EQ(seen->state, HeadState::ahead);
  EXPECT_EQ(seen->counter, seen->recorded + 1);
  struct stat info {};
  ASSERT_EQ(::stat(record_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(test::read_file(record_).find("heads"), std::string::npos);
}

TEST_F(HeadRecordTest, AJournalPutBackIsAnAlarmAndTheRecordStays) {
  {
    auto db = open();
    ASSERT_TRUE(ok(raise_head(db)));
  }
  keep("j.db", "old.db");
  {
    auto db = open();
    ASSERT_TRUE(ok(raise_head(db)));
    ASSERT_TRUE(ok(save(db)));
  }
  keep("old.db", "j.db");
  const auto record = test::read_file(record_);
  auto db = open();
  ASSERT_TRUE(ok(db.check_integrity()));  // SQLCipher itself is content with the old file
  EXPECT_TRUE(fails(check(db), Errc::damaged));
  EXPECT_TRUE(fails(save(db), Errc::damaged));
  EXPECT_EQ(test::read_file(record_), record);
}

TEST_F(HeadRecordTest, TheSameCountWithOtherNotesIsAnAlarm) {
  {
    auto db = open();
    ASSERT_TRUE(ok(note_head(db, "a", as_bytes("1"))));
  }
  keep("j.db", "old.db");
  {
    auto db = open();
    ASSERT_TRUE(ok(note_head(db, "a", as_bytes("2"))));
    ASSERT_TRUE(ok(save(db)));
  }
  keep("old.db", "j.db");
  auto db = open();
  ASSERT_TRUE(ok(note_head(db, "a", as_bytes("3"))));  // the fork catches up with the count
  EXPECT_TRUE(fails(check(db), Errc::damaged));
}

TEST_F(HeadRecordTest, ARolledBackTransactionRaisesNothing) {
  auto db = open();
  {
    auto transaction = db::Transaction::begin(db);
    ASSERT_TRUE(ok(note_head(db, "a", as_bytes("1"))));
  }
  EXPECT_EQ(check(db)->counter, 0u);
}

TEST_F(HeadRecordTest, AnOlderSaveNeverReplacesANewerRecord) {
  auto db = open();
  ASSERT_TRUE(ok(raise_head(db)));
  ASSERT_TRUE(ok(save(db)));
  const auto record = test::read_file(record_);
  ASSERT_TRUE(ok(save(db)));  // nothing new: not written again
  EXPECT_EQ(test::read_file(record_), record);
}

TEST_F(HeadRecordTest, EveryFlippedBitAndEveryCutIsDamage) {
  auto db = open();
  ASSERT_TRUE(ok(note_head(db, "a", as_bytes("1"))));
  ASSERT_TRUE(ok(save(db)));
  const auto record = test::read_file(record_);
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    auto bad = record;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    test::write_file(record_, bad);
    ASSERT_TRUE(fails(check(db), Errc::damaged)) << bit;
  }
  for (std::size_t size = 0; size < record.size(); ++size) {
    test::write_file(record_, record.substr(0, size));
    ASSERT_TRUE(fails(check(db), Errc::damaged)) << size;
  }
  test::write_file(record_, record);
  EXPECT_TRUE(ok(check(db)));
  EXPECT_TRUE(fails(check_head(db, record_, journal_key(2)), Errc::damaged));
}

TEST_F(HeadRecordTest, LimitsHold) {
  auto db = open();
  const Bytes most(kMaxHeadNote);
  const Bytes more(kMaxHeadNote + 1);
  EXPECT_TRUE(ok(note_head(db, "a", most)));
  EXPECT_TRUE(fails(note_head(db, "a", more), Errc::too_large));
  test::write_file(record_, std::string(kMaxHeadFile + 1, 'x'));
  EXPECT_TRUE(fails(check(db), Errc::damaged));
}

TEST_F(HeadRecordTest, ALinkIsNotFollowed) {
  auto db = open();
  std::filesystem::create_symlink(scratch_ / "elsewhere", record_);
  EXPECT_TRUE(fails(check(db), Errc::refused));
  EXPECT_TRUE(fails(replace_file(record_, as_bytes("x")), Errc::refused));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "elsewhere"));
}

}  // namespace
}  // namespace kith::keyring
