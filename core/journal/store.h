// The tables of the journal and what is done to one row. Private to core/journal. Each function takes part in
// the caller's transaction.
//
// An entry's row id is its place in time: seconds since 1970 (UTC) * 2^20 + a running number within the
// second. So "newest first" and "between these days" are ranges of row ids, in the table and in the index
// alike, and a search stops after the first twenty.
#pragma once

#include <optional>
#include <string>

#include "core/db/database.h"
#include "core/journal/entry.h"

namespace kith::journal {

using Place = std::int64_t;

Result<void> open_tables(db::Database& db);

Place first_place_of(WallTime time);  // times beyond 2^42 s are clamped
WallTime time_of(Place place);
Result<Place> free_place(db::Database& db, WallTime time);

Result<std::int64_t> next_number(db::Database& db, db::Sql counter);  // an UPDATE ... RETURNING

enum class Which : std::uint8_t { kept, removed, either };
Result<std::optional<Place>> place_of(db::Database& db, EntryNumber number, Which which);
Result<Entry> load(db::Database& db, Place place);
Result<Marks> load_marks(db::Database& db, Place place);

// Marks of the text, then `extra`; feelings resolved by the member's list. too_large.
Result<Marks> all_marks(db::Database& db, std::string_view text, const Marks& extra);
Result<void> write_marks(db::Database& db, Place place, const Marks& in_text, const Marks& all);
Result<Marks> marks_beside_text(db::Database& db, Place place);

Result<void> index(db::Database& db, Place place, const Entry& entry);
Result<void> unindex(db::Database& db, Place place, const Entry& entry);  // `entry` as it was indexed

// Notes that the file may hold remnants of words that are gone: the next purge compacts it.
Result<void> note_remnants(db::Database& db);

std::string excerpt_of(std::string_view text);

}  // namespace kith::journal
