// The signatures of envelopes that were taken in on the word of a later one.
#include "core/mail/unchecked.h"

namespace kith::mail {
namespace {

// What the log's head was at `seq`: its day's events are counted again, at most kMaxEventsPerDay of them.
Result<LogHead> head_at(db::Database& database, std::int64_t log, std::uint64_t seq) {
  KITH_TRY(auto query,
           database.prepare("SELECT wire, seq FROM event WHERE log = ?1 AND seq <= ?2 ORDER BY seq DESC"));
  query.bind(1, log).bind(2, signed64(seq));
  std::optional<LogHead> head;
  while (true) {
    KITH_TRY(const bool found, query.step());
    if (!found) break;
    const auto event = Event::parse(query.blob_view(0));
    if (!event) return fail(Errc::damaged, "a stored event is damaged");
    if (!head && query.integer(1) != signed64(seq)) return fail(Errc::damaged, "a log has lost an event");
    if (!head) head = LogHead{seq, event->link(), event->header().day, 0};
    if (event->header().day != head->day) break;
    ++head->events_that_day;
  }
  if (!head) return fail(Errc::damaged, "a log has lost an event");
  return *head;
}

}  // namespace

Result<Checked> check_stored(db::Database& database, const LogRow& log, const SignPk& pk, std::size_t limit) {
  KITH_TRY(auto query, database.prepare(
                           "SELECT seq, wire FROM event WHERE log = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3"));
  query.bind(1, log.log).bind(2, signed64(log.checked)).bind(3, signed64(limit));
  Checked checked;
  while (true) {
    KITH_TRY(const bool found, query.step());
    if (!found) return checked;
    const std::uint64_t place = log.checked + checked.good;
    const auto event = Event::parse(query.blob_view(1));
    const bool in_place = event && query.integer(0) == signed64(place) && event->header().seq == place;
    if (!in_place || !event->verify(pk)) {
      checked.bad_follows = true;
      return checked;
    }
    ++checked.good;
  }
}

Result<void> write_head(db::Database& database, const LogRow& log) {
  KITH_TRY(auto update, database.prepare("UPDATE head SET seq = ?2, link = ?3, day = ?4, day_events = ?5, "
                                         "checked = ?6, purged = min(purged, ?2 + 1) WHERE log = ?1"));
  update.bind(1, log.log).bind(2, signed64(log.head.seq)).bind(3, log.head.link.view());
  update.bind(4, number(log.head.day)).bind(5, log.head.events_that_day).bind(6, signed64(log.checked));
  return update.run();
}

Result<void> truncate(db::Database& database, LogRow log, std::uint64_t end) {
  std::vector<EventRow> rows;
  {
    KITH_TRY(auto query, database.prepare("SELECT row FROM event WHERE log = ?1 AND seq >= ?2"));
    query.bind(1, log.log).bind(2, signed64(end));
    while (true) {
      KITH_TRY(const bool found, query.step());
      if (!found) break;
      rows.push_back({query.integer(0), log.log, false});
    }
  }
  for (const EventRow& row : rows) KITH_CHECK(drop_payloads(database, row));
  {
    KITH_TRY(auto drop, database.prepare("DELETE FROM event WHERE log = ?1 AND seq >= ?2"));
    KITH_CHECK(drop.bind(1, log.log).bind(2, signed64(end)).run());
  }
  if (end == 0) {
    KITH_TRY(auto drop, database.prepare("DELETE FROM head WHERE log = ?1"));
    return drop.bind(1, log.log).run();
  }
  KITH_TRY(log.head, head_at(database, log.log, end - 1));
  log.checked = end;
  return write_head(database, log);
}

Result<std::size_t> MailStore::check_pending(const GroupId& group, const Roster& roster, std::size_t limit) {
  KITH_TRY(const auto heads_now, heads(group));
  std::size_t looked_at = 0;
  for (const Head& head : heads_now) {
    if (head.checked > head.seq || looked_at >= limit) continue;
    const auto pk = roster.sign_key(head.device);
    if (!pk) continue;  // this roster does not know it yet
    KITH_TRY(const std::int64_t grp, group_number(database_, group));
    KITH_TRY(auto log, log_row(database_, grp, head.device));
    if (!log) continue;
    // Read and verify without a lock; then note it, unless somebody else did meanwhile.
    KITH_TRY(const Checked checked, check_stored(database_, *log, *pk, limit - looked_at));
    looked_at += checked.good + (checked.bad_follows ? 1 : 0);
    KITH_TRY(auto transaction, db::Transaction::begin(database_));
    KITH_TRY(auto now, log_row(database_, grp, head.device));
    if (!now || now->checked != log->checked) continue;
    now->checked += checked.good;
    if (checked.bad_follows) {
      KITH_CHECK(truncate(database_, *now, now->checked));
    } else {
      KITH_CHECK(write_head(database_, *now));
    }
    KITH_CHECK(transaction.commit());
  }
  return looked_at;
}

}  // namespace kith::mail
