// What a person types to find something, made into a question that the index can answer.
//
//   sister* "not sure" #work ~anxious @ana kind:reflection after:2026-05-01 before:2026-06 (tea OR coffee)
//   NOT rain
//
// Words stand for whole words, without case or accents; a star after two letters or more stands for any
// ending (also on marks: #wor*); quotes for words in a row; AND is meant where nothing stands; OR, AND, NOT
// are operators in capitals only, a minus before a word is NOT. after: means that day and later, before: the
// days before it; both bind the whole question. Days are the reader's (see `offset`). What makes no sense as
// an operator is read as a word, or left out if it holds no letter: no text is an error.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/journal/entry.h"

namespace kith::journal {

inline constexpr std::size_t kMaxQuery = 4096;      // bytes; what follows is not read
inline constexpr std::size_t kMaxQueryTerms = 64;   // what follows is not read
inline constexpr std::size_t kMaxQueryNesting = 8;  // deeper brackets are left out

struct Query {
  std::string match = {};  // an FTS5 expression over (text, marks), safe by construction; empty: everything
  std::optional<WallTime> from = {};   // at or after
  std::optional<WallTime> until = {};  // before
  bool nothing = false;                // words were typed, and none that can be found
};
Query parse_query(std::string_view typed, std::chrono::minutes offset);

// Days as typed: 2026-05-01, 2026-05, 2026. The first second of it, and of what follows it, in the reader's
// zone. malformed.
struct Span {
  WallTime from;
  WallTime until;
};
Result<Span> span_of(std::string_view typed, std::chrono::minutes offset);

// The index's word for a mark (what a query looks for in its second column). Private to core/journal.
std::string mark_token(char sort, std::string_view mark);  // sort: t tag, f feeling, p person, k kind
inline constexpr std::string_view kEverythingToken = "z";

}  // namespace kith::journal
