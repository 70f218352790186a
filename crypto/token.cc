#include "crypto/token.h"

#include "crypto/bech32m.h"

namespace kith::crypto {
namespace {

constexpr std::string_view kPrefix = "kith";
constexpr std::size_t kMostCharacters = 1000;  // without the dashes
constexpr std::size_t kMostTyped = 4 * kMostCharacters;
constexpr std::size_t kGroup = 4;

// Eight bits to five; the last value is filled up with zero bits.
Bytes to_fives(ByteView bytes) {
  Bytes fives;
  std::uint32_t bits = 0;
  int held = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8 | byte) & 0xfff;
    for (held += 8; held >= 5; held -= 5) fives.push_back(bits >> (held - 5) & 31);
  }
  if (held > 0) fives.push_back(bits << (5 - held) & 31);
  return fives;
}

// One form for each value: the bits that fill up are zero and fewer than five.
Result<Bytes> from_fives(ByteView fives) {
  Bytes bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const std::uint8_t five : fives) {
    bits = (bits << 5 | five) & 0xfff;
    held += 5;
    if (held < 8) continue;
    held -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> held));
  }
  if (held >= 5 || (bits & ((1U << held) - 1)) != 0) return fail(Errc::malformed, "a code does not end well");
  return bytes;
}

bool between_groups(char c) { return c == '-' || c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string token_encode(ByteView bytes) {
  const std::string plain = bech32m_encode({.prefix = std::string(kPrefix), .values = to_fives(bytes)});
  KITH_ASSERT(plain.size() <= kMostCharacters);
  const std::size_t head = kPrefix.size() + 1;
  std::string grouped = plain.substr(0, head);
  for (std::size_t at = head; at < plain.size(); at += kGroup) grouped += '-' + plain.substr(at, kGroup);
  return grouped;
}

Result<Bytes> token_decode(std::string_view typed) {
  if (typed.size() > kMostTyped) return fail(Errc::malformed, "a code is too long");
  std::string plain;
  for (const char c : typed) {
    if (!between_groups(c)) plain.push_back(lower(c));
  }
  KITH_TRY(const Bech32m parts, bech32m_decode(plain, kMostCharacters));
  if (parts.prefix != kPrefix) return fail(Errc::malformed, "this is not an invitation code");
  return from_fives(parts.values);
}

}  // namespace kith::crypto
