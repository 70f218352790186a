#include <algorithm>
#include <charconv>

#include "core/journal/entry.h"
#include "core/journal/unicode.h"

namespace kith::journal {
namespace {

enum class Sort : std::uint8_t { tag, feeling, person };

bool joins(std::int32_t c) { return c == '-' || c == '_'; }

// The letters, digits, - and _ at the start of `text`, in bytes, without joining signs at the end.
std::size_t mark_size(std::string_view text) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto point = first_code_point(text.substr(i));
    if (!is_word_part(point.value) && !joins(point.value)) break;
    i += point.size;
    if (!joins(point.value)) end = i;
  }
  return end;
}

// Feelings and handles begin with a letter ("~5 minutes" is none); a tag holds one somewhere ("#12steps").
bool is_name(std::string_view text, Sort sort) {
  if (text.empty()) return false;
  if (sort != Sort::tag) return is_letter(first_code_point(text).value);
  for (std::size_t i = 0; i < text.size();) {
    const auto point = first_code_point(text.substr(i));
    if (is_letter(point.value)) return true;
    i += point.size;
  }
  return false;
}

Result<std::string> normal(std::string_view typed, Sort sort) {
  if (typed.size() > 4 * kMaxMark) return fail(Errc::too_large, "a tag, feeling or handle is too long");
  KITH_TRY(std::string folded, fold(typed));
  if (sort == Sort::feeling) std::replace_if(folded.begin(), folded.end(), joins, ' ');
  if (folded.size() > kMaxMark) return fail(Errc::too_large, "a tag, feeling or handle is too long");
  return folded;
}

// ":6" at the start of `text` and no digit or letter after it.
struct Strength {
  std::optional<int> value;
  std::size_t size = 0;
};
Strength strength_at(std::string_view text) {
  if (text.size() < 2 || text[0] != ':') return {};
  int value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 1, end, value);
  if (error != std::errc() || text[1] == '-' || value > kMaxStrength) return {};
  const auto size = static_cast<std::size_t>(stop - text.data());
  if (size < text.size() && is_word_part(first_code_point(text.substr(size)).value)) return {};
  return {value, size};
}

void add_name(std::vector<std::string>& names, std::string name) {
  if (names.size() < kMaxMarks && std::find(names.begin(), names.end(), name) == names.end())
    names.push_back(std::move(name));
}
void add_feeling(std::vector<Feeling>& feelings, Feeling feeling) {
  const auto same = std::find_if(feelings.begin(), feelings.end(),
                                 [&](const Feeling& known) { return known.name == feeling.name; });
  if (same == feelings.end()) {
    if (feelings.size() < kMaxMarks) feelings.push_back(std::move(feeling));
  } else if (feeling.strength) {
    same->strength = feeling.strength;
  }
}

// A mark that begins after the sign at the start of `text`; returns the bytes it takes, sign included, or 1.
std::size_t take_mark(std::string_view text, Sort sort, Marks& marks) {
  const std::string_view rest = text.substr(1);
  const std::size_t size = mark_size(rest);
  const std::string_view typed = rest.substr(0, size);
  if (!is_name(typed, sort)) return 1;
  auto name = normal(typed, sort);
  if (!name) return 1 + size;  // too long: only text
  if (sort == Sort::tag) add_name(marks.tags, std::move(*name));
  if (sort == Sort::person) add_name(marks.people, std::move(*name));
  if (sort != Sort::feeling) return 1 + size;
  const auto strength = strength_at(rest.substr(size));
  add_feeling(marks.feelings, {std::move(*name), strength.value});
  return 1 + size + strength.size;
}

Result<std::string> name_of(std::string_view typed, char sign, Sort sort) {
  if (!typed.empty() && typed[0] == sign) typed.remove_prefix(1);
  if (mark_size(typed) != typed.size() || !is_name(typed, sort))
    return fail(Errc::malformed, "a tag, feeling or handle is one word of letters, digits, - and _");
  return normal(typed, sort);
}

}  // namespace

Marks marks_in(std::string_view text) {
  Marks marks;
  bool at_start = true;  // of a word
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (at_start && (c == '#' || c == '~' || c == '@')) {
      i += take_mark(text.substr(i), c == '#' ? Sort::tag : c == '~' ? Sort::feeling : Sort::person, marks);
      at_start = false;
      continue;
    }
    const auto point = first_code_point(text.substr(i));
    i += point.size;
    at_start = is_white_space(point.value) ||
               std::string_view("([{\"'*,;!").find(c) != std::string_view::npos || point.value == 0x201c ||
               point.value == 0x2018 || point.value == 0xab;
  }
  return marks;
}

Result<std::string> tag_of(std::string_view typed) { return name_of(typed, '#', Sort::tag); }
Result<std::string> handle_of(std::string_view typed) { return name_of(typed, '@', Sort::person); }

Result<Feeling> feeling_of(std::string_view typed) {
  if (typed.starts_with('~')) typed.remove_prefix(1);
  std::optional<int> strength;
  if (const auto colon = typed.rfind(':'); colon != std::string_view::npos) {
    const auto found = strength_at(typed.substr(colon));
    if (!found.value || found.size != typed.size() - colon)
      return fail(Errc::malformed, "a feeling's strength is a number from 0 to 10");
    strength = found.value;
    typed = typed.substr(0, colon);
  }
  std::string one_word(typed);
  std::replace(one_word.begin(), one_word.end(), ' ', '-');
  KITH_TRY(std::string name, name_of(one_word, '~', Sort::feeling));
  return Feeling{std::move(name), strength};
}

}  // namespace kith::journal
