#include "core/mail/log_rows.h"

namespace kith::mail {
namespace {

#define KITH_LOG_COLUMNS \
  "log, device_id, owner, seq, link, day, day_events, checked, purged, payload_bytes FROM head "

std::uint64_t natural(std::int64_t value) {
  return value < 0 ? 0 : static_cast<std::uint64_t>(value);  // only a damaged file holds a negative one
}

Result<LogRow> read_log(const db::Statement& query) {
  KITH_TRY(const auto device, DeviceId::parse(query.blob_view(1)));
  KITH_TRY(const auto link, Link::parse(query.blob_view(4)));
  return LogRow{.log = query.integer(0),
                .device = device,
                .owner = query.integer(2),
                .head = {.seq = natural(query.integer(3)),
                         .link = link,
                         .day = Day{static_cast<std::uint32_t>(query.integer(5))},
                         .events_that_day = static_cast<std::uint32_t>(query.integer(6))},
                .checked = natural(query.integer(7)),
                .purged = natural(query.integer(8)),
                .payload_bytes = query.integer(9)};
}

}  // namespace

Result<std::int64_t> group_number(db::Database& database, const GroupId& group) {
  KITH_TRY(auto query, database.prepare("SELECT grp FROM place WHERE group_id = ?1"));
  query.bind(1, group.view());
  KITH_TRY(const bool found, query.step());
  if (!found) return fail(Errc::not_found, "no mail of this group");
  return query.integer(0);
}

Result<std::int64_t> ensure_group_number(db::Database& database, const GroupId& group) {
  {
    KITH_TRY(auto insert, database.prepare("INSERT OR IGNORE INTO place(group_id) VALUES(?1)"));
    KITH_CHECK(insert.bind(1, group.view()).run());
  }
  return group_number(database, group);
}

Result<Day> keep_from(db::Database& database, std::int64_t grp) {
  KITH_TRY(auto query, database.prepare("SELECT keep_from FROM place WHERE grp = ?1"));
  query.bind(1, grp);
  KITH_TRY(const bool found, query.step());
  return Day{found ? static_cast<std::uint32_t>(query.integer(0)) : 0};
}

Result<std::vector<LogRow>> log_rows(db::Database& database, std::int64_t grp) {
  KITH_TRY(auto query, database.prepare("SELECT " KITH_LOG_COLUMNS "WHERE grp = ?1 ORDER BY log"));
  query.bind(1, grp);
  std::vector<LogRow> rows;
  while (true) {
    KITH_TRY(const bool found, query.step());
    if (!found) return rows;
    KITH_TRY(auto row, read_log(query));
    rows.push_back(std::move(row));
  }
}

Result<LogLoad> log_load(db::Database& database, std::int64_t log) {
  KITH_TRY(auto query,
           database.prepare("SELECT total(control), total(length(wire) - ?2) FROM event WHERE log = ?1"));
  query.bind(1, log).bind(2, signed64(kSignedSize));
  KITH_CHECK(query.step());
  return LogLoad{natural(query.integer(0)), natural(query.integer(1))};
}

Result<std::optional<LogRow>> log_row(db::Database& database, std::int64_t grp, const DeviceId& device) {
  KITH_TRY(auto query, database.prepare("SELECT " KITH_LOG_COLUMNS "WHERE grp = ?1 AND device_id = ?2"));
  query.bind(1, grp).bind(2, device.view());
  KITH_TRY(const bool found, query.step());
  if (!found) return std::nullopt;
  KITH_TRY(auto row, read_log(query));
  return row;
}

Result<std::size_t> count_logs(db::Database& database, std::int64_t grp) {
  KITH_TRY(auto query, database.prepare("SELECT count(*) FROM head WHERE grp = ?1"));
  query.bind(1, grp);
  KITH_CHECK(query.step());
  return natural(query.integer(0));
}

Result<DeviceId> device_of(db::Database& database, std::int64_t log) {
  KITH_TRY(auto query, database.prepare("SELECT device_id FROM head WHERE log = ?1"));
  query.bind(1, log);
  KITH_CHECK(query.step());
  return DeviceId::parse(query.blob_view(0));
}

Result<std::optional<EventRow>> event_row(db::Database& database, std::int64_t grp, const EventId& id) {
  KITH_TRY(auto query,
           database.prepare("SELECT row, log, gone FROM event WHERE id = ?1 AND grp = ?2 AND log > 0"));
  query.bind(1, id.view()).bind(2, grp);
  KITH_TRY(const bool found, query.step());
  if (!found) return std::nullopt;
  return EventRow{.row = query.integer(0), .log = query.integer(1), .gone = query.integer(2) != 0};
}

Result<std::size_t> drop_payloads(db::Database& database, const EventRow& event) {
  std::int64_t bytes = 0;
  {
    KITH_TRY(auto sum, database.prepare("SELECT total(length(bytes)) FROM payload WHERE event = ?1"));
    sum.bind(1, event.row);
    KITH_CHECK(sum.step());
    bytes = sum.integer(0);
  }
  {
    KITH_TRY(
        auto givers,
        database.prepare("DELETE FROM giver WHERE payload IN (SELECT row FROM payload WHERE event = ?1)"));
    KITH_CHECK(givers.bind(1, event.row).run());
  }
  std::size_t gone = 0;
  {
    KITH_TRY(auto drop, database.prepare("DELETE FROM payload WHERE event = ?1"));
    KITH_CHECK(drop.bind(1, event.row).run());
    gone = static_cast<std::size_t>(database.changes());
  }
  if (bytes > 0) {
    KITH_TRY(auto less,
             database.prepare("UPDATE head SET payload_bytes = payload_bytes - ?2 WHERE log = ?1"));
    KITH_CHECK(less.bind(1, event.log).bind(2, bytes).run());
  }
  KITH_TRY(auto found, database.prepare("DELETE FROM missing WHERE event = ?1"));
  KITH_CHECK(found.bind(1, event.row).run());
  return gone;
}

Result<void> bury_event(db::Database& database, const LogRow& by, const EventRow& event,
                        const Roster& roster) {
  KITH_TRY(const DeviceId author, device_of(database, event.log));
  if (author != by.device && !roster.same_member(author, by.device)) return {};
  KITH_CHECK(drop_payloads(database, event));
  KITH_TRY(auto mark, database.prepare("UPDATE event SET gone = 1 WHERE row = ?1"));
  return mark.bind(1, event.row).run();
}

Result<void> note_missing(db::Database& database, std::int64_t grp, std::int64_t event_row) {
  KITH_TRY(auto insert, database.prepare("INSERT OR IGNORE INTO missing(grp, event) VALUES(?1, ?2)"));
  return insert.bind(1, grp).bind(2, event_row).run();
}

}  // namespace kith::mail
