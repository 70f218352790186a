// The texts of tests/data as the program carries them.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "cli/demo/texts.h"

namespace kith::cli {
namespace {

TEST(DemoTexts, ThreePeopleWroteForFourWeeks) {
  std::size_t entries = 0;
  for (const char* person : {"mina", "tomas", "ruth"}) {
    const auto diary = demo_texts(person);
    EXPECT_GE(diary.size(), 10U) << person;
    const std::string first = std::string(person) + "/2026-03-0";
    EXPECT_TRUE(diary.front().name.starts_with(first)) << diary.front().name;
    entries += diary.size();
  }
  EXPECT_GE(entries, 60U);
}

TEST(DemoTexts, FoldersShareNoTextAndLeaveNoneOut) {
  std::set<std::string_view> seen;
  for (const char* folder : {"demo", "demo/agreement", "mina", "ruth", "tomas"}) {
    for (const auto& text : demo_texts(folder)) {
      EXPECT_TRUE(seen.insert(text.name).second) << text.name;
      EXPECT_GT(text.text.size(), 1U) << text.name;
      EXPECT_TRUE(text.text.ends_with('\n')) << text.name;
    }
  }
  EXPECT_EQ(seen.size(), demo_texts().size());
  EXPECT_TRUE(demo_texts("min").empty());
}

TEST(DemoTexts, ATextComesWithoutItsLastLineBreak) {
  EXPECT_EQ(demo_text("demo/group-name.txt"), "Thursday evenings");
  EXPECT_EQ(demo_text("ruth/2026-03-27-morning.md"), "Slept nine hours.");
}

}  // namespace
}  // namespace kith::cli
