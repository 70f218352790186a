#include "core/mail/mail_store.h"

#include "core/mail/log_rows.h"
#include "core/mail/mail_schema.h"

namespace kith::mail {
namespace {

// An event of ours that no longer parses was altered on the disk.
Result<Event> stored_event(ByteView wire) {
  auto event = Event::parse(wire);
  if (!event) return fail(Errc::damaged, "a stored event is damaged");
  return event;
}

Result<std::optional<Event>> one_event(db::Statement& query) {
  KITH_TRY(const bool found, query.step());
  if (!found) return std::nullopt;
  KITH_TRY(auto event, stored_event(query.blob_view(0)));
  return event;
}

Head head_of(const LogRow& row) {
  return {.device = row.device, .seq = row.head.seq, .link = row.head.link, .checked = row.checked};
}

// A group that nothing was stored of has no number; its tables are empty.
constexpr std::int64_t kNoGroup = -1;
Result<std::int64_t> number_or_none(db::Database& database, const GroupId& group) {
  auto number = group_number(database, group);
  if (!number && number.error().code == Errc::not_found) return kNoGroup;
  return number;
}

// The query's rows: row, wire.
Result<std::vector<StoredEvent>> stored_events(db::Statement& query) {
  std::vector<StoredEvent> events;
  while (true) {
    KITH_TRY(const bool found, query.step());
    if (!found) return events;
    KITH_TRY(auto event, stored_event(query.blob_view(1)));
    events.push_back({query.integer(0), std::move(event)});
  }
}

// The row of the oldest event of the group that is not checked, or none.
Result<std::optional<std::int64_t>> first_unchecked(db::Database& database, std::int64_t grp) {
  KITH_TRY(
      auto query,
      database.prepare("SELECT min(e.row) FROM head h JOIN event e ON e.log = h.log AND e.seq = h.checked "
                       "WHERE h.grp = ?1 AND h.checked <= h.seq"));
  query.bind(1, grp);
  KITH_TRY(const bool found, query.step());
  if (!found || query.is_null(0)) return std::nullopt;
  return query.integer(0);
}

}  // namespace

Result<MailStore> MailStore::open(db::Database database) {
  KITH_CHECK(prepare_schema(database));
  return MailStore(std::move(database));
}

Result<void> MailStore::add_group(const LocalGroup& local, const crypto::LinkKeypair& link) {
  KITH_TRY(auto transaction, db::Transaction::begin(database_));
  KITH_TRY(const std::int64_t grp, ensure_group_number(database_, local.group));
  {
    KITH_TRY(auto update, database_.prepare("UPDATE place SET device_id = ?2, port = ?3, link_pk = ?4, "
                                            "link_secret = ?5 WHERE grp = ?1"));
    update.bind(1, grp).bind(2, local.device.view()).bind(3, local.port);
    KITH_CHECK(update.bind(4, link.pk.view()).bind(5, link.secret.reveal()).run());
  }
  return transaction.commit();
}

Result<std::vector<LocalGroup>> MailStore::groups() {
  KITH_TRY(auto query,
           database_.prepare("SELECT group_id, device_id, port FROM place WHERE device_id IS NOT NULL "
                             "ORDER BY grp"));
  std::vector<LocalGroup> groups;
  while (true) {
    KITH_TRY(const bool found, query.step());
    if (!found) return groups;
    KITH_TRY(const auto group, GroupId::parse(query.blob_view(0)));
    KITH_TRY(const auto device, DeviceId::parse(query.blob_view(1)));
    groups.push_back({group, device, static_cast<std::uint16_t>(query.integer(2))});
  }
}

Result<crypto::LinkKeypair> MailStore::link_key(const GroupId& group) {
  KITH_TRY(auto query, database_.prepare("SELECT link_pk, link_secret FROM place WHERE group_id = ?1 AND "
                                         "link_secret IS NOT NULL"));
  query.bind(1, group.view());
  KITH_TRY(const bool found, query.step());
  if (!found) return fail(Errc::not_found, "no link key for this group");
  KITH_TRY(const auto pk, LinkPk::parse(query.blob_view(0)));
  KITH_TRY(auto secret, crypto::LinkSecret::copy_of(query.blob_view(1)));
  return crypto::LinkKeypair{pk, std::move(secret)};
}

Result<std::vector<Head>> MailStore::heads(const GroupId& group) {
  KITH_TRY(const std::int64_t grp, number_or_none(database_, group));
  KITH_TRY(const auto rows, log_rows(database_, grp));
  std::vector<Head> heads;
  heads.reserve(rows.size());
  for (const LogRow& row : rows) heads.push_back(head_of(row));
  return heads;
}

Result<std::optional<Head>> MailStore::head(const GroupId& group, const DeviceId& device) {
  KITH_TRY(const std::int64_t grp, number_or_none(database_, group));
  KITH_TRY(const auto row, log_row(database_, grp, device));
  if (!row) return std::nullopt;
  return head_of(*row);
}

Result<std::optional<Event>> MailStore::event(const EventId& id) {
  KITH_TRY(auto query, database_.prepare("SELECT wire FROM event WHERE id = ?1"));
  query.bind(1, id.view());
  return one_event(query);
}

Result<std::optional<Event>> MailStore::event_at(const GroupId& group, const DeviceId& device,
                                                 std::uint64_t seq) {
  KITH_TRY(auto query,
           database_.prepare("SELECT e.wire FROM place p JOIN head h ON h.grp = p.grp JOIN event e ON "
                             "e.log = h.log WHERE p.group_id = ?1 AND h.device_id = ?2 AND e.seq = ?3"));
  query.bind(1, group.view()).bind(2, device.view()).bind(3, signed64(seq));
  return one_event(query);
}

Result<std::optional<Link>> MailStore::link_at(const GroupId& group, const DeviceId& device,
                                               std::uint64_t seq) {
  KITH_TRY(const auto event, event_at(group, device, seq));
  if (!event) return std::nullopt;
  return event->link();
}

Result<std::vector<Bytes>> MailStore::wire_after(const GroupId& group, const DeviceId& device,
                                                 std::optional<std::uint64_t> seq, std::size_t max_bytes) {
  KITH_TRY(auto query,
           database_.prepare(
               "SELECT e.wire FROM place p JOIN head h ON h.grp = p.grp JOIN event e ON e.log = h.log "
               "WHERE p.group_id = ?1 AND h.device_id = ?2 AND e.seq > ?3 AND e.seq < h.checked "
               "ORDER BY e.seq"));
  query.bind(1, group.view()).bind(2, device.view()).bind(3, seq ? signed64(*seq) : -1);
  std::vector<Bytes> wires;
  std::size_t bytes = 0;
  while (true) {
    KITH_TRY(const bool found, query.step());
    if (!found) return wires;
    const ByteView wire = query.blob_view(0);
    if (bytes + wire.size() > max_bytes) return wires;
    bytes += wire.size();
    wires.push_back(to_bytes(wire));
  }
}

Result<std::vector<StoredEvent>> MailStore::arrivals(const GroupId& group, std::int64_t after_row,
                                                     std::size_t limit) {
  KITH_TRY(const std::int64_t grp, number_or_none(database_, group));
  KITH_TRY(const auto unchecked, first_unchecked(database_, grp));
  KITH_TRY(auto query,
           database_.prepare("SELECT row, wire FROM event WHERE grp = ?1 AND row > ?2 AND row < ?3 "
                             "ORDER BY row LIMIT ?4"));
  query.bind(1, grp).bind(2, after_row).bind(3, unchecked.value_or(INT64_MAX)).bind(4, signed64(limit));
  return stored_events(query);
}

Result<std::vector<Event>> MailStore::control_events(const GroupId& group) {
  KITH_TRY(const std::int64_t grp, number_or_none(database_, group));
  KITH_TRY(auto query,
           database_.prepare("SELECT wire FROM event WHERE grp = ?1 AND control = 1 ORDER BY row"));
  query.bind(1, grp);
  std::vector<Event> events;
  while (true) {
    KITH_TRY(const bool found, query.step());
    if (!found) return events;
    KITH_TRY(auto event, stored_event(query.blob_view(0)));
    events.push_back(std::move(event));
  }
}

Result<std::vector<std::pair<std::int64_t, Bytes>>> MailStore::beside(const GroupId& group,
                                                                      std::int64_t after_row,
                                                                      std::size_t limit) {
  KITH_TRY(const std::int64_t grp, number_or_none(database_, group));
  KITH_TRY(auto query,
           database_.prepare("SELECT row, wire FROM event WHERE log < 0 AND grp = ?1 AND row > ?2 "
                             "ORDER BY row LIMIT ?3"));
  query.bind(1, grp).bind(2, after_row).bind(3, signed64(limit));
  std::vector<std::pair<std::int64_t, Bytes>> wires;
  while (true) {
    KITH_TRY(const bool found, query.step());
    if (!found) return wires;
    wires.emplace_back(query.integer(0), query.blob(1));
  }
}

Result<LogLoad> MailStore::load_of(const GroupId& group, const DeviceId& device) {
  KITH_TRY(const std::int64_t grp, number_or_none(database_, group));
  KITH_TRY(const auto row, log_row(database_, grp, device));
  if (!row) return LogLoad{};
  return log_load(database_, row->log);
}

Result<LogLoad> MailStore::control_load(const GroupId& group, std::int64_t after_row) {
  KITH_TRY(const std::int64_t grp, number_or_none(database_, group));
  KITH_TRY(auto query, database_.prepare("SELECT count(*), total(length(wire)), max(row) FROM event WHERE "
                                         "grp = ?1 AND control = 1 AND row > ?2"));
  query.bind(1, grp).bind(2, after_row);
  KITH_CHECK(query.step());
  return LogLoad{static_cast<std::uint64_t>(query.integer(0)), static_cast<std::uint64_t>(query.integer(1)),
                 query.is_null(2) ? after_row : query.integer(2)};
}

Result<std::vector<StoredEvent>> MailStore::control_after(const GroupId& group, std::int64_t after_row,
                                                          std::size_t limit) {
  KITH_TRY(const std::int64_t grp, number_or_none(database_, group));
  KITH_TRY(auto query, database_.prepare("SELECT row, wire FROM event WHERE grp = ?1 AND control = 1 AND "
                                         "row > ?2 ORDER BY row LIMIT ?3"));
  query.bind(1, grp).bind(2, after_row).bind(3, signed64(limit));
  return stored_events(query);
}

}  // namespace kith::mail
