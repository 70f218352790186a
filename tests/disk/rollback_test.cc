// Somebody puts files back, in whole or page by page, or damages a page. What must be noticed is noticed when
// the journal is opened; what cannot be is counted here and said in SECURITY.md.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/disk/workload.h"

namespace kith::test {
namespace {

constexpr std::size_t kPage = 8192;

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

// SQLCipher authenticates a page at its place, not its age. What a single old page says is believed if it
// fits its tree: that is the limit that SECURITY.md states. What matters rests on more than one row.
TEST_F(Rollback, OfOnePageNeverCrashesNorChangesWhoIsInTheGroup) {
  const Bytes& newest = past().copies.back().journal();
  std::size_t spliced = 0, noticed = 0;
  for (std::size_t i = 20; i < past().copies.size(); i += 9) {
    const Bytes& old = past().copies[i].journal();
    for (std::size_t page = 0; page < std::min(old.size(), newest.size()) / kPage; ++page) {
      const auto at = static_cast<std::ptrdiff_t>(page * kPage);
      if (std::equal(old.begin() + at, old.begin() + at + kPage, newest.begin() + at)) continue;
      Bytes mixed = newest;
      std::copy(old.begin() + at, old.begin() + at + kPage, mixed.begin() + at);
      ++spliced;
      auto desk = open_with(mixed);
      if (!desk || !looks_whole(**desk)) {
        ++noticed;
        continue;
      }
      const auto book = (*desk)->node().book(past().group);
      if (!book) continue;
      const auto state = (*book)->state();
      EXPECT_LE(state->members.size(), 2u);
    }
  }
  std::cout << spliced << " old pages put back one by one, " << noticed << " noticed\n";
  EXPECT_GT(spliced, 20u);
  EXPECT_GT(noticed, spliced / 3);
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
