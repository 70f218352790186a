// Every vector of every .txt file in this folder is judged, and each of our own is a test; its judge must say
// what the file expects.
#include <gtest/gtest.h>

#include <map>

#include "tests/vectors/vector.h"

namespace kith::test {
namespace {

std::string test_name(const testing::TestParamInfo<Vector>& info) {
  std::string name = info.param.file + '_';
  for (const char c : info.param.name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || name.back() != '_') name += plain ? c : '_';
  }
  return name;
}

bool published(const Vector& vector) { return vector.kind.starts_with("wycheproof_"); }

std::vector<Vector> ours() {
  auto all = read_vectors(KITH_VECTORS);
  std::erase_if(all, published);
  return all;
}

void judge(const Vector& vector) {
  const auto judge = judge_for(vector.kind);
  ASSERT_NE(judge, nullptr) << "no judge for " << vector.kind;
  EXPECT_EQ(judge(vector), vector.expect) << vector.file << ": " << vector.name;
}

class Vectors : public testing::TestWithParam<Vector> {};

TEST_P(Vectors, AreJudgedAsTheyExpect) { judge(GetParam()); }

INSTANTIATE_TEST_SUITE_P(All, Vectors, testing::ValuesIn(ours()), test_name);

// Hundreds of cases, and the start of a process takes longer than all of them: one test. The counts are
// asserted, since a case that got lost would be one that holds.
TEST(PublishedVectors, OfProjectWycheproofAreJudgedAsTheyExpect) {
  std::map<std::string, std::map<std::string, int>> cases;
  for (const Vector& vector : read_vectors(KITH_VECTORS)) {
    if (!published(vector)) continue;
    judge(vector);
    ++cases[vector.kind.substr(11)][vector.expect];
  }
  const std::map<std::string, std::map<std::string, int>> expected = {
      {"ed25519", {{"ok", 88}, {"unauthentic", 51}, {"malformed", 12}}},
      {"x25519", {{"ok ok", 93}, {"ok malformed", 13}, {"unauthentic malformed", 28}}},
      {"xchacha", {{"ok", 103}, {"unauthentic", 60}, {"malformed", 9}}}};
  EXPECT_EQ(cases, expected);
}

}  // namespace

void PrintTo(const Vector& vector, std::ostream* out) { *out << vector.name; }  // found by gtest

}  // namespace kith::test
