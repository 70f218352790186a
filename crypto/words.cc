#include "crypto/words.h"

#include <algorithm>
#include <cctype>

#include "crypto/argon2.h"

namespace kith::crypto {
namespace {

constexpr std::array<std::string_view, 2048> kWords = {
#include "crypto/word_list.inc"
};
static_assert(std::ranges::is_sorted(kWords) && !kWords.back().empty());

constexpr std::size_t kBitsPerWord = 11;
constexpr std::size_t kSeedWords = 24;
constexpr std::size_t kPhraseWords = 6;
constexpr std::size_t kSasWords = 4;
constexpr std::size_t kEnoughLetters = 4;
constexpr Argon2Cost kPhraseCost = {.memory_kib = 256 * 1024, .passes = 3};  // libsodium's MODERATE

bool bit_at(ByteView bytes, std::size_t index) { return (bytes[index / 8] >> (7 - index % 8) & 1) != 0; }

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

std::uint8_t checksum(ByteView seed) { return H("kith1.word-sum", {seed}).view()[0]; }

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

// The word that begins with `lower`, if it is the whole word or at least four letters; kWords.end() if none.
auto word_beginning(std::string_view lower) {
  const auto found = std::ranges::lower_bound(kWords, lower);
  const bool fits = found != kWords.end() && found->starts_with(lower) &&
                    (found->size() == lower.size() || lower.size() >= kEnoughLetters);
  return fits ? found : kWords.end();
}

// One letter changed, missing, too many, or two neighbours swapped.
bool one_slip_apart(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  std::size_t same = 0;
  while (same < a.size() && a[same] == b[same]) ++same;
  const auto rest_equal = [&](std::size_t skip_a, std::size_t skip_b) {
    return same + skip_a <= a.size() && same + skip_b <= b.size() &&
           a.substr(same + skip_a) == b.substr(same + skip_b);
  };
  if (a.size() != b.size()) return rest_equal(0, 1);
  const bool swapped = same + 1 < a.size() && a[same] == b[same + 1] && a[same + 1] == b[same];
  return rest_equal(1, 1) || (swapped && rest_equal(2, 2));
}

}  // namespace

std::span<const std::string_view, 2048> word_list() { return kWords; }

std::vector<std::string_view> words_of(ByteView bits, std::size_t count) {
  KITH_ASSERT(bits.size() * 8 >= count * kBitsPerWord);
  std::vector<std::string_view> words;
  words.reserve(count);
  for (std::size_t word = 0; word < count; ++word) {
    std::size_t value = 0;
    for (std::size_t bit = 0; bit < kBitsPerWord; ++bit) {
      value = value * 2 + (bit_at(bits, word * kBitsPerWord + bit) ? 1 : 0);
    }
    words.push_back(kWords[value]);
  }
  return words;
}

std::vector<std::string_view> words_of_seed(ByteView seed32) {
  KITH_ASSERT(seed32.size() == 32);
  SecretBytes bits(33);
  std::ranges::copy(seed32, bits.reveal().begin());
  bits.reveal()[32] = checksum(seed32);
  return words_of(std::as_const(bits).reveal(), kSeedWords);
}

Result<SecretBytes> seed_of_words(std::string_view text) {
  SecretBytes bits(33);
  std::size_t count = 0;
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  for (auto at = text.begin(); at != text.end();) {
    at = std::find_if_not(at, text.end(), is_space);
    const auto end = std::find_if(at, text.end(), is_space);
    if (at == end) break;
    if (count == kSeedWords) return fail(Errc::malformed, "there are more than 24 words");
    const auto word = word_beginning(lower_case({at, end}));
    if (word == kWords.end()) return fail(Errc::malformed, "a word is not on the list");
    const auto value = static_cast<std::size_t>(word - kWords.begin());
    for (std::size_t bit = 0; bit < kBitsPerWord; ++bit) {
      const std::size_t index = count * kBitsPerWord + bit;
      if ((value >> (kBitsPerWord - 1 - bit) & 1) != 0) {
        bits.reveal()[index / 8] |= static_cast<std::uint8_t>(0x80U >> (index % 8));
      }
    }
    ++count;
    at = end;
  }
  if (count != kSeedWords) return fail(Errc::malformed, "there are fewer than 24 words");
  SecretBytes seed(32);
  std::copy_n(bits.reveal().begin(), 32, seed.reveal().begin());
  if (checksum(seed.reveal()) != bits.reveal()[32]) {
    return fail(Errc::malformed, "the words do not belong together: one is wrong or two are swapped");
  }
  return seed;
}

std::string generated_passphrase(Random& random) {
  SecretBytes bits(9);
  random.fill(bits.reveal());
  return joined(words_of(bits.reveal(), kPhraseWords));
}

std::string sas_words(const Digest& sas) { return joined(words_of(sas.view(), kSasWords)); }

Result<std::string> circle_phrase(const Digest& state, const GroupId& group) {
  KITH_TRY(const SymmetricKey slow, argon2id(state.view(), group.view().first<16>(), kPhraseCost));
  return joined(words_of(slow.reveal(), kPhraseWords));
}

std::string_view nearest_word(std::string_view typed) {
  const std::string lower = lower_case(typed);
  if (const auto word = word_beginning(lower); word != kWords.end()) return *word;
  if (lower.size() >= kEnoughLetters) {
    const auto word = word_beginning(std::string_view(lower).substr(0, kEnoughLetters));
    if (word != kWords.end()) return *word;
  }
  std::string_view nearest;
  for (const std::string_view word : kWords) {
    if (!one_slip_apart(lower, word)) continue;
    if (!nearest.empty()) return {};  // two are as near: better none than the wrong one
    nearest = word;
  }
  return nearest;
}

}  // namespace kith::crypto
