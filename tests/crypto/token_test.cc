#include "crypto/token.h"

#include <gtest/gtest.h>

#include "crypto/bech32m.h"
#include "tests/support/seeded_random.h"

namespace kith::crypto {
namespace {

using test::SeededRandom;

TEST(Bech32m, PublishedValidTexts) {  // BIP 350
  const std::string many = "11" + std::string(83, 'l') + "udsr8";
  for (const std::string_view text :
       {std::string_view("A1LQFN3A"), std::string_view("a1lqfn3a"),
        std::string_view(
            "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6"),
        std::string_view("abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx"), std::string_view(many),
        std::string_view("split1checkupstagehandshakeupstreamerranterredcaperredlc445v"),
        std::string_view("?1v759aa")}) {
    const auto parts = bech32m_decode(text, 90);
    ASSERT_TRUE(parts) << text;
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
    EXPECT_EQ(bech32m_encode(*parts), lower);
  }
}

TEST(Bech32m, PublishedInvalidTexts) {  // BIP 350, and one with the checksum of BIP 173
  for (const std::string_view text :
       {"\x20"
        "1xj0phk",
        "\x7f"
        "1g6xzxy",
        "\x80"
        "1vctc34",
        "an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4",
        "qyrz8wqd2c9m", "1qyrz8wqd2c9m", "y1b0jsk6g", "lt1igcx5c0", "in1muywd", "mm1crxm3i", "au1s5cgom",
        "M1VUXWEZ", "16plkw9", "1p2gdwpf", "a1LQFN3A", "A12UEL5L", ""}) {
    EXPECT_FALSE(bech32m_decode(text, 90)) << text;
  }
}

TEST(Token, ComesBackHoweverItIsTyped) {
  SeededRandom random(1);
  for (std::size_t size = 0; size <= 300; ++size) {
    Bytes bytes(size);
    random.fill(bytes);
    const std::string code = token_encode(bytes);
    std::string other = "  ";
    for (const char c : code) other += c == '-' ? ' ' : static_cast<char>(std::toupper(c));
    std::string bare = code;
    std::erase(bare, '-');
    for (const std::string& typed : {code, other, bare, code + "\n"}) {
      const auto back = token_decode(typed);
      ASSERT_TRUE(back) << typed;
      EXPECT_EQ(*back, bytes);
    }
  }
}

TEST(Token, AnySlipOfOneOrTwoLettersIsNoticed) {
  SeededRandom random(2);
  Bytes bytes(97);  // about what an invitation needs
  random.fill(bytes);
  std::string code = token_encode(bytes);
  std::erase(code, '-');
  for (std::size_t i = 5; i < code.size(); ++i) {
    for (const char c : std::string_view("qpzry9x8gf2tvdw0s3jn54khce6mua7l1bio")) {
      if (c == code[i]) continue;
      std::string slip = code;
      slip[i] = c;
      EXPECT_FALSE(token_decode(slip)) << slip;
    }
    std::string missing = code;
    missing.erase(i, 1);
    EXPECT_FALSE(token_decode(missing)) << missing;
    if (i + 1 < code.size() && code[i] != code[i + 1]) {
      std::string swapped = code;
      std::swap(swapped[i], swapped[i + 1]);
      EXPECT_FALSE(token_decode(swapped)) << swapped;
    }
  }
}

TEST(Token, OtherPrefixesAndEndingsAreRefused) {
  EXPECT_FALSE(token_decode(bech32m_encode({.prefix = "kin", .values = {0, 0}})));
  EXPECT_TRUE(token_decode(bech32m_encode({.prefix = "kith", .values = {0, 0}})));
  EXPECT_FALSE(token_decode(bech32m_encode({.prefix = "kith", .values = {0, 1}})));  // bits that fill up
  EXPECT_FALSE(token_decode(bech32m_encode({.prefix = "kith", .values = {0}})));     // five of them
  EXPECT_FALSE(token_decode(bech32m_encode({.prefix = "kith", .values = {0, 0, 0}})));
  EXPECT_FALSE(token_decode(std::string(100'000, 'q')));
}

TEST(Token, HoldsSixHundredBytesAndNoMore) {
  const Bytes most(600, 0xff);
  EXPECT_EQ(*token_decode(token_encode(most)), most);
  EXPECT_FALSE(token_decode(bech32m_encode({.prefix = "kith", .values = Bytes(992, 0)})));
}

}  // namespace
}  // namespace kith::crypto
