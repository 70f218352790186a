// What was taken back or has expired is gone from every page of every file, free ones included.
#include "tests/db/pages.h"
#include "tests/sharing/world.h"

namespace kith::test {
namespace {

using namespace sharing;

std::string rare(int i) { return "zyx" + std::to_string(i) + "qvw"; }

// Does any piece of a payload that a page could have kept stand in the file?
bool keeps_a_piece(const std::string& pages, ByteView payload) {
  for (std::size_t at = 0; at + 24 <= payload.size(); at += 24)
    if (pages.find(as_text(payload.subspan(at, 24))) != std::string::npos) return true;
  return false;
}

class Erasure : public testing::Test {
 protected:
  Erasure() { world.everybody(); }

  // Shares of uneven size, so that rows move between pages as they come and go.
  void share(int count) {
    ConsentGate gate(world["Ana"]);
    for (int i = 0; i < count; ++i) {
      std::string text = rare(i);
      const std::uint32_t most = i % 2 == 0 ? 500 : 3000;  // letters of two sizes
      for (std::uint32_t words = world["Ana"].random.below(most); words > 0; --words)
        text += " w" + std::to_string(world["Ana"].random.below(300));
      auto draft = world.draft(text + " " + rare(i), To::group);
      if (i % 3 == 1) draft.until = world["Ana"].node().today() + 5;
      items.push_back(must(gate.confirm(world.group, draft, must(gate.preview(world.group, draft)).digest)));
      if (i % 8 == 7) world.clock.advance(601s);
      if (i % 8 == 7) world.settle(1);
    }
    world.clock.advance(601s);
    world.settle();
  }
  std::vector<Bytes> payloads_of(int i) {
    std::vector<Bytes> payloads;
    for (const auto& item : must(Items(world["Lena"]).received(world.group))) {
      if (item.ref.item != items[static_cast<std::size_t>(i)].item) continue;
      auto select = must(world["Lena"].journal().prepare("SELECT event FROM share_item WHERE item = ?1"));
      select.bind(1, item.ref.item.view());
      KITH_ASSERT(must(select.step()));
      payloads = must(world["Lena"].mail().payloads(*EventId::parse(select.blob_view(0))));
    }
    return payloads;
  }
  void expect_gone(const std::vector<int>& gone) {
    for (auto& node : world.nodes) {
      const auto pages = pages_of(node->journal());
      for (const int i : gone) EXPECT_EQ(pages.find(rare(i)), std::string::npos) << node->name << rare(i);
      EXPECT_NE(pages.find(rare(0)), std::string::npos) << "what stays is found, or the search is blind";
    }
  }

  World world{{"Lena", "Ana", "Ben"}};
  std::vector<Confirmed> items;
};

TEST_F(Erasure, WithdrawnWordsAreGoneFromEveryJournalWhenTheReceiptsAreIn) {
  share(48);
  std::vector<int> gone;
  for (int i = 0; i < 48; ++i)
    if (i % 3 == 2) gone.push_back(i);
  for (const int i : gone)
    must(Items(world["Ana"]).withdraw(world.group, items[static_cast<std::size_t>(i)].item));
  world.settle();
  for (const auto& mine : must(Items(world["Ana"]).mine(world.group)))
    EXPECT_EQ(mine.erased, mine.state == ItemState::withdrawn ? 2U : 0U);
  expect_gone(gone);
}

TEST_F(Erasure, ExpiredWordsGoTheSameWay) {
  share(24);
  std::vector<int> gone;
  for (int i = 0; i < 24; ++i)
    if (i % 3 == 1) gone.push_back(i);
  world.clock.advance(std::chrono::days(8));
  world.settle();
  expect_gone(gone);
}

TEST_F(Erasure, WordsTakenBackFromTheOutboxLeaveNothing) {
  share(8);
  ConsentGate gate(world["Ana"]);
  const auto draft = world.draft(rare(100) + " in the outbox", To::group);
  const auto waiting = must(gate.confirm(world.group, draft, must(gate.preview(world.group, draft)).digest));
  must(gate.take_back(waiting.consent));
  world.tick("Ana", Occasion::timer);
  expect_gone({100});
}

TEST_F(Erasure, SealedMailThatWasTakenBackIsGoneFromEveryMailFile) {
  share(48);
  std::vector<Bytes> gone, kept;
  for (int i = 0; i < 48; ++i) {
    for (auto& payload : payloads_of(i)) (i % 3 == 2 ? gone : kept).push_back(std::move(payload));
    if (i % 3 == 2) must(Items(world["Ana"]).withdraw(world.group, items[static_cast<std::size_t>(i)].item));
  }
  ASSERT_EQ(gone.size(), 16U);
  world.settle();
  for (auto& node : world.nodes) {
    const auto pages = pages_of(node->mail().database());
    EXPECT_TRUE(keeps_a_piece(pages, kept.front())) << "or the search is blind";
    for (const auto& payload : gone) EXPECT_FALSE(keeps_a_piece(pages, payload)) << node->name;
  }
}

}  // namespace
}  // namespace kith::test
