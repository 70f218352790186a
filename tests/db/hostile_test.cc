// What is put in the database's place, and what is done to its bytes, behind our back.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <random>

#include "core/db/database.h"
#include "tests/db/scratch.h"

namespace kith::db {
namespace {

using test::fails;
using test::key_of;
using test::ok;
using test::Scratch;

constexpr std::size_t kPage = 8192;
constexpr Migration kNotes[] = {{1, "CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL)"}};

Result<Database> open(const std::string& path, std::uint8_t key = 1) {
  return Database::open(path, key_of(key), {.create = true, .busy = std::chrono::milliseconds(100)});
}

void write_notes(Database& db, int from, int to) {
  auto transaction = Transaction::begin(db);
  for (int i = from; i < to; ++i) {
    auto insert = db.prepare("INSERT INTO note(text) VALUES(?1)");
    ASSERT_TRUE(ok(insert->bind(1, std::string(700, static_cast<char>('a' + i % 26))).run()));
  }
  ASSERT_TRUE(ok(transaction->commit()));
}

std::string made_journal(const std::string& path, int notes) {
  {
    auto db = open(path);
    EXPECT_TRUE(ok(db->migrate("note", kNotes)));
    write_notes(*db, 0, notes);
  }
  return test::read_file(path);
}

// Damage shows when opening, when reading everything, or at the latest in the integrity check; always as
// damage.
testing::AssertionResult is_noticed(const std::string& path) {
  auto db = open(path);
  if (!db) return fails(db, Errc::damaged);
  auto query = db->prepare("SELECT sum(length(text)) FROM note");
  if (!query) return fails(query, Errc::damaged);
  if (const auto row = query->step(); !row) return fails(row, Errc::damaged);
  { auto done = std::move(*query); }
  return fails(db->check_integrity(), Errc::damaged);
}

TEST(HostileFile, AnotherFileInItsPlaceIsDamageAndStaysAsItIs) {
  Scratch scratch;
  const auto path = scratch / "j.db";
  std::mt19937 random(1);
  std::string noise(3 * kPage, '\0');
  for (auto& c : noise) c = static_cast<char>(random());
  std::string plain = "SQLite format 3";
  plain += '\0';
  plain.resize(2 * kPage);
  for (const auto& bytes : {std::string(), std::string("x"), std::string(15, 'x'), std::string(16, 'x'),
                            noise, plain, noise.substr(0, kPage - 1), std::string(kPage, '\0')}) {
    test::write_file(path, bytes);
    EXPECT_TRUE(fails(open(path), Errc::damaged)) << bytes.size();
    EXPECT_EQ(test::read_file(path), bytes);
  }
}

TEST(HostileFile, APlaintextDatabaseIsNotOurs) {
  Scratch scratch;
  const auto path = scratch / "j.db";
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "CREATE TABLE component(name TEXT, version INTEGER)", nullptr, nullptr, nullptr),
            SQLITE_OK);
  ASSERT_EQ(sqlite3_close(db), SQLITE_OK);
  const auto result = open(path);
  ASSERT_TRUE(fails(result, Errc::damaged));
  EXPECT_STREQ(result.error().what.text(), "the database is not encrypted, so it is not ours");
}

TEST(HostileFile, AWrongKeyOpensNothing) {
  Scratch scratch;
  const auto before = made_journal(scratch / "j.db", 3);
  testing::internal::CaptureStderr();
  EXPECT_TRUE(fails(open(scratch / "j.db", 2), Errc::damaged));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");  // SQLCipher keeps its complaints to itself
  EXPECT_EQ(test::read_file(scratch / "j.db"), before);
}

TEST(HostileFile, LinksFoldersAndPipesAreRefused) {
  Scratch scratch;
  made_journal(scratch / "real.db", 3);
  std::filesystem::create_symlink(scratch / "real.db", scratch / "link.db");
  std::filesystem::create_symlink(scratch / "nowhere.db", scratch / "dangling.db");
  std::filesystem::create_directory(scratch / "folder.db");
  ASSERT_EQ(::mkfifo((scratch / "pipe.db").c_str(), 0600), 0);
  for (const char* name : {"link.db", "dangling.db", "folder.db", "pipe.db"})
    EXPECT_TRUE(fails(open(scratch / name), Errc::refused)) << name;
  EXPECT_FALSE(std::filesystem::exists(scratch / "nowhere.db"));
  ASSERT_TRUE(ok(open(scratch / "real.db")));
  std::filesystem::create_hard_link(scratch / "real.db", scratch / "second.db");
  EXPECT_TRUE(fails(open(scratch / "real.db"), Errc::refused));
}

TEST(HostileFile, AFolderReachedByALinkIsFine) {
  Scratch scratch;
  std::filesystem::create_directory(scratch / "a");
  std::filesystem::create_symlink(scratch / "a", scratch / "b");
  EXPECT_TRUE(ok(open(scratch / "b/j.db")));
  EXPECT_TRUE(std::filesystem::exists(scratch / "a/j.db"));
}

TEST(HostileFile, AJournalPlantedBeforeCreationIsRefused) {
  Scratch scratch;
  test::write_file(scratch / "j.db-journal", std::string(1024, 'x'));
  EXPECT_TRUE(fails(open(scratch / "j.db"), Errc::damaged));
  EXPECT_FALSE(std::filesystem::exists(scratch / "j.db"));
}

TEST(HostileFile, NoiseAsAJournalChangesNothing) {
  Scratch scratch;
  const auto path = scratch / "j.db";
  const auto before = made_journal(path, 3);
  test::write_file(path + "-journal", std::string(1024, 'x'));
  ASSERT_TRUE(ok(open(path)));
  EXPECT_EQ(test::read_file(path), before);
}

TEST(HostileBytes, ABitFlippedOnAnyPageIsNoticed) {
  Scratch scratch;
  const auto path = scratch / "j.db";
  const auto good = made_journal(path, 400);
  ASSERT_GE(good.size() / kPage, 30u);
  std::mt19937 random(7);
  for (std::size_t page = 0; page < good.size() / kPage; ++page) {
    for (const std::size_t offset : {std::size_t{0}, random() % kPage, kPage - 1}) {
      auto bad = good;
      char& byte = bad[page * kPage + offset];
      byte = static_cast<char>(byte ^ (1 << (random() % 8)));
      test::write_file(path, bad);
      ASSERT_TRUE(is_noticed(path)) << "page " << page + 1 << " offset " << offset;
      ASSERT_EQ(test::read_file(path), bad);  // and nothing was written over the evidence
    }
  }
  test::write_file(path, good);
  auto db = open(path);
  ASSERT_TRUE(ok(db));
  EXPECT_TRUE(ok(db->check_integrity()));
}

// A page that was freed and is taken again is not in the rollback journal: a power failure can leave it half
// written, below words that are all there.
TEST(HostileBytes, ASpoiltPageThatHoldsNothingIsNoDamage) {
  Scratch scratch;
  const auto path = scratch / "j.db";
  made_journal(path, 400);
  { ASSERT_TRUE(ok(open(path)->execute("DELETE FROM note WHERE id BETWEEN 50 AND 390"))); }
  const auto good = test::read_file(path);
  std::size_t unnoticed = 0;
  for (std::size_t page = 0; page < good.size() / kPage; ++page) {
    auto bad = good;
    bad[page * kPage + 100] = static_cast<char>(bad[page * kPage + 100] ^ 1);
    test::write_file(path, bad);
    if (!is_noticed(path)) ++unnoticed;
  }
  test::write_file(path, good);
  auto db = open(path);
  auto free = db->prepare("PRAGMA freelist_count");
  ASSERT_TRUE(*free->step());
  EXPECT_GT(unnoticed, 20u);
  EXPECT_LT(unnoticed, static_cast<std::size_t>(free->integer(0)) + 1);
}

TEST(HostileBytes, SwappedAndCutPagesAreNoticed) {
  Scratch scratch;
  const auto path = scratch / "j.db";
  const auto good = made_journal(path, 100);
  for (std::size_t page = 1; page + 1 < good.size() / kPage; ++page) {
    auto bad = good;
    std::swap_ranges(bad.begin() + static_cast<long>(page * kPage),
                     bad.begin() + static_cast<long>((page + 1) * kPage),
                     bad.begin() + static_cast<long>((page + 1) * kPage));
    test::write_file(path, bad);
    ASSERT_TRUE(is_noticed(path)) << page;
  }
  for (const std::size_t size : {kPage / 2, kPage, 3 * kPage, 3 * kPage + 100, good.size() - 1}) {
    test::write_file(path, good.substr(0, size));
    ASSERT_TRUE(is_noticed(path)) << size;
  }
}

TEST(HostileBytes, APageOfAnotherDatabaseWithTheSameKeyIsNoticed) {
  Scratch scratch;
  const auto other = made_journal(scratch / "other.db", 100);
  auto bad = made_journal(scratch / "j.db", 100);
  bad.replace(4 * kPage, kPage, other, 4 * kPage, kPage);  // each file has a salt of its own
  test::write_file(scratch / "j.db", bad);
  EXPECT_TRUE(is_noticed(scratch / "j.db"));
}

TEST(HostileSchema, TriggersAndViewsOfSomeoneWithTheKeyDoNothing) {
  Scratch scratch;
  const auto path = scratch / "j.db";
  made_journal(path, 1);
  {
    auto db = open(path);
    sqlite3_set_authorizer(db->handle(), nullptr, nullptr);  // someone else's program
    ASSERT_TRUE(
        ok(db->execute("CREATE TRIGGER t AFTER INSERT ON note BEGIN DELETE FROM note; END;"
                       "CREATE VIEW seen AS SELECT text FROM note")));
  }
  auto db = open(path);
  ASSERT_TRUE(ok(db));
  ASSERT_TRUE(ok(db->execute("INSERT INTO note(text) VALUES('b')")));
  auto count = db->prepare("SELECT count(*) FROM note");
  ASSERT_TRUE(*count->step());
  EXPECT_EQ(count->integer(0), 2);
  EXPECT_FALSE(ok(db->execute("SELECT * FROM seen")));
}

}  // namespace
}  // namespace kith::db
