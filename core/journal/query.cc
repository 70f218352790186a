#include "core/journal/query.h"

#include <algorithm>
#include <charconv>

#include "core/base/bytes.h"
#include "core/journal/unicode.h"

namespace kith::journal {
namespace {

// Valid UTF-8 in NFC without NUL: the index reads its expression as a C string.
std::string readable(std::string_view typed) {
  std::string clean;
  for (std::size_t i = 0; i < typed.size() && clean.size() < kMaxQuery;) {
    const auto point = first_code_point(typed.substr(i));
    if (point.value > 0) {
      clean += typed.substr(i, point.size);
    } else {
      clean += ' ';
    }
    i += point.size;
  }
  const auto composed = nfc(clean);
  return composed ? *composed : std::string();
}

bool has_letter_or_digit(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto point = first_code_point(text.substr(i));
    if (is_word_part(point.value) && !is_combining(point.value)) return true;
    i += point.size;
  }
  return false;
}

// A string of FTS5: only the double quote is special, and doubled.
std::string phrase_of(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

// One letter and a star would read a good part of the index, and nobody looks for that.
bool has_two_characters(std::string_view text) {
  return !text.empty() && first_code_point(text).size < text.size();
}

std::string text_term(std::string_view words, bool beginning) {
  return "text : " + phrase_of(words) + (beginning && has_two_characters(words) ? " *" : "");
}
std::string mark_term(char sort, std::string_view mark, bool beginning) {
  return "marks : " + phrase_of(mark_token(sort, mark)) + (beginning ? " *" : "");
}
std::string everything() { return "marks : " + phrase_of(kEverythingToken); }

std::string joined(const std::vector<std::string>& parts, std::string_view with) {
  if (parts.size() == 1) return parts[0];
  std::string out = "(";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += with;
    out += parts[i];
  }
  return out + ')';
}

struct Token {
  enum class What : std::uint8_t { end, open, close, words, word } what = What::end;
  std::string_view text = {};
  bool beginning = false;  // a star follows
};

class Parser {
 public:
  Parser(std::string_view text, std::chrono::minutes offset, Query& query)
      : rest_(text), offset_(offset), query_(query) {
    advance();
  }

  void run() {
    std::vector<std::string> all;
    while (token_.what != Token::What::end) {  // a closing bracket too many is left out
      if (auto part = either()) all.push_back(std::move(*part));
      if (token_.what == Token::What::close) advance();
    }
    if (!all.empty()) query_.match = joined(all, " AND ");
  }
  bool seen_anything() const { return seen_; }

 private:
  using Part = std::optional<std::string>;

  Part either() {
    std::vector<std::string> parts;
    for (;;) {
      if (auto part = together()) parts.push_back(std::move(*part));
      if (!is_operator("OR")) break;
      advance();
    }
    if (parts.empty()) return std::nullopt;
    return joined(parts, " OR ");
  }

  Part together() {
    std::vector<std::string> wanted;
    std::vector<std::string> unwanted;
    while (token_.what != Token::What::end && token_.what != Token::What::close && !is_operator("OR")) {
      if (is_operator("AND")) {
        advance();
        continue;
      }
      bool negative = false;
      while (is_operator("NOT")) {
        negative = !negative;
        advance();
      }
      if (auto part = one(negative)) (negative ? unwanted : wanted).push_back(std::move(*part));
    }
    if (wanted.empty() && unwanted.empty()) return std::nullopt;
    const std::string base = wanted.empty() ? everything() : joined(wanted, " AND ");
    if (unwanted.empty()) return base;
    return "(" + base + " NOT " + joined(unwanted, " OR ") + ")";
  }

  Part one(bool& negative) {
    switch (token_.what) {
      case Token::What::open:
        return bracket();
      case Token::What::words:
        return take([](const Token& t) {
          return has_letter_or_digit(t.text) ? Part(text_term(t.text, t.beginning)) : Part();
        });
      case Token::What::word:
        if (is_operator("AND") || is_operator("OR")) return std::nullopt;  // the caller goes on from it
        if (token_.text.size() > 1 && token_.text[0] == '-') {
          negative = !negative;
          token_.text.remove_prefix(1);
        }
        return take([this](const Token& t) { return word_term(t); });
      default:
        return std::nullopt;
    }
  }

  Part bracket() {
    advance();
    if (depth_ >= kMaxQueryNesting) return std::nullopt;  // the bracket is left out, its words are read on
    ++depth_;
    auto part = either();
    --depth_;
    if (token_.what == Token::What::close) advance();
    return part;
  }

  template <class Make>
  Part take(Make make) {
    const Token token = token_;
    advance();
    if (terms_ >= kMaxQueryTerms) return std::nullopt;
    auto part = make(token);
    if (part) ++terms_;
    return part;
  }

  Part word_term(const Token& token) {
    if (bound("after:", token.text) || bound("before:", token.text)) return std::nullopt;
    if (token.text.starts_with("kind:"))
      if (const auto kind = kind_of(token.text.substr(5))) return mark_term('k', word(*kind), false);
    if (auto mark = mark_of(token)) return mark;
    if (!has_letter_or_digit(token.text)) return std::nullopt;
    return text_term(token.text, token.beginning);
  }

  static Part mark_of(const Token& token) {
    if (token.text.starts_with('#'))
      if (const auto tag = tag_of(token.text)) return mark_term('t', *tag, token.beginning);
    if (token.text.starts_with('@'))
      if (const auto handle = handle_of(token.text)) return mark_term('p', *handle, token.beginning);
    if (token.text.starts_with('~'))
      if (const auto feeling = feeling_of(token.text)) return mark_term('f', feeling->name, token.beginning);
    return std::nullopt;
  }

  bool bound(std::string_view sign, std::string_view text) {
    if (!text.starts_with(sign)) return false;
    const auto span = span_of(text.substr(sign.size()), offset_);
    if (!span) return false;
    if (sign == "after:") {
      query_.from = std::max(query_.from.value_or(span->from), span->from);
    } else {
      query_.until = std::min(query_.until.value_or(span->from), span->from);
    }
    return true;
  }

  bool is_operator(std::string_view name) const {
    return token_.what == Token::What::word && token_.text == name;
  }

  void advance() {
    while (!rest_.empty() && is_white_space(first_code_point(rest_).value))
      rest_.remove_prefix(first_code_point(rest_).size);
    token_ = Token();
    if (rest_.empty()) return;
    seen_ = true;
    if (rest_[0] == '(' || rest_[0] == ')') {
      token_.what = rest_[0] == '(' ? Token::What::open : Token::What::close;
      rest_.remove_prefix(1);
    } else if (rest_[0] == '"') {
      read_quoted();
    } else {
      read_word();
    }
  }

  void read_quoted() {
    rest_.remove_prefix(1);
    const auto end = std::min(rest_.find('"'), rest_.size());  // one that is never closed goes to the end
    token_ = {Token::What::words, rest_.substr(0, end), false};
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    if (rest_.starts_with('*')) {
      token_.beginning = true;
      rest_.remove_prefix(1);
    }
  }

  void read_word() {
    std::size_t end = 0;
    while (end < rest_.size()) {
      const auto point = first_code_point(rest_.substr(end));
      if (is_white_space(point.value) || point.value == '(' || point.value == ')' || point.value == '"')
        break;
      end += point.size;
    }
    token_ = {Token::What::word, rest_.substr(0, end), false};
    rest_.remove_prefix(end);
    while (token_.text.ends_with('*')) {
      token_.beginning = true;
      token_.text.remove_suffix(1);
    }
  }

  std::string_view rest_;
  std::chrono::minutes offset_;
  Query& query_;
  Token token_;
  std::size_t depth_ = 0;
  std::size_t terms_ = 0;
  bool seen_ = false;
};

Result<unsigned> digits(std::string_view text, std::size_t size) {
  unsigned value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.size() != size || error != std::errc() || stop != text.data() + text.size())
    return fail(Errc::malformed, "a day is written as 2026-05-01");
  return value;
}

}  // namespace

Query parse_query(std::string_view typed, std::chrono::minutes offset) {
  Query query;
  const std::string text = readable(typed);
  Parser parser(text, offset, query);
  parser.run();
  query.nothing = parser.seen_anything() && query.match.empty() && !query.from && !query.until;
  return query;
}

Result<Span> span_of(std::string_view typed, std::chrono::minutes offset) {
  using namespace std::chrono;
  KITH_TRY(const unsigned y, digits(typed.substr(0, 4), 4));
  unsigned m = 0;
  unsigned d = 0;
  if (typed.size() != 4 && typed.size() != 7 && typed.size() != 10)
    return fail(Errc::malformed, "a day is written as 2026-05-01");
  if (typed.size() >= 7) {
    if (typed[4] != '-') return fail(Errc::malformed, "a day is written as 2026-05-01");
    KITH_TRY(m, digits(typed.substr(5, 2), 2));
  }
  if (typed.size() == 10) {
    if (typed[7] != '-') return fail(Errc::malformed, "a day is written as 2026-05-01");
    KITH_TRY(d, digits(typed.substr(8, 2), 2));
  }
  const year_month_day first{year(static_cast<int>(y)), month(typed.size() >= 7 ? m : 1),
                             day(typed.size() == 10 ? d : 1)};
  if (!first.ok() || y == 0) return fail(Errc::malformed, "there is no such day");
  sys_days next = sys_days(first) + days(1);
  if (typed.size() == 7) next = sys_days(first + months(1));
  if (typed.size() == 4) next = sys_days(first + years(1));
  return Span{WallTime(sys_days(first)) - offset, WallTime(next) - offset};
}

std::string mark_token(char sort, std::string_view mark) { return sort + to_hex(as_bytes(mark)); }

}  // namespace kith::journal
