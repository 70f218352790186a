// Taking events in: one run of a device's log after the other.
#include <algorithm>

#include "core/mail/fork_rows.h"
#include "core/mail/log_rows.h"
#include "core/mail/unchecked.h"

namespace kith::mail {
namespace {

Stop stop_of(Errc code) {
  switch (code) {
    case Errc::not_found:
      return Stop::gap;
    case Errc::unauthentic:
      return Stop::broken_chain;
    case Errc::too_large:
      return Stop::too_many;
    case Errc::waiting:
      return Stop::ahead;
    default:
      return Stop::malformed;
  }
}

bool is_act(const Header& header) { return header.kind == Kind::ctl || header.kind == Kind::dev; }

// Of a run, of whose events `waiting` says who waits for them: the end of what others wait for, else `from`.
// An act stands on what is below it.
std::size_t wanted_end(std::span<const Event> run, const std::vector<std::vector<DeviceId>>& waiting,
                       std::size_t from) {
  for (std::size_t end = run.size(); end > from; --end)
    if (is_act(run[end - 1].header()) && !waiting[end - 1].empty()) return end;
  return from;
}

// What the roster learns in an append, and unlearns unless that is stored. Whoever has no memory left for
// either must not go on with half of it: the program ends, and the next one knows what is stored.
class Lesson {
 public:
  explicit Lesson(Roster& roster) : roster_(roster) {}
  ~Lesson() {
    if (!news_.empty()) roster_.unlearn(news_);
  }
  Lesson(const Lesson&) = delete;
  Lesson& operator=(const Lesson&) = delete;
  void learn(std::span<const Event> control) noexcept { news_.merge(roster_.learn(control)); }
  void stored(const Appended& appended) {
    news_.clear();
    for (const Fork& fork : appended.forks) roster_.fork(fork.first, fork.second);
  }

 private:
  Roster& roster_;
  std::set<Link> news_;
};

// One append(): the transaction is the caller's, and so is the lesson.
class Intake {
 public:
  Intake(db::Database& database, const GroupId& group, std::int64_t grp, Roster& roster, Lesson& lesson,
         Day today, Day kept)
      : database_(database),
        group_(group),
        grp_(grp),
        roster_(roster),
        lesson_(lesson),
        today_(today),
        kept_(kept) {}

  // Events of one device, as they came.
  Result<void> run(std::span<const Event> events) {
    while (!events.empty()) {
      KITH_TRY(const std::size_t taken, take(events));
      events = events.subspan(taken);
    }
    return {};
  }
  Appended finish() && {
    learn();
    return std::move(appended_);
  }

 private:
  struct Fresh {  // the events of a run that may be stored
    std::vector<const Event*> events;
    std::vector<LogHead> heads;  // of the log after each of them
    std::size_t taken =
        0;  // of the run: fewer than all if it comes back to a place that it has filled itself
    std::size_t verified = 0;  // the first so many
  };

  Result<void> conflict(const LogRow& log, const Event& event, const SignPk& pk);
  Result<bool> beside(const LogRow& log, const Event& event, const SignPk& pk);
  const std::vector<std::vector<DeviceId>>& waiting();
  Result<std::size_t> take(std::span<const Event> events);
  Result<void> load_others(const DeviceId& device);
  Result<Fresh> choose(const std::optional<LogRow>& log, std::span<const Event> events, const SignPk& pk);
  bool full_with(const LogHead& next) const;
  bool goes_on_after(std::size_t stops);
  void check(Fresh& fresh, const SignPk& pk);
  Result<bool> settle_pending(LogRow& log, const SignPk& pk);
  Result<LogRow> new_log(const DeviceId& device);
  Result<void> store(LogRow log, const Fresh& fresh);
  Result<void> store_one(const LogRow& log, const Event& event);
  Result<bool> buried(const LogRow& log, const EventId& id);
  Result<void> bury(const LogRow& log, const Event& tomb);
  void learn();
  void stop(const Event& event, Stop why) {
    appended_.stopped.push_back({event.header().device, event.header().seq, why});
  }

  db::Database& database_;
  const GroupId& group_;
  std::int64_t grp_;
  Roster& roster_;
  Lesson& lesson_;
  Day today_;
  Day kept_;
  Appended appended_;
  std::size_t learnt_ = 0;  // of appended_.control
  std::span<const Event> run_;
  std::optional<std::vector<std::vector<DeviceId>>> waiting_;  // for each of the run, once it was asked
  struct Sharing {                                             // the bounds of the log at hand
    bool counts = true;
    std::uint64_t events = 0;  // here and below: of the other logs that share them
    LogLoad load = {};
  };
  Sharing now_;
};

void Intake::learn() {
  const std::span<const Event> news = std::span(appended_.control).subspan(learnt_);
  if (!news.empty()) lesson_.learn(news);
  learnt_ = appended_.control.size();
}

// Stores what follows of a run; returns how many of its events that settles.
Result<std::size_t> Intake::take(std::span<const Event> events) {
  learn();
  const auto key = roster_.sign_key(events.front().header().device);
  if (!key) {
    stop(events.front(), Stop::stranger);
    return events.size();
  }
  KITH_TRY(auto log, log_row(database_, grp_, events.front().header().device));
  const auto has_body = [](const Event& event) { return event.header().kind != Kind::env; };
  if (log && std::ranges::any_of(events, has_body)) {
    KITH_TRY(const LogLoad load, log_load(database_, log->log));
    log->head.acts = static_cast<std::uint32_t>(load.acts);
    log->head.bodies = load.bytes;
  }
  run_ = events;
  waiting_.reset();
  KITH_CHECK(load_others(events.front().header().device));
  KITH_TRY(auto fresh, choose(log, events, *key));
  check(fresh, *key);
  if (fresh.events.empty()) return fresh.taken;
  if (log && fresh.verified > 0 && log->checked <= log->head.seq) {
    KITH_TRY(const bool good, settle_pending(*log, *key));
    if (!good) {
      stop(*fresh.events.front(), Stop::bad_signature);
      return events.size();
    }
  }
  if (!log) {
    KITH_TRY(const std::size_t logs, count_logs(database_, grp_));
    if (logs >= (now_.counts ? kMaxLogs : kMaxLogsUncounted)) {
      stop(*fresh.events.front(), Stop::too_many);
      return events.size();
    }
    KITH_TRY(log, new_log(events.front().header().device));
  }
  KITH_CHECK(store(*log, fresh));
  return fresh.taken;
}

// Devices whose enrolment does not count have the bounds of one log together: whoever forked a log can enrol
// any number of them, and no cut ever ends what they write.
Result<void> Intake::load_others(const DeviceId& device) {
  now_ = Sharing{};
  now_.counts = roster_.counts(device);
  if (now_.counts) return {};
  KITH_TRY(const auto logs, log_rows(database_, grp_));
  for (const LogRow& other : logs) {
    if (other.device == device || roster_.counts(other.device)) continue;
    KITH_TRY(const LogLoad load, log_load(database_, other.log));
    now_.events += other.head.seq + 1;
    now_.load.acts += load.acts;
    now_.load.bytes += load.bytes;
  }
  return {};
}

bool Intake::full_with(const LogHead& next) const {
  return next.seq + now_.events >= kMaxLogEvents || next.acts + now_.load.acts > kMaxLogActs ||
         next.bodies + now_.load.bytes > kMaxLogBodies;
}

Result<void> Intake::conflict(const LogRow& log, const Event& event, const SignPk& pk) {
  Bytes stored;
  {
    KITH_TRY(auto query, database_.prepare("SELECT wire FROM event WHERE log = ?1 AND seq = ?2"));
    query.bind(1, log.log).bind(2, signed64(event.header().seq));
    KITH_TRY(const bool found, query.step());
    if (found) stored = query.blob(0);
  }
  // Somebody took rows out of the middle of a log.
  if (stored.size() < kSignedSize) return fail(Errc::damaged, "a stored event is missing or damaged");
  if (equal(stored, event.wire())) {
    ++appended_.known;
    return {};
  }
  KITH_TRY(const auto known, forked_at(database_, grp_, event.header().device));
  const bool news = !known || *known > event.header().seq;  // that there are branches
  if ((news || is_act(event.header())) && !event.verify(pk)) {
    stop(event, Stop::bad_signature);
    return {};
  }
  KITH_TRY(const bool kept, beside(log, event, pk));
  if (kept && !news) return {};
  stop(event, Stop::broken_chain);
  if (!news) return {};
  KITH_TRY(const auto ours, parse_signed_header(ByteView(stored).first(kSignedSize)));
  KITH_TRY(const auto theirs, parse_signed_header(event.signed_bytes()));
  if (!ours.verify(pk)) return {};  // not checked yet: its turn comes
  KITH_TRY(auto fork, keep_fork(database_, grp_, ours, theirs));
  if (!fork) return {};
  appended_.forks.push_back(std::move(*fork));
  return {};
}

// The roster is asked as it was when the run began: to tell it of each act at once would cost it its whole
// work for every one of them.
const std::vector<std::vector<DeviceId>>& Intake::waiting() {
  if (!waiting_) waiting_ = roster_.waiting_for(run_);
  return *waiting_;
}

// An act of another branch. It is kept for the sake of those who build on it, once it is certain that there
// are branches: what is merely ahead of its log is passed on by nobody, and its turn comes. False: it is not.
Result<bool> Intake::beside(const LogRow& log, const Event& event, const SignPk& pk) {
  const Header& header = event.header();
  if (!is_act(header) || number(header.day) > number(today_) + kMaxDaysAhead) return false;
  const bool in_place = header.seq <= log.head.seq;  // and so another than ours
  KITH_TRY(const auto fork, forked_at(database_, grp_, header.device));
  if (!in_place && (!fork || *fork > header.seq)) return false;
  const auto& waits = waiting()[static_cast<std::size_t>(&event - run_.data())];
  if (waits.empty() && (!now_.counts || !roster_.storable(header, event.link()))) return false;
  if (!event.verify(pk)) return false;
  KITH_TRY(const Beside put, put_beside(database_, grp_, log.log, event, waits));
  if (put == Beside::full) return false;
  if (put == Beside::stored) {
    ++appended_.stored;
    appended_.control.push_back(event);
  } else {
    ++appended_.known;
  }
  appended_.beside.push_back(header.device);
  return true;
}

Result<Intake::Fresh> Intake::choose(const std::optional<LogRow>& log, std::span<const Event> events,
                                     const SignPk& pk) {
  std::optional<LogHead> head;
  if (log) head = log->head;
  Fresh fresh;
  fresh.events.reserve(events.size());
  const std::size_t stops = appended_.stopped.size();
  std::optional<std::size_t> wanted;  // of a run that goes beyond a cut or a bound
  for (const Event& event : events) {
    const auto refused = [&](const LogHead& next) -> std::optional<Stop> {
      const bool storable = roster_.storable(event.header(), event.link());
      if (storable && !full_with(next)) return std::nullopt;
      if (!wanted) wanted = wanted_end(events, waiting(), fresh.taken);
      if (fresh.taken < *wanted) return std::nullopt;
      return storable ? Stop::too_many : Stop::not_storable;
    };
    if (event.header().group != group_) {
      stop(event, Stop::other_group);
    } else if (log && event.header().seq <= log->head.seq) {
      KITH_CHECK(conflict(*log, event, pk));
    } else if (head && event.header().seq <= head->seq) {
      return fresh;
    } else if (const auto next = follow(head, event, today_); !next) {
      const Stop why = stop_of(next.error().code);
      KITH_TRY(const bool kept, log && (why == Stop::gap || why == Stop::broken_chain)
                                    ? beside(*log, event, pk)
                                    : Result<bool>(false));
      if (!kept) stop(event, why);
    } else if (const auto why = refused(*next)) {
      stop(event, *why);
    } else {
      head = *next;
      fresh.heads.push_back(*next);
      fresh.events.push_back(&event);
    }
    ++fresh.taken;
    if (!goes_on_after(stops)) {
      fresh.taken = events.size();
      break;
    }
  }
  return fresh;
}

// Of a run one refusal is told. What follows may still be acts that have their place beside the log.
bool Intake::goes_on_after(std::size_t stops) {
  if (appended_.stopped.size() == stops) return true;
  const Stop why = appended_.stopped.back().why;
  if (why == Stop::bad_signature || why == Stop::other_group) return false;
  appended_.stopped.erase(appended_.stopped.begin() + static_cast<std::ptrdiff_t>(stops) + 1,
                          appended_.stopped.end());
  return true;
}

// Cuts the run before its first bad signature, as far as they must be checked now.
void Intake::check(Fresh& fresh, const SignPk& pk) {
  std::vector<const Event*>& events = fresh.events;
  const auto envelope = [](const Event* event) { return event->header().kind == Kind::env; };
  const auto last_other = std::find_if_not(events.rbegin(), events.rend(), envelope);
  std::size_t must = static_cast<std::size_t>(events.rend() - last_other);
  if (events.size() - must <= kCheckAtOnce || !events.back()->verify(pk)) must = events.size();
  while (fresh.verified < must && events[fresh.verified]->verify(pk)) ++fresh.verified;
  if (fresh.verified == must) return;
  stop(*events[fresh.verified], Stop::bad_signature);
  events.resize(fresh.verified);
}

// What stands unchecked below a CTL, DEV or TOMB is checked before that takes effect.
Result<bool> Intake::settle_pending(LogRow& log, const SignPk& pk) {
  KITH_TRY(const Checked checked, check_stored(database_, log, pk, INT64_MAX));
  if (checked.bad_follows) {
    KITH_CHECK(truncate(database_, log, log.checked + checked.good));
    return false;
  }
  log.checked += checked.good;
  return true;
}

Result<LogRow> Intake::new_log(const DeviceId& device) {
  KITH_TRY(const auto others, log_rows(database_, grp_));
  LogRow log{.log = 0,
             .device = device,
             .owner = 0,
             .head = {0, Link::zero(), Day{0}, 0},
             .checked = 0,
             .purged = 0,
             .payload_bytes = 0};
  for (const LogRow& other : others)
    if (log.owner == 0 && now_.counts && roster_.same_member(other.device, device)) log.owner = other.owner;
  KITH_TRY(auto insert,
           database_.prepare(
               "INSERT INTO head(grp, device_id, owner, seq, link, day, day_events, checked, purged, "
               "payload_bytes) VALUES(?1, ?2, ?3, 0, ?4, 0, 0, 0, 0, 0)"));
  KITH_CHECK(
      insert.bind(1, grp_).bind(2, device.view()).bind(3, log.owner).bind(4, log.head.link.view()).run());
  log.log = database_.last_rowid();
  if (log.owner != 0 || !now_.counts) return log;
  log.owner = log.log;
  KITH_TRY(auto own, database_.prepare("UPDATE head SET owner = log WHERE log = ?1"));
  KITH_CHECK(own.bind(1, log.log).run());
  return log;
}

Result<void> Intake::store(LogRow log, const Fresh& fresh) {
  for (const Event* event : fresh.events) KITH_CHECK(store_one(log, *event));
  const std::uint64_t first = fresh.events.front()->header().seq;
  if (log.checked == first) log.checked += fresh.verified;
  log.head = fresh.heads[fresh.events.size() - 1];
  appended_.stored += fresh.events.size();
  return write_head(database_, log);
}

Result<void> Intake::store_one(const LogRow& log, const Event& event) {
  const Kind kind = event.header().kind;
  const bool control = kind == Kind::ctl || kind == Kind::dev;
  bool gone = false;
  if (kind == Kind::env) {
    KITH_TRY(gone, buried(log, event.id()));
  }
  KITH_TRY(const bool moved, control ? move_into_log(database_, log.log, event) : Result<bool>(false));
  if (!moved) {
    KITH_TRY(auto insert, database_.prepare("INSERT INTO event(log, grp, seq, control, gone, id, wire) "
                                            "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
    insert.bind(1, log.log).bind(2, grp_).bind(3, signed64(event.header().seq)).bind(4, control ? 1 : 0);
    KITH_CHECK(insert.bind(5, gone ? 1 : 0).bind(6, event.id().view()).bind(7, event.wire()).run());
  }
  if (kind == Kind::env && !gone && event.header().day >= kept_)
    KITH_CHECK(note_missing(database_, grp_, database_.last_rowid()));
  if (kind == Kind::tomb) KITH_CHECK(bury(log, event));
  if (control) appended_.control.push_back(event);
  return {};
}

// Was this envelope tombstoned by its own member before it came?
Result<bool> Intake::buried(const LogRow& log, const EventId& id) {
  KITH_TRY(auto query, database_.prepare("SELECT h.device_id FROM tomb t JOIN head h ON h.log = t.log "
                                         "WHERE t.target = ?1 AND h.grp = ?2"));
  query.bind(1, id.view()).bind(2, grp_);
  while (true) {
    KITH_TRY(const bool found, query.step());
    if (!found) return false;
    KITH_TRY(const auto by, DeviceId::parse(query.blob_view(0)));
    if (by == log.device || roster_.same_member(by, log.device)) return true;
  }
}

Result<void> Intake::bury(const LogRow& log, const Event& tomb) {
  KITH_TRY(const Tomb parsed, parse_tomb(tomb.body()));
  for (const EventId& id : parsed.events) {
    {
      KITH_TRY(auto insert, database_.prepare("INSERT OR IGNORE INTO tomb(target, log) VALUES(?1, ?2)"));
      KITH_CHECK(insert.bind(1, id.view()).bind(2, log.log).run());
    }
    KITH_TRY(const auto row, event_row(database_, grp_, id));
    if (row && !row->gone) KITH_CHECK(bury_event(database_, log, *row, roster_));
  }
  return {};
}

}  // namespace

std::size_t storable_run(const Roster& roster, std::span<const Event> run) {
  const auto not_storable = [&](const Event& event) {
    return !roster.storable(event.header(), event.link());
  };
  const auto first = static_cast<std::size_t>(std::ranges::find_if(run, not_storable) - run.begin());
  return first == run.size() ? first : wanted_end(run, roster.waiting_for(run), first);
}

Result<Appended> MailStore::append(const GroupId& group, std::span<const Event> events, Roster& roster,
                                   Day today) {
  Lesson lesson(roster);
  KITH_TRY(auto transaction, db::Transaction::begin(database_));
  KITH_TRY(const std::int64_t grp, ensure_group_number(database_, group));
  KITH_TRY(const Day kept, keep_from(database_, grp));
  Intake intake(database_, group, grp, roster, lesson, today, kept);
  while (!events.empty()) {
    const DeviceId& device = events.front().header().device;
    const auto other = [&](const Event& event) { return event.header().device != device; };
    const auto end = std::ranges::find_if(events, other);
    const auto size = static_cast<std::size_t>(end - events.begin());
    KITH_CHECK(intake.run(events.first(size)));
    events = events.subspan(size);
  }
  Appended appended = std::move(intake).finish();
  if (!appended.control.empty() || !appended.beside.empty())
    KITH_CHECK(settle_owners(database_, grp, roster));
  KITH_CHECK(transaction.commit());
  lesson.stored(appended);
  return appended;
}

}  // namespace kith::mail
