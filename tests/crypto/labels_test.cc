// One label for one use: every label in the sources stands once in the table of crypto/README.md.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace kith {
namespace {

const std::filesystem::path kRoot = KITH_ROOT;

std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Every label in `text` that stands right between `before` and `after`.
std::vector<std::string> found(const std::string& text, const std::string& before, const std::string& after) {
  std::vector<std::string> all;
  for (auto at = text.find(before + "kith1."); at != std::string::npos;
       at = text.find(before + "kith1.", at + 1)) {
    const auto begin = at + before.size();
    const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-", begin);
    if (end != std::string::npos && text.compare(end, after.size(), after) == 0) {
      all.push_back(text.substr(begin, end - begin));
    }
  }
  return all;
}

std::map<std::string, std::string> labels_in_the_sources() {  // and one file that uses it
  std::map<std::string, std::string> labels;
  for (const char* folder : {"core", "crypto", "net", "cli"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / folder)) {
      if (entry.path().extension() != ".cc") continue;
      for (const auto& label : found(read(entry.path()), "\"", "\"")) {
        labels.emplace(label, entry.path().string());
      }
    }
  }
  return labels;
}

TEST(Labels, StandOnceInTheTable) {
  const auto listed = found(read(kRoot / "crypto/README.md"), "\n| `", "` |");
  const std::set<std::string> table(listed.begin(), listed.end());
  EXPECT_EQ(table.size(), listed.size()) << "a label stands twice";
  const auto used = labels_in_the_sources();
  EXPECT_GE(used.size(), 15U) << "the search finds the labels";
  for (const auto& [label, file] : used) {
    EXPECT_TRUE(table.contains(label)) << label << " (" << file << ") is missing in crypto/README.md";
  }
  for (const auto& label : table) EXPECT_LE(label.size(), 16U) << label;
}

}  // namespace
}  // namespace kith
