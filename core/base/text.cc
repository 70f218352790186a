#include "core/base/text.h"

#include <utf8proc.h>

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace kith {
namespace {

constexpr char32_t kReplacement = 0xfffd;
constexpr std::string_view kIsolate = "\u2068";
constexpr std::string_view kEndIsolate = "\u2069";

void append_utf8(std::string& to, char32_t c) {
  utf8proc_uint8_t bytes[4];
  const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes);
  to.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

// The next code point, or kReplacement and one byte where the bytes are no UTF-8.
char32_t next(std::string_view text, std::size_t& at, bool* valid = nullptr) {
  utf8proc_int32_t c = 0;
  const auto left = static_cast<utf8proc_ssize_t>(text.size() - at);
  const auto used = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at), left, &c);
  if (valid != nullptr) *valid = used > 0;
  at += used > 0 ? static_cast<std::size_t>(used) : 1;
  return used > 0 ? static_cast<char32_t>(c) : kReplacement;
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) append_utf8(out, next(text, at));
  return out;
}

std::string composed(const std::string& valid) {
  utf8proc_uint8_t* result = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(valid.data()),
                                 static_cast<utf8proc_ssize_t>(valid.size()), &result,
                                 static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(result, &std::free);
  if (size < 0) return valid;
  return std::string(reinterpret_cast<const char*>(result), static_cast<std::size_t>(size));
}

bool is_mark(utf8proc_category_t category) {
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
         category == UTF8PROC_CATEGORY_ME;
}
bool is_variation_selector(char32_t c) { return c >= 0xfe00 && c <= 0xfe0f; }
bool is_joiner(char32_t c) { return c == 0x200c || c == 0x200d; }
bool is_line_break(char32_t c) { return c == 0x85 || c == 0x2028 || c == 0x2029; }
bool is_blank_letter(char32_t c) {  // letters that show nothing
  return c == 0x115f || c == 0x1160 || c == 0x3164 || c == 0xffa0 || c == 0x2800 || c == 0x180e;
}
bool is_later_selector(char32_t c) { return (c >= 0xe0100 && c <= 0xe01ef) || (c >= 0x180b && c <= 0x180f); }
bool is_noncharacter(char32_t c) { return (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe; }

bool is_right_to_left(char32_t c) {
  const auto* property = utf8proc_get_property(static_cast<utf8proc_int32_t>(c));
  return property->bidi_class == UTF8PROC_BIDI_CLASS_R || property->bidi_class == UTF8PROC_BIDI_CLASS_AL ||
         property->bidi_class == UTF8PROC_BIDI_CLASS_RLE || property->bidi_class == UTF8PROC_BIDI_CLASS_RLO ||
         property->bidi_class == UTF8PROC_BIDI_CLASS_RLI;
}

// What follows a visible character decides whether a mark, a joiner or a selector may stay.
class Cleaner {
 public:
  // Appends what may be shown of `c`; `c` is neither LF nor TAB.
  void take(char32_t c, std::string& out) {
    if (c < 0x20) return picture(0x2400 + c, out);
    if (c == 0x7f) return picture(0x2421, out);
    const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
    if (is_joiner(c) || is_variation_selector(c)) {
      if (base_ && !modified_) append_utf8(out, c);
      modified_ = true;
      return;
    }
    if (is_later_selector(c)) return;
    if (is_mark(category)) {
      if (!base_) append_utf8(out, 0x25cc);  // a dotted circle to stand on
      base_ = true;
      if (marks_ < kMaxMarks) append_utf8(out, c);
      ++marks_;
      return;
    }
    if (is_blank_letter(c)) return visible(U' ', out);
    switch (category) {
      case UTF8PROC_CATEGORY_CF:  // bidirectional controls, zero-width characters, tags
        return;
      case UTF8PROC_CATEGORY_CC:
      case UTF8PROC_CATEGORY_CS:
      case UTF8PROC_CATEGORY_CO:
      case UTF8PROC_CATEGORY_CN:
      case UTF8PROC_CATEGORY_ZL:
      case UTF8PROC_CATEGORY_ZP:
        return picture(kReplacement, out);
      default:
        return is_noncharacter(c) ? picture(kReplacement, out) : visible(c, out);
    }
  }
  void start_line() { base_ = modified_ = false, marks_ = 0; }

 private:
  void visible(char32_t c, std::string& out) {
    append_utf8(out, c);
    base_ = true;
    modified_ = false;
    marks_ = 0;
  }
  void picture(char32_t c, std::string& out) {
    visible(c, out);
    base_ = false;
  }
  bool base_ = false;
  bool modified_ = false;
  std::size_t marks_ = 0;
};

struct Style {
  std::string_view margin;
  bool isolate;
  bool one_line;
};

class LineWriter {
 public:
  explicit LineWriter(const Style& style) : style_(style) { open(); }
  void line_break() {
    if (style_.one_line) return space();
    close();
    out_ += '\n';
    open();
  }
  void tab() {
    if (style_.one_line) return space();
    cleaner_.start_line();
    out_ += '\t';
  }
  void take(char32_t c) { cleaner_.take(c, out_); }
  std::string finish() {
    close();
    return std::move(out_);
  }

 private:
  void space() {
    cleaner_.start_line();
    out_ += ' ';
  }
  void open() {
    out_ += style_.margin;
    if (style_.isolate) out_ += kIsolate;
    cleaner_.start_line();
  }
  void close() {
    if (style_.isolate) out_ += kEndIsolate;
  }
  Style style_;
  Cleaner cleaner_;
  std::string out_;
};

std::string render(std::string_view raw, const Style& style) {
  const std::string text = composed(valid_utf8(raw));
  LineWriter writer(style);
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next(text, at);
    if (c == U'\r' && at < text.size() && text[at] == '\n') continue;  // a line end of another system
    if (c == U'\n' || is_line_break(c)) {
      writer.line_break();
    } else if (c == U'\t') {
      writer.tab();
    } else {
      writer.take(c);
    }
  }
  return writer.finish();
}

bool holds_right_to_left(std::string_view text) {
  for (std::size_t at = 0; at < text.size();)
    if (is_right_to_left(next(text, at))) return true;
  return false;
}

void append_escape(std::string& out, std::uint32_t unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(unit >> shift) & 0xf];
}

void append_json(std::string& out, char32_t c) {
  if (c == U'"' || c == U'\\') {
    out += '\\';
    out += static_cast<char>(c);
  } else if (c == U'\n') {
    out += "\\n";
  } else if (c == U'\t') {
    out += "\\t";
  } else {
    std::string shown;
    Cleaner cleaner;
    if (is_mark(utf8proc_category(static_cast<utf8proc_int32_t>(c))))
      cleaner.take(U'x', shown), shown.clear();
    cleaner.take(c, shown);
    std::string same;
    append_utf8(same, c);
    if (shown == same) {
      out += same;
    } else if (c < 0x10000) {
      append_escape(out, static_cast<std::uint32_t>(c));
    } else {
      const auto rest = static_cast<std::uint32_t>(c) - 0x10000;
      append_escape(out, 0xd800 + (rest >> 10));
      append_escape(out, 0xdc00 + (rest & 0x3ff));
    }
  }
}

}  // namespace

class TextRenderer {
 public:
  static std::string_view bytes(const PeerText& text) { return text.bytes_; }
};

std::string render_terminal(const PeerText& text, std::string_view margin) {
  return render(TextRenderer::bytes(text), {.margin = margin, .isolate = true, .one_line = false});
}

std::string render_plain(const PeerText& text) {
  return render(TextRenderer::bytes(text), {.margin = "", .isolate = true, .one_line = true});
}

std::string render_json(const PeerText& text) {
  const std::string_view raw = TextRenderer::bytes(text);
  std::string out = "\"";
  for (std::size_t at = 0; at < raw.size();) append_json(out, next(raw, at));
  out += '"';
  return out;
}

std::string clean_lines(std::string_view own) {
  return render(own, {.margin = "", .isolate = holds_right_to_left(own), .one_line = false});
}

std::string clean_line(std::string_view own) {
  return render(own, {.margin = "", .isolate = holds_right_to_left(own), .one_line = true});
}

std::size_t display_width(std::string_view cleaned) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < cleaned.size();) {
    const int columns = utf8proc_charwidth(static_cast<utf8proc_int32_t>(next(cleaned, at)));
    if (columns > 0) width += static_cast<std::size_t>(columns);
  }
  return width;
}

std::string shorten(std::string_view cleaned, std::size_t columns) {
  if (display_width(cleaned) <= columns) return std::string(cleaned);
  if (columns == 0) return {};
  std::string out;
  std::size_t width = 0;
  bool isolated = false;
  for (std::size_t at = 0; at < cleaned.size();) {
    const std::size_t start = at;
    const char32_t c = next(cleaned, at);
    const auto wide =
        static_cast<std::size_t>(std::max(0, utf8proc_charwidth(static_cast<utf8proc_int32_t>(c))));
    if (width + wide > columns - 1) break;
    width += wide;
    if (c == 0x2068) isolated = true;
    if (c == 0x2069) isolated = false;
    out += cleaned.substr(start, at - start);
  }
  out += "\u2026";
  if (isolated) out += kEndIsolate;
  return out;
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) next(text, at);
  return count;
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    bool valid = true;
    next(text, at, &valid);
    if (!valid) return false;
  }
  return true;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace kith
