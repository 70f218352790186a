// Rows of mail.db that several parts of MailStore touch. Private to core/mail.
#pragma once

#include "core/mail/mail_store.h"

namespace kith::mail {

inline std::int64_t signed64(std::uint64_t value) {  // seq and counts are below 2^63 (event.h)
  KITH_ASSERT(value < std::uint64_t{1} << 63);
  return static_cast<std::int64_t>(value);
}

// A row of `head`.
struct LogRow {
  std::int64_t log;
  DeviceId device;
  std::int64_t owner;
  LogHead head;
  std::uint64_t checked;
  std::uint64_t purged;
  std::int64_t payload_bytes;
};

// A row of `event` beside its log's.
struct EventRow {
  std::int64_t row;
  std::int64_t log;
  bool gone;
};

Result<std::int64_t> group_number(db::Database& database, const GroupId& group);         // not_found
Result<std::int64_t> ensure_group_number(db::Database& database, const GroupId& group);  // in a transaction
Result<Day> keep_from(db::Database& database, std::int64_t grp);

Result<std::vector<LogRow>> log_rows(db::Database& database, std::int64_t grp);  // in order of first arrival
Result<LogLoad> log_load(db::Database& database, std::int64_t log);
Result<std::optional<LogRow>> log_row(db::Database& database, std::int64_t grp, const DeviceId& device);
Result<std::size_t> count_logs(db::Database& database, std::int64_t grp);
Result<DeviceId> device_of(db::Database& database, std::int64_t log);
// Of an event that stands in a log.
Result<std::optional<EventRow>> event_row(db::Database& database, std::int64_t grp, const EventId& id);

// After the roster learnt acts: which logs are of one member, and what their tombstones name. A few thousand
// questions to the roster at most; rows change only when a log's owner becomes known.
Result<void> settle_owners(db::Database& database, std::int64_t grp, const Roster& roster);

// Takes an event's payloads away; returns how many variants went.
Result<std::size_t> drop_payloads(db::Database& database, const EventRow& event);
// What a tombstone in the log `by` does to an event of the same member; nothing to another's.
Result<void> bury_event(db::Database& database, const LogRow& by, const EventRow& event,
                        const Roster& roster);
// Notes that an envelope lacks its payload. Nothing happens if that is known.
Result<void> note_missing(db::Database& database, std::int64_t grp, std::int64_t event_row);

}  // namespace kith::mail
