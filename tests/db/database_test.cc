#include "core/db/database.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "tests/db/scratch.h"

namespace kith::db {
namespace {

using test::fails;
using test::key_of;
using test::ok;
using test::Scratch;

constexpr Migration kNotes[] = {
    {1, "CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL, raw BLOB)"},
    {2, "CREATE INDEX note_text ON note(text); CREATE TABLE extra(id INTEGER PRIMARY KEY)"},
};

Result<Database> open(const std::string& path, std::uint8_t key = 1, bool create = true) {
  return Database::open(path, key_of(key), {.create = create, .busy = std::chrono::milliseconds(2000)});
}

TEST(Database, MakesAPrivateEncryptedFileAndFindsItAgain) {
  Scratch scratch;
  const auto path = scratch / "a.db";
  {
    auto db = open(path);
    ASSERT_TRUE(ok(db));
    ASSERT_TRUE(ok(db->migrate("note", kNotes)));
    auto insert = db->prepare("INSERT INTO note(text,raw) VALUES(?1,?2)");
    ASSERT_TRUE(ok(insert));
    ASSERT_TRUE(ok(insert->bind(1, std::string_view("wistful%_'\"; --")).bind(2, ByteView()).run()));
    EXPECT_EQ(db->last_rowid(), 1);
    EXPECT_EQ(db->changes(), 1);
  }
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(test::read_file(path).find("wistful"), std::string::npos);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.path()), {}), 1);  // no leftovers

  auto db = open(path, 1, false);
  ASSERT_TRUE(ok(db));
  auto query = db->prepare("SELECT text, raw, typeof(raw) FROM note");
  ASSERT_TRUE(ok(query));
  ASSERT_TRUE(*query->step());
  EXPECT_EQ(query->text(0), "wistful%_'\"; --");
  EXPECT_TRUE(query->blob(1).empty());
  EXPECT_EQ(query->text(2), "blob");  // empty is not null
  EXPECT_FALSE(*query->step());
}

TEST(Database, KeysOfAnotherLengthAreRefusedAndLeaveNothing) {
  Scratch scratch;
  const std::array<std::uint8_t, 33> key{};
  for (const std::size_t size : {0UL, 1UL, 31UL, 33UL}) {
    EXPECT_TRUE(fails(Database::open(scratch / "a.db", ByteView(key).first(size), {.create = true}),
                      Errc::malformed));
  }
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(Database, NothingThereIsNotFoundUnlessAsked) {
  Scratch scratch;
  EXPECT_TRUE(fails(open(scratch / "a.db", 1, false), Errc::not_found));
  EXPECT_TRUE(fails(open(scratch / "no/a.db"), Errc::not_found));
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(Database, EverySettingHolds) {
  Scratch scratch;
  auto db = open(scratch / "a.db");
  ASSERT_TRUE(ok(db));
  sqlite3_set_authorizer(db->handle(), nullptr, nullptr);  // to look
  struct Wanted {
    Sql sql;
    std::string value;
  };
  const Wanted wanted[] = {
      {"PRAGMA temp_store", "2"},
      {"PRAGMA secure_delete", "1"},
      {"PRAGMA foreign_keys", "1"},
      {"PRAGMA synchronous", "3"},
      {"PRAGMA trusted_schema", "0"},
      {"PRAGMA cell_size_check", "1"},
      {"PRAGMA page_size", "8192"},
      {"PRAGMA journal_mode", "delete"},
      {"PRAGMA cipher_settings", "PRAGMA kdf_iter = 256000;"},
  };
  for (const auto& [sql, value] : wanted) {
    auto query = db->prepare(sql);
    ASSERT_TRUE(ok(query));
    ASSERT_TRUE(*query->step());
    EXPECT_EQ(query->text(0), value) << sql.text();
  }
}

TEST(Database, DeniesWhatAJournalNeverNeeds) {
  Scratch scratch;
  auto db = open(scratch / "a.db");
  ASSERT_TRUE(ok(db));
  const Sql denied[] = {
      "ATTACH ':memory:' AS other",
      "DETACH main",
      "SELECT load_extension('x')",
      "PRAGMA secure_delete=OFF",
      "PRAGMA synchronous=OFF",
      "PRAGMA journal_mode=WAL",
      "PRAGMA key='x'",
      "PRAGMA rekey='x'",
      "PRAGMA writable_schema=ON",
      "PRAGMA cipher_log='/tmp/x'",
      "PRAGMA trusted_schema",
      "PRAGMA data_version=3",
      "CREATE TRIGGER t AFTER INSERT ON component BEGIN SELECT 1; END",
      "CREATE VIEW v AS SELECT 1",
      "CREATE TEMP VIEW v AS SELECT 1",
      "SELECT sqlcipher_export('main')",
      "INSERT INTO sqlite_master VALUES('table','x','x',0,'x')",
      "SELECT \"no such column\" FROM component",
  };
  for (const Sql sql : denied) EXPECT_FALSE(ok(db->execute(sql))) << sql.text();
}

TEST(Database, AStatementInUseIsNotHandedOutTwice) {
  Scratch scratch;
  auto db = open(scratch / "a.db");
  ASSERT_TRUE(ok(db));
  constexpr Sql sql = "SELECT ?1 UNION ALL SELECT 9";
  auto first = db->prepare(sql);
  first->bind(1, std::int64_t{1});
  ASSERT_TRUE(*first->step());
  {
    auto second = db->prepare(sql);
    second->bind(1, std::int64_t{2});
    ASSERT_TRUE(*second->step());
    EXPECT_EQ(second->integer(0), 2);
  }
  EXPECT_EQ(first->integer(0), 1);
  { auto moved = std::move(*first); }
  auto again = db->prepare(sql);
  ASSERT_TRUE(*again->step());
  EXPECT_TRUE(again->is_null(0));  // bindings do not outlive a use
}

TEST(Database, ABadBindIsReportedByTheNextStep) {
  Scratch scratch;
  auto db = open(scratch / "a.db");
  auto query = db->prepare("SELECT ?1");
  query->bind(2, std::int64_t{1}).bind(1, std::int64_t{1});
  EXPECT_FALSE(ok(query->step()));
}

TEST(Database, TransactionsAreWholeOrNothing) {
  Scratch scratch;
  auto db = open(scratch / "a.db");
  ASSERT_TRUE(ok(db->migrate("note", kNotes)));
  const auto count = [&] {
    auto query = db->prepare("SELECT count(*) FROM note");
    EXPECT_TRUE(*query->step());
    return query->integer(0);
  };
  {
    auto transaction = Transaction::begin(*db);
    ASSERT_TRUE(ok(transaction));
    ASSERT_TRUE(ok(db->execute("INSERT INTO note(text) VALUES('a')")));
    {
      auto inner = Transaction::join(*db);
      ASSERT_TRUE(ok(inner));
      ASSERT_TRUE(ok(inner->commit()));
      EXPECT_TRUE(db->in_transaction());
    }
    EXPECT_TRUE(db->in_transaction());
    EXPECT_EQ(count(), 1);
  }
  EXPECT_FALSE(db->in_transaction());
  EXPECT_EQ(count(), 0);
  auto transaction = Transaction::join(*db);
  ASSERT_TRUE(ok(db->execute("INSERT INTO note(text) VALUES('a')")));
  ASSERT_TRUE(ok(transaction->commit()));
  EXPECT_EQ(count(), 1);
}

TEST(Database, ASecondWriterWaitsAndThenSaysBusy) {
  Scratch scratch;
  auto one = open(scratch / "a.db");
  ASSERT_TRUE(ok(one->migrate("note", kNotes)));
  auto two = Database::open(scratch / "a.db", key_of(1), {.busy = std::chrono::milliseconds(50)});
  ASSERT_TRUE(ok(two));
  auto held = Transaction::begin(*one);
  EXPECT_TRUE(fails(Transaction::begin(*two), Errc::busy));
  ASSERT_TRUE(ok(held->commit()));
  EXPECT_TRUE(ok(Transaction::begin(*two)));
}

TEST(Database, MigratesStepByStepAndKeepsANewerSchemaUntouched) {
  Scratch scratch;
  const auto path = scratch / "a.db";
  {
    auto db = open(path);
    ASSERT_TRUE(ok(db->migrate("note", std::span(kNotes).first(1))));
    EXPECT_FALSE(ok(db->execute("INSERT INTO extra DEFAULT VALUES")));
    ASSERT_TRUE(ok(db->migrate("note", kNotes)));
    ASSERT_TRUE(ok(db->execute("INSERT INTO extra DEFAULT VALUES")));
    ASSERT_TRUE(ok(db->migrate("note", kNotes)));  // again is harmless
  }
  const auto before = test::read_file(path);
  {
    auto db = open(path);
    EXPECT_TRUE(fails(db->migrate("note", std::span(kNotes).first(1)), Errc::unsupported));
  }
  EXPECT_EQ(test::read_file(path), before);
}

TEST(Database, AFailedMigrationLeavesTheOldVersion) {
  Scratch scratch;
  auto db = open(scratch / "a.db");
  ASSERT_TRUE(ok(db->migrate("note", std::span(kNotes).first(1))));
  constexpr Migration broken[] = {kNotes[0],
                                  {2, "CREATE TABLE half(id INTEGER); CREATE TABLE note(id INTEGER)"}};
  EXPECT_FALSE(ok(db->migrate("note", broken)));
  EXPECT_FALSE(db->in_transaction());
  EXPECT_FALSE(ok(db->execute("INSERT INTO half VALUES(1)")));
  EXPECT_TRUE(ok(db->migrate("note", kNotes)));
}

TEST(Database, ReadOnlyWritesNothing) {
  Scratch scratch;
  const auto path = scratch / "a.db";
  { ASSERT_TRUE(ok(open(path)->migrate("note", std::span(kNotes).first(1)))); }
  const auto before = test::read_file(path);
  auto db = Database::open(path, key_of(1), {.read_only = true});
  ASSERT_TRUE(ok(db));
  EXPECT_FALSE(ok(db->execute("INSERT INTO note(text) VALUES('a')")));
  EXPECT_TRUE(fails(db->migrate("note", kNotes), Errc::unsupported));
  EXPECT_TRUE(ok(db->migrate("note", std::span(kNotes).first(1))));
  EXPECT_EQ(test::read_file(path), before);
}

TEST(Database, ThisSqlCipherKnowsWhatWeBuildOn) {
  EXPECT_GE(sqlite3_libversion_number(), 3039000);
  Scratch scratch;
  auto db = open(scratch / "a.db");
  ASSERT_TRUE(ok(db->execute("CREATE VIRTUAL TABLE f USING fts5(text, content='', contentless_delete=1)")));
  ASSERT_TRUE(ok(db->execute("INSERT INTO f(f,rank) VALUES('secure-delete',1)")));
}

TEST(DatabaseDeath, AForkedChildMayNotUseIt) {
  Scratch scratch;
  auto db = open(scratch / "a.db");
  ASSERT_TRUE(ok(db));
  EXPECT_DEATH((void)db->execute("SELECT 1"), "owner");  // death tests run in a forked child
}

}  // namespace
}  // namespace kith::db
