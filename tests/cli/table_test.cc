#include "cli/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "cli/commands/all.h"

namespace kith::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

tl::expected<Parsed, Misuse> parsed(const std::vector<std::string>& argv) {
  return parse(all_commands(), argv);
}

TEST(Table, WordsAndOptionsInAnyOrder) {
  const auto a = parsed({"list", "--tag", "work", "--json", "-l5"});
  ASSERT_TRUE(a);
  EXPECT_EQ(a->command->name, "list");
  EXPECT_EQ(a->args.value("tag"), "work");
  EXPECT_EQ(*a->args.number("limit", 1, 9, 3), 5);
  EXPECT_TRUE(a->flags.json);
  const auto b = parsed({"--quiet", "read", "--", "E1"});
  ASSERT_TRUE(b);
  EXPECT_THAT(b->args.words, ElementsAre("E1"));
  EXPECT_TRUE(b->flags.quiet);
}

TEST(Table, TwoWordsMakeACommandAndOneIsNotSwallowed) {
  EXPECT_EQ(parsed({"now"})->command->name, "now");
  EXPECT_EQ(parsed({"now", "edit"})->command->name, "now edit");
  EXPECT_EQ(parsed({"drafts", "drop", "D1"})->command->name, "drafts drop");
}

TEST(Table, AWrongNameGetsASuggestion) {
  const auto wrong = parsed({"unlok"});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().words.what, "There is no command 'unlok'. Did you mean unlock?");
  EXPECT_THAT(suggestions(all_commands(), "stauts"), ElementsAre("status"));
  EXPECT_TRUE(suggestions(all_commands(), "giraffe").empty());
  EXPECT_TRUE(suggestions(all_commands(), std::string(100'000, 'a')).empty());
}

TEST(Table, StrayWordsAreAnErrorAndAreNotRepeated) {
  const auto stray = parsed({"notice", "Porcupine", "feelings"});
  ASSERT_FALSE(stray);
  EXPECT_EQ(stray.error().words.means, "Nothing was kept.");
  for (const auto& part : {stray.error().words.what, stray.error().words.next})
    EXPECT_THAT(part, testing::Not(HasSubstr("Porcupine")));
  EXPECT_THAT(parsed({"Porcupine feelings"}).error().words.what, testing::Not(HasSubstr("Porcupine")));
}

TEST(Table, OptionsAreChecked) {
  EXPECT_THAT(parsed({"list", "--sinse", "2026"}).error().words.next, HasSubstr("--since"));
  EXPECT_FALSE(parsed({"list", "--tag"}));
  EXPECT_FALSE(parsed({"list", "--json=yes"}));
  EXPECT_FALSE(parsed({"notice", "--body=words"}));
  EXPECT_FALSE(parsed({"list", "-z"}));
  EXPECT_EQ(parsed({"unlock", "--idle", "0x5"})->args.number("idle", 1, 120, 10).error().code, Errc::usage);
  EXPECT_EQ(parsed({"unlock", "--idle", "121"})->args.number("idle", 1, 120, 10).error().code, Errc::usage);
  EXPECT_EQ(*parsed({"unlock", "--idle", "120"})->args.number("idle", 1, 120, 10), 120);
}

TEST(Table, ArgumentsAreBounded) {
  EXPECT_TRUE(parsed({"read", std::string(kMaxArgument, 'E')}));
  EXPECT_FALSE(parsed({"read", std::string(kMaxArgument + 1, 'E')}));
  EXPECT_FALSE(parsed(std::vector<std::string>(kMaxArguments + 1, "list")));
  EXPECT_FALSE(parsed({"list", ""}));
}

TEST(Table, EveryCommandIsWhole) {
  std::set<std::string_view> names;
  for (const Command* command : all_commands()) {
    SCOPED_TRACE(command->name);
    EXPECT_TRUE(names.insert(command->name).second);
    EXPECT_NE(command->run, nullptr);
    EXPECT_FALSE(command->summary.empty());
    EXPECT_LE(command->least, command->most);
    EXPECT_EQ(command->most == 0, command->words.empty());
    EXPECT_EQ(command->summary.find('!'), std::string_view::npos);
    if (command->section != Section::behind) {
      EXPECT_FALSE(command->examples.empty());
    }
    EXPECT_THAT(help_of(*command), HasSubstr("kith " + std::string(command->name)));
    std::set<std::string_view> options;
    std::set<char> letters;
    for (const auto group : {command->options, global_options()}) {
      for (const Option& option : group) {
        EXPECT_TRUE(options.insert(option.name).second) << option.name;
        if (option.letter != 0) {
          EXPECT_TRUE(letters.insert(option.letter).second) << option.letter;
        }
      }
    }
  }
}

TEST(Table, HelpAndCompletionKnowEveryCommandForPeople) {
  const std::string page = help_page(all_commands());
  const std::string script = *completion_script(all_commands(), "bash");
  for (const Command* command : all_commands()) {
    if (command->section == Section::behind) continue;
    EXPECT_THAT(page, HasSubstr("  " + std::string(command->name) + " "));
    EXPECT_THAT(script, HasSubstr(std::string(command->name.substr(0, command->name.find(' ')))));
  }
  EXPECT_FALSE(completion_script(all_commands(), "perl"));
}

TEST(Errors, EveryCodeHasItsExitAndAdvice) {
  EXPECT_EQ(exit_of(Errc::wrong_passphrase), Exit::locked);
  EXPECT_EQ(exit_of(Errc::damaged), Exit::safety);
  EXPECT_EQ(exit_of(Errc::not_set_up), Exit::not_set_up);
  EXPECT_EQ(exit_of(Errc::cancelled), Exit::you_said_no);
  const auto words = words_of(Error{Errc::locked, "your journal is locked"}, "Nothing was shared.");
  EXPECT_EQ(words.what, "Your journal is locked.");
  EXPECT_EQ(words.means, "Nothing was shared.");
  EXPECT_EQ(words.next, "Open the journal with kith unlock.");
}

}  // namespace
}  // namespace kith::cli
