// Text made safe to print. What others wrote (and what came from files) is PeerText: it cannot be printed,
// compared or joined by accident; only the three functions below turn it into something a terminal, a table
// or a JSON document may take.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kith {

class PeerText {
 public:
  explicit PeerText(std::string bytes) : bytes_(std::move(bytes)) {}
  bool empty() const { return bytes_.empty(); }

 private:
  friend class TextRenderer;
  std::string bytes_;
};

// All three replace invalid UTF-8 by U+FFFD, compose to NFC, show control characters as pictures (ESC as
// U+241B; C1 as U+FFFD), drop bidirectional controls, tags and invisible characters that carry no letter,
// keep a zero-width joiner or a variation selector only directly after a visible character, and keep at most
// kMaxMarks combining marks on one base.
inline constexpr std::size_t kMaxMarks = 8;

// Several lines: each starts with `margin` and is isolated (U+2068 .. U+2069) so that its direction cannot
// reach beyond it. Printable characters, LF and TAB only. No LF at the end.
std::string render_terminal(const PeerText& text, std::string_view margin = "\u2502 ");
// One line, isolated: line breaks and tabs become spaces. For names and for cells of a table.
std::string render_plain(const PeerText& text);
// A JSON string with its quotes. Lossless but for invalid UTF-8: everything that render_terminal would not
// pass as it is comes escaped.
std::string render_json(const PeerText& text);

// The same cleaning for one's own words: no margin and no isolation, unless they hold right-to-left letters.
std::string clean_lines(std::string_view own);
std::string clean_line(std::string_view own);

// Columns of a terminal that cleaned text takes (control characters count 0).
std::size_t display_width(std::string_view cleaned);
// At most `columns` wide; cut text ends in U+2026. Keeps isolates closed.
std::string shorten(std::string_view cleaned, std::size_t columns);
// Code points; invalid bytes count one each.
std::size_t count_characters(std::string_view text);
bool is_utf8(std::string_view text);
// Without the blanks, tabs and line ends at both sides.
std::string_view trimmed(std::string_view text);

}  // namespace kith
