#include "core/journal/store.h"

#include <algorithm>

#include "core/journal/feelings.h"
#include "core/journal/query.h"
#include "core/journal/unicode.h"
#include "core/keyring/head_record.h"

namespace kith::journal {
namespace {

constexpr int kPlaceBits = 20;
constexpr std::int64_t kMaxSeconds = std::int64_t{1} << 42;
constexpr std::size_t kExcerptSource = 600;  // code points read for an excerpt of kExcerpt

enum MarkSort : std::int64_t { kTag = 1, kFeeling = 2, kPerson = 3 };  // stored: never renumber

constexpr db::Migration kMigrations[] = {
    {1,
     "CREATE TABLE entry(place INTEGER PRIMARY KEY, number INTEGER NOT NULL UNIQUE, kind INTEGER NOT NULL,"
     " minutes INTEGER NOT NULL, edited INTEGER, removed INTEGER, tender INTEGER NOT NULL,"
     " source TEXT NOT NULL, text TEXT NOT NULL) STRICT;"
     "CREATE INDEX entry_removed ON entry(removed) WHERE removed IS NOT NULL;"
     "CREATE TABLE mark(id INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entry(place) ON DELETE "
     "CASCADE,"
     " sort INTEGER NOT NULL, name TEXT NOT NULL, strength INTEGER, in_text INTEGER NOT NULL) STRICT;"
     "CREATE INDEX mark_entry ON mark(entry);"
     "CREATE INDEX mark_name ON mark(sort, name, entry);"
     "CREATE VIRTUAL TABLE search USING fts5(text, marks, content='', columnsize=0,"
     " tokenize='unicode61 remove_diacritics 2');"
     "INSERT INTO search(search, rank) VALUES('secure-delete', 1);"
     "CREATE TABLE counters(id INTEGER PRIMARY KEY CHECK(id=1), entry INTEGER NOT NULL, draft INTEGER NOT "
     "NULL,"
     " remnants INTEGER NOT NULL) STRICT;"
     "INSERT INTO counters VALUES(1, 0, 0, 0);"
     "CREATE TABLE draft(number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, text BLOB NOT NULL,"
     " started INTEGER NOT NULL, minutes INTEGER NOT NULL, saved INTEGER NOT NULL, entry INTEGER) STRICT;"
     "CREATE TABLE imported(digest BLOB PRIMARY KEY,"
     " entry INTEGER NOT NULL REFERENCES entry(place) ON DELETE CASCADE) STRICT;"
     "CREATE INDEX imported_entry ON imported(entry);"
     "CREATE TABLE feeling(name TEXT PRIMARY KEY) STRICT;"
     "INSERT INTO feeling(name) VALUES"
     " ('afraid'),('alive'),('alone'),('angry'),('annoyed'),('anxious'),('ashamed'),('bored'),('calm'),('"
     "close'),"
     " ('confused'),('content'),('curious'),('disappointed'),('disgusted'),('distant'),('embarrassed'),('"
     "empty'),"
     " ('envious'),('excited'),('frustrated'),('grateful'),('guilty'),('happy'),('helpless'),('hopeful'),('"
     "hurt'),"
     " ('irritated'),('jealous'),('joyful'),('lonely'),('longing'),('loved'),('mixed'),('moved'),('not "
     "sure'),"
     " ('numb'),('overwhelmed'),('playful'),('proud'),('relieved'),('resentful'),('restless'),('sad'),('safe'"
     "),"
     " ('seen'),('surprised'),('tender'),('tense'),('tired'),('touched'),('torn'),('unseen'),('warm'),('"
     "worried');"
     "CREATE TABLE template(kind INTEGER PRIMARY KEY, text TEXT) STRICT;"  // text NULL: dropped
     "CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
     "CREATE TABLE once(what TEXT PRIMARY KEY) STRICT;"
     "CREATE TABLE private_link(id INTEGER PRIMARY KEY, handle TEXT NOT NULL, words TEXT NOT NULL) STRICT;"
     "CREATE INDEX private_link_handle ON private_link(handle)"},
};

std::string tokens_of(const Entry& entry) {
  std::string tokens(kEverythingToken);
  const auto add = [&](char sort, std::string_view name) { tokens += ' ' + mark_token(sort, name); };
  add('k', word(entry.kind));
  for (const auto& tag : entry.marks.tags) add('t', tag);
  for (const auto& feeling : entry.marks.feelings) add('f', feeling.name);
  for (const auto& person : entry.marks.people) add('p', person);
  return tokens;
}

void merge(std::vector<std::string>& into, const std::vector<std::string>& more) {
  for (const auto& name : more)
    if (std::find(into.begin(), into.end(), name) == into.end()) into.push_back(name);
}
void merge(std::vector<Feeling>& into, const std::vector<Feeling>& more) {
  for (const auto& feeling : more) {
    const auto same = std::find_if(into.begin(), into.end(),
                                   [&](const Feeling& known) { return known.name == feeling.name; });
    if (same == into.end()) {
      into.push_back(feeling);
    } else if (feeling.strength) {
      same->strength = feeling.strength;
    }
  }
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}
bool has(const std::vector<Feeling>& feelings, const Feeling& feeling) {
  return std::find(feelings.begin(), feelings.end(), feeling) != feelings.end();
}

Result<void> write_mark(db::Database& db, Place place, MarkSort sort, std::string_view name,
                        std::optional<int> strength, bool in_text) {
  KITH_TRY(auto write,
           db.prepare("INSERT INTO mark(entry,sort,name,strength,in_text) VALUES(?1,?2,?3,?4,?5)"));
  write.bind(1, place).bind(2, sort).bind(3, name).bind(5, std::int64_t{in_text});
  if (strength) {
    write.bind(4, std::int64_t{*strength});
  } else {
    write.bind_null(4);
  }
  return write.run();
}

Result<Marks> marks_from(db::Statement& query) {
  Marks marks;
  for (;;) {
    KITH_TRY(const bool row, query.step());
    if (!row) return marks;
    if (query.integer(0) == kTag) marks.tags.push_back(query.text(1));
    if (query.integer(0) == kPerson) marks.people.push_back(query.text(1));
    if (query.integer(0) != kFeeling) continue;
    std::optional<int> strength;
    if (!query.is_null(2)) strength = static_cast<int>(query.integer(2));
    marks.feelings.push_back({query.text(1), strength});
  }
}

Result<Kind> stored_kind(std::int64_t value) {
  if (value < 0 || value >= static_cast<std::int64_t>(all_kinds().size()))
    return fail(Errc::unsupported, "an entry is of a kind that this kith does not know");
  return static_cast<Kind>(value);
}

}  // namespace

// SQLite (3.46) notes with its first erasure from an index that this index knows emptied pages. If that is
// rolled back, on a full disk, say, it takes the note for written and goes on erasing, and the next process
// takes those pages for damage. So the first erasure happens here, where nothing else is in the transaction.
Result<void> erase_once(db::Database& db) {
  constexpr std::int64_t kBeforeErasing = 4;  // the version of the index's format
  {
    KITH_TRY(auto query, db.prepare("SELECT v FROM search_config WHERE k = 'version'"));
    KITH_TRY(const bool found, query.step());
    if (!found || query.integer(0) != kBeforeErasing) return {};
  }
  KITH_CHECK(db.execute("INSERT INTO search(rowid, text, marks) VALUES(0, 'a', '')"));
  return db.execute("INSERT INTO search(search, rowid, text, marks) VALUES('delete', 0, 'a', '')");
}

Result<void> open_tables(db::Database& db) {
  KITH_CHECK(keyring::open_heads(db));
  KITH_CHECK(db.migrate("journal", kMigrations));
  return erase_once(db);
}

Place first_place_of(WallTime time) {
  const std::int64_t seconds =
      std::clamp<std::int64_t>(time.time_since_epoch().count(), -kMaxSeconds, kMaxSeconds);
  return seconds * (std::int64_t{1} << kPlaceBits);
}

WallTime time_of(Place place) { return WallTime(std::chrono::seconds(place >> kPlaceBits)); }

Result<Place> free_place(db::Database& db, WallTime time) {
  const Place first = first_place_of(time);
  const Place last = first + (std::int64_t{1} << kPlaceBits) - 1;
  KITH_TRY(auto query, db.prepare("SELECT max(place) FROM entry WHERE place BETWEEN ?1 AND ?2"));
  query.bind(1, first).bind(2, last);
  KITH_CHECK(query.step());
  if (query.is_null(0)) return first;
  if (query.integer(0) == last) return fail(Errc::too_large, "too many entries in one second");
  return query.integer(0) + 1;
}

Result<std::int64_t> next_number(db::Database& db, db::Sql counter) {
  KITH_TRY(auto query, db.prepare(counter));
  KITH_TRY(const bool row, query.step());
  if (!row) return fail(Errc::damaged, "the journal lacks its counters");
  const std::int64_t number = query.integer(0);
  KITH_CHECK(query.run());
  return number;
}

Result<std::optional<Place>> place_of(db::Database& db, EntryNumber number, Which which) {
  KITH_TRY(auto query, db.prepare("SELECT place, removed IS NOT NULL FROM entry WHERE number=?1"));
  query.bind(1, static_cast<std::int64_t>(number));
  KITH_TRY(const bool row, query.step());
  if (!row || (which == Which::kept && query.integer(1) != 0) ||
      (which == Which::removed && query.integer(1) == 0))
    return std::optional<Place>();
  return std::optional<Place>(query.integer(0));
}

Result<Marks> load_marks(db::Database& db, Place place) {
  KITH_TRY(auto query, db.prepare("SELECT sort,name,strength FROM mark WHERE entry=?1 ORDER BY id"));
  query.bind(1, place);
  return marks_from(query);
}

Result<Marks> marks_beside_text(db::Database& db, Place place) {
  KITH_TRY(auto query,
           db.prepare("SELECT sort,name,strength FROM mark WHERE entry=?1 AND in_text=0 ORDER BY id"));
  query.bind(1, place);
  return marks_from(query);
}

Result<Entry> load(db::Database& db, Place place) {
  KITH_TRY(auto query,
           db.prepare("SELECT number,kind,text,minutes,edited,tender,source FROM entry WHERE place=?1"));
  query.bind(1, place);
  KITH_TRY(const bool row, query.step());
  if (!row) return fail(Errc::not_found, "there is no such entry");
  KITH_TRY(const Kind kind, stored_kind(query.integer(1)));
  KITH_TRY(Marks marks, load_marks(db, place));
  std::optional<WallTime> edited;
  if (!query.is_null(4)) edited = WallTime(std::chrono::seconds(query.integer(4)));
  return Entry{.number = EntryNumber{query.integer(0)},
               .kind = kind,
               .text = query.text(2),
               .written = {time_of(place), std::chrono::minutes(query.integer(3))},
               .edited = edited,
               .marks = std::move(marks),
               .tender = query.integer(5) != 0,
               .source = query.text(6)};
}

Result<Marks> all_marks(db::Database& db, std::string_view text, const Marks& extra) {
  Feelings known(db);
  Marks all = marks_in(text);
  for (auto& feeling : all.feelings) {
    KITH_TRY(feeling.name, known.meant(feeling.name));
  }
  Marks once;  // two beginnings of one word mean one feeling
  once.tags = std::move(all.tags);
  once.people = std::move(all.people);
  merge(once.feelings, all.feelings);
  merge(once.tags, extra.tags);
  merge(once.feelings, extra.feelings);
  merge(once.people, extra.people);
  const auto most = std::max({once.tags.size(), once.feelings.size(), once.people.size()});
  if (most > kMaxMarks) return fail(Errc::too_large, "an entry holds at most 256 tags, feelings or people");
  return once;
}

Result<void> write_marks(db::Database& db, Place place, const Marks& in_text, const Marks& all) {
  {
    KITH_TRY(auto clear, db.prepare("DELETE FROM mark WHERE entry=?1"));
    KITH_CHECK(clear.bind(1, place).run());
  }
  for (const auto& tag : all.tags)
    KITH_CHECK(write_mark(db, place, kTag, tag, std::nullopt, has(in_text.tags, tag)));
  for (const auto& feeling : all.feelings)
    KITH_CHECK(
        write_mark(db, place, kFeeling, feeling.name, feeling.strength, has(in_text.feelings, feeling)));
  for (const auto& person : all.people)
    KITH_CHECK(write_mark(db, place, kPerson, person, std::nullopt, has(in_text.people, person)));
  return {};
}

Result<void> index(db::Database& db, Place place, const Entry& entry) {
  KITH_TRY(auto put, db.prepare("INSERT INTO search(rowid,text,marks) VALUES(?1,?2,?3)"));
  return put.bind(1, place).bind(2, entry.text).bind(3, tokens_of(entry)).run();
}

Result<void> unindex(db::Database& db, Place place, const Entry& entry) {
  KITH_TRY(auto take, db.prepare("INSERT INTO search(search,rowid,text,marks) VALUES('delete',?1,?2,?3)"));
  return take.bind(1, place).bind(2, entry.text).bind(3, tokens_of(entry)).run();
}

Result<void> note_remnants(db::Database& db) {
  KITH_TRY(auto note, db.prepare("UPDATE counters SET remnants=1 WHERE remnants=0"));
  return note.run();
}

std::string excerpt_of(std::string_view text) {
  std::string line;
  std::size_t characters = 0;
  bool space = false;
  for (std::size_t i = 0; i < text.size();) {
    const auto point = first_code_point(text.substr(i));
    const std::string_view bytes = text.substr(i, point.size);
    i += point.size;
    if (is_white_space(point.value)) {
      space = !line.empty();
      continue;
    }
    if (characters + (space ? 1 : 0) >= kExcerpt || i > kExcerptSource * 4) return line + "\u2026";
    if (space) line += ' ';
    characters += space ? 2 : 1;
    space = false;
    line += bytes;
  }
  return line;
}

}  // namespace kith::journal
