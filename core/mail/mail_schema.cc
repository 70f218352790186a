#include "core/mail/mail_schema.h"

#include <algorithm>
#include <array>

namespace kith::mail {
namespace {

// place: this node in a group; `keep_from` is the first day whose payloads are kept.
// head: a device's log so far. `checked` and `purged` count events from its start: those whose signatures are
//   checked, those whose payloads went by age. `owner` is the log of the member's first device,
//   0 while its own device is nobody's.
// event: `gone` is 1 when a tombstone of its member names it. The index by group ends in the row: arrivals.
//   An act kept beside a forked log has a negative `log` of its own (mail_forks.cc), and its link for an
//   `id`: one event signed twice is two acts.
// tomb: also for events not seen yet; it counts if the log that says so is of the event's member.
// payload: `bytes` is empty for a variant that was of no use and made room.
// missing: envelopes without a usable payload.
// fork: the lowest one of each device.
#define KITH_MAIL_SCHEMA                                                                                     \
  "CREATE TABLE place(grp INTEGER PRIMARY KEY, group_id BLOB NOT NULL UNIQUE, device_id BLOB, port "         \
  "INTEGER, "                                                                                                \
  "link_pk BLOB, link_secret BLOB, keep_from INTEGER NOT NULL DEFAULT 0) STRICT;"                            \
  "CREATE TABLE head(log INTEGER PRIMARY KEY AUTOINCREMENT, grp INTEGER NOT NULL, device_id BLOB NOT NULL, " \
  "owner INTEGER NOT NULL, seq INTEGER NOT NULL, link BLOB NOT NULL, day INTEGER NOT NULL, "                 \
  "day_events INTEGER NOT NULL, checked INTEGER NOT NULL, purged INTEGER NOT NULL, "                         \
  "payload_bytes INTEGER NOT NULL, UNIQUE(grp, device_id)) STRICT;"                                          \
  "CREATE TABLE event(row INTEGER PRIMARY KEY AUTOINCREMENT, log INTEGER NOT NULL, grp INTEGER NOT NULL, "   \
  "seq INTEGER NOT NULL, control INTEGER NOT NULL, gone INTEGER NOT NULL, id BLOB NOT NULL UNIQUE, "         \
  "wire BLOB NOT NULL, UNIQUE(log, seq)) STRICT;"                                                            \
  "CREATE INDEX event_arrival ON event(grp);"                                                                \
  "CREATE INDEX event_control ON event(grp) WHERE control = 1;"                                              \
  "CREATE TABLE tomb(target BLOB NOT NULL, log INTEGER NOT NULL, PRIMARY KEY(target, log)) STRICT, "         \
  "WITHOUT ROWID;"                                                                                           \
  "CREATE TABLE payload(row INTEGER PRIMARY KEY AUTOINCREMENT, grp INTEGER NOT NULL, event INTEGER NOT "     \
  "NULL, verdict INTEGER NOT NULL, digest BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;"                       \
  "CREATE INDEX payload_event ON payload(event);"                                                            \
  "CREATE INDEX payload_arrival ON payload(grp);"                                                            \
  "CREATE TABLE missing(row INTEGER PRIMARY KEY AUTOINCREMENT, grp INTEGER NOT NULL, event INTEGER NOT "     \
  "NULL UNIQUE) STRICT;"                                                                                     \
  "CREATE INDEX missing_group ON missing(grp);"                                                              \
  "CREATE TABLE fork(row INTEGER PRIMARY KEY AUTOINCREMENT, grp INTEGER NOT NULL, device_id BLOB NOT NULL, " \
  "seq INTEGER NOT NULL, first BLOB NOT NULL, second BLOB NOT NULL, UNIQUE(grp, device_id)) STRICT;"

// giver: the device of the peer that delivered a payload; none for what this node put there itself.
#define KITH_MAIL_GIVERS "CREATE TABLE giver(payload INTEGER PRIMARY KEY, device_id BLOB NOT NULL) STRICT;"

// waiter: for whose sake an act is kept beside a log, if there was no other place.
#define KITH_MAIL_WAITERS "CREATE TABLE waiter(event INTEGER PRIMARY KEY, device_id BLOB NOT NULL) STRICT;"

constexpr std::string_view kSchema = KITH_MAIL_SCHEMA KITH_MAIL_GIVERS KITH_MAIL_WAITERS;
// Acts beside a log were kept by their event ids once. Whoever holds them tells them again.
constexpr db::Migration kMigrations[] = {{1, KITH_MAIL_SCHEMA},
                                         {2, KITH_MAIL_GIVERS},
                                         {3, "DELETE FROM event WHERE log < 0"},
                                         {4, KITH_MAIL_WAITERS}};

// Tables that SQLite and core/db make by themselves.
bool is_of_others(std::string_view name) { return name == "component" || name == "sqlite_sequence"; }

Result<void> compare_schema(db::Database& database) {
  KITH_TRY(auto query, database.prepare("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"));
  std::size_t ours = 0;
  while (true) {
    KITH_TRY(const bool row, query.step());
    if (!row) break;
    if (is_of_others(query.text_view(0))) continue;
    const std::string statement = query.text(1) + ";";
    if (statement.size() < 2 || kSchema.find(statement) == std::string_view::npos)
      return fail(Errc::damaged, "the tables of the mail are not ours");
    ++ours;
  }
  if (ours != static_cast<std::size_t>(std::ranges::count(kSchema, ';')))
    return fail(Errc::damaged, "a table of the mail is missing");
  return {};
}

}  // namespace

Result<void> prepare_schema(db::Database& database) {
  KITH_CHECK(database.migrate("mail", kMigrations));
  return compare_schema(database);
}

}  // namespace kith::mail
