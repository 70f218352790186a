// Words that were taken away are gone from every page of the decrypted file, whatever rows were moved
// meanwhile.
#include <random>

#include "core/journal/drafts.h"
#include "tests/db/pages.h"
#include "tests/journal/fixture.h"

namespace kith::journal {
namespace {

using test::at;
using test::kStart;
using test::ok;

class PurgeTest : public test::JournalTest, public testing::WithParamInterface<unsigned> {};

std::string rare(int i) { return "zyx" + std::to_string(i) + "qvw"; }
std::string filler(std::mt19937& random, std::size_t words) {
  std::string text;
  for (std::size_t i = 0; i < words; ++i) text += " word" + std::to_string(random() % 500);
  return text;
}

TEST_P(PurgeTest, LeavesNoWordBehind) {
  std::mt19937 random(GetParam());
  auto transaction = db::Transaction::begin(db_);  // for speed only
  ASSERT_TRUE(ok(transaction));
  std::vector<EntryNumber> entries;
  for (int i = 0; i < 240; ++i)
    entries.push_back(add(rare(i) + " #" + rare(i) + filler(random, random() % 400) + " " + rare(i),
                          static_cast<std::int64_t>(random() % 100000)));
  ASSERT_TRUE(ok(transaction->commit()));
  auto second = db::Transaction::begin(db_);
  std::vector<int> gone;
  for (int i = 0; i < 240; ++i) {
    const auto number = entries[static_cast<std::size_t>(i)];
    if (random() % 3 == 0) {
      gone.push_back(i);
      ASSERT_TRUE(ok(journal_.remove(number, at(kStart))));
    } else if (random() % 3 == 0) {
      gone.push_back(i);
      ASSERT_TRUE(
          ok(journal_.edit(number, {.text = "changed" + filler(random, random() % 600)}, at(kStart))));
    }
  }
  for (int i = 0; i < 100; ++i)
    add("more" + filler(random, random() % 400), static_cast<std::int64_t>(random() % 100000));
  ASSERT_TRUE(ok(second->commit()));
  ASSERT_GT(*journal_.purge(at(kStart + 1)), 0);
  const auto pages = test::pages_of(db_);
  for (const int i : gone) EXPECT_EQ(pages.find(rare(i)), std::string::npos) << rare(i);
  int still = 0;
  for (int i = 0; i < 240; ++i) still += pages.find(rare(i)) != std::string::npos;
  EXPECT_EQ(still, 240 - static_cast<int>(gone.size()));
  EXPECT_TRUE(ok(journal_.check_index()));
  EXPECT_TRUE(ok(db_.check_integrity()));
}
INSTANTIATE_TEST_SUITE_P(Seeds, PurgeTest, testing::Range(1u, 5u));

}  // namespace
}  // namespace kith::journal
