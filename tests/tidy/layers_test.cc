// The arrows of core/README.md, held: reads every #include and asks the table.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>

#include "tests/tidy/source_tree.h"

namespace kith::tidy {
namespace {

using Layer = std::string;

const std::map<Layer, std::set<Layer>> kMayInclude = {
    {"core/base", {}},
    {"crypto", {"core/base"}},
    {"core/db", {"crypto", "core/base"}},
    {"core/mail", {"core/db", "crypto", "core/base", "proto"}},
    {"core/group", {"core/mail", "core/db", "crypto", "core/base", "proto"}},
    {"core/keyring", {"core/db", "crypto", "core/base", "proto"}},
    {"core/journal", {"core/keyring", "core/db", "crypto", "core/base", "proto"}},
    {"core/sharing",
     {"core/journal", "core/keyring", "core/group", "core/mail", "core/db", "crypto", "core/base", "proto"}},
    {"net", {"core/group", "core/mail", "core/db", "crypto", "core/base", "proto"}},
    {"cli",
     {"core/sharing", "core/journal", "core/keyring", "core/group", "core/mail", "core/db", "crypto",
      "core/base", "proto"}},
};

// Who may see a library. A library that is not named here may be used anywhere but in core/base.
const std::map<std::string, std::set<Layer>> kLibraries = {
    {"zmq.h", {"net"}},
    {"zmq.hpp", {"net"}},
    {"seccomp.h", {"net"}},
    {"sqlite3.h", {"core/db"}},
    {"sodium.h", {"crypto", "core/db"}},  // core/db wipes the key it hands to SQLCipher
    {"utf8proc.h", {"core/base", "core/journal", "cli"}},
    {"tl/expected.hpp", {"core/base"}},
    {"CLI/CLI.hpp", {"cli"}},
    {"nlohmann/json.hpp", {"cli"}},
    {"qrcodegen.hpp", {"cli"}},
    {"microhttpd.h", {"cli"}},
};

// It names the versions of the libraries in use, and does nothing else with them.
const std::set<std::pair<std::string, std::string>> kExcused = {
    {"cli/use/health.cc", "sqlite3.h"},
    {"cli/use/health.cc", "sodium.h"},
};

struct Include {
  std::string target;
  bool quoted;
  std::size_t line;
};

std::vector<Include> includes_of(const SourceFile& file) {
  static const Pattern kInclude(R"(^\s*#\s*include\s*(["<])([^">]+)[">])");
  std::vector<Include> found;
  for (const Line& line : lines_of(file.text)) {
    const auto groups = kInclude.groups_in(line.text);
    if (!groups.empty()) found.push_back({groups[2], groups[1] == "\"", line.number});
  }
  return found;
}

std::optional<Layer> layer_of(const std::string& path) {
  for (const auto& [layer, allowed] : kMayInclude) {
    if (starts_with(path, layer + "/")) return layer;
  }
  if (starts_with(path, "proto/") || starts_with(path, "google/protobuf/")) return "proto";
  return std::nullopt;
}

bool is_standard(const std::string& header) {
  return header.find('.') == std::string::npos && header.find('/') == std::string::npos;
}

std::optional<std::string> wrong_own(const SourceFile& file, const Layer& layer, const Include& include) {
  const bool generated =
      ends_with(include.target, ".pb.h") || starts_with(include.target, "google/protobuf/");
  if (generated && ends_with(file.path, ".h")) return "a header shows generated code";
  const auto target = layer_of(include.target);
  if (!target) return "not a path from the repository root: " + include.target;
  if (*target == layer || kMayInclude.at(layer).contains(*target)) return std::nullopt;
  return layer + " may not include " + include.target;
}

std::optional<std::string> wrong_library(const SourceFile& file, const Layer& layer, const Include& include) {
  const auto rule = kLibraries.find(include.target);
  if (rule != kLibraries.end()) {
    if (rule->second.contains(layer) || kExcused.contains({file.path, include.target})) return std::nullopt;
    return layer + " may not see <" + include.target + ">";
  }
  if (layer != "core/base" || is_standard(include.target)) return std::nullopt;
  if (ends_with(file.path, ".cc")) return std::nullopt;  // core/base's own .cc files may ask the system
  return "a header of core/base includes only the standard library: <" + include.target + ">";
}

std::vector<std::string> wrong_includes(const SourceFile& file) {
  std::vector<std::string> found;
  const auto layer = layer_of(file.path);
  if (!layer || !is_code(file)) return found;
  for (const Include& include : includes_of(file)) {
    const auto wrong =
        include.quoted ? wrong_own(file, *layer, include) : wrong_library(file, *layer, include);
    if (wrong) found.push_back(finding(file, include.line, *wrong));
  }
  return found;
}

TEST(Layers, EveryIncludeFollowsTheArrows) {
  std::vector<std::string> found;
  for (const SourceFile& file : source_tree()) {
    for (auto& wrong : wrong_includes(file)) found.push_back(std::move(wrong));
  }
  EXPECT_TRUE(found.empty()) << joined(found);
}

TEST(Layers, EveryFolderOfCodeHasItsArrows) {
  for (const SourceFile& file : source_tree()) {
    if (!is_code(file) || starts_with(file.path, "tests/")) continue;
    EXPECT_TRUE(layer_of(file.path)) << file.path << " is in no layer";
  }
}

TEST(Layers, ArrowsRunOneWay) {
  for (const auto& [layer, allowed] : kMayInclude) {
    for (const Layer& target : allowed) {
      const auto back = kMayInclude.find(target);
      EXPECT_FALSE(back != kMayInclude.end() && back->second.contains(layer)) << layer << " and " << target;
    }
  }
}

struct Sample {
  const char* path;
  const char* include;
  bool fits;
};

class LayerSample : public testing::TestWithParam<Sample> {};

TEST_P(LayerSample, IsJudged) {
  const Sample& sample = GetParam();
  const SourceFile file{sample.path, std::string("#include ") + sample.include + "\n"};
  EXPECT_EQ(wrong_includes(file).empty(), sample.fits) << sample.path << " " << sample.include;
}

INSTANTIATE_TEST_SUITE_P(Table, LayerSample,
                         testing::Values(Sample{"core/base/a.h", "<vector>", true},
                                         Sample{"core/base/a.h", "\"crypto/hash.h\"", false},
                                         Sample{"core/base/a.h", "<fmt/format.h>", false},
                                         Sample{"core/base/a.cc", "<utf8proc.h>", true},
                                         Sample{"crypto/a.cc", "\"core/db/database.h\"", false},
                                         Sample{"crypto/a.cc", "<sodium.h>", true},
                                         Sample{"core/journal/a.cc", "\"core/mail/event.h\"", false},
                                         Sample{"core/group/a.h", "\"proto/control.pb.h\"", false},
                                         Sample{"core/group/a.cc", "\"proto/control.pb.h\"", true},
                                         Sample{"core/sharing/a.cc", "<sqlite3.h>", false},
                                         Sample{"core/sharing/a.cc", "\"core/journal/journal.h\"", true},
                                         Sample{"net/a.cc", "\"core/journal/journal.h\"", false},
                                         Sample{"net/a.cc", "\"core/sharing/gate.h\"", false},
                                         Sample{"net/a.cc", "<zmq.hpp>", true},
                                         Sample{"cli/a.cc", "<zmq.h>", false},
                                         Sample{"cli/a.cc", "\"net/pump.h\"", false},
                                         Sample{"cli/a.cc", "\"../core/base/bytes.h\"", false}));

}  // namespace
}  // namespace kith::tidy
