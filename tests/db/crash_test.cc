// Killed processes, several processes, a full disk: what was acknowledged is there, nothing is torn.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>
#include <thread>

#include "core/db/database.h"
#include "tests/db/scratch.h"

namespace kith::db {
namespace {

using test::fails;
using test::key_of;
using test::ok;
using test::Scratch;

constexpr Migration kNotes[] = {
    {1,
     "CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL); CREATE TABLE total(n INTEGER NOT NULL);"
     "INSERT INTO total VALUES(0)"}};

Result<Database> open(const std::string& path) {
  return Database::open(path, key_of(1), {.create = true, .busy = std::chrono::milliseconds(120'000)});
}

// A note and the total change together or not at all.
Result<std::int64_t> write_note(Database& db, std::string_view text) {
  KITH_TRY(auto transaction, Transaction::begin(db));
  std::int64_t id = 0;
  {
    KITH_TRY(auto insert, db.prepare("INSERT INTO note(text) VALUES(?1)"));
    KITH_CHECK(insert.bind(1, text).run());
    id = db.last_rowid();
  }
  KITH_CHECK(db.execute("UPDATE total SET n=n+1"));
  KITH_CHECK(transaction.commit());
  return id;
}

std::int64_t one(Database& db, Sql sql) {
  auto query = db.prepare(sql);
  KITH_ASSERT(query.has_value());
  const auto row = query->step();
  KITH_ASSERT(row.has_value() && *row);
  return query->integer(0);
}

// Runs `work` in a child that opens everything for itself; its exit code is what `work` returns.
template <class Work>
pid_t in_child(Work work) {
  const pid_t child = ::fork();
  KITH_ASSERT(child >= 0);
  if (child == 0) ::_exit(work());
  return child;
}

TEST(Processes, EightWriteAHundredNotesEachAtOnce) {
  Scratch scratch;
  const auto path = scratch / "j.db";  // nobody has made it: they race for that too
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(in_child([&] {
      auto db = open(path);
      if (!db || !db->migrate("note", kNotes)) return 1;
      for (int n = 0; n < 100; ++n)
        if (!write_note(*db, std::string(static_cast<std::size_t>(n * 20), 'x'))) return 2;
      return 0;
    }));
  }
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  auto db = open(path);
  ASSERT_TRUE(ok(db));
  EXPECT_EQ(one(*db, "SELECT count(*) FROM note"), 800);
  EXPECT_EQ(one(*db, "SELECT n FROM total"), 800);
  EXPECT_TRUE(ok(db->check_integrity()));
}

TEST(Processes, KilledAtAnyMomentLosesNothingAcknowledged) {
  constexpr int kKills = 60;
  Scratch scratch;
  const auto path = scratch / "j.db";
  { ASSERT_TRUE(ok(open(path)->migrate("note", kNotes))); }
  std::mt19937 random(3);
  std::int64_t acknowledged = 0;  // the record outside: the last id read from a child's pipe
  for (int kill = 0; kill < kKills; ++kill) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = in_child([&] {
      auto db = open(path);
      if (!db) return 1;
      for (;;) {
        const auto id = write_note(*db, std::string(random() % 30000, 'y'));
        if (!id || ::write(pipe[1], &*id, sizeof *id) != sizeof *id) return 2;
      }
    });
    ::close(pipe[1]);
    std::this_thread::sleep_for(std::chrono::microseconds(5000 + random() % 90000));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed by itself";
    for (std::int64_t id = 0; ::read(pipe[0], &id, sizeof id) == sizeof id;)
      acknowledged = std::max(acknowledged, id);
    ::close(pipe[0]);

    const auto start = std::chrono::steady_clock::now();
    auto db = open(path);
    ASSERT_TRUE(ok(db)) << kill;
    const auto count = one(*db, "SELECT count(*) FROM note");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
    ASSERT_GE(count, acknowledged) << kill;  // ids count up from 1 without holes
    ASSERT_EQ(count, one(*db, "SELECT n FROM total")) << kill;
    ASSERT_EQ(count, one(*db, "SELECT coalesce(max(id),0) FROM note")) << kill;
    acknowledged = count;
  }
  EXPECT_GT(acknowledged, kKills / 4);  // the children did write
  EXPECT_TRUE(ok(open(path)->check_integrity()));
}

TEST(Processes, KilledWhileMakingLeavesNothingOrADatabase) {
  Scratch scratch;
  std::mt19937 random(5);
  for (int kill = 0; kill < 20; ++kill) {
    const auto path = scratch / ("j" + std::to_string(kill) + ".db");
    const pid_t child = in_child([&] {
      auto db = open(path);
      if (!db || !db->migrate("note", kNotes)) return 1;
      for (;;) ::pause();
    });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 40000));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    auto db = open(path);
    ASSERT_TRUE(ok(db)) << kill;
    ASSERT_TRUE(ok(db->migrate("note", kNotes))) << kill;
  }
}

TEST(Disk, WhenItIsFullNothingIsLost) {
  Scratch scratch;
  const auto path = scratch / "j.db";
  {
    auto db = open(path);
    ASSERT_TRUE(ok(db->migrate("note", kNotes)));
    ASSERT_TRUE(ok(write_note(*db, "first")));
  }
  const auto before = std::filesystem::file_size(path);
  const pid_t child = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{before + 40'000, before + 40'000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    auto db = open(path);
    if (!db) return 2;
    int written = 0;
    for (;; ++written) {
      const auto note = write_note(*db, std::string(9000, 'z'));
      if (note) continue;
      if (note.error().code != Errc::full) return 3;
      break;
    }
    if (written == 0 || db->in_transaction()) return 4;
    if (one(*db, "SELECT count(*) FROM note") != written + 1) return 5;  // reading goes on
    return 0;
  });
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
  auto db = open(path);
  ASSERT_TRUE(ok(db));
  EXPECT_EQ(one(*db, "SELECT count(*) FROM note"), one(*db, "SELECT n FROM total"));
  EXPECT_TRUE(ok(db->check_integrity()));
  EXPECT_TRUE(ok(write_note(*db, "there is room again")));
}

TEST(Disk, FullWhileMakingLeavesNothing) {
  Scratch scratch;
  const auto path = scratch / "j.db";
  const pid_t child = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    const auto db = open(path);
    return !db && db.error().code == Errc::full ? 0 : 2;
  });
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
  EXPECT_TRUE(ok(open(path)));
}

}  // namespace
}  // namespace kith::db
