#include <algorithm>
#include <limits>

#include "core/journal/journal.h"
#include "core/journal/store.h"

namespace kith::journal {
namespace {

struct Range {  // of places: first <= place < end
  Place first = std::numeric_limits<Place>::min();
  Place end = std::numeric_limits<Place>::max();
};

Result<Range> range_of(db::Database& db, const Query& query, const Filter& filter) {
  Range range;
  const auto from = [&](const std::optional<WallTime>& time) {
    if (time) range.first = std::max(range.first, first_place_of(*time));
  };
  const auto until = [&](const std::optional<WallTime>& time) {
    if (time) range.end = std::min(range.end, first_place_of(*time));
  };
  from(query.from);
  from(filter.from);
  until(query.until);
  until(filter.until);
  if (filter.older_than) {
    KITH_TRY(const auto place, place_of(db, *filter.older_than, Which::either));
    if (!place) return fail(Errc::not_found, "there is no such entry to go on from");
    range.end = std::min(range.end, *place);
  }
  return range;
}

// The whole question as one expression of the index; empty: nothing but the range restricts it.
Result<std::string> expression_of(const Query& query, const Filter& filter) {
  std::string all = query.match;
  const auto require = [&](char sort, std::string_view mark) {
    if (!all.empty()) all = "(" + all + ") AND ";
    all += "marks : \"" + mark_token(sort, mark) + "\"";
  };
  if (filter.kind) require('k', word(*filter.kind));
  if (!filter.tag.empty()) {
    KITH_TRY(const auto tag, tag_of(filter.tag));
    require('t', tag);
  }
  if (!filter.feeling.empty()) {
    KITH_TRY(const auto feeling, feeling_of(filter.feeling));
    require('f', feeling.name);
  }
  if (!filter.person.empty()) {
    KITH_TRY(const auto person, handle_of(filter.person));
    require('p', person);
  }
  return all;
}

Result<Summary> summary_from(db::Database& db, const db::Statement& row) {
  const std::int64_t kind = row.integer(2);
  if (kind < 0 || kind >= static_cast<std::int64_t>(all_kinds().size()))
    return fail(Errc::unsupported, "an entry is of a kind that this kith does not know");
  Summary summary{.number = EntryNumber{row.integer(1)},
                  .kind = static_cast<Kind>(kind),
                  .written = {time_of(row.integer(0)), std::chrono::minutes(row.integer(3))},
                  .tender = row.integer(4) != 0,
                  .excerpt = {},
                  .marks = {},
                  .source = row.text(5)};
  if (summary.tender) return summary;
  summary.excerpt = excerpt_of(row.text_view(6));
  KITH_TRY(summary.marks, load_marks(db, row.integer(0)));
  return summary;
}

Result<std::vector<Summary>> collect(db::Database& db, db::Statement& rows) {
  std::vector<Summary> found;
  for (;;) {
    KITH_TRY(const bool row, rows.step());
    if (!row) return found;
    KITH_TRY(Summary summary, summary_from(db, rows));
    found.push_back(std::move(summary));
  }
}

Result<std::vector<std::string>> names_in_use(db::Database& db, std::int64_t sort) {
  // From name to name by the index: one step for each name, however many entries carry it.
  KITH_TRY(
      auto query,
      db.prepare("WITH RECURSIVE names(name) AS ("
                 " SELECT (SELECT min(name) FROM mark WHERE sort=?1)"
                 " UNION ALL SELECT (SELECT min(name) FROM mark WHERE sort=?1 AND name>names.name) FROM names"
                 " WHERE names.name IS NOT NULL)"
                 " SELECT name FROM names WHERE name IS NOT NULL AND EXISTS(SELECT 1 FROM mark"
                 " JOIN entry ON entry.place=mark.entry WHERE mark.sort=?1 AND mark.name=names.name"
                 " AND entry.removed IS NULL)"));
  query.bind(1, sort);
  std::vector<std::string> names;
  for (;;) {
    KITH_TRY(const bool row, query.step());
    if (!row) return names;
    names.push_back(query.text(0));
  }
}

}  // namespace

Result<std::vector<Summary>> Journal::find(const Query& query, const Filter& filter) {
  if (query.nothing || filter.limit == 0) return std::vector<Summary>();
  const auto limit = static_cast<std::int64_t>(std::min(filter.limit, kMaxList));
  KITH_TRY(const Range range, range_of(*database_, query, filter));
  KITH_TRY(const std::string match, expression_of(query, filter));
  if (match.empty()) {
    KITH_TRY(auto rows, database_->prepare("SELECT place,number,kind,minutes,tender,source,substr(text,1,600)"
                                           " FROM entry WHERE removed IS NULL AND place>=?1 AND place<?2"
                                           " ORDER BY place DESC LIMIT ?3"));
    rows.bind(1, range.first).bind(2, range.end).bind(3, limit);
    return collect(*database_, rows);
  }
  // CROSS JOIN keeps the index on the outside: it delivers places newest first and stops at the limit.
  KITH_TRY(auto rows, database_->prepare(
                          "SELECT e.place,e.number,e.kind,e.minutes,e.tender,e.source,substr(e.text,1,600)"
                          " FROM search s CROSS JOIN entry e ON e.place=s.rowid"
                          " WHERE s.search MATCH ?1 AND s.rowid>=?2 AND s.rowid<=?3"
                          " ORDER BY s.rowid DESC LIMIT ?4"));
  rows.bind(1, match).bind(2, range.first).bind(3, range.end - 1).bind(4, limit);
  return collect(*database_, rows);
}

Result<std::vector<Summary>> Journal::list(const Filter& filter) { return find(Query(), filter); }
Result<std::vector<std::string>> Journal::tags() { return names_in_use(*database_, 1); }
Result<std::vector<std::string>> Journal::people() { return names_in_use(*database_, 3); }

}  // namespace kith::journal
