#include "core/journal/journal.h"

#include <gmock/gmock.h>

#include "core/keyring/head_record.h"
#include "tests/db/pages.h"
#include "tests/journal/fixture.h"

namespace kith::journal {
namespace {

using test::at;
using test::fails;
using test::kStart;
using test::ok;
using testing::ElementsAre;
using testing::IsEmpty;
using Names = std::vector<std::string>;

using JournalTest = test::JournalTest;

TEST_F(JournalTest, GivesBackWhatWasWritten) {
  const auto number =
      journal_.add({.kind = Kind::reflection,
                    .text = "Cafe\u0301 with @Ana, ~anx:6 and ~not-sure. #Work\r\nsecond line \n\n",
                    .written = {at(kStart), std::chrono::minutes(120)},
                    .marks = {.tags = {"#home"}, .feelings = {{"calm", 2}}, .people = {}},
                    .tender = false,
                    .source = "from therapy"});
  ASSERT_TRUE(ok(number));
  EXPECT_EQ(name(*number), "E1");
  const auto entry = journal_.read(*number);
  ASSERT_TRUE(ok(entry));
  EXPECT_EQ(entry->text, "Caf\u00e9 with @Ana, ~anx:6 and ~not-sure. #Work\nsecond line");
  EXPECT_EQ(entry->kind, Kind::reflection);
  EXPECT_EQ(entry->written.at, at(kStart));
  EXPECT_EQ(entry->written.offset, std::chrono::minutes(120));
  EXPECT_FALSE(entry->edited.has_value());
  EXPECT_EQ(entry->source, "from therapy");
  EXPECT_THAT(entry->marks.tags, ElementsAre("work", "home"));
  EXPECT_THAT(entry->marks.people, ElementsAre("ana"));
  EXPECT_THAT(entry->marks.feelings,
              ElementsAre(Feeling{"anxious", 6}, Feeling{"not sure", std::nullopt}, Feeling{"calm", 2}));
}

TEST_F(JournalTest, TheIndexIsSoundAfterAnEditThatWasRolledBack) {
  const auto number = add("a wistful line");
  {
    auto transaction = db::Transaction::begin(db_);
    ASSERT_TRUE(ok(transaction));
    ASSERT_TRUE(ok(journal_.edit(number, {.text = "never kept"}, at(kStart))));
    // What makes the index write its pages before it is rolled back.
    ASSERT_TRUE(ok(db_.execute("INSERT INTO search(search) VALUES('optimize')")));
  }
  ASSERT_TRUE(ok(journal_.edit(number, {.text = "another line"}, at(kStart))));
  ASSERT_TRUE(ok(db_.check_integrity()));
  db_ = open();
  EXPECT_TRUE(ok(db_.check_integrity()));
}

TEST_F(JournalTest, RefusesWhatIsNoText) {
  const auto refused = [&](const std::string& text) {
    return journal_.add({.text = text, .written = {at(1)}});
  };
  EXPECT_TRUE(fails(refused(""), Errc::malformed));
  EXPECT_TRUE(fails(refused(" \n\t\u00a0"), Errc::malformed));
  EXPECT_TRUE(fails(refused("a\xff"), Errc::malformed));
  EXPECT_TRUE(fails(refused(std::string("a\0b", 3)), Errc::malformed));
  EXPECT_TRUE(fails(refused(std::string(kMaxText + 1, 'a')), Errc::too_large));
  EXPECT_TRUE(fails(refused(std::string(kMaxText * 5, 'a')), Errc::too_large));
  EXPECT_TRUE(ok(refused(std::string(kMaxText, 'a'))));
  EXPECT_TRUE(fails(journal_.add({.text = "a", .written = {at(1)}, .marks = {.feelings = {{"sad", 11}}}}),
                    Errc::malformed));
  EXPECT_EQ(journal_.list({})->size(), 1u);
}

TEST_F(JournalTest, NumbersAreNeverGivenTwice) {
  add("one");
  const auto two = add("two");
  ASSERT_TRUE(ok(journal_.remove(two, at(kStart))));
  ASSERT_EQ(*journal_.purge(at(kStart + 1)), 1);
  EXPECT_EQ(name(add("three")), "E3");
}

TEST_F(JournalTest, ListsNewestFirstWithFiltersAndPages) {
  add("oldest #work", 10);
  add("newest", 30, Kind::notice);
  add("same second, later #work @ana", 20);
  add("same second, latest ~sad", 20);
  add("long before", -400'000'000);
  const auto listed = [&](const Filter& filter) {
    Names names;
    const auto found = journal_.list(filter);
    EXPECT_TRUE(ok(found));
    for (const auto& summary : *found) names.push_back(name(summary.number));
    return names;
  };
  EXPECT_EQ(listed({}), (Names{"E2", "E4", "E3", "E1", "E5"}));
  EXPECT_EQ(listed({.limit = 2}), (Names{"E2", "E4"}));
  EXPECT_EQ(listed({.older_than = EntryNumber{4}, .limit = 2}), (Names{"E3", "E1"}));
  EXPECT_EQ(listed({.kind = Kind::notice}), (Names{"E2"}));
  EXPECT_EQ(listed({.tag = "#Work"}), (Names{"E3", "E1"}));
  EXPECT_EQ(listed({.tag = "work", .person = "@ana"}), (Names{"E3"}));
  EXPECT_EQ(listed({.feeling = "sad"}), (Names{"E4"}));
  EXPECT_EQ(listed({.from = at(kStart + 20)}), (Names{"E2", "E4", "E3"}));
  EXPECT_EQ(listed({.until = at(kStart + 20)}), (Names{"E1", "E5"}));
  EXPECT_EQ(listed({.tag = "work", .from = at(kStart + 11), .until = at(kStart + 21)}), (Names{"E3"}));
  EXPECT_EQ(listed({.limit = 0}), Names{});
  EXPECT_TRUE(fails(journal_.list({.tag = "no good"}), Errc::malformed));
  EXPECT_TRUE(fails(journal_.list({.older_than = EntryNumber{99}}), Errc::not_found));
}

TEST_F(JournalTest, TenderEntriesAreFoldedInListsAndOpenWhenRead) {
  const auto number = add("what nobody should glimpse #hidden", 0, Kind::free, true);
  const auto listed = *journal_.list({});
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].excerpt, "");
  EXPECT_THAT(listed[0].marks.tags, IsEmpty());
  EXPECT_EQ(find("glimpse"), Names{"E1"});
  EXPECT_EQ(journal_.read(number)->text, "what nobody should glimpse #hidden");
}

TEST_F(JournalTest, ExcerptsAreOneShortLine) {
  add("first\n\n  second\tthird");
  EXPECT_EQ((*journal_.list({}))[0].excerpt, "first second third");
  std::string many;
  for (int i = 0; i < 200; ++i) many += "\u00e9";
  add(many, 1);
  const auto excerpt = (*journal_.list({}))[0].excerpt;
  EXPECT_EQ(excerpt.size(), kExcerpt * 2 + 3);  // two bytes a letter, and an ellipsis
}

TEST_F(JournalTest, EditingChangesWordsMarksAndIndexTogether) {
  const auto number = add("before #old @ana");
  ASSERT_TRUE(ok(journal_.edit(number, {.marks = Marks{.tags = {"kept"}}}, at(kStart + 4))));
  ASSERT_TRUE(ok(journal_.edit(number, {.text = "after #new", .kind = Kind::unsaid}, at(kStart + 5))));
  const auto entry = journal_.read(number);
  EXPECT_EQ(entry->text, "after #new");
  EXPECT_EQ(entry->edited, at(kStart + 5));
  EXPECT_THAT(entry->marks.tags, ElementsAre("new", "kept"));
  EXPECT_THAT(entry->marks.people, IsEmpty());
  EXPECT_EQ(find("before"), Names{});
  EXPECT_EQ(find("#old"), Names{});
  EXPECT_EQ(find("kind:free"), Names{});
  EXPECT_EQ(find("after kind:unsaid #new #kept"), Names{"E1"});
  EXPECT_TRUE(fails(journal_.edit(number, {.text = " "}, at(kStart)), Errc::malformed));
  EXPECT_EQ(journal_.read(number)->text, "after #new");
  EXPECT_TRUE(ok(journal_.check_index()));
}

TEST_F(JournalTest, WhatIsTakenAwayIsFoundNoMoreUntilPutBack) {
  const auto number = add("wistful #quiet @ben");
  ASSERT_TRUE(ok(journal_.remove(number, at(kStart))));
  EXPECT_TRUE(fails(journal_.read(number), Errc::not_found));
  EXPECT_TRUE(fails(journal_.remove(number, at(kStart)), Errc::not_found));
  EXPECT_TRUE(fails(journal_.edit(number, {.tender = true}, at(kStart)), Errc::not_found));
  EXPECT_EQ(find("wistful"), Names{});
  EXPECT_EQ(find("#quiet"), Names{});
  EXPECT_THAT(*journal_.list({}), IsEmpty());
  EXPECT_THAT(*journal_.tags(), IsEmpty());
  EXPECT_THAT(*journal_.people(), IsEmpty());
  EXPECT_EQ(journal_.removed()->size(), 1u);
  EXPECT_EQ(*journal_.purge(at(kStart)), 0);  // not before its time
  ASSERT_TRUE(ok(journal_.restore(number)));
  EXPECT_EQ(find("wistful #quiet"), Names{"E1"});
  EXPECT_THAT(*journal_.tags(), ElementsAre("quiet"));
  EXPECT_TRUE(fails(journal_.restore(number), Errc::not_found));
  ASSERT_TRUE(ok(journal_.remove(number, at(kStart))));
  EXPECT_EQ(*journal_.purge(at(kStart + 1)), 1);
  EXPECT_TRUE(fails(journal_.restore(number), Errc::not_found));
}

TEST_F(JournalTest, TagsAndPeopleComeInOrderWithoutCounts) {
  add("#pear #apple @zoe");
  add("#apple @ben", 1);
  EXPECT_THAT(*journal_.tags(), ElementsAre("apple", "pear"));
  EXPECT_THAT(*journal_.people(), ElementsAre("ben", "zoe"));
}

TEST_F(JournalTest, TheIndexCanBeMadeAgainFromTheWords) {
  add("alpha #one");
  ASSERT_TRUE(ok(journal_.remove(add("gamma", 1), at(kStart))));
  ASSERT_TRUE(ok(journal_.rebuild_index()));
  ASSERT_TRUE(ok(journal_.check_index()));
  EXPECT_EQ(find("alpha #one"), Names{"E1"});
  EXPECT_EQ(find("gamma"), Names{});
}

TEST_F(JournalTest, JoinsACallersTransaction) {
  {
    auto transaction = db::Transaction::begin(db_);
    add("gone with its transaction");
  }
  EXPECT_EQ(find("gone"), Names{});
  EXPECT_EQ(name(add("first")), "E1");
}

TEST_F(JournalTest, EveryChangeRaisesTheHead) {
  const auto counter = [&] {
    auto query = db_.prepare("SELECT counter FROM head");
    EXPECT_TRUE(*query->step());
    return query->integer(0);
  };
  auto before = counter();
  const auto number = add("a");
  EXPECT_GT(counter(), before);
  before = counter();
  ASSERT_TRUE(ok(journal_.edit(number, {.tender = true}, at(kStart))));
  EXPECT_GT(counter(), before);
  before = counter();
  ASSERT_TRUE(ok(journal_.remove(number, at(kStart))));
  EXPECT_GT(counter(), before);
}

TEST_F(JournalTest, APlainSearchOfTheFileFindsNoWord) {
  add("perspicacious #zugzwang @wilhelmina ~flabbergasted");
  const auto file = test::read_file(path_);
  for (const char* word : {"perspicacious", "zugzwang", "wilhelmina", "flabbergasted"}) {
    EXPECT_EQ(file.find(word), std::string::npos);
    EXPECT_NE(test::pages_of(db_).find(word), std::string::npos);  // else the search proves nothing
  }
}

}  // namespace
}  // namespace kith::journal
