// An upgrade of the tables, killed before and after each of its statements: the old tables or the new ones,
// with the number that says which, and every row.
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/db/database.h"
#include "tests/db/scratch.h"

namespace kith::db {
namespace {

using test::key_of;
using test::ok;
using test::Scratch;

constexpr int kRows = 20;

constexpr Migration kUpgrades[] = {
    {1,
     "CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;"
     "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 20)"
     "INSERT INTO note SELECT i, 'note ' || i FROM n;"},
    {2,
     "CREATE TABLE tag(note INTEGER NOT NULL, word TEXT NOT NULL) STRICT;"
     "INSERT INTO tag SELECT id, 'old' FROM note;"
     "CREATE INDEX tag_word ON tag(word);"
     "UPDATE note SET text = text || '.';"},
    {3,
     "CREATE TABLE entry(id INTEGER PRIMARY KEY, words TEXT NOT NULL, day INTEGER NOT NULL) STRICT;"
     "INSERT INTO entry SELECT id, text, 7 FROM note;"
     "DROP TABLE note;"
     "DELETE FROM tag WHERE word <> 'old';"},
};

Result<Database> open(const std::string& path) {
  return Database::open(path, key_of(1), {.create = true, .busy = std::chrono::milliseconds(60'000)});
}

std::int64_t one(Database& db, Sql sql) {
  auto query = db.prepare(sql);
  KITH_ASSERT(query.has_value());
  const auto row = query->step();
  KITH_ASSERT(row.has_value() && *row);
  return query->integer(0);
}

int moments_left = 0;

// Called before each statement and after it.
int count_down(unsigned, void*, void*, void*) {
  if (--moments_left == 0) ::kill(::getpid(), SIGKILL);
  return 0;
}

// True: it was killed before it could end by itself.
bool killed_at(const std::string& path, int moment) {
  const pid_t child = ::fork();
  KITH_ASSERT(child >= 0);
  if (child == 0) {
    auto db = open(path);
    if (!db) ::_exit(1);
    moments_left = moment;
    sqlite3_trace_v2(db->handle(), SQLITE_TRACE_STMT | SQLITE_TRACE_PROFILE, count_down, nullptr);
    ::_exit(db->migrate("notes", kUpgrades) ? 0 : 2);
  }
  int status = 0;
  KITH_ASSERT(::waitpid(child, &status, 0) == child);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << status;
  return WIFSIGNALED(status);
}

// Everything that stands there is of one version.
void check_state(Database& db, std::int64_t version) {
  const auto has = [&](Sql sql) { return one(db, sql) == 1; };
  EXPECT_EQ(has("SELECT count(*) FROM sqlite_master WHERE name = 'note'"), version < 3);
  EXPECT_EQ(has("SELECT count(*) FROM sqlite_master WHERE name = 'tag'"), version >= 2);
  EXPECT_EQ(has("SELECT count(*) FROM sqlite_master WHERE name = 'tag_word'"), version >= 2);
  EXPECT_EQ(has("SELECT count(*) FROM sqlite_master WHERE name = 'entry'"), version == 3);
  if (version == 1) {
    EXPECT_EQ(one(db, "SELECT count(*) FROM note WHERE text NOT LIKE '%.'"), kRows);
  }
  if (version == 2) {
    EXPECT_EQ(one(db, "SELECT count(*) FROM note WHERE text LIKE '%.'"), kRows);
  }
  if (version >= 2) {
    EXPECT_EQ(one(db, "SELECT count(*) FROM tag"), kRows);
  }
  if (version == 3) {
    EXPECT_EQ(one(db, "SELECT count(*) FROM entry WHERE words LIKE '%.'"), kRows);
  }
}

TEST(Upgrade, KilledAtEachStatementLeavesTheOldOrTheNewTables) {
  Scratch scratch(test::fast_folder());
  const auto path = scratch / "j.db";
  ASSERT_TRUE(ok(open(path)->migrate("notes", std::span(kUpgrades).first(1))));
  const std::string old = test::read_file(path);
  std::array<int, 4> left{};  // at each version, by kills
  int moment = 1;
  for (;; ++moment) {
    SCOPED_TRACE(moment);
    ASSERT_LT(moment, 500);
    test::write_file(path, old);
    std::filesystem::remove(path + "-journal");
    const bool killed = killed_at(path, moment);
    auto db = open(path);
    ASSERT_TRUE(ok(db));
    const auto version = one(*db, "SELECT version FROM component WHERE name = 'notes'");
    ASSERT_TRUE(version >= 1 && version <= 3) << version;
    check_state(*db, version);
    EXPECT_TRUE(ok(db->check_integrity()));
    if (!killed) {
      EXPECT_EQ(version, 3);
      break;
    }
    ++left.at(static_cast<std::size_t>(version));
    ASSERT_TRUE(ok(db->migrate("notes", kUpgrades)));
    check_state(*db, 3);
  }
  EXPECT_GT(moment, 20) << "every statement had its turn";
  for (const int version : {1, 2, 3}) EXPECT_GT(left.at(static_cast<std::size_t>(version)), 0) << version;
}

}  // namespace
}  // namespace kith::db
