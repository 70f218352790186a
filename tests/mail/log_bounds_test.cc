// How far a log goes, and which logs begin.
#include <gtest/gtest.h>

#include "tests/support/toy_store.h"

namespace kith::mail {
namespace {

using test::Author;
using test::kToyGroup;
using test::ToyStore;

class LogBounds : public testing::Test {
 protected:
  LogBounds() { node.roster.add(ana); }
  Stop only_stop(const Appended& appended) {
    EXPECT_EQ(appended.stopped.size(), 1U);
    return appended.stopped.at(0).why;
  }

  Author ana{1};
  ToyStore node;
};

TEST_F(LogBounds, KeepsBeyondACutWhatOthersWaitForAndWhatThatStandsOnAlone) {
  const Event first = ana.control("first");
  node.append(first);
  node.roster.cut(ana.id, 0);
  const std::vector<Event> run = {ana.envelope(), ana.control("below"), ana.control("wanted"), ana.envelope(),
                                  ana.control("above")};
  EXPECT_EQ(only_stop(node.append(run)), Stop::not_storable);
  EXPECT_EQ(node.store.head(kToyGroup, ana.id)->value().seq, 0U);
  node.roster.wants.insert(run[2].id());
  EXPECT_EQ(only_stop(node.append(run)), Stop::not_storable);
  EXPECT_EQ(node.store.head(kToyGroup, ana.id)->value().seq, 3U);
}

TEST_F(LogBounds, TakesSoManyActsIntoALogAndNoMore) {
  std::vector<Event> acts;
  for (std::size_t i = 0; i <= kMaxLogActs; ++i) {
    ana.set_day(static_cast<std::uint32_t>(i / kMaxEventsPerDay));
    acts.push_back(ana.control("x"));
  }
  const auto all = std::span<const Event>(acts);
  node.append(all.first(1000));
  EXPECT_TRUE(node.append(all.subspan(1000, kMaxLogActs - 1000)).stopped.empty());
  EXPECT_EQ(only_stop(node.append(all.last(1))), Stop::too_many);
  Author other(1);  // its words have room all the same, in the place of the act
  for (std::size_t i = 0; i < kMaxLogActs; ++i) {
    other.set_day(static_cast<std::uint32_t>(i / kMaxEventsPerDay));
    other.control("x");
  }
  other.set_day(static_cast<std::uint32_t>(kMaxLogActs / kMaxEventsPerDay));
  EXPECT_EQ(node.append(other.envelope()).stored, 1U);
}

TEST_F(LogBounds, CountsTheBytesOfBodiesOfALog) {
  const std::string large(kMaxBody, 'x');
  std::uint64_t bodies = 0;
  std::vector<Event> acts;
  for (; bodies + large.size() <= kMaxLogBodies; bodies += large.size()) {
    ana.set_day(static_cast<std::uint32_t>(acts.size() / kMaxEventsPerDay));
    acts.push_back(ana.control(large));
  }
  EXPECT_TRUE(node.append(acts).stopped.empty());
  const LogLoad load = *node.store.load_of(kToyGroup, ana.id);
  EXPECT_EQ(load.acts, acts.size());
  EXPECT_EQ(load.bytes, bodies);
  EXPECT_EQ(only_stop(node.append(ana.control(large))), Stop::too_many);
}

TEST_F(LogBounds, LeavesPlaceForTheLogsOfThoseWhoCount) {
  std::vector<Author> more;
  for (std::size_t i = 0; i <= kMaxLogsUncounted; ++i) more.emplace_back(100 + i);
  for (auto& author : more) {
    node.roster.add(author);
    node.roster.uncounted.insert(author.id);
    const bool room = &author != &more.back();
    const auto appended = node.append(author.control("made up"));
    EXPECT_EQ(appended.stored, room ? 1U : 0U);
  }
  EXPECT_EQ(node.append(ana.control("a newcomer")).stored, 1U);
}

TEST_F(LogBounds, GivesThoseWhoDoNotCountTheBoundsOfOneLogTogether) {
  Author one{2}, two{3}, three{4};
  for (const Author* author : {&one, &two, &three}) {
    node.roster.add(*author);
    node.roster.uncounted.insert(author->id);
  }
  const std::string large(kMaxBody, 'x');
  const auto write = [&](Author& author, std::uint64_t bytes) {
    std::vector<Event> acts;
    for (; acts.size() < bytes / large.size();) {
      author.set_day(static_cast<std::uint32_t>(acts.size() / kMaxEventsPerDay));
      acts.push_back(author.control(large));
    }
    return acts;
  };
  EXPECT_TRUE(node.append(write(one, kMaxLogBodies / 2)).stopped.empty());
  EXPECT_TRUE(node.append(write(two, kMaxLogBodies / 2)).stopped.empty());
  const std::vector<Event> more = write(three, 4 * large.size());
  EXPECT_EQ(only_stop(node.append(more)), Stop::too_many);
  node.roster.wants.insert(more[2].id());
  EXPECT_EQ(node.append(more).stored, 3U) << "others built on it";
  EXPECT_EQ(node.append(ana.control(large)).stored, 1U);
  node.roster.uncounted.erase(three.id);
  EXPECT_EQ(node.append(more).stored, 1U);
}

TEST_F(LogBounds, AsksForNoPayloadOfThoseWhoDoNotCount) {
  Author nobody{2};
  node.roster.add(nobody);
  node.roster.uncounted.insert(nobody.id);
  const Event words = nobody.envelope();
  EXPECT_EQ(node.append(words).stored, 1U);
  const auto put = [&] {
    const PayloadOf item{words.id(), nobody.payload(words.id())};
    return node.store.put_payloads(kToyGroup, std::span(&item, 1))->front();
  };
  EXPECT_TRUE(node.store.missing_payloads(kToyGroup, 0, 10)->empty());
  EXPECT_FALSE(node.store.missing_payload(kToyGroup, words.id())->has_value());
  EXPECT_EQ(put(), Put::over_quota);
  node.roster.uncounted.clear();
  node.append(ana.control("it counts"));
  EXPECT_EQ(node.store.missing_payloads(kToyGroup, 0, 10)->size(), 1U);
  EXPECT_EQ(put(), Put::stored);
}

}  // namespace
}  // namespace kith::mail
