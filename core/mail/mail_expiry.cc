// Expiry by the group's retention: a prefix of each log, since days never decrease in it.
#include "core/mail/log_rows.h"

namespace kith::mail {
namespace {

struct Aged {
  EventRow row;
  Header header;
  bool has_payload;
};

Result<Aged> read_aged(const db::Statement& query, std::int64_t log) {
  const auto event = Event::parse(query.blob_view(2));
  if (!event) return fail(Errc::damaged, "a stored event is damaged");
  return Aged{{query.integer(0), log, query.integer(1) != 0}, event->header(), query.integer(3) != 0};
}

Result<std::vector<Aged>> older_than(db::Database& database, const LogRow& log, Day floor) {
  KITH_TRY(auto query, database.prepare("SELECT e.row, e.gone, e.wire, 0 FROM event e WHERE e.log = ?1 AND "
                                        "e.seq >= ?2 ORDER BY e.seq"));
  query.bind(1, log.log).bind(2, signed64(log.purged));
  std::vector<Aged> found;
  while (true) {
    KITH_TRY(const bool more, query.step());
    if (!more) return found;
    KITH_TRY(const Aged aged, read_aged(query, log.log));
    if (aged.header.day >= floor) return found;
    found.push_back(aged);
  }
}

Result<std::vector<Aged>> young_again(db::Database& database, const LogRow& log, Day floor) {
  KITH_TRY(auto query,
           database.prepare("SELECT e.row, e.gone, e.wire, EXISTS(SELECT 1 FROM payload p WHERE p.event "
                            "= e.row) FROM event e WHERE e.log = ?1 AND e.seq < ?2 ORDER BY e.seq DESC"));
  query.bind(1, log.log).bind(2, signed64(log.purged));
  std::vector<Aged> found;
  while (true) {
    KITH_TRY(const bool more, query.step());
    if (!more) return found;
    KITH_TRY(const Aged aged, read_aged(query, log.log));
    if (aged.header.day < floor) return found;
    found.push_back(aged);
  }
}

Result<void> set_purged(db::Database& database, std::int64_t log, std::uint64_t purged) {
  KITH_TRY(auto update, database.prepare("UPDATE head SET purged = ?2 WHERE log = ?1"));
  return update.bind(1, log).bind(2, signed64(purged)).run();
}

Result<std::size_t> age_log(db::Database& database, std::int64_t grp, const LogRow& log, Day floor) {
  KITH_TRY(const auto old, older_than(database, log, floor));
  std::size_t gone = 0;
  for (const Aged& aged : old) {
    if (aged.header.kind != Kind::env) continue;
    KITH_TRY(const std::size_t variants, drop_payloads(database, aged.row));
    gone += variants;
  }
  if (!old.empty()) {
    KITH_CHECK(set_purged(database, log.log, log.purged + old.size()));
    return gone;
  }
  KITH_TRY(const auto young, young_again(database, log, floor));
  for (const Aged& aged : young)
    if (aged.header.kind == Kind::env && !aged.row.gone && !aged.has_payload)
      KITH_CHECK(note_missing(database, grp, aged.row.row));
  if (!young.empty()) KITH_CHECK(set_purged(database, log.log, log.purged - young.size()));
  return gone;
}

Result<std::size_t> age_logs(db::Database& database, std::int64_t grp, Day floor) {
  KITH_TRY(const auto logs, log_rows(database, grp));
  std::size_t gone = 0;
  for (const LogRow& log : logs) {
    KITH_TRY(const std::size_t of_log, age_log(database, grp, log, floor));
    gone += of_log;
  }
  return gone;
}

}  // namespace

Result<std::size_t> MailStore::purge_expired(const GroupId& group, Day today, std::uint32_t retention_days) {
  const Day floor{number(today) > retention_days ? number(today) - retention_days : 0};
  KITH_TRY(auto transaction, db::Transaction::begin(database_));
  KITH_TRY(const std::int64_t grp, ensure_group_number(database_, group));
  KITH_TRY(const Day before, keep_from(database_, grp));
  std::size_t gone = 0;
  if (floor < before) {  // our clock was ahead: what came meanwhile counts as purged, then comes back
    KITH_TRY(gone, age_logs(database_, grp, before));
  }
  KITH_TRY(const std::size_t aged, age_logs(database_, grp, floor));
  {
    KITH_TRY(auto update, database_.prepare("UPDATE place SET keep_from = ?2 WHERE grp = ?1"));
    KITH_CHECK(update.bind(1, grp).bind(2, number(floor)).run());
  }
  KITH_CHECK(transaction.commit());
  return gone + aged;
}

}  // namespace kith::mail
