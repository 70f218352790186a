// The table of hostile cases names tests. Each of them must exist, or the table would say what nobody shows.
#include <gtest/gtest.h>

#include <set>

#include "tests/tidy/source_tree.h"

namespace kith::tidy {
namespace {

constexpr const char* kTable = "tests/hostile/README.md";

std::set<std::string> tests_in_the_tree() {
  static const Pattern kTest(R"(^(TEST|TEST_F|TEST_P|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\((\w+), *(\w+))");
  std::set<std::string> tests;
  for (const SourceFile& file : source_tree()) {
    if (!starts_with(file.path, "tests/") || !is_code(file)) continue;
    for (const Line& line : lines_of(file.text))
      if (const auto groups = kTest.groups_in(line.text); !groups.empty())
        tests.insert(groups[2] + "." + groups[3]);
  }
  return tests;
}

std::set<std::string> paths_in_the_tree() {
  std::set<std::string> paths;
  for (const SourceFile& file : source_tree()) paths.insert(file.path);
  return paths;
}

// What stands between backquotes in a row.
std::vector<std::string> quoted_in(std::string_view line) {
  std::vector<std::string> quoted;
  for (auto at = line.find('`'); at != std::string_view::npos; at = line.find('`', at + 1)) {
    const auto end = line.find('`', at + 1);
    if (end == std::string_view::npos) break;
    quoted.emplace_back(line.substr(at + 1, end - at - 1));
    at = end;
  }
  return quoted;
}

// Does a cell of the row begin with these words? A case that "opens" something is not an open one.
bool admits(std::string_view row, const std::string& words) {
  static const std::string kNoLetter = "([^a-z].*)?$";
  return Pattern("\\| " + words + kNoLetter).found_in(row);
}

// What is wrong with a row: it names what is not there, or nothing at all.
std::string fault_of(std::string_view row, const std::set<std::string>& tests,
                     const std::set<std::string>& paths) {
  const auto quoted = quoted_in(row);
  for (const auto& each : quoted)
    if (!(starts_with(each, "tests/") ? paths : tests).contains(each))
      return "there is no test or file " + each;
  const bool excused = admits(row, "open") || admits(row, "not built");
  return quoted.empty() && !excused ? "names no test and does not say \"open\" or \"not built\"" : "";
}

TEST(HostileTable, NamesTestsThatExist) {
  const auto tests = tests_in_the_tree();
  const auto paths = paths_in_the_tree();
  std::size_t rows = 0;
  std::vector<std::string> found;
  for (const SourceFile& file : source_tree()) {
    if (file.path != kTable) continue;
    for (const Line& line : lines_of(file.text)) {
      if (!starts_with(line.text, "| ") || starts_with(line.text, "| case") ||
          starts_with(line.text, "| ---"))
        continue;
      ++rows;
      if (const auto fault = fault_of(line.text, tests, paths); !fault.empty())
        found.push_back(finding(file, line.number, fault));
    }
  }
  EXPECT_TRUE(found.empty()) << joined(found);
  EXPECT_GE(rows, 70U) << "the table was not read";
}

TEST(HostileTable, ARowIsJudged) {
  const std::set<std::string> tests = {"A.B"}, paths = {"tests/a"};
  EXPECT_EQ(fault_of("| x | y | `A.B` `tests/a` |", tests, paths), "");
  EXPECT_EQ(fault_of("| x | y | `A.C` |", tests, paths), "there is no test or file A.C");
  EXPECT_EQ(fault_of("| x | y | `tests/b` |", tests, paths), "there is no test or file tests/b");
  EXPECT_NE(fault_of("| x | y | |", tests, paths), "");
  for (const char* row : {"| x | open | |", "| x | open: later | |", "| x | y | not built |"})
    EXPECT_EQ(fault_of(row, tests, paths), "") << row;
  for (const char* row :
       {"| x | opens nothing | |", "| x | an open folder | |", "| x not built | opened | |"})
    EXPECT_NE(fault_of(row, tests, paths), "") << row;
}

}  // namespace
}  // namespace kith::tidy
