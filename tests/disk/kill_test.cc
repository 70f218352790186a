// A child works through the fifty operations, again and again, and says through a pipe what it has
// acknowledged; it is killed at a moment it cannot know. The pipe is the record outside: everything in it is
// there afterwards.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <iostream>
#include <random>
#include <set>
#include <thread>

#include "core/journal/drafts.h"
#include "core/sharing/items.h"
#include "tests/disk/options.h"
#include "tests/disk/workload.h"

namespace kith::test {
namespace {

// One thing that was acknowledged.
struct Said {
  enum What : std::uint64_t { entry, edit, share, released } what;
  std::int64_t number;  // of the journal entry, or of the consent; after a release: of the own event
  std::uint64_t words;  // the seed of its text
};

std::string text_of(std::uint64_t words) {
  SeededRandom random(words);
  return "note " + std::to_string(words) + " " + std::string(1 + random.below(20'000), 'n');
}
// The child edits every second entry; what it says then is another word.
constexpr std::uint64_t kWords = 1000,
                        kEditedBy = 500;  // words of one child; its edits come after its entries
bool is_edited_later(std::uint64_t words) { return words % 2 == 0 && words % kWords < kEditedBy; }
std::string shared_text(std::uint64_t words) { return "shared " + std::to_string(words); }

bool tell(int pipe, const Said& said) { return ::write(pipe, &said, sizeof said) == sizeof said; }

constexpr std::clock_t kReopening = 2 * CLOCKS_PER_SEC;  // of this process, whatever else the machine does

class Kill : public testing::Test {
 protected:
  static void SetUpTestSuite() { crypto::start(); }
  Kill() { put_image(stage_.files, folder_); }

  // The child: entries, drafts, edits, shares and ticks, one after the other, until it is killed.
  [[noreturn]] void work(int pipe, std::uint64_t seed);
  Result<void> one(Desk& desk, std::uint64_t word, int pipe);
  Result<void> share(Desk& desk, std::uint64_t word, int pipe);
  void believe(const Said& said);
  void judge(int kill);
  void judge_shares(Desk& desk, int kill);
  Result<std::set<std::string>> own_shares(Desk& desk);  // in the outbox or out of it

  Stage stage_;
  Scratch scratch_{fast_folder()};
  std::string folder_ = scratch_.path().string();
  SetClock clock_;
  std::map<std::int64_t, std::uint64_t> entries_;  // entry -> words
  std::set<std::uint64_t> shares_;                 // words
  std::optional<std::uint64_t> signed_;            // a place of the own log that was filled
  std::size_t said_by_this_one_ = 0;
  struct {
    std::size_t busy = 0, entries = 0, edits = 0, shares = 0, released = 0, read = 0;
  } tally_;
};

Result<void> Kill::share(Desk& desk, std::uint64_t word, int pipe) {
  sharing::Draft draft;
  draft.text = shared_text(word);
  draft.kind = "free";
  draft.audience.to = sharing::To::group;
  sharing::ConsentGate gate(desk.node());
  KITH_TRY(const auto preview, gate.preview(stage_.group, draft));
  KITH_TRY(const auto confirmed, gate.confirm(stage_.group, draft, preview.digest));
  if (!tell(pipe, {Said::share, confirmed.consent, word})) return fail(Errc::io, "nobody listens");
  return {};
}

Result<void> Kill::one(Desk& desk, std::uint64_t word, int pipe) {
  const WallTime now = desk.clock().now();
  KITH_TRY(const auto number, desk.journal().add({.text = text_of(word), .written = {now}}));
  if (!tell(pipe, {Said::entry, static_cast<std::int64_t>(number), word}))
    return fail(Errc::io, "nobody listens");
  KITH_CHECK(desk.keep());
  if (word % 2 == 0) {
    KITH_CHECK(desk.journal().edit(number, {.text = text_of(word + kEditedBy)}, now));
    if (!tell(pipe, {Said::edit, static_cast<std::int64_t>(number), word + kEditedBy}))
      return fail(Errc::io, "nobody listens");
  }
  if (word % 3 == 0) {
    KITH_TRY(const auto draft,
             journal::Drafts(desk.journal_db()).start(journal::Kind::free, text_of(word), {now}));
    KITH_CHECK(journal::Drafts(desk.journal_db()).discard(draft));
  }
  if (word % 4 == 1) KITH_CHECK(share(desk, word, pipe));
  if (word % 4 == 1) {
    KITH_CHECK(workload()[29].run(desk, stage_));  // release what is due
    KITH_TRY(const auto head, desk.node().keyring().own_head(stage_.group));
    if (head && !tell(pipe, {Said::released, static_cast<std::int64_t>(head->seq), word}))
      return fail(Errc::io, "nobody listens");
  }
  return desk.keep();
}

void Kill::believe(const Said& said) {
  ++said_by_this_one_;
  switch (said.what) {
    case Said::entry:
      ++tally_.entries;
      entries_[said.number] = said.words;
      break;
    case Said::edit:
      ++tally_.edits;
      entries_[said.number] = said.words;
      break;
    case Said::share:
      ++tally_.shares;
      shares_.insert(said.words);
      break;
    case Said::released:
      ++tally_.released;
      signed_ = static_cast<std::uint64_t>(said.number);
      break;
  }
}

void Kill::work(int pipe, std::uint64_t seed) {
  auto desk = Desk::open(folder_, clock_, seed);
  if (!desk) ::_exit(3);
  // Each child begins with another word, so that each kind of work is the first one now and then.
  for (std::uint64_t word = seed * kWords + seed / 2 % 8; word < seed * kWords + kEditedBy; ++word)
    if (!one(**desk, word, pipe)) ::_exit(4);
  ::_exit(5);  // nobody killed it
}

Result<std::set<std::string>> Kill::own_shares(Desk& desk) {
  std::set<std::string> texts;
  KITH_TRY(const auto waiting, sharing::ConsentGate(desk.node()).outbox());
  for (const auto& line : waiting) texts.insert(line.text);
  KITH_TRY(const auto released, sharing::Items(desk.node()).mine(stage_.group));
  for (const auto& item : released) texts.insert(item.text);
  return texts;
}

// A confirmed share waits or has left, and an event that was said to be signed is where others get it from.
void Kill::judge_shares(Desk& desk, int kill) {
  const auto texts = own_shares(desk);
  ASSERT_TRUE(ok(texts)) << kill;
  for (const std::uint64_t words : shares_)
    ASSERT_TRUE(texts->contains(shared_text(words))) << "share " << words << " after kill " << kill;
  if (!signed_) return;
  const auto device = must(desk.node().book(stage_.group))->device;
  ASSERT_TRUE(must(desk.mail().event_at(stage_.group, device, *signed_))) << "after kill " << kill;
}

void Kill::judge(int kill) {
  const auto start = std::clock();
  auto desk = Desk::open(folder_, clock_, 9);
  ASSERT_TRUE(ok(desk)) << kill;
  EXPECT_LT(std::clock() - start, kReopening) << "opening takes too long";
  for (const auto& [entry, words] : entries_) {
    const auto read = (*desk)->journal().read(journal::EntryNumber{entry});
    ASSERT_TRUE(ok(read)) << "E" << entry << " after kill " << kill;
    // An edit that was under way may have been made, and nothing was said of it yet.
    const bool edited = is_edited_later(words) && read->text == text_of(words + kEditedBy);
    ASSERT_TRUE(edited || read->text == text_of(words))
        << "E" << entry << " after kill " << kill << ": words " << words << ", there stands "
        << read->text.substr(0, 24);
    ++tally_.read;
  }
  ASSERT_NO_FATAL_FAILURE(judge_shares(**desk, kill));
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
  for (int kill = 1; kill <= options().kills; ++kill) {
    if (kill % 50 == 1) {  // a fresh folder now and then: the files stay small
      put_image(stage_.files, folder_);
      clock_.set(stage_.start);
      entries_.clear();
      shares_.clear();
      signed_.reset();
    }
    clock_.advance(std::chrono::hours(3));
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const std::uint64_t seed = options().seed * 1'000'000 + static_cast<std::uint64_t>(kill);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) work(pipe[1], seed);
    ::close(pipe[1]);
    // Half of them are timed from the first things said, so that slow machines are hit at work, too.
    Said said{};
    said_by_this_one_ = 0;
    const std::size_t wanted = kill % 2 == 0 ? 1 + random() % 4 : 0;
    while (said_by_this_one_ < wanted && ::read(pipe[0], &said, sizeof said) == sizeof said) believe(said);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed by itself: " << WEXITSTATUS(status);
    while (::read(pipe[0], &said, sizeof said) == sizeof said) believe(said);
    tally_.busy += said_by_this_one_ > 1 ? 1 : 0;
    ::close(pipe[0]);
    ASSERT_NO_FATAL_FAILURE(judge(kill));
  }
  std::cout << options().kills << " kills, " << tally_.busy
            << " of them at work; acknowledged: " << tally_.entries << " entries, " << tally_.edits
            << " edits, " << tally_.shares << " shares, " << tally_.released << " releases; " << tally_.read
            << " entries read back\n";
  // A child that is killed before it works proves nothing: of each kind enough were under way.
  const auto kills = static_cast<std::size_t>(options().kills);
  EXPECT_GT(tally_.busy, kills / 5);
  EXPECT_GT(tally_.entries, kills / 2);
  EXPECT_GT(tally_.edits, kills / 5);
  EXPECT_GT(tally_.shares, kills / 50);
  EXPECT_GT(tally_.released, kills / 100);
}

}  // namespace
}  // namespace kith::test
