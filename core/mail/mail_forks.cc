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

}  // namespace

Result<Beside> put_beside(db::Database& database, std::int64_t grp, std::int64_t log, const Event& event,
                          bool wanted) {
  {
    KITH_TRY(auto query, database.prepare("SELECT 1 FROM event WHERE id = ?1"));
    query.bind(1, event.id().view());
    KITH_TRY(const bool known, query.step());
    if (known) return Beside::known;
  }
  const std::int64_t from = beside_from(log);
  std::int64_t lowest = from, count = 0;
  {
    KITH_TRY(auto query,
             database.prepare("SELECT min(log), count(*) FROM event WHERE log > ?1 AND log <= ?2"));
    query.bind(1, from - kBesideEach).bind(2, from);
    KITH_CHECK(query.step());
    count = query.integer(1);
    if (count > 0) lowest = query.integer(0) - 1;
  }
  const std::size_t most = wanted ? kMaxBesideWanted : kMaxBeside;
  if (count >= static_cast<std::int64_t>(most) || lowest <= from - kBesideEach) return Beside::full;
  KITH_TRY(auto insert, database.prepare("INSERT INTO event(log, grp, seq, control, gone, id, wire) "
                                         "VALUES(?1, ?2, ?3, 1, 0, ?4, ?5)"));
  insert.bind(1, lowest).bind(2, grp).bind(3, signed64(event.header().seq));
  KITH_CHECK(insert.bind(4, event.id().view()).bind(5, event.wire()).run());
  return Beside::stored;
}

Result<bool> move_into_log(db::Database& database, std::int64_t log, const Event& event) {
  KITH_TRY(auto move, database.prepare("UPDATE event SET log = ?1, wire = ?3 WHERE id = ?2 AND log < 0"));
  KITH_CHECK(move.bind(1, log).bind(2, event.id().view()).bind(3, event.wire()).run());
  return database.changes() > 0;
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
