// Whose device a log is of. It may become known after the log began: what brings an enrolment into force can
// come later than the enrolment and the log.
#include "core/mail/log_rows.h"

namespace kith::mail {
namespace {

Result<void> set_owner(db::Database& database, std::int64_t log, std::int64_t owner) {
  KITH_TRY(auto update, database.prepare("UPDATE head SET owner = ?2 WHERE log = ?1"));
  return update.bind(1, log).bind(2, owner).run();
}

Result<std::vector<EventRow>> named_by(db::Database& database, std::int64_t log) {
  KITH_TRY(auto query,
           database.prepare("SELECT e.row, e.log FROM tomb t JOIN event e ON e.id = t.target WHERE "
                            "t.log = ?1 AND e.gone = 0 AND e.log > 0"));
  query.bind(1, log);
  std::vector<EventRow> found;
  while (true) {
    KITH_TRY(const bool more, query.step());
    if (!more) return found;
    found.push_back({query.integer(0), query.integer(1), false});
  }
}

// What the tombstones of this log name and did not take, for want of knowing whose they are.
Result<void> bury_late(db::Database& database, const LogRow& log, const Roster& roster) {
  KITH_TRY(const auto named, named_by(database, log.log));
  for (const EventRow& event : named) KITH_CHECK(bury_event(database, log, event, roster));
  return {};
}

}  // namespace

Result<void> settle_owners(db::Database& database, std::int64_t grp, const Roster& roster) {
  KITH_TRY(const auto logs, log_rows(database, grp));
  std::vector<const LogRow*> owners;
  for (const LogRow& log : logs) {
    const auto same = [&](const LogRow* other) { return roster.same_member(other->device, log.device); };
    const bool counts = roster.counts(log.device);
    if (counts && std::ranges::none_of(owners, same)) owners.push_back(&log);
    const std::int64_t owner = counts ? (*std::ranges::find_if(owners, same))->log : 0;
    if (owner == log.owner) continue;
    KITH_CHECK(set_owner(database, log.log, owner));
    for (const LogRow& of_both : logs)
      if (counts && roster.same_member(of_both.device, log.device))
        KITH_CHECK(bury_late(database, of_both, roster));
  }
  return {};
}

}  // namespace kith::mail
