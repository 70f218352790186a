// House rules that a reader could forget and a search cannot. Each rule of the table has a sample that breaks
// it.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/tidy/source_tree.h"

namespace kith::tidy {
namespace {

constexpr const char* kItself = "tests/tidy/hygiene_test.cc";  // its samples break the rules
constexpr std::size_t kMaxLines = 600;

enum class View { code, code_and_literals, everything };

struct Rule {
  const char* name;
  const char* pattern;  // asked of one line
  View view;
  bool in_tests;                     // also under tests/
  std::vector<std::string> excused;  // starts of paths, or "*" and an end
  const char* broken_by;             // a line that the rule must find
};

void PrintTo(const Rule& rule, std::ostream* out) { *out << rule.name; }

// Words are split so that this file does not break its own rules.
const std::vector<Rule>& rules() {
  static const std::vector<Rule> kRules = {
      {"functions that overflow, run a shell, or race",
       R"(\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|system|popen|mktemp|tmpnam|tempnam|rand|srand|alloca)\s*\()",
       View::code,
       true,
       {},
       "  system (command);"},
      {"SQL is a literal, never put together",
       R"re("\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER|ATTACH)\b[^"]*"\s*\+)re",
       View::code_and_literals,
       true,
       {kItself, "tests/sharing/courier_property_test.cc"},
       "db.run(\"DELETE FROM entry WHERE id = \" + id);"},
      {"SQL is never formatted",
       R"re(format(_to)?\(.*"\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER|ATTACH)\b)re",
       View::code_and_literals,
       true,
       {kItself},
       "auto sql = fmt::format(\"SELECT {} FROM entry\", column);"},
      {"peers' text has no stream operator",
       R"(operator<<\s*\([^)]*PeerText)",
       View::code,
       true,
       {},
       "std::ostream& operator<<(std::ostream& out, const PeerText& text);"},
      {"rooms below the command line do not print",
       R"(\b(std::cout|std::cerr|std::clog|printf|fprintf|puts|perror)\b)",
       View::code,
       false,
       {"cli/", "core/base/result.cc",  // KITH_ASSERT says which one failed, without values
        "net/main.cc"},                 // one line of usage, for who starts the courier by hand
       "std::cerr << what;"},
      {"no branch exists only for tests",
       R"(#\s*if.*\b(KITH_)?(UNIT_)?TEST(S|ING)?\b)",
       View::code,
       false,
       {},
       "#ifdef KITH_TESTING"},
      {"errors are not thrown away",
       R"(\(void\)\s*[a-zA-Z0-9_:.>-]+\()",
       View::code,
       false,
       {},
       "  (void)store.append(event);"},
      {"nothing is left for later",
       "\\b(TO"
       "DO|FIX"
       "ME|XX"
       "X|HA"
       "CK)\\b",
       View::everything,
       true,
       {},
       "// TO"
       "DO: finish"},
      {"the tree stands alone",
       "\\.\\./sha"
       "red|/wo"
       "rk/|design docu"
       "ment|issue ?#[0-9]",
       View::everything,
       true,
       {},
       "see ../sha"
       "red/notes"},
      {"no line ends in blanks",
       "[[:blank:]]+$",
       View::everything,
       true,
       {"*.md", "*.patch", "tests/vectors/"},
       "int a; "},
  };
  return kRules;
}

bool is_excused(const Rule& rule, const std::string& path) {
  return std::any_of(rule.excused.begin(), rule.excused.end(), [&](const std::string& each) {
    return each.front() == '*' ? ends_with(path, each.substr(1)) : starts_with(path, each);
  });
}

bool rule_covers(const Rule& rule, const SourceFile& file) {
  if (is_excused(rule, file.path) || (!rule.in_tests && starts_with(file.path, "tests/"))) return false;
  return rule.view == View::everything || is_code(file);
}

std::vector<std::string> broken(const Rule& rule, const SourceFile& file, std::string_view text) {
  const Pattern pattern(rule.pattern);
  std::vector<std::string> found;
  if (!pattern.found_in(text)) return found;
  for (const Line& line : lines_of(text)) {
    if (pattern.found_in(line.text)) found.push_back(finding(file, line.number, std::string(line.text)));
  }
  return found;
}

class HouseRule : public testing::TestWithParam<Rule> {};

TEST_P(HouseRule, HoldsInEveryFile) {
  const Rule& rule = GetParam();
  std::vector<std::string> found;
  for (const SourceFile& file : source_tree()) {
    if (!rule_covers(rule, file)) continue;
    const std::string text = rule.view == View::code                ? code_only(file.text)
                             : rule.view == View::code_and_literals ? without_comments(file.text)
                                                                    : file.text;
    for (auto& each : broken(rule, file, text)) found.push_back(std::move(each));
  }
  EXPECT_TRUE(found.empty()) << rule.name << "\n" << joined(found);
}

TEST_P(HouseRule, FindsItsSample) {
  const SourceFile sample{"sample.cc", ""};
  EXPECT_FALSE(broken(GetParam(), sample, GetParam().broken_by).empty()) << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(Table, HouseRule, testing::ValuesIn(rules()));

// A handler for everything must say what it did with what it caught: count it, log it, or make it an error.
std::vector<std::string> silent_handlers(const SourceFile& file) {
  static const Pattern kHandler(R"(catch\s*\(\s*\.\.\.\s*\))");
  static const Pattern kAnswer(R"(log::event|fail\(|throw;|count|abort|terminate|_exit|return [a-z])");
  std::vector<std::string> found;
  const std::string code = code_only(file.text);
  const std::vector<Line> lines = lines_of(code);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!kHandler.found_in(lines[i].text)) continue;
    std::string handler;
    for (std::size_t j = i; j < std::min(i + 5, lines.size()); ++j)
      handler += std::string(lines[j].text) + "\n";
    if (!kAnswer.found_in(handler))
      found.push_back(finding(file, lines[i].number, "swallows what it catches"));
  }
  return found;
}

TEST(Hygiene, NoHandlerSwallows) {
  std::vector<std::string> found;
  for (const SourceFile& file : source_tree()) {
    if (!is_code(file)) continue;
    for (auto& each : silent_handlers(file)) found.push_back(std::move(each));
  }
  EXPECT_TRUE(found.empty()) << joined(found);
  EXPECT_FALSE(silent_handlers({"a.cc", "try { f(); } catch (...) {\n}\n"}).empty());
  EXPECT_TRUE(silent_handlers({"a.cc", "try { f(); } catch (...) {\n  return fail(e, \"x\");\n}\n"}).empty());
}

// ZeroMQ takes transports that must never be named by a peer; so addresses are handed to it in one place.
bool opens_sockets(const SourceFile& file) {
  static const Pattern kOpens(R"(zmq_bind|zmq_connect|socket\w*(\.|->)(bind|connect)\s*\()");
  return kOpens.found_in(code_only(file.text));
}

TEST(Hygiene, OneFileGivesAddressesToZeroMq) {
  std::vector<std::string> found;
  for (const SourceFile& file : source_tree()) {
    if (is_code(file) && !starts_with(file.path, "tests/") && opens_sockets(file)) found.push_back(file.path);
  }
  EXPECT_LE(found.size(), 1U) << joined(found);
  for (const auto& path : found) EXPECT_TRUE(starts_with(path, "net/")) << path;
  EXPECT_TRUE(opens_sockets({"net/a.cc", "socket_.bind(address);"}));
  EXPECT_TRUE(opens_sockets({"net/a.cc", "zmq_connect(socket, address);"}));
}

TEST(Hygiene, FilesStayShort) {
  for (const SourceFile& file : source_tree()) {
    if (!is_code(file)) continue;
    EXPECT_LE(lines_of(file.text).size(), kMaxLines) << file.path;
  }
}

TEST(Hygiene, TextFilesEndWithALineBreak) {
  for (const SourceFile& file : source_tree()) {
    if (!is_code(file) && !is_script(file) && !ends_with(file.path, ".md")) continue;
    EXPECT_TRUE(ends_with(file.text, "\n")) << file.path;
  }
}

TEST(Hygiene, EveryRoomHasAPage) {
  std::set<std::string> rooms = {"", "tests", "proto", "core"};
  std::set<std::string> paths;
  for (const SourceFile& file : source_tree()) {
    paths.insert(file.path);
    if (is_code(file) && !starts_with(file.path, "tests/")) rooms.insert(folder_of(file.path));
  }
  for (const std::string& room : rooms) {
    const std::string page = room.empty() ? "README.md" : room + "/README.md";
    EXPECT_TRUE(paths.contains(page)) << "missing: " << page;
  }
}

TEST(Hygiene, HeadersGuardThemselves) {
  for (const SourceFile& file : source_tree()) {
    if (!ends_with(file.path, ".h")) continue;
    EXPECT_NE(file.text.find("#pragma once\n"), std::string::npos) << file.path;
  }
}

}  // namespace
}  // namespace kith::tidy
