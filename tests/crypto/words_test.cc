#include "crypto/words.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "tests/support/seeded_random.h"

namespace kith::crypto {
namespace {

using test::SeededRandom;

std::string text_of(const std::vector<std::string_view>& words) {
  std::string text;
  for (const auto word : words) text += std::string(text.empty() ? "" : " ") + std::string(word);
  return text;
}

bool within_one_edit(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  const auto [at_a, at_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto skip = a.size() == b.size() && at_a != a.end() ? 1 : 0;
  if (at_b == b.end()) return true;
  return std::equal(at_a + skip, a.end(), at_b + 1, b.end());
}

TEST(WordList, IsSortedPlainAndUniqueByFourLetters) {
  std::set<std::string_view> beginnings;
  for (const auto word : word_list()) {
    EXPECT_TRUE(std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; })) << word;
    EXPECT_TRUE(beginnings.insert(word.substr(0, 4)).second) << word;
  }
  EXPECT_TRUE(std::ranges::is_sorted(word_list()));
}

TEST(WordList, AnyTwoWordsAreTwoEditsApart) {
  const auto words = word_list();
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (std::size_t j = i + 1; j < words.size(); ++j) {
      ASSERT_FALSE(within_one_edit(words[i], words[j])) << words[i] << ' ' << words[j];
    }
  }
}

TEST(Words, AreElevenBitsEachFromTheTop) {
  const Bytes bits = {0x00, 0x20, 0x07, 0xff, 0x80};  // 1, 1, 2047 (and seven bits more)
  EXPECT_EQ(words_of(bits, 3), (std::vector{word_list()[1], word_list()[1], word_list()[2047]}));
}

TEST(SeedWords, ComeBackHoweverTheyAreTyped) {
  SeededRandom random(1);
  for (int i = 0; i < 200; ++i) {
    std::array<std::uint8_t, 32> seed{};
    random.fill(seed);
    const auto words = words_of_seed(seed);
    ASSERT_EQ(words.size(), 24U);
    std::string shouted = "\n ";
    for (const auto word : words) {
      for (const char c : word.substr(0, 4)) shouted += static_cast<char>(std::toupper(c));
      shouted += "\t ";
    }
    for (const std::string& typed : {text_of(words), shouted}) {
      const auto back = seed_of_words(typed);
      ASSERT_TRUE(back) << typed;
      EXPECT_TRUE(equal(back->reveal(), seed));
    }
  }
}

TEST(SeedWords, SlipsAreNoticed) {
  SeededRandom random(2);
  std::array<std::uint8_t, 32> seed{};
  random.fill(seed);
  auto words = words_of_seed(seed);
  EXPECT_EQ(seed_of_words("").error().code, Errc::malformed);
  EXPECT_FALSE(seed_of_words(text_of({words.begin(), words.end() - 1})));
  EXPECT_FALSE(seed_of_words(text_of(words) + " " + std::string(words[0])));
  EXPECT_FALSE(seed_of_words(text_of(words) + "x"));
  int undetected = 0;
  for (const auto other : word_list()) {
    auto wrong = words;
    if (wrong[5] == other) continue;
    wrong[5] = other;
    undetected += seed_of_words(text_of(wrong)) ? 1 : 0;
  }
  EXPECT_LT(undetected, 30);  // one in 256 of 2047
}

TEST(SpokenWords, AreFourAndSix) {
  const auto count = [](const std::string& text) {
    std::istringstream in(text);
    return std::distance(std::istream_iterator<std::string>(in), {});
  };
  SeededRandom random(3);
  const auto state = random.draw<Digest>();
  const auto group = random.draw<GroupId>();
  EXPECT_EQ(count(sas_words(state)), 4);
  EXPECT_EQ(count(generated_passphrase(random)), 6);
  const auto phrase = circle_phrase(state, group);
  ASSERT_TRUE(phrase);
  EXPECT_EQ(count(*phrase), 6);
  EXPECT_NE(*phrase, *circle_phrase(state, random.draw<GroupId>()));
  EXPECT_NE(*phrase, *circle_phrase(random.draw<Digest>(), group));
}

TEST(NearestWord, ForgivesOneSlip) {
  for (const std::size_t index : {0U, 17U, 512U, 1023U, 2047U}) {
    const std::string word(word_list()[index]);
    EXPECT_EQ(nearest_word(word), word);
    EXPECT_EQ(nearest_word(word.substr(0, 4)), word);
    EXPECT_EQ(nearest_word(word.substr(0, 4) + "qqq"), word);
    const std::string doubled = word.substr(0, 2) + word[1] + word.substr(2);
    const auto near = nearest_word(doubled);
    EXPECT_TRUE(near == word || near.empty()) << doubled;
  }
  EXPECT_EQ(nearest_word(""), "");
  EXPECT_EQ(nearest_word("qqqqqqq"), "");
}

}  // namespace
}  // namespace kith::crypto
