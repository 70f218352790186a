#include "tests/simulation/leaks.h"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace kith::simulation {
namespace {

std::string hex(std::string_view text, const char* digits) {
  std::string out;
  for (const char c : text) {
    out += digits[static_cast<std::uint8_t>(c) >> 4];
    out += digits[static_cast<std::uint8_t>(c) & 15];
  }
  return out;
}

std::string utf16(std::string_view text, bool big) {
  std::string out;
  for (const char c : text) {
    if (big) out += '\0';
    out += c;
    if (!big) out += '\0';
  }
  return out;
}

// The characters of base64 that depend on `text` alone, `skip` bytes into a group of three.
std::string base64(std::string_view text, std::size_t skip) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0, held = 0;
  text.remove_prefix((3 - skip) % 3);
  for (const char c : text) {
    bits = bits << 8 | static_cast<std::uint8_t>(c);
    held += 8;
    while (held >= 6) out += digits[bits >> (held -= 6) & 63];
  }
  return out;
}

struct Pattern {
  std::string_view marker;
  std::string bytes;
};
std::vector<Pattern> patterns() {
  std::vector<Pattern> all;
  for (const auto marker : {kPrivateMarker, kSharedMarker}) {
    all.push_back({marker, std::string(marker)});
    all.push_back({marker, hex(marker, "0123456789abcdef")});
    all.push_back({marker, hex(marker, "0123456789ABCDEF")});
    all.push_back({marker, utf16(marker, false)});
    all.push_back({marker, utf16(marker, true)});
    for (std::size_t skip = 0; skip < 3; ++skip) all.push_back({marker, base64(marker, skip)});
  }
  return all;
}

}  // namespace

std::optional<std::string_view> leaked(ByteView bytes) {
  static const std::vector<Pattern> all = patterns();
  const std::string_view text = as_text(bytes);
  for (const auto& pattern : all)
    if (text.find(pattern.bytes) != std::string_view::npos) return pattern.marker;
  return std::nullopt;
}

}  // namespace kith::simulation
