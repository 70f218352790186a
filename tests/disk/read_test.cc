// A disk that cannot be read, and a file that is damaged: SQLite gives one code for both, and a person must
// hear which it is.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "core/db/database.h"
#include "tests/db/scratch.h"
#include "tests/disk/calls.h"
#include "tests/support/test_clock.h"

namespace kith::test {
namespace {

constexpr int kRows = 40;
constexpr std::size_t kRow = 6'000;  // most of a page

class OneReadFails final : public CallWatcher {
 public:
  OneReadFails(std::string file, int which, int error)
      : file_(std::move(file)), which_(which), error_(error) {}
  int before(const Seen& seen) override {
    return seen.call == Call::read && seen.file == file_ && ++count_ == which_ ? error_ : 0;
  }
  void after(const Seen&, long) override {}
  bool fired() const { return count_ >= which_; }

 private:
  std::string file_;
  int which_, error_, count_ = 0;
};

// Copies a database and its rollback journal while pages are written: what a crash would leave.
class CopiesAtAWrite final : public CallWatcher {
 public:
  CopiesAtAWrite(const Scratch& folder, int which) : folder_(folder), which_(which) {}
  int before(const Seen& seen) override {
    if (seen.call != Call::write || seen.file != "a.db" || ++writes_ != which_) return 0;
    for (const std::string end : {"", "-journal"})
      std::filesystem::copy_file(folder_ / ("a.db" + end), folder_ / ("hot" + end));
    return 0;
  }
  void after(const Seen&, long) override {}

 private:
  const Scratch& folder_;
  int which_, writes_ = 0;
};

std::string real(const Scratch& folder) { return std::filesystem::canonical(folder.path()).string(); }

class Reading : public testing::Test {
 protected:
  Reading() {
    auto database = open("a.db");
    must(database.execute("CREATE TABLE t(x BLOB)"));
    fill(database, "INSERT INTO t VALUES(?1)", 'a');
  }
  db::Database open(const char* name) {
    return must(db::Database::open(folder_ / name, key_of(7), {.create = true}));
  }
  static void fill(db::Database& database, db::Sql sql, char what) {
    auto transaction = must(db::Transaction::begin(database));
    for (int row = 1; row <= kRows; ++row) {
      auto write = must(database.prepare(sql));
      write.bind(1, std::string(kRow, what));
      if (what != 'a') write.bind(2, row);
      must(write.run());
    }
    must(transaction.commit());
  }
  static Result<void> read_all(db::Database& database) {
    KITH_TRY(auto query, database.prepare("SELECT sum(length(x)) FROM t"));
    KITH_TRY([[maybe_unused]] const bool row, query.step());
    return {};
  }

  Scratch folder_{fast_folder()};
};

TEST_F(Reading, AJournalThatACrashLeftAndADiskThatCannotReadIsNotDamage) {
  {
    auto database = open("a.db");
    CopiesAtAWrite copies(folder_, 5);
    const Watch watch(real(folder_), copies);
    fill(database, "UPDATE t SET x = ?1 WHERE rowid = ?2", 'b');
  }
  ASSERT_TRUE(std::filesystem::exists(folder_ / "hot-journal"));
  int failed = 0;
  for (const char* const file : {"x.db-journal", "x.db"})
    for (const int error : {EIO, ENXIO})
      for (int which = 1;; which += which < 12 ? 1 : 37) {
        const Scratch scratch(fast_folder());
        for (const std::string end : {"", "-journal"})
          std::filesystem::copy_file(folder_ / ("hot" + end), scratch / ("x.db" + end));
        OneReadFails fault(file, which, error);
        {
          const Watch watch(real(scratch), fault);
          auto opened = db::Database::open(scratch / "x.db", key_of(7), {});
          const auto done = opened ? read_all(*opened) : tl::unexpected<Error>(opened.error());
          if (!fault.fired()) break;
          if (done) continue;
          EXPECT_EQ(done.error().code, Errc::io) << file << " " << which << " " << error;
          ++failed;
        }
        auto later = must(db::Database::open(scratch / "x.db", key_of(7), {}));
        EXPECT_TRUE(read_all(later).has_value()) << file << " " << which;
      }
  EXPECT_GT(failed, 20);
}

TEST_F(Reading, WhatIsDamagedIsDamagedAlsoAfterAnErrorOfTheDisk) {
  auto database = open("a.db");
  {
    OneReadFails fault("a.db", 20, EIO);
    const Watch watch(real(folder_), fault);
    const auto failed = read_all(database);
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code, Errc::io);
  }
  const int file = ::open((folder_ / "a.db").c_str(), O_RDWR | O_CLOEXEC);
  const std::string noise(8'192, 'z');
  for (int page = 30; page < 40; ++page)
    ASSERT_EQ(::pwrite(file, noise.data(), noise.size(), page * 8'192), 8'192);
  ::close(file);
  const auto damaged = read_all(database);
  ASSERT_FALSE(damaged.has_value());
  EXPECT_EQ(damaged.error().code, Errc::damaged) << damaged.error().what.text();
}

}  // namespace
}  // namespace kith::test
