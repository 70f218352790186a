#include "core/base/look.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <utility>

namespace kith {
namespace {

using Point = utf8proc_int32_t;

struct Alike {
  Point letter;
  char latin;
};
// Small letters: capitals have been folded. Where the small letter looks like one Latin letter and the
// capital like another, the capital decides, for a name begins with it.
constexpr auto kAlike = std::to_array<Alike>({
    {U'0', 'o'},      {U'1', 'i'},      {U'l', 'i'},      {U'\u0131', 'i'},                    // Latin
    {U'\u03b1', 'a'}, {U'\u03b2', 'b'}, {U'\u03b5', 'e'}, {U'\u03b6', 'z'}, {U'\u03b7', 'h'},  // Greek
    {U'\u03b9', 'i'}, {U'\u03ba', 'k'}, {U'\u03bc', 'm'}, {U'\u03bd', 'n'}, {U'\u03bf', 'o'},
    {U'\u03c1', 'p'}, {U'\u03c4', 't'}, {U'\u03c5', 'y'}, {U'\u03c7', 'x'}, {U'\u0430', 'a'},
    {U'\u0432', 'b'}, {U'\u0435', 'e'}, {U'\u043a', 'k'}, {U'\u043c', 'm'},  // Cyrillic
    {U'\u043d', 'h'}, {U'\u043e', 'o'}, {U'\u0440', 'p'}, {U'\u0441', 'c'}, {U'\u0442', 't'},
    {U'\u0443', 'y'}, {U'\u0445', 'x'}, {U'\u0455', 's'}, {U'\u0456', 'i'}, {U'\u0458', 'j'},
    {U'\u04bb', 'h'}, {U'\u04c0', 'i'}, {U'\u04cf', 'i'}, {U'\u0501', 'd'}, {U'\u051b', 'q'},
    {U'\u051d', 'w'}, {U'\u0475', 'v'}, {U'\u04af', 'y'},
});
constexpr auto kPairs = std::to_array<std::pair<std::string_view, char>>({{"rn", 'm'}, {"vv", 'w'}});

bool is_accent(Point c) { return c >= 0x300 && c <= 0x36f; }
bool is_read(Point c) {  // letters, digits, and the marks that other scripts cannot do without
  const auto category = utf8proc_category(c);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO && !is_accent(c);
}

// Calls `each` for every code point of `text`, decomposed and folded as `options` say.
template <class Each>
void each_of(std::string_view text, int options, Each each) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto size = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
      &mapped, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  for (utf8proc_ssize_t at = 0; at < size;) {
    Point c = 0;
    const auto used = utf8proc_iterate(mapped + at, size - at, &c);
    if (used <= 0) return;
    at += used;
    each(c);
  }
}

void append(std::string& to, Point c) {
  utf8proc_uint8_t bytes[4];
  to.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(utf8proc_encode_char(c, bytes)));
}

enum Script : unsigned { none = 0, latin = 1, greek = 2, cyrillic = 4 };

Script script_of(Point c) {
  const auto category = utf8proc_category(c);
  if (category < UTF8PROC_CATEGORY_LU || category > UTF8PROC_CATEGORY_LO) return none;
  if (c < 0x250 || (c >= 0x1e00 && c < 0x1f00)) return latin;
  if ((c >= 0x370 && c < 0x400) || (c >= 0x1f00 && c < 0x2000)) return greek;
  if ((c >= 0x400 && c < 0x530) || (c >= 0x1c80 && c < 0x1c90)) return cyrillic;
  return none;
}

}  // namespace

std::string look_of(std::string_view name) {
  std::string look;
  each_of(name, UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, [&](Point c) {
    if (!is_read(c)) return;
    const auto* alike = std::ranges::find(kAlike, c, &Alike::letter);
    append(look, alike == kAlike.end() ? c : static_cast<Point>(alike->latin));
  });
  for (const auto& [pair, letter] : kPairs)
    for (std::size_t at = 0; (at = look.find(pair, at)) != look.npos;)
      look.replace(at, pair.size(), 1, letter);
  return look;
}

bool mixes_scripts(std::string_view name) {
  unsigned seen = none;
  bool mixed = false;
  each_of(name, UTF8PROC_COMPAT | UTF8PROC_IGNORE, [&](Point c) {
    const auto category = utf8proc_category(c);
    if (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP) seen = none;  // the next word
    seen |= script_of(c);
    mixed = mixed || (seen & (seen - 1)) != 0;
  });
  return mixed;
}

}  // namespace kith
