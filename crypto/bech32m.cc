#include "crypto/bech32m.h"

namespace kith::crypto {
namespace {

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kChecksumSize = 6;
constexpr std::uint32_t kBech32m = 0x2bc830a3;  // what the remainder of a correct text is

// The remainder of the text, read as a polynomial over 32 elements, by the generator of BIP 173.
std::uint32_t remainder(ByteView values) {
  static constexpr std::array<std::uint32_t, 5> kGenerator = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                                              0x2a1462b3};
  std::uint32_t rest = 1;
  for (const std::uint8_t value : values) {
    const std::uint32_t top = rest >> 25;
    rest = ((rest & 0x1ffffff) << 5) ^ value;
    for (std::size_t bit = 0; bit < kGenerator.size(); ++bit) {
      if ((top >> bit & 1) != 0) rest ^= kGenerator[bit];
    }
  }
  return rest;
}

Bytes expanded(std::string_view prefix) {
  Bytes values;
  for (const std::uint8_t c : as_bytes(prefix)) values.push_back(c >> 5);
  values.push_back(0);
  for (const std::uint8_t c : as_bytes(prefix)) values.push_back(c & 31);
  return values;
}

// Lower case, printable, not mixed.
Result<std::string> one_case(std::string_view text) {
  std::string lower;
  bool has_lower = false;
  bool has_upper = false;
  for (const char c : text) {
    if (c < 33 || c > 126) return fail(Errc::malformed, "a code has characters that no code has");
    has_lower |= c >= 'a' && c <= 'z';
    has_upper |= c >= 'A' && c <= 'Z';
    lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  if (has_lower && has_upper) return fail(Errc::malformed, "a code mixes upper and lower case");
  return lower;
}

}  // namespace

std::string bech32m_encode(const Bech32m& parts) {
  Bytes values = expanded(parts.prefix);
  append(values, parts.values);
  values.resize(values.size() + kChecksumSize);
  const std::uint32_t checksum = remainder(values) ^ kBech32m;

  std::string text = parts.prefix + '1';
  for (const std::uint8_t value : parts.values) text.push_back(kAlphabet[value & 31]);
  for (std::size_t i = 0; i < kChecksumSize; ++i) {
    text.push_back(kAlphabet[checksum >> (5 * (kChecksumSize - 1 - i)) & 31]);
  }
  return text;
}

Result<Bech32m> bech32m_decode(std::string_view text, std::size_t most) {
  if (text.size() > most) return fail(Errc::malformed, "a code is too long");
  KITH_TRY(const std::string lower, one_case(text));
  const auto separator = lower.rfind('1');
  if (separator == std::string::npos || separator == 0 || lower.size() - separator - 1 < kChecksumSize) {
    return fail(Errc::malformed, "a code is not complete");
  }
  Bech32m parts{.prefix = lower.substr(0, separator), .values = {}};
  for (const char c : std::string_view(lower).substr(separator + 1)) {
    const auto value = kAlphabet.find(c);
    if (value == std::string_view::npos) return fail(Errc::malformed, "a code has letters that no code has");
    parts.values.push_back(static_cast<std::uint8_t>(value));
  }
  Bytes all = expanded(parts.prefix);
  append(all, parts.values);
  if (remainder(all) != kBech32m) return fail(Errc::malformed, "a code has a slip in it");
  parts.values.resize(parts.values.size() - kChecksumSize);
  return parts;
}

}  // namespace kith::crypto
