// Every vector of every .txt file in this folder is one test; its judge must say what the file expects.
#include <gtest/gtest.h>

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

class Vectors : public testing::TestWithParam<Vector> {};

TEST_P(Vectors, AreJudgedAsTheyExpect) {
  const Vector& vector = GetParam();
  const auto judge = judge_for(vector.kind);
  ASSERT_NE(judge, nullptr) << "no judge for " << vector.kind;
  EXPECT_EQ(judge(vector), vector.expect) << vector.file << ": " << vector.name;
}

INSTANTIATE_TEST_SUITE_P(All, Vectors, testing::ValuesIn(read_vectors(KITH_VECTORS)), test_name);

}  // namespace

void PrintTo(const Vector& vector, std::ostream* out) { *out << vector.name; }  // found by gtest

}  // namespace kith::test
