#include "core/mail/fork_rows.h"
#include "core/mail/log_rows.h"

namespace kith::mail {

Result<std::optional<Fork>> keep_fork(db::Database& database, std::int64_t grp, const SignedHeader& a,
                                      const SignedHeader& b) {
  KITH_ASSERT(a.header.device == b.header.device && a.header.seq == b.header.seq);
  const bool in_order = a.bytes < b.bytes;
  Fork fork{.row = 0, .first = in_order ? a : b, .second = in_order ? b : a};
  const DeviceId& device = a.header.device;
  const std::int64_t seq = signed64(a.header.seq);
  {
    KITH_TRY(auto query, database.prepare("SELECT seq FROM fork WHERE grp = ?1 AND device_id = ?2"));
    query.bind(1, grp).bind(2, device.view());
    KITH_TRY(const bool found, query.step());
    if (found && query.integer(0) <= seq) return std::nullopt;
  }
  {
    KITH_TRY(auto drop, database.prepare("DELETE FROM fork WHERE grp = ?1 AND device_id = ?2"));
    KITH_CHECK(drop.bind(1, grp).bind(2, device.view()).run());
  }
  KITH_TRY(auto insert, database.prepare("INSERT INTO fork(grp, device_id, seq, first, second) "
                                         "VALUES(?1, ?2, ?3, ?4, ?5)"));
  insert.bind(1, grp).bind(2, device.view()).bind(3, seq);
  KITH_CHECK(insert.bind(4, fork.first.bytes).bind(5, fork.second.bytes).run());
  fork.row = database.last_rowid();
  return fork;
}

Result<std::optional<std::uint64_t>> forked_at(db::Database& database, std::int64_t grp,
                                               const DeviceId& device) {
  KITH_TRY(auto query, database.prepare("SELECT seq FROM fork WHERE grp = ?1 AND device_id = ?2"));
  query.bind(1, grp).bind(2, device.view());
  KITH_TRY(const bool found, query.step());
  if (!found) return std::nullopt;
  return static_cast<std::uint64_t>(query.integer(0));
}

namespace {

// The acts beside one log have the numbers from here down.
constexpr std::int64_t kBesideEach = std::int64_t{1} << 20;
std::int64_t beside_from(std::int64_t log) { return -log * kBesideEach; }

// A device with room left among the acts that are kept because it waits for them.
Result<std::optional<DeviceId>> waiting_with_room(db::Database& database, std::span<const DeviceId> waiting) {
  for (const DeviceId& device : waiting) {
    KITH_TRY(auto query, database.prepare("SELECT count(*) FROM waiter WHERE device_id = ?1"));
    KITH_CHECK(query.bind(1, device.view()).step());
    if (query.integer(0) < static_cast<std::int64_t>(kMaxBesideWanted)) return device;
  }
  return std::nullopt;
}

}  // namespace

Result<Beside> put_beside(db::Database& database, std::int64_t grp, std::int64_t log, const Event& event,
                          std::span<const DeviceId> waiting) {
  {
    KITH_TRY(auto query, database.prepare("SELECT 1 FROM event WHERE id = ?1"));
    query.bind(1, event.link().view());
    KITH_TRY(const bool known, query.step());
    if (known) return Beside::known;
  }
  const std::int64_t from = beside_from(log);
  std::int64_t number = from;
  bool unasked = false;  // it has a place though nobody waits for it
  {
    KITH_TRY(auto query,
             database.prepare("SELECT min(e.log), count(*) - count(w.event) FROM event e LEFT JOIN "
                              "waiter w ON w.event = e.row WHERE e.log > ?1 AND e.log <= ?2"));
    query.bind(1, from - kBesideEach).bind(2, from);
    KITH_CHECK(query.step());
    if (!query.is_null(0)) number = query.integer(0) - 1;
    unasked = query.integer(1) < static_cast<std::int64_t>(kMaxBeside);
  }
  KITH_TRY(const auto waits, waiting_with_room(database, waiting));
  if ((!unasked && !waits) || number <= from - kBesideEach) return Beside::full;
  {
    KITH_TRY(auto insert, database.prepare("INSERT INTO event(log, grp, seq, control, gone, id, wire) "
                                           "VALUES(?1, ?2, ?3, 1, 0, ?4, ?5)"));
    insert.bind(1, number).bind(2, grp).bind(3, signed64(event.header().seq));
    KITH_CHECK(insert.bind(4, event.link().view()).bind(5, event.wire()).run());
  }
  if (unasked) return Beside::stored;
  KITH_TRY(auto note, database.prepare("INSERT INTO waiter(event, device_id) VALUES(?1, ?2)"));
  KITH_CHECK(note.bind(1, database.last_rowid()).bind(2, waits->view()).run());
  return Beside::stored;
}

Result<bool> move_into_log(db::Database& database, std::int64_t log, const Event& event) {
  KITH_TRY(auto move, database.prepare("UPDATE event SET log = ?1, id = ?3 WHERE id = ?2 AND log < 0"));
  KITH_CHECK(move.bind(1, log).bind(2, event.link().view()).bind(3, event.id().view()).run());
  if (database.changes() == 0) return false;
  KITH_TRY(auto drop,
           database.prepare("DELETE FROM waiter WHERE event = (SELECT row FROM event WHERE id = ?1)"));
  KITH_CHECK(drop.bind(1, event.id().view()).run());
  return true;
}

namespace {

// Of acts of a device from a place on, in the log and beside it.
Result<std::vector<std::int64_t>> rows_of_branches(db::Database& database, const GroupId& group,
                                                   const MailStore::Branches& of, std::int64_t after_row) {
  std::vector<std::int64_t> rows;
  const auto grp = group_number(database, group);
  if (!grp && grp.error().code == Errc::not_found) return rows;
  KITH_CHECK(grp);
  KITH_TRY(const auto log, log_row(database, *grp, of.device));
  if (!log) return rows;
  const std::int64_t from = beside_from(log->log);
  KITH_TRY(auto query,
           database.prepare("SELECT row FROM event WHERE log = ?1 AND seq >= ?2 AND control = 1 AND row > ?5 "
                            "UNION ALL SELECT row FROM event WHERE log > ?3 AND log <= ?4 AND seq >= ?2 AND "
                            "row > ?5 ORDER BY row"));
  query.bind(1, log->log).bind(2, signed64(of.seq)).bind(3, from - kBesideEach).bind(4, from);
  query.bind(5, after_row);
  while (true) {
    KITH_TRY(const bool found, query.step());
    if (!found) return rows;
    rows.push_back(query.integer(0));
  }
}

}  // namespace

Result<std::vector<SignedHeader>> MailStore::branch_headers(const GroupId& group, const Branches& of) {
  KITH_TRY(const auto rows, rows_of_branches(database_, group, of, 0));
  std::vector<SignedHeader> headers;
  for (const std::int64_t row : rows) {
    KITH_TRY(auto query, database_.prepare("SELECT substr(wire, 1, 256) FROM event WHERE row = ?1"));
    query.bind(1, row);
    KITH_TRY(const bool found, query.step());
    auto header = parse_signed_header(found ? query.blob_view(0) : ByteView());
    if (header) headers.push_back(std::move(*header));  // else somebody edited the file
  }
  return headers;
}

Result<std::vector<std::pair<std::int64_t, Bytes>>> MailStore::branch_acts(const GroupId& group,
                                                                           const Branches& of,
                                                                           std::int64_t after_row,
                                                                           std::size_t max_bytes) {
  KITH_TRY(const auto rows, rows_of_branches(database_, group, of, after_row));
  std::vector<std::pair<std::int64_t, Bytes>> acts;
  std::size_t bytes = 0;
  for (const std::int64_t row : rows) {
    KITH_TRY(auto query, database_.prepare("SELECT wire FROM event WHERE row = ?1"));
    query.bind(1, row);
    KITH_TRY(const bool found, query.step());
    const ByteView wire = found ? query.blob_view(0) : ByteView();
    if (!acts.empty() && bytes + wire.size() > max_bytes) break;
    bytes += wire.size();
    acts.emplace_back(row, to_bytes(wire));
  }
  return acts;
}

Result<std::int64_t> MailStore::last_event_row(const GroupId& group) {
  KITH_TRY(auto query, database_.prepare("SELECT max(e.row) FROM event e JOIN place p ON p.grp = e.grp WHERE "
                                         "p.group_id = ?1"));
  query.bind(1, group.view());
  KITH_TRY(const bool found, query.step());
  return found && !query.is_null(0) ? query.integer(0) : 0;
}

Result<std::optional<std::uint64_t>> MailStore::fork_place(const GroupId& group, const DeviceId& device) {
  const auto grp = group_number(database_, group);
  if (!grp && grp.error().code == Errc::not_found) return std::nullopt;
  KITH_CHECK(grp);
  return forked_at(database_, *grp, device);
}

Result<std::vector<Fork>> MailStore::forks(const GroupId& group, std::int64_t after_row, std::size_t limit) {
  KITH_TRY(auto query,
           database_.prepare("SELECT f.row, f.first, f.second FROM fork f JOIN place p ON p.grp = f.grp "
                             "WHERE p.group_id = ?1 AND f.row > ?2 ORDER BY f.row LIMIT ?3"));
  query.bind(1, group.view()).bind(2, after_row).bind(3, signed64(limit));
  std::vector<Fork> forks;
  while (true) {
    KITH_TRY(const bool found, query.step());
    if (!found) return forks;
    auto first = parse_signed_header(query.blob_view(1)), second = parse_signed_header(query.blob_view(2));
    if (!first || !second) return fail(Errc::damaged, "a stored proof of a fork is damaged");
    forks.push_back({query.integer(0), std::move(*first), std::move(*second)});
  }
}

Result<std::optional<Fork>> MailStore::add_fork(const GroupId& group, const SignedHeader& a,
                                                const SignedHeader& b, Roster& roster) {
  const auto pk = roster.sign_key(a.header.device);
  const bool one_place = a.header.group == group && b.header.group == group &&
                         a.header.device == b.header.device && a.header.seq == b.header.seq &&
                         a.bytes != b.bytes;
  if (!pk || !one_place || !a.verify(*pk) || !b.verify(*pk))
    return fail(Errc::unauthentic, "not a proof of a fork");
  KITH_TRY(auto transaction, db::Transaction::begin(database_));
  KITH_TRY(const std::int64_t grp, ensure_group_number(database_, group));
  KITH_TRY(auto fork, keep_fork(database_, grp, a, b));
  KITH_CHECK(transaction.commit());
  if (fork) roster.fork(fork->first, fork->second);
  return fork;
}

}  // namespace kith::mail
