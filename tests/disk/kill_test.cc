// A child works through the fifty operations, again and again, and says through a pipe what it has
// acknowledged; it is killed at a moment it cannot know. The pipe is the record outside: everything in it is
// there afterwards.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <random>
#include <thread>

#include "core/journal/drafts.h"
#include "tests/disk/options.h"
#include "tests/disk/workload.h"

namespace kith::test {
namespace {

// One thing that was acknowledged: the number of a journal entry and what it says.
struct Said {
  std::int64_t entry;
  std::uint64_t words;  // the seed of its text
};

std::string text_of(std::uint64_t words) {
  SeededRandom random(words);
  return "note " + std::to_string(words) + " " + std::string(random.below(20'000), 'n');
}

class Kill : public testing::Test {
 protected:
  static void SetUpTestSuite() { crypto::start(); }
  Kill() { put_image(stage_.files, folder_); }

  // The child: entries, drafts, edits, shares and ticks, one after the other, until it is killed.
  [[noreturn]] void work(int pipe, std::uint64_t seed);
  Result<void> one(Desk& desk, std::uint64_t word, int pipe);
  void judge(int kill);

  Stage stage_;
  Scratch scratch_{fast_folder()};
  std::string folder_ = scratch_.path().string();
  SetClock clock_;
  std::map<std::int64_t, std::uint64_t> acknowledged_;  // entry -> words
  std::size_t checked_ = 0;
};

Result<void> Kill::one(Desk& desk, std::uint64_t word, int pipe) {
  const WallTime now = desk.clock().now();
  KITH_TRY(const auto number, desk.journal().add({.text = text_of(word), .written = {now}}));
  const Said said{static_cast<std::int64_t>(number), word};
  if (::write(pipe, &said, sizeof said) != sizeof said) return fail(Errc::io, "nobody listens");
  KITH_CHECK(desk.keep());
  if (word % 3 == 0) {
    KITH_TRY(const auto draft,
             journal::Drafts(desk.journal_db()).start(journal::Kind::free, text_of(word), {now}));
    KITH_CHECK(journal::Drafts(desk.journal_db()).discard(draft));
  }
  if (word % 4 == 1) {
    const auto confirmed = workload()[28].run(desk, stage_);  // confirm a share, unless the same one waits
    if (!confirmed && confirmed.error().code != Errc::refused) return confirmed;
  }
  if (word % 8 == 5) KITH_CHECK(workload()[29].run(desk, stage_));  // release what is due
  return desk.keep();
}

void Kill::work(int pipe, std::uint64_t seed) {
  auto desk = Desk::open(folder_, clock_, seed);
  if (!desk) ::_exit(3);
  for (std::uint64_t word = seed * 1000;; ++word)
    if (!one(**desk, word, pipe)) ::_exit(4);
}

void Kill::judge(int kill) {
  const auto start = std::chrono::steady_clock::now();
  auto desk = Desk::open(folder_, clock_, 9);
  ASSERT_TRUE(ok(desk)) << kill;
  for (const auto& [entry, words] : acknowledged_) {
    const auto read = (*desk)->journal().read(journal::EntryNumber{entry});
    ASSERT_TRUE(ok(read)) << "E" << entry << " after kill " << kill;
    ASSERT_EQ(read->text, text_of(words));
    ++checked_;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20)) << "opening takes too long";
  if (kill % 20 != 0) return;
  ASSERT_TRUE(ok((*desk)->journal_db().check_integrity())) << kill;
  ASSERT_TRUE(ok((*desk)->mail().database().check_integrity())) << kill;
  ASSERT_TRUE(ok((*desk)->journal().check_index())) << kill;
  const auto ticked = sharing::tick((*desk)->node(), sharing::Occasion::start);
  ASSERT_TRUE(ok(ticked)) << kill;
  ASSERT_FALSE(ticked->retired) << kill;
  ASSERT_TRUE(must(sharing::audit((*desk)->node(), stage_.group)).alarms.empty()) << kill;
  ASSERT_TRUE(ok((*desk)->keep()));
}

TEST_F(Kill, AtAnyMomentLosesNothingAcknowledged) {
  std::mt19937_64 random(options().seed);
  std::size_t said_in_all = 0;
  for (int kill = 1; kill <= options().kills; ++kill) {
    if (kill % 50 == 1) {  // a fresh folder now and then: the files stay small
      put_image(stage_.files, folder_);
      clock_.set(stage_.start);
      acknowledged_.clear();
    }
    clock_.advance(std::chrono::hours(3));
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const std::uint64_t seed = options().seed * 1'000'000 + static_cast<std::uint64_t>(kill);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) work(pipe[1], seed);
    ::close(pipe[1]);
    // Half of them are timed from the first thing said, so that slow machines are hit at work, too.
    Said said{};
    if (kill % 2 == 0 && ::read(pipe[0], &said, sizeof said) == sizeof said)
      acknowledged_[said.entry] = said.words;
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed by itself: " << WEXITSTATUS(status);
    while (::read(pipe[0], &said, sizeof said) == sizeof said) acknowledged_[said.entry] = said.words;
    ::close(pipe[0]);
    ASSERT_NO_FATAL_FAILURE(judge(kill));
    said_in_all = std::max(said_in_all, acknowledged_.size());
  }
  std::cout << options().kills << " kills, " << checked_ << " acknowledged entries read back\n";
  EXPECT_GT(checked_, static_cast<std::size_t>(options().kills));
}

}  // namespace
}  // namespace kith::test
