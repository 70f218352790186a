// Somebody puts files back, in whole or page by page, or damages a page. What must be noticed is noticed when
// the journal is opened; what cannot be is counted here and said in SECURITY.md.
#include <gtest/gtest.h>

#include <iostream>
#include <set>

#include "tests/disk/options.h"
#include "tests/disk/workload.h"

namespace kith::test {
namespace {

constexpr std::size_t kPage = 8192;
constexpr std::size_t kSpliceEvery = 3;  // of the old pages; --every-call 1: all of them

// The journal's bytes after each operation, and the folder at the end.
struct Past {
  struct Copy {
    const char* after;
    Image files;
    Digest says;
    const Bytes& journal() const { return files.at("journal.db"); }
  };
  std::vector<Copy> copies;
  Image end;
  WallTime time;
  GroupId group = GroupId::zero();
};

const Past& past() {
  static const Past one = [] {
    Past made;
    const Stage stage;
    made.group = stage.group;
    const Scratch scratch(fast_folder());
    const std::string folder = scratch.path().string();
    put_image(stage.files, folder);
    SetClock clock;
    clock.set(stage.start);
    auto desk = must(Desk::open(folder, clock, 1));
    must(desk->keep());
    for (const Operation& operation : workload()) {
      clock.advance(std::chrono::seconds(60));
      must(operation.run(*desk, stage));
      must(desk->keep());
      made.copies.push_back({operation.name, image_of(folder), contents(desk->journal_db())});
    }
    made.end = image_of(folder);
    made.time = clock.now();
    return made;
  }();
  return one;
}

class Rollback : public testing::Test {
 protected:
  static void SetUpTestSuite() { crypto::start(); }
  Rollback() { clock_.set(past().time); }

  Result<std::unique_ptr<Desk>> open_with(const Bytes& journal) {
    Image image = past().end;
    image["journal.db"] = journal;
    put_image(image, folder_);
    clock_.set(past().time);
    return Desk::open(folder_, clock_, 3);
  }
  // The integrity check or the index sees it, once the journal is open.
  static bool looks_whole(Desk& desk) {
    return desk.journal_db().check_integrity() && desk.journal().check_index();
  }

  Scratch scratch_{fast_folder()};
  std::string folder_ = scratch_.path().string();
  SetClock clock_;
};

TEST_F(Rollback, OfTheWholeJournalIsNoticedWhateverWasDoneSince) {
  const auto& copies = past().copies;
  for (std::size_t i = 0; i < copies.size(); ++i) {
    if (copies[i].says == copies.back().says) continue;
    EXPECT_TRUE(fails(open_with(copies[i].journal()), Errc::damaged))
        << "as it was after " << copies[i].after;
  }
}

// Each operation alone: the journal of before it beside the record of after it.
TEST_F(Rollback, OfOneOperationIsNoticed) {
  const auto& copies = past().copies;
  for (std::size_t i = 1; i < copies.size(); ++i) {
    if (copies[i].says == copies[i - 1].says) continue;
    Image image = copies[i].files;
    image["journal.db"] = copies[i - 1].journal();
    put_image(image, folder_);
    EXPECT_TRUE(fails(Desk::open(folder_, clock_, 3), Errc::damaged)) << copies[i].after << " was undone";
  }
}

// Who is in the group and what was signed, as the whole journal says at the end of the workload.
struct Truth {
  std::set<MemberId> active;
  std::map<std::uint64_t, EventId> own;  // own events, by place in the log
};

std::set<MemberId> active_members(Desk& desk) {
  std::set<MemberId> active;
  const auto state = must(desk.node().book(past().group))->state();
  for (const auto& [id, member] : state->members)
    if (state->active(id)) active.insert(id);
  return active;
}

// Every event that this device ever signed, so far as any table of it still holds it: mail.db, where others
// get it from, the proofs of forks there, and the journal's own ledger.
std::multimap<std::uint64_t, EventId> ever_signed(Desk& desk) {
  std::multimap<std::uint64_t, EventId> events;
  const auto device = must(desk.node().book(past().group))->device;
  const auto head = must(desk.mail().head(past().group, device));
  for (std::uint64_t seq = 0; head && seq <= head->seq; ++seq)
    if (const auto event = must(desk.mail().event_at(past().group, device, seq)))
      events.emplace(seq, event->id());
  for (const auto& fork : must(desk.mail().forks(past().group, 0, mail::kMaxLogs)))
    for (const auto* branch : {&fork.first, &fork.second})
      if (branch->header.device == device) events.emplace(branch->header.seq, branch->id);
  auto ledger = desk.journal_db().prepare("SELECT seq, event FROM share_ledger");
  while (ledger && ledger->step().value_or(false))
    events.emplace(static_cast<std::uint64_t>(ledger->integer(0)),
                   must(EventId::parse(ledger->blob_view(1))));
  return events;
}

class Splice : public Rollback {
 protected:
  void learn_truth();
  // What is wrong with the node on this journal, which kith opened.
  std::optional<std::string> judge(Desk& desk);
  // Shares, lets it go and ticks; where the node refuses, nothing was signed.
  static bool writes_on(Desk& desk);

  Truth truth_;
  std::size_t wrote_on_ = 0;
};

void Splice::learn_truth() {
  const auto desk = must(open_with(past().copies.back().journal()));
  truth_.active = active_members(*desk);
  ASSERT_EQ(truth_.active.size(), 2u) << "Mira was removed by the workload";
  for (const auto& [seq, event] : ever_signed(*desk)) truth_.own.emplace(seq, event);
  ASSERT_GT(truth_.own.size(), 5u);
  EXPECT_EQ(judge(*desk), std::nullopt);
  ASSERT_EQ(wrote_on_, 1u) << "the whole journal can be written on";
}

bool Splice::writes_on(Desk& desk) {
  sharing::Draft draft;
  draft.text = "After the page.";
  draft.kind = "reflection";
  draft.audience.to = sharing::To::group;
  sharing::ConsentGate gate(desk.node());
  const auto preview = gate.preview(past().group, draft);
  const bool confirmed = preview && gate.confirm(past().group, draft, preview->digest);
  desk.clock().advance(std::chrono::hours(2));
  const auto ticked = sharing::tick(desk.node(), sharing::Occasion::sync);
  return confirmed && ticked && ticked->released > 0;
}

std::optional<std::string> Splice::judge(Desk& desk) {
  const auto book = desk.node().book(past().group);
  if (!book) return std::nullopt;  // refused; nothing of this group can be signed
  if (active_members(desk) != truth_.active) return "another set of members";
  wrote_on_ += writes_on(desk) ? 1 : 0;
  if (active_members(desk) != truth_.active) return "another set of members after writing";
  for (const auto& [seq, event] : ever_signed(desk)) {
    const auto known = truth_.own.find(seq);
    if (known != truth_.own.end() && known->second != event) return "signed twice: " + std::to_string(seq);
  }
  return std::nullopt;
}

// SQLCipher authenticates a page at its place, not its age. What a single old page says is believed if it
// fits its tree: that is the limit that SECURITY.md states. Who is in the group, and what was signed, is not
// up to it, whatever kith doctor would say.
TEST_F(Splice, OfOnePageChangesNeitherMembersNorWhatWasSigned) {
  ASSERT_NO_FATAL_FAILURE(learn_truth());
  const Bytes& newest = past().copies.back().journal();
  std::size_t spliced = 0, noticed = 0;
  std::set<Bytes> tried;
  for (std::size_t i = past().copies.size(); i-- > 0;) {
    const Bytes& old = past().copies[i].journal();
    for (std::size_t page = 0; page < std::min(old.size(), newest.size()) / kPage; ++page) {
      const ByteView was = ByteView(old).subspan(page * kPage, kPage);
      if (std::ranges::equal(was, ByteView(newest).subspan(page * kPage, kPage))) continue;
      if (!tried.insert(to_bytes(was)).second) continue;
      if (!options().every_call && tried.size() % kSpliceEvery != 0) continue;
      Bytes mixed = newest;
      std::ranges::copy(was, mixed.begin() + static_cast<std::ptrdiff_t>(page * kPage));
      ++spliced;
      auto desk = open_with(mixed);
      if (!desk) {
        ++noticed;
        continue;
      }
      noticed += looks_whole(**desk) ? 0 : 1;
      const auto wrong = judge(**desk);
      EXPECT_FALSE(wrong) << *wrong << ": page " << page + 1 << " as it was after " << past().copies[i].after
                          << " (" << i << ")";
    }
  }
  std::cout << spliced << " old pages put back one by one, " << noticed << " noticed, " << wrote_on_ - 1
            << " written on\n";
  EXPECT_GE(spliced, 200u);
  EXPECT_GT(noticed, spliced / 3);
  EXPECT_GT(wrote_on_, spliced / 3);
}

// All pages are put back but those of the count and of what was noted beside it: whatever agrees with itself
// then, the members do not.
TEST_F(Splice, OfAllPagesButTheCountChangesNeitherMembersNorWhatWasSigned) {
  ASSERT_NO_FATAL_FAILURE(learn_truth());
  const Bytes& newest = past().copies.back().journal();
  std::set<std::size_t> kept;  // page numbers, 1 the first
  {
    auto desk = must(open_with(newest));
    auto roots = must(desk->journal_db().prepare(
        "SELECT rootpage FROM sqlite_master WHERE tbl_name IN ('head', 'head_note')"));
    while (must(roots.step())) kept.insert(static_cast<std::size_t>(roots.integer(0)));
  }
  ASSERT_EQ(kept.size(), 3u) << "two tables and an index, of one page each";
  std::size_t opened = 0;
  for (std::size_t i = 0; i + 1 < past().copies.size(); i += 2) {
    Bytes mixed = past().copies[i].journal();
    for (const std::size_t page : kept) {
      const auto at = static_cast<std::ptrdiff_t>((page - 1) * kPage);
      std::copy_n(newest.begin() + at, kPage, mixed.begin() + at);
    }
    auto desk = open_with(mixed);
    if (!desk) continue;
    ++opened;
    const auto wrong = judge(**desk);
    EXPECT_FALSE(wrong) << *wrong << ": as after " << past().copies[i].after << " (" << i << ")";
  }
  EXPECT_GT(opened, 10u);
}

TEST_F(Rollback, AFlippedBitOnAnyPageIsNamedAndTheRestIsRead) {
  const Bytes& good = past().copies.back().journal();
  auto whole = open_with(good);
  ASSERT_TRUE(ok(whole));
  std::vector<journal::EntryNumber> entries;
  for (const auto& summary : must((*whole)->journal().list({.limit = 100})))
    entries.push_back(summary.number);
  whole->reset();
  SeededRandom random(8);
  std::size_t closed = 0, opened = 0, read = 0;
  for (std::size_t page = 0; page < good.size() / kPage; ++page)
    for (const std::size_t offset : {std::size_t{0}, std::size_t{random.below(kPage)}, kPage - 1}) {
      Bytes bad = good;
      bad[page * kPage + offset] ^= static_cast<std::uint8_t>(1U << random.below(8));
      auto desk = open_with(bad);
      if (!desk) {
        EXPECT_EQ(desk.error().code, Errc::damaged) << "page " << page + 1;
        EXPECT_STREQ(desk.error().what.text(), "the database is damaged or not ours");
        ++closed;
        continue;
      }
      EXPECT_NE(page, 0u) << "a damaged first page opened";
      ++opened;
      for (const auto number : entries) {
        const auto entry = (*desk)->journal().read(number);
        read += entry ? 1 : 0;
        EXPECT_TRUE(entry || entry.error().code == Errc::damaged)
            << entry.error().what.text() << entry.error().detail << " page " << page + 1 << " at " << offset;
      }
    }
  std::cout << closed + opened << " flips: " << closed << " do not open, " << opened << " do, with "
            << read * 100 / (opened * entries.size()) << " % of the entries\n";
  EXPECT_GT(opened, closed);
  EXPECT_GT(read * 10, opened * entries.size() * 8);
}

}  // namespace
}  // namespace kith::test
