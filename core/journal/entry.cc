#include "core/journal/entry.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/journal/unicode.h"

namespace kith::journal {
namespace {

struct KindWords {
  Kind kind;
  std::string_view word;
  std::string_view meaning;
};
constexpr KindWords kKinds[] = {
    {Kind::free, "free", "whatever you like"},
    {Kind::reflection, "reflection", "looking back at something"},
    {Kind::notice, "notice", "a thought, feeling, body sense or pull, right now"},
    {Kind::process, "process", "what is happening between us"},
    {Kind::repair, "repair", "something to mend between you and someone"},
    {Kind::avoided, "avoided", "something you kept away from"},
    {Kind::unsaid, "unsaid", "something you held back"},
    {Kind::practice_try, "try", "one attempt at something you are working on"},
    {Kind::counter_experience, "counter-experience", "it went differently from what an old rule said"},
    {Kind::check_in, "check-in", "how you arrive"},
};
constexpr auto kKindList = [] {
  std::array<Kind, std::size(kKinds)> list{};
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = kKinds[i].kind;
  return list;
}();

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::span<const Kind> all_kinds() { return kKindList; }
std::string_view word(Kind kind) { return kKinds[static_cast<std::size_t>(kind)].word; }
std::string_view kind_meaning(Kind kind) { return kKinds[static_cast<std::size_t>(kind)].meaning; }

Result<Kind> kind_of(std::string_view typed) {
  std::string small(typed);
  std::transform(small.begin(), small.end(), small.begin(), lower);
  for (const auto& kind : kKinds)
    if (kind.word == small) return kind.kind;
  return fail(Errc::not_found, "there is no such kind of entry");
}

std::string name(EntryNumber number) { return "E" + std::to_string(static_cast<std::int64_t>(number)); }

Result<EntryNumber> entry_of(std::string_view typed) {
  if (!typed.empty() && lower(typed[0]) == 'e') typed.remove_prefix(1);
  std::int64_t number = 0;
  const auto end = typed.data() + typed.size();
  const auto [stop, error] = std::from_chars(typed.data(), end, number);
  if (error != std::errc() || stop != end || number <= 0)
    return fail(Errc::malformed, "an entry is named by E and a number, such as E12");
  return EntryNumber{number};
}

Result<std::string> clean_text(std::string_view text) {
  // NFC at most triples the bytes; what is hopelessly large is refused before it is copied.
  if (text.size() > 4 * kMaxText) return fail(Errc::too_large, "an entry holds at most 64 KiB");
  KITH_TRY(const std::string composed, nfc(text));
  std::string clean;
  clean.reserve(composed.size());
  for (std::size_t i = 0; i < composed.size(); ++i) {
    if (composed[i] != '\r') {
      clean += composed[i];
    } else if (i + 1 == composed.size() || composed[i + 1] != '\n') {
      clean += '\n';
    }
  }
  std::size_t end = 0;
  for (std::size_t i = 0; i < clean.size();) {
    const auto point = first_code_point(std::string_view(clean).substr(i));
    i += point.size;
    if (!is_white_space(point.value)) end = i;
  }
  clean.resize(end);
  if (clean.empty()) return fail(Errc::malformed, "there is nothing to keep");
  if (clean.size() > kMaxText) return fail(Errc::too_large, "an entry holds at most 64 KiB");
  return clean;
}

}  // namespace kith::journal
