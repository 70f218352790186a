#include "core/journal/journal.h"

#include <algorithm>
#include <limits>

#include "core/journal/store.h"
#include "core/journal/unicode.h"
#include "core/keyring/head_record.h"

namespace kith::journal {
namespace {

Result<std::string> clean_source(std::string_view source) {
  if (source.size() > kMaxSource) return fail(Errc::too_large, "a source holds at most 256 bytes");
  return nfc(source);
}

Result<Place> kept(db::Database& db, EntryNumber number) {
  KITH_TRY(const auto place, place_of(db, number, Which::kept));
  if (!place) return fail(Errc::not_found, "there is no such entry");
  return *place;
}

// `extra` as the journal stores marks, however it was typed.
Result<Marks> normal_marks(const Marks& extra) {
  Marks normal;
  for (const auto& tag : extra.tags) {
    KITH_TRY(auto name, tag_of(tag));
    normal.tags.push_back(std::move(name));
  }
  for (const auto& feeling : extra.feelings) {
    KITH_TRY(auto known, feeling_of(feeling.name));
    if (feeling.strength && (*feeling.strength < 0 || *feeling.strength > kMaxStrength))
      return fail(Errc::malformed, "a feeling's strength is a number from 0 to 10");
    if (feeling.strength) known.strength = feeling.strength;
    normal.feelings.push_back(std::move(known));
  }
  for (const auto& person : extra.people) {
    KITH_TRY(auto handle, handle_of(person));
    normal.people.push_back(std::move(handle));
  }
  return normal;
}

Result<void> write_row(db::Database& db, Place place, const Entry& entry) {
  KITH_TRY(auto write, db.prepare("INSERT INTO entry(place,number,kind,minutes,tender,source,text)"
                                  " VALUES(?1,?2,?3,?4,?5,?6,?7)"));
  write.bind(1, place).bind(2, static_cast<std::int64_t>(entry.number));
  write.bind(3, static_cast<std::int64_t>(entry.kind)).bind(4, entry.written.offset.count());
  return write.bind(5, std::int64_t{entry.tender}).bind(6, entry.source).bind(7, entry.text).run();
}

Result<void> rewrite_row(db::Database& db, Place place, const Entry& entry, WallTime now) {
  KITH_TRY(auto write,
           db.prepare("UPDATE entry SET kind=?2, tender=?3, source=?4, text=?5, edited=?6 WHERE place=?1"));
  write.bind(1, place).bind(2, static_cast<std::int64_t>(entry.kind)).bind(3, std::int64_t{entry.tender});
  return write.bind(4, entry.source).bind(5, entry.text).bind(6, now.time_since_epoch().count()).run();
}

}  // namespace

Result<Journal> Journal::open(db::Database& database) {
  KITH_CHECK(open_tables(database));
  return Journal(database);
}

Result<EntryNumber> Journal::add(const NewEntry& fresh) {
  KITH_TRY(std::string text, clean_text(fresh.text));
  KITH_TRY(std::string source, clean_source(fresh.source));
  KITH_TRY(const Marks extra, normal_marks(fresh.marks));
  KITH_TRY(auto transaction, db::Transaction::join(*database_));
  KITH_TRY(const Place place, free_place(*database_, fresh.written.at));
  KITH_TRY(const auto number,
           next_number(*database_, "UPDATE counters SET entry=entry+1 WHERE id=1 RETURNING entry"));
  KITH_TRY(const Marks in_text, all_marks(*database_, text, {}));
  KITH_TRY(Marks all, all_marks(*database_, text, extra));
  const Entry entry{.number = EntryNumber{number},
                    .kind = fresh.kind,
                    .text = std::move(text),
                    .written = fresh.written,
                    .edited = std::nullopt,
                    .marks = std::move(all),
                    .tender = fresh.tender,
                    .source = std::move(source)};
  KITH_CHECK(write_row(*database_, place, entry));
  KITH_CHECK(write_marks(*database_, place, in_text, entry.marks));
  KITH_CHECK(index(*database_, place, entry));
  KITH_CHECK(keyring::raise_head(*database_));
  KITH_CHECK(transaction.commit());
  return entry.number;
}

Result<Entry> Journal::read(EntryNumber number) {
  KITH_TRY(const Place place, kept(*database_, number));
  return load(*database_, place);
}

Result<void> Journal::edit(EntryNumber number, const Edit& edit, WallTime now) {
  KITH_TRY(auto transaction, db::Transaction::join(*database_));
  KITH_TRY(const Place place, kept(*database_, number));
  KITH_TRY(const Entry before, load(*database_, place));
  Entry after = before;
  if (edit.text) {
    KITH_TRY(after.text, clean_text(*edit.text));
  }
  if (edit.source) {
    KITH_TRY(after.source, clean_source(*edit.source));
  }
  KITH_TRY(Marks extra, marks_beside_text(*database_, place));
  if (edit.marks) {
    KITH_TRY(extra, normal_marks(*edit.marks));
  }
  after.kind = edit.kind.value_or(before.kind);
  after.tender = edit.tender.value_or(before.tender);
  KITH_TRY(const Marks in_text, all_marks(*database_, after.text, {}));
  KITH_TRY(after.marks, all_marks(*database_, after.text, extra));
  KITH_CHECK(unindex(*database_, place, before));
  KITH_CHECK(rewrite_row(*database_, place, after, now));
  KITH_CHECK(write_marks(*database_, place, in_text, after.marks));
  KITH_CHECK(index(*database_, place, after));
  KITH_CHECK(note_remnants(*database_));
  KITH_CHECK(keyring::raise_head(*database_));
  return transaction.commit();
}

Result<void> Journal::remove(EntryNumber number, WallTime now) {
  KITH_TRY(auto transaction, db::Transaction::join(*database_));
  KITH_TRY(const Place place, kept(*database_, number));
  KITH_TRY(const Entry entry, load(*database_, place));
  KITH_CHECK(unindex(*database_, place, entry));
  {
    KITH_TRY(auto mark, database_->prepare("UPDATE entry SET removed=?2 WHERE place=?1"));
    KITH_CHECK(mark.bind(1, place).bind(2, now.time_since_epoch().count()).run());
  }
  KITH_CHECK(keyring::raise_head(*database_));
  return transaction.commit();
}

Result<void> Journal::restore(EntryNumber number) {
  KITH_TRY(auto transaction, db::Transaction::join(*database_));
  KITH_TRY(const auto place, place_of(*database_, number, Which::removed));
  if (!place) return fail(Errc::not_found, "there is no such entry to bring back");
  KITH_TRY(const Entry entry, load(*database_, *place));
  {
    KITH_TRY(auto mark, database_->prepare("UPDATE entry SET removed=NULL WHERE place=?1"));
    KITH_CHECK(mark.bind(1, *place).run());
  }
  KITH_CHECK(index(*database_, *place, entry));
  KITH_CHECK(keyring::raise_head(*database_));
  return transaction.commit();
}

Result<std::vector<Removed>> Journal::removed() {
  KITH_TRY(auto query, database_->prepare("SELECT number,removed FROM entry WHERE removed IS NOT NULL"
                                          " ORDER BY removed DESC, place DESC"));
  std::vector<Removed> all;
  for (;;) {
    KITH_TRY(const bool row, query.step());
    if (!row) return all;
    all.push_back({EntryNumber{query.integer(0)}, WallTime(std::chrono::seconds(query.integer(1)))});
  }
}

Result<int> Journal::purge(WallTime when) {
  KITH_ASSERT(!database_->in_transaction());
  int purged = 0;
  {
    KITH_TRY(auto transaction, db::Transaction::begin(*database_));
    {
      KITH_TRY(auto erase,
               database_->prepare("DELETE FROM entry WHERE removed IS NOT NULL AND removed < ?1"));
      KITH_CHECK(erase.bind(1, when.time_since_epoch().count()).run());
    }
    purged = database_->changes();
    if (purged > 0) {
      KITH_CHECK(note_remnants(*database_));
      KITH_CHECK(keyring::raise_head(*database_));
    }
    KITH_CHECK(transaction.commit());
  }
  {
    KITH_TRY(auto query, database_->prepare("SELECT remnants FROM counters"));
    KITH_CHECK(query.step());
    if (query.integer(0) == 0) return purged;
  }
  // The note stays until all is done, so that a crash or a full disk only postpones it.
  KITH_CHECK(database_->execute("INSERT INTO search(search) VALUES('optimize')"));
  KITH_CHECK(database_->compact());
  KITH_CHECK(database_->execute("UPDATE counters SET remnants=0"));
  return purged;
}

Result<void> Journal::check_index() {
  return database_->execute("INSERT INTO search(search) VALUES('integrity-check')");
}

Result<void> Journal::rebuild_index() {
  KITH_TRY(auto transaction, db::Transaction::join(*database_));
  KITH_CHECK(database_->execute("INSERT INTO search(search) VALUES('delete-all')"));
  KITH_TRY(auto places, database_->prepare("SELECT place FROM entry WHERE removed IS NULL ORDER BY place"));
  for (;;) {
    KITH_TRY(const bool row, places.step());
    if (!row) break;
    KITH_TRY(const Entry entry, load(*database_, places.integer(0)));
    KITH_CHECK(index(*database_, places.integer(0), entry));
  }
  return transaction.commit();
}

}  // namespace kith::journal
