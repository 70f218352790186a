// Whatever is typed, searching never fails; and what it finds is what a slow, simple reader would find.
#include "core/journal/query.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <set>

#include "tests/journal/fixture.h"

namespace kith::journal {
namespace {

using test::at;
using test::fails;
using test::kStart;
using test::ok;
using Names = std::vector<std::string>;

// RapidCheck reads this once; a set one wins (RC_PARAMS="seed=..." repeats a failure).
const int kMoreRuns = ::setenv("RC_PARAMS", "max_success=1500", 0);

class QueryTest : public test::JournalTest {
 protected:
  void write_some() {
    add("Tea with my sister, caf\u00e9 closed #work-life @ana ~anxious:6", 1, Kind::reflection);  // E1
    add("rain and tea, half-asleep ~calm @ben", 2);                                               // E2
    add("coffee; sisterhood of the rain #work", 3, Kind::notice);                                 // E3
    add("nothing AND nothing \"quoted\"", 86400 * 40);                                            // E4
  }
};

TEST_F(QueryTest, UnderstandsWhatPeopleType) {
  write_some();
  EXPECT_EQ(find("tea"), (Names{"E2", "E1"}));
  EXPECT_EQ(find("TEA rain"), Names{"E2"});
  EXPECT_EQ(find("tea AND rain"), Names{"E2"});
  EXPECT_EQ(find("tea OR coffee"), (Names{"E3", "E2", "E1"}));
  EXPECT_EQ(find("rain NOT tea"), Names{"E3"});
  EXPECT_EQ(find("rain -tea"), Names{"E3"});
  EXPECT_EQ(find("NOT tea"), (Names{"E4", "E3"}));
  EXPECT_EQ(find("NOT NOT tea"), (Names{"E2", "E1"}));
  EXPECT_EQ(find("(tea OR coffee) rain"), (Names{"E3", "E2"}));
  EXPECT_EQ(find("rain (tea OR coffee) NOT (calm OR @zoe)"), Names{"E3"});
  EXPECT_EQ(find("sister"), Names{"E1"});
  EXPECT_EQ(find("sister*"), (Names{"E3", "E1"}));
  EXPECT_EQ(find("si*"), (Names{"E3", "E1"}));
  EXPECT_EQ(find("s*"), Names{});  // one letter is a word
  EXPECT_EQ(find("\"my sister\""), Names{"E1"});
  EXPECT_EQ(find("\"sister my\""), Names{});
  EXPECT_EQ(find("\"my sis\"*"), Names{"E1"});
  EXPECT_EQ(find("half-asleep"), Names{"E2"});
  EXPECT_EQ(find("cafe"), Names{"E1"});
  EXPECT_EQ(find("CAFE\u0301"), Names{"E1"});
  EXPECT_EQ(find("#work"), Names{"E3"});
  EXPECT_EQ(find("#work*"), (Names{"E3", "E1"}));
  EXPECT_EQ(find("#Work-Life"), Names{"E1"});
  EXPECT_EQ(find("~anxious"), Names{"E1"});
  EXPECT_EQ(find("~anx*"), Names{"E1"});
  EXPECT_EQ(find("@ben OR @ana"), (Names{"E2", "E1"}));
  EXPECT_EQ(find("kind:notice"), Names{"E3"});
  EXPECT_EQ(find("NOT kind:notice tea"), (Names{"E2", "E1"}));
  EXPECT_EQ(find("nothing and"), Names{"E4"});  // small letters are words
  EXPECT_EQ(find(""), (Names{"E4", "E3", "E2", "E1"}));
  EXPECT_EQ(find("  \t "), (Names{"E4", "E3", "E2", "E1"}));
}

TEST_F(QueryTest, DatesBindTheWholeQuestion) {
  const auto day = [](int d) { return std::chrono::sys_days(std::chrono::year(2026) / 5 / d); };
  const auto write = [&](const std::string& text, WallTime time) {
    ASSERT_TRUE(ok(journal_.add({.text = text, .written = {time}})));
  };
  write("one tea", day(1));
  write("two tea", day(2) - std::chrono::seconds(1));
  write("three tea", day(2));
  EXPECT_EQ(find("after:2026-05-02"), Names{"E3"});
  EXPECT_EQ(find("before:2026-05-02"), (Names{"E2", "E1"}));
  EXPECT_EQ(find("tea after:2026-05-01 before:2026-05-02"), (Names{"E2", "E1"}));
  EXPECT_EQ(find("after:2026-05 before:2027"), (Names{"E3", "E2", "E1"}));
  EXPECT_EQ(find("before:2026-05"), Names{});
  EXPECT_EQ(find("after:2026-13-40"), Names{});  // words, and nobody wrote them
  const auto east = journal_.find(parse_query("after:2026-05-02", std::chrono::minutes(60)), {});
  EXPECT_EQ(east->size(), 2u);  // the reader's day begins an hour earlier
}

TEST_F(QueryTest, WhatMakesNoSenseIsLeftOutOrAWord) {
  write_some();
  EXPECT_EQ(find("tea OR"), (Names{"E2", "E1"}));
  EXPECT_EQ(find("AND tea AND"), (Names{"E2", "E1"}));
  EXPECT_EQ(find("OR OR tea"), (Names{"E2", "E1"}));
  EXPECT_EQ(find("((tea"), (Names{"E2", "E1"}));
  EXPECT_EQ(find("tea))) rain"), Names{"E2"});
  EXPECT_EQ(find("\"tea"), (Names{"E2", "E1"}));
  EXPECT_EQ(find("tea !!! \U0001f642"), (Names{"E2", "E1"}));
  EXPECT_EQ(find("!!! ()"), Names{});  // words were meant: not everything
  EXPECT_EQ(find("NOT"), Names{});
  EXPECT_EQ(find("*"), Names{});
  EXPECT_EQ(find("text : tea"), Names{});
  EXPECT_EQ(find("NEAR(tea rain)"), Names{});
  EXPECT_EQ(find("kind:nosuch"), Names{});
  EXPECT_EQ(find("quoted"), Names{"E4"});
  EXPECT_EQ(find("#"), Names{});
  EXPECT_EQ(find("tea\xff rain"), Names{"E2"});
  EXPECT_EQ(find(std::string("tea\0rain", 8)), Names{"E2"});
  EXPECT_EQ(find("z"), Names{});  // the index's own word is not in reach
}

TEST_F(QueryTest, DeepLongAndManyAreFine) {
  write_some();
  std::string deep;
  for (int i = 0; i < 500; ++i) deep += "(NOT (tea OR ";
  find(deep + "rain");
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "tea OR ";
  EXPECT_EQ(find(many + "rain"), (Names{"E2", "E1"}));  // the rest is not read
  find(std::string(100000, '('));
  find(std::string(100000, '"'));
  find(std::string(100000, 'a'));
}

TEST_F(QueryTest, NothingTypedIsEverAnError) {
  ASSERT_EQ(kMoreRuns, 0);
  write_some();
  const std::vector<std::string> pieces = {"tea",
                                           "\"",
                                           "(",
                                           ")",
                                           "*",
                                           "^",
                                           ":",
                                           "-",
                                           "+",
                                           "{",
                                           "}",
                                           " ",
                                           "AND",
                                           "OR",
                                           "NOT",
                                           "NEAR",
                                           "#",
                                           "~",
                                           "@",
                                           "kind:",
                                           "after:",
                                           "2026-01-01",
                                           "text:",
                                           "marks:",
                                           "\\",
                                           "'",
                                           ";",
                                           "%",
                                           "_",
                                           "\xff",
                                           std::string(1, '\0'),
                                           "\u0301",
                                           "\u200d",
                                           "\U0001f642",
                                           ",",
                                           "before:",
                                           "--",
                                           "/*",
                                           "?1",
                                           "rain"};
  const bool held = rc::check("random pieces and random bytes", [&] {
    std::string typed;
    const auto count = *rc::gen::inRange(0, 40);
    for (int i = 0; i < count; ++i) {
      typed += *rc::gen::elementOf(pieces);
      if (*rc::gen::inRange(0, 3) == 0) typed += ' ';
    }
    if (*rc::gen::arbitrary<bool>()) typed += *rc::gen::arbitrary<std::string>();
    const auto found = journal_.find(parse_query(typed, {}), {});
    RC_ASSERT(found.has_value());
  });
  EXPECT_TRUE(held);
}

// A question as a tree that says how it is typed and whom it fits.
struct Question {
  std::string typed;
  std::function<bool(const std::set<std::string>&)> fits;
};

Question question(int depth) {
  const auto which = depth == 0 ? 0 : *rc::gen::inRange(0, 6);
  static const std::vector<std::string> words = {"ash",  "birch", "cedar", "elm",
                                                 "#oak", "#pine", "@ana",  "~sad"};
  if (which < 2) {
    const auto word = *rc::gen::elementOf(words);
    return {word, [word](const auto& has) { return has.contains(word); }};
  }
  if (which == 2) {
    const auto part = question(depth - 1);
    return {"NOT (" + part.typed + ")", [part](const auto& has) { return !part.fits(has); }};
  }
  const auto left = question(depth - 1);
  const auto right = question(depth - 1);
  if (which == 3)
    return {"(" + left.typed + ") OR (" + right.typed + ")",
            [=](const auto& has) { return left.fits(has) || right.fits(has); }};
  return {"(" + left.typed + ") " + (which == 4 ? "AND " : "") + "(" + right.typed + ")",
          [=](const auto& has) { return left.fits(has) && right.fits(has); }};
}

TEST_F(QueryTest, FindsWhatASlowReaderFinds) {
  const std::vector<std::string> words = {"ash", "birch", "cedar", "elm", "#oak", "#pine", "@ana", "~sad"};
  std::vector<std::set<std::string>> entries;
  auto transaction = db::Transaction::begin(db_);
  for (unsigned bits = 1; bits < 256; bits += 3) {
    std::set<std::string> has;
    std::string text = "entry";
    for (unsigned i = 0; i < words.size(); ++i) {
      if ((bits >> i & 1U) == 0) continue;
      has.insert(words[i]);
      text += " " + words[i];
    }
    add(text, static_cast<std::int64_t>(bits * 7919 % 1000));
    entries.push_back(has);
  }
  ASSERT_TRUE(ok(transaction->commit()));
  const bool held = rc::check("the index agrees with a scan", [&] {
    const auto asked = question(3);
    std::set<std::string> expected;
    for (std::size_t i = 0; i < entries.size(); ++i)
      if (asked.fits(entries[i])) expected.insert("E" + std::to_string(i + 1));
    const auto found = journal_.find(parse_query(asked.typed, {}), {.limit = 1000});
    RC_ASSERT(found.has_value());
    std::set<std::string> names;
    for (const auto& summary : *found) names.insert(name(summary.number));
    RC_ASSERT(names == expected);
    RC_ASSERT(std::is_sorted(found->begin(), found->end(),
                             [](const auto& a, const auto& b) { return a.written.at > b.written.at; }));
  });
  EXPECT_TRUE(held);
}

TEST(Span, ReadsDaysMonthsAndYears) {
  using namespace std::chrono;
  const auto day = span_of("2024-02-29", {});
  ASSERT_TRUE(ok(day));
  EXPECT_EQ(day->until - day->from, hours(24));
  EXPECT_EQ(span_of("2024-02", {})->until, WallTime(sys_days(year(2024) / 3 / 1)));
  EXPECT_EQ(span_of("2024", minutes(60))->from, WallTime(sys_days(year(2024) / 1 / 1)) - hours(1));
  for (const char* bad : {"", "2024-", "2023-02-29", "2024-00-01", "2024-1-1", "24-01-01", "2024-01-01x",
                          "0000-01-01", "+024-01-01", "2024/01/01"})
    EXPECT_TRUE(fails(span_of(bad, {}), Errc::malformed)) << bad;
}

}  // namespace
}  // namespace kith::journal
