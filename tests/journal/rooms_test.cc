// Marks, drafts, templates, feelings, settings, private links, import and export.
#include <gmock/gmock.h>

#include "core/journal/drafts.h"
#include "core/journal/export.h"
#include "core/journal/feelings.h"
#include "core/journal/import.h"
#include "core/journal/people.h"
#include "core/journal/settings.h"
#include "core/journal/templates.h"
#include "tests/journal/fixture.h"

namespace kith::journal {
namespace {

using test::at;
using test::fails;
using test::kStart;
using test::ok;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Marks, AreReadWhereAWordBegins) {
  const auto marks = marks_in("#Work (#\u00c4rger) @Ana-Lu, ~not_sure:3 ~sad:11 ~calm:0 #work #12steps");
  EXPECT_THAT(marks.tags, ElementsAre("work", "\u00e4rger", "12steps"));
  EXPECT_THAT(marks.people, ElementsAre("ana-lu"));
  EXPECT_THAT(marks.feelings,
              ElementsAre(Feeling{"not sure", 3}, Feeling{"sad", std::nullopt}, Feeling{"calm", 0}));
  EXPECT_EQ(marks_in("a#b a@b.org # title ## x ~5 minutes #1 http://x/#y @ ~ # ~-a"), Marks());
  EXPECT_EQ(marks_in("#" + std::string(kMaxMark + 1, 'a')), Marks());
  EXPECT_EQ(marks_in("#" + std::string(kMaxMark, 'a')).tags.size(), 1u);
  EXPECT_EQ(marks_in("~sad ~sad:4").feelings, (std::vector{Feeling{"sad", 4}}));
  std::string many;
  for (std::size_t i = 0; i < kMaxMarks + 9; ++i) many += " #t" + std::to_string(i);
  EXPECT_EQ(marks_in(many).tags.size(), kMaxMarks);
}

TEST(Marks, TypedAlone) {
  EXPECT_EQ(*tag_of("#Work"), "work");
  EXPECT_EQ(*handle_of("Ana"), "ana");
  EXPECT_EQ(*feeling_of("~not sure:10"), (Feeling{"not sure", 10}));
  for (const char* bad : {"", "#", "a b", "a#b", "1", "-"})
    EXPECT_TRUE(fails(tag_of(bad), Errc::malformed)) << bad;
  for (const char* bad : {"sad:11", "sad:-1", "sad:", "sad:x", ":3", "5"})
    EXPECT_TRUE(fails(feeling_of(bad), Errc::malformed)) << bad;
}

TEST(Names, OfEntriesAndDrafts) {
  EXPECT_EQ(*entry_of("E12"), EntryNumber{12});
  EXPECT_EQ(*entry_of("e12"), EntryNumber{12});
  EXPECT_EQ(*entry_of("12"), EntryNumber{12});
  for (const char* bad : {"", "E", "E0", "E-1", "E1x", "F1", "E99999999999999999999"})
    EXPECT_TRUE(fails(entry_of(bad), Errc::malformed)) << bad;
  EXPECT_EQ(*draft_of("d3"), DraftNumber{3});
  for (const char* bad : {"", "3", "D", "D0"}) EXPECT_TRUE(fails(draft_of(bad), Errc::malformed)) << bad;
  for (const Kind kind : all_kinds()) EXPECT_EQ(*kind_of(word(kind)), kind);
  EXPECT_TRUE(fails(kind_of("post"), Errc::not_found));
}

class RoomsTest : public test::JournalTest {};

TEST_F(RoomsTest, ADraftIsKeptWholeOrStaysADraft) {
  Drafts drafts(db_);
  const auto number = drafts.start(Kind::reflection, "half a sen", {at(kStart)});
  ASSERT_TRUE(ok(number));
  EXPECT_EQ(name(*number), "D1");
  ASSERT_TRUE(
      ok(drafts.save(*number, "half a sentence \xf0\x9f", at(kStart + 5))));  // cut within a character
  EXPECT_EQ(drafts.read(*number)->text, "half a sentence \xf0\x9f");
  EXPECT_EQ(drafts.list()->size(), 1u);
  EXPECT_TRUE(fails(drafts.keep(*number, {.text = "\xf0\x9f", .written = {at(kStart)}}), Errc::malformed));
  EXPECT_EQ(drafts.list()->size(), 1u);
  const auto entry = drafts.keep(*number, {.text = "a sentence", .written = {at(kStart)}});
  ASSERT_TRUE(ok(entry));
  EXPECT_EQ(journal_.read(*entry)->text, "a sentence");
  EXPECT_THAT(*drafts.list(), IsEmpty());
  EXPECT_TRUE(fails(drafts.save(*number, "x", at(kStart)), Errc::not_found));
  EXPECT_TRUE(fails(drafts.discard(*number), Errc::not_found));
  const auto change = drafts.start(Kind::unsaid, "", {at(kStart)}, *entry);
  EXPECT_EQ(name(*change), "D2");
  EXPECT_EQ(*drafts.keep(*change, {.kind = Kind::unsaid, .text = "better", .written = {at(kStart + 9)}}),
            *entry);
  EXPECT_EQ(journal_.read(*entry)->text, "better");
  EXPECT_TRUE(fails(drafts.start(Kind::free, std::string(kMaxDraft + 1, 'a'), {at(1)}), Errc::too_large));
}

TEST_F(RoomsTest, TemplatesAreTheMembersOwn) {
  Templates templates(db_);
  for (const Kind kind : all_kinds()) EXPECT_EQ(templates.read(kind)->text, standard_template(kind));
  ASSERT_TRUE(ok(templates.change(Kind::notice, "Mine:\n")));
  EXPECT_EQ(templates.read(Kind::notice)->text, "Mine:\n");
  EXPECT_TRUE(templates.read(Kind::notice)->own);
  ASSERT_TRUE(ok(templates.drop(Kind::notice)));
  EXPECT_TRUE(fails(templates.read(Kind::notice), Errc::not_found));
  ASSERT_TRUE(ok(templates.reset(Kind::notice)));
  EXPECT_FALSE(templates.read(Kind::notice)->own);
  EXPECT_TRUE(fails(templates.change(Kind::notice, std::string(kMaxTemplate + 1, 'a')), Errc::too_large));
}

TEST(Templates, EmptyPromptsGoAndWordsStay) {
  const auto form = "What happened:\n\nWhat it did in me:\n\nNow:\n";
  EXPECT_EQ(drop_empty_prompts(form, form), "");
  EXPECT_EQ(drop_empty_prompts("What happened:\nrain\n\nWhat it did in me:\n\nNow:\n", form),
            "What happened:\nrain\n\n");
  EXPECT_EQ(drop_empty_prompts("What happened: rain\n\nNow:\nsun", form), "What happened: rain\n\nNow:\nsun");
  EXPECT_EQ(drop_empty_prompts("mine\n\nalso mine\n", form), "mine\n\nalso mine\n");
  EXPECT_EQ(drop_empty_prompts("", form), "");
  EXPECT_EQ(drop_empty_prompts("a\n\nb", ""), "a\n\nb");
}

TEST_F(RoomsTest, FeelingsAreMatchedByTheirBeginning) {
  Feelings feelings(db_);
  EXPECT_THAT(*feelings.list(), testing::IsSupersetOf({"numb", "mixed", "not sure"}));
  EXPECT_EQ(*feelings.meant("anx"), "anxious");
  EXPECT_THAT(*feelings.match("an"), ElementsAre("angry", "annoyed", "anxious"));
  EXPECT_EQ(*feelings.meant("an"), "an");  // not told apart: as typed
  EXPECT_EQ(*feelings.meant("glum"), "glum");
  ASSERT_TRUE(ok(feelings.add("Glum")));
  ASSERT_TRUE(ok(feelings.add("glum")));
  EXPECT_EQ(*feelings.meant("glu"), "glum");
  ASSERT_TRUE(ok(feelings.remove("glum")));
  EXPECT_TRUE(fails(feelings.remove("glum"), Errc::not_found));
  EXPECT_TRUE(fails(feelings.add("~"), Errc::malformed));
}

TEST_F(RoomsTest, SettingsHaveBoundsAndStandards) {
  Settings settings(db_);
  for (const auto& known : all_settings()) EXPECT_EQ(*settings.text(known.name), known.standard);
  ASSERT_TRUE(ok(settings.set(kIdleLockMinutes, "120")));
  EXPECT_EQ(*settings.number(kIdleLockMinutes), 120);
  for (const char* bad : {"0", "121", "", "x", "1 ", "99999999999999999999"})
    EXPECT_TRUE(fails(settings.set(kIdleLockMinutes, bad), Errc::usage)) << bad;
  EXPECT_TRUE(fails(settings.set(kHelpNumber, ""), Errc::usage));
  EXPECT_TRUE(fails(settings.set("nosuch", "1"), Errc::not_found));
  EXPECT_TRUE(fails(settings.set(kPraise, "maybe"), Errc::usage));
  ASSERT_TRUE(ok(settings.set(kPraise, "no")));
  EXPECT_FALSE(*settings.yes(kPraise));
  ASSERT_TRUE(ok(settings.reset(kPraise)));
  EXPECT_TRUE(*settings.yes(kPraise));
  EXPECT_TRUE(*settings.once("first-words"));
  EXPECT_FALSE(*settings.once("first-words"));
}

TEST_F(RoomsTest, PrivateLinksStayWithTheirHandle) {
  PrivateLinks links(db_);
  ASSERT_TRUE(ok(links.add("@Ana", "my sister")));
  ASSERT_TRUE(ok(links.add("ben", "like father")));
  ASSERT_EQ(links.of("ana")->size(), 1u);
  EXPECT_EQ(links.of("ana")->front().words, "my sister");
  EXPECT_EQ(links.all()->size(), 2u);
  ASSERT_TRUE(ok(links.remove(links.of("ana")->front().id)));
  EXPECT_THAT(*links.of("ana"), IsEmpty());
  EXPECT_TRUE(fails(links.remove(99), Errc::not_found));
  EXPECT_TRUE(fails(links.add("ana", std::string(kMaxLink + 1, 'a')), Errc::too_large));
}

ImportFile file(const std::string& name, const std::string& bytes) {
  return {.name = name, .bytes = bytes, .modified = {at(kStart), std::chrono::minutes(60)}};
}

TEST(Import, ReadsTheDayFromNameThenFirstLineThenFile) {
  const auto noon = [](int d) {
    return WallTime(std::chrono::sys_days(std::chrono::year(2025) / 3 / d)) +
           std::chrono::hours(11);  // UTC+1
  };
  EXPECT_EQ(parse_import(file("2025-03-04 walk.md", "# 2025-03-05\nwords")).entry->written.at, noon(4));
  EXPECT_EQ(parse_import(file("walk.TXT", "# 2025-03-05 Monday\nwords")).entry->written.at, noon(5));
  EXPECT_EQ(parse_import(file("walk.markdown", "words 2025-03-05")).entry->written.at, at(kStart));
  EXPECT_EQ(parse_import(file("2025-13-04.md", "words")).entry->written.at, at(kStart));
  EXPECT_EQ(parse_import(file("a.md", "\xef\xbb\xbfwords\r\n")).entry->text, "words");
}

TEST(Import, SaysWhyItSkips) {
  const auto skip = [](const std::string& name, const std::string& bytes) {
    const auto parsed = parse_import(file(name, bytes));
    EXPECT_FALSE(parsed.entry.has_value());
    return parsed.skip;
  };
  EXPECT_EQ(skip("a.pdf", "words"), Skip::not_text);
  EXPECT_EQ(skip("a.txt", "\xff\xfew"), Skip::not_utf8);
  EXPECT_EQ(skip("a.txt", std::string("a\0b", 3)), Skip::not_utf8);
  EXPECT_EQ(skip("a.txt", " \n"), Skip::empty);
  EXPECT_EQ(skip("a.txt", std::string(kMaxText + 1, 'a')), Skip::too_large);
  EXPECT_EQ(skip("a.txt", std::string(kMaxImportFile + 1, ' ')), Skip::too_large);
}

TEST_F(RoomsTest, ImportingTwiceAddsNothingAndTellsWhatItLeftOut) {
  const std::vector<ImportFile> files = {
      file("2025-03-04.md", "same words"), file("2025-03-05.md", "same words"),
      file("copy/2025-03-05.md", "same words"), file("x.bin", "x"), file("undated.txt", "other #tag")};
  std::vector<std::size_t> progress;
  const auto report = import_files(journal_, files, {.source = "old book", .tag = "imported"},
                                   [&](std::size_t done) { progress.push_back(done); });
  ASSERT_TRUE(ok(report));
  EXPECT_EQ(report->added.size(), 4u);  // a folder in the name hides its day: no folders, says the header
  ASSERT_EQ(report->skipped.size(), 1u);
  EXPECT_EQ(report->skipped[0].name, "x.bin");
  EXPECT_THAT(progress, ElementsAre(1, 2, 3, 4, 5));
  const auto entry = journal_.read(report->added.back());
  EXPECT_EQ(entry->source, "old book");
  EXPECT_THAT(entry->marks.tags, ElementsAre("tag", "imported"));
  auto later = files;
  later[4].modified.at = at(kStart + 99);  // copied anew
  const auto again = import_files(journal_, later, {});
  ASSERT_TRUE(ok(again));
  EXPECT_THAT(again->added, IsEmpty());
  EXPECT_EQ(again->skipped[0].why, Skip::known);
}

TEST_F(RoomsTest, AFailedImportLeavesNothing) {
  const std::vector<ImportFile> files = {file("a.txt", "one"), file("b.txt", "two")};
  EXPECT_TRUE(fails(import_files(journal_, files, {.tag = "no tag"}), Errc::malformed));
  EXPECT_THAT(*journal_.list({}), IsEmpty());
}

TEST_F(RoomsTest, ExportIsMineOnlyAndNamesNoMember) {
  add("Met @ana and @zoe. Ana said, Anatole did not; a@ana.org", 1);
  add("second, by @Ana!", 0, Kind::unsaid, true);
  ASSERT_TRUE(ok(journal_.remove(add("taken away", 2), at(kStart))));
  ASSERT_TRUE(ok(PrivateLinks(db_).add("ana", "my sister")));
  std::string all;
  const ExportOptions options{.is_member = [](std::string_view handle) { return handle == "ana"; },
                              .member_names = {"Ana"},
                              .others_left_out = 3};
  const auto report = export_mine(journal_, options, [&](std::string_view piece) -> Result<void> {
    all += piece;
    return {};
  });
  ASSERT_TRUE(ok(report));
  EXPECT_EQ(report->entries, 2u);
  EXPECT_EQ(report->names_replaced, 3u);
  EXPECT_LT(all.find("second, by another member!"),
            all.find("Met another member and @zoe. another member said, Anatole"));
  EXPECT_THAT(all, HasSubstr("E2  2026-02-02 02:40  unsaid  tender"));
  EXPECT_THAT(all, HasSubstr("others wrote them: 3 texts"));
  EXPECT_THAT(all, Not(HasSubstr("taken away")));
  EXPECT_THAT(all, Not(HasSubstr("sister")));
  EXPECT_THAT(all, HasSubstr("a@ana.org"));
  const auto stopped =
      export_mine(journal_, {}, [](std::string_view) -> Result<void> { return fail(Errc::full, "full"); });
  EXPECT_TRUE(fails(stopped, Errc::full));
}

}  // namespace
}  // namespace kith::journal
