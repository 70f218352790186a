// What a journal holds: entries, their kinds, and the marks in them. Values only.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"

namespace kith::journal {

inline constexpr std::size_t kMaxText = 64 * 1024;  // bytes of one entry after NFC
inline constexpr std::size_t kMaxMark = 64;         // bytes of a tag, feeling or handle after NFC
inline constexpr std::size_t kMaxMarks = 256;       // of one sort in one entry
inline constexpr std::size_t kMaxSource = 256;      // bytes
inline constexpr int kMaxStrength = 10;             // of a feeling; the least is 0

// Stored by number: never renumber.
enum class Kind : std::uint8_t {
  free = 0,
  reflection = 1,
  notice = 2,
  process = 3,
  repair = 4,
  avoided = 5,
  unsaid = 6,
  practice_try = 7,
  counter_experience = 8,
  check_in = 9,
};
std::span<const Kind> all_kinds();
std::string_view word(Kind kind);             // "reflection", "try", "counter-experience", "check-in", ...
Result<Kind> kind_of(std::string_view word);  // exact, any case; not_found
std::string_view kind_meaning(Kind kind);     // one plain line, for help

// The short name that people type: E12. Counts up within one journal and is never given twice.
enum class EntryNumber : std::int64_t {};
std::string name(EntryNumber number);                  // "E12"
Result<EntryNumber> entry_of(std::string_view typed);  // "E12", "e12" or "12"; malformed

struct Moment {
  WallTime at;                     // UTC
  std::chrono::minutes offset{0};  // what the writer's clock was ahead of UTC
};

struct Feeling {
  std::string name = {};             // "anxious", "not sure": lower case, NFC
  std::optional<int> strength = {};  // 0 to kMaxStrength
  friend bool operator==(const Feeling&, const Feeling&) = default;
};

// #work  ~anxious:6  @ana : a sign at the start of a word, then letters, digits, - or _ . Without the sign,
// lower case, NFC; a feeling's - and _ are spaces ("~not-sure"). In order of appearance, each once; the last
// strength given counts. What is too long to be a mark is only text.
struct Marks {
  std::vector<std::string> tags = {};
  std::vector<Feeling> feelings = {};
  std::vector<std::string> people = {};  // private handles
  friend bool operator==(const Marks&, const Marks&) = default;
};
Marks marks_in(std::string_view text);
// As typed alone, with or without the sign: "#Work" -> "work". malformed: empty, too long, other characters.
Result<std::string> tag_of(std::string_view typed);
Result<std::string> handle_of(std::string_view typed);
Result<Feeling> feeling_of(
    std::string_view typed);  // "anxious:6", "~not sure"; malformed: a strength above 10

// NFC, line ends as LF, no trailing white space at the end. malformed: not UTF-8, NUL inside, or nothing but
// white space; too_large.
Result<std::string> clean_text(std::string_view text);

struct NewEntry {
  Kind kind = Kind::free;
  std::string text = {};
  Moment written = {};
  Marks marks = {};  // beside those in the text
  bool tender = false;
  std::string source = {};  // "from therapy"; empty: none
};

struct Entry {
  EntryNumber number;
  Kind kind;
  std::string text;
  Moment written;
  std::optional<WallTime> edited;
  Marks marks;  // all of them, those in the text first
  bool tender;
  std::string source;
};

// One line of a list. A tender entry's excerpt is empty: it is folded until opened.
struct Summary {
  EntryNumber number;
  Kind kind;
  Moment written;
  bool tender;
  std::string excerpt;  // the first words on one line, at most kExcerpt characters and an ellipsis
  Marks marks;          // also folded (empty) in a tender entry
  std::string source;
};
inline constexpr std::size_t kExcerpt = 120;  // code points

}  // namespace kith::journal
