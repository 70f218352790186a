#include "core/sharing/intake.h"

#include <algorithm>

#include "core/keyring/head_record.h"
#include "core/sharing/accept.h"
#include "core/sharing/control.h"
#include "core/sharing/erasing.h"
#include "core/sharing/pen.h"
#include "core/sharing/tables.h"

namespace kith::sharing {
namespace {

constexpr std::size_t kIntakeChunk = 128 * 1024;  // bytes of a log in one transaction
constexpr std::size_t kChecksAtOnce = 512;        // signatures in one transaction of mail.db
// Such transactions in one run, about 6 s; what is left waits for the next. Without a bound, whoever writes
// to mail.db meanwhile could keep kith here.
constexpr std::size_t kCheckRounds = 256;
constexpr std::size_t kBesideAtOnce = 64;  // acts beside their log in memory at once

// For the logs of others: the last of the disk is the person's own.
bool has_room(Node& node) { return node.journal().room_for_others() != db::Room::none; }

struct Log {
  std::optional<mail::LogHead> head;
  std::uint64_t lamport = 0;
};

Result<Log> log_of(Node& node, const GroupId& group, const DeviceId& device) {
  KITH_TRY(auto select,
           node.journal().prepare(
               "SELECT seq, link, day, that_day, lamport FROM share_log WHERE grp = ?1 AND device = ?2"));
  select.bind(1, group.view()).bind(2, device.view());
  KITH_TRY(const bool found, select.step());
  if (!found) return Log{};
  KITH_TRY(const auto link, column<Link>(select, 1));
  return Log{mail::LogHead{.seq = static_cast<std::uint64_t>(select.integer(0)),
                           .link = link,
                           .day = Day{static_cast<std::uint32_t>(select.integer(2))},
                           .events_that_day = static_cast<std::uint32_t>(select.integer(3))},
             static_cast<std::uint64_t>(select.integer(4))};
}

Result<void> keep_log(Node& node, const GroupId& group, const DeviceId& device, const Log& log) {
  KITH_TRY(auto put,
           node.journal().prepare("INSERT OR REPLACE INTO share_log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
  put.bind(1, group.view()).bind(2, device.view()).bind(3, static_cast<std::int64_t>(log.head->seq));
  put.bind(4, log.head->link.view()).bind(5, static_cast<std::int64_t>(number(log.head->day)));
  put.bind(6, static_cast<std::int64_t>(log.head->events_that_day))
      .bind(7, static_cast<std::int64_t>(log.lamport));
  return put.run();
}

// A tombstone counts only from a device of the member whose envelope it names.
Result<bool> tombstoned(Node& node, const Book& book, const EventId& event, const DeviceId& author) {
  KITH_TRY(auto select, node.journal().prepare("SELECT device FROM share_tomb WHERE event = ?1"));
  select.bind(1, event.view());
  while (true) {
    KITH_TRY(const bool more, select.step());
    if (!more) return false;
    KITH_TRY(const auto device, column<DeviceId>(select, 0));
    if (book.roster->same_member(device, author)) return true;
  }
}

Result<void> take_envelope(Node& node, const Book& book, const mail::Event& event,
                           std::vector<EventId>& fresh) {
  const auto& header = event.header();
  KITH_TRY(const bool gone, tombstoned(node, book, event.id(), header.device));
  KITH_TRY(auto put, node.journal().prepare(
                         "INSERT OR IGNORE INTO share_event(event, grp, device, seq, header, state) VALUES "
                         "(?1, ?2, ?3, ?4, ?5, ?6)"));
  put.bind(1, event.id().view()).bind(2, header.group.view()).bind(3, header.device.view());
  put.bind(4, static_cast<std::int64_t>(header.seq)).bind(5, event.signed_bytes());
  put.bind(6, static_cast<std::int64_t>(gone ? EventState::tombstoned : EventState::waiting));
  KITH_CHECK(put.run());
  if (!gone) fresh.push_back(event.id());
  return {};
}

// Erases what came in `target`. False: it is not here, or not of the member whose device `by` is.
Result<bool> bury(Node& node, const Book& book, const DeviceId& by, const EventId& target) {
  KITH_TRY(auto select, node.journal().prepare("SELECT device, state FROM share_event WHERE event = ?1"));
  select.bind(1, target.view());
  KITH_TRY(const bool known, select.step());
  if (!known) return false;
  KITH_TRY(const auto author, column<DeviceId>(select, 0));
  if (!book.roster->same_member(by, author)) return false;
  if (select.integer(1) == static_cast<std::int64_t>(EventState::tombstoned)) return true;
  KITH_CHECK(erase_items(node, target, ItemState::withdrawn));
  KITH_CHECK(set_event_state(node, target, EventState::tombstoned));
  return true;
}

Result<std::size_t> take_tomb(Node& node, const Book& book, const mail::Event& event) {
  const auto tomb = mail::parse_tomb(event.body());
  if (!tomb) return 0;  // says nothing; the log goes on
  std::size_t erased = 0;
  for (const auto& target : tomb->events) {
    KITH_TRY(auto put, node.journal().prepare("INSERT OR IGNORE INTO share_tomb VALUES (?1, ?2, ?3)"));
    put.bind(1, target.view()).bind(2, event.header().device.view()).bind(3, book.group.view());
    KITH_CHECK(put.run());
    KITH_TRY(const bool buried, bury(node, book, event.header().device, target));
    erased += buried ? 1 : 0;
  }
  return erased;
}

// Tombstones that came before anything said whose device they are of.
Result<void> bury_late(Node& node, Book& book) {
  std::map<DeviceId, MemberId> owners;
  const auto state = book.state();
  for (const auto& [id, device] : state->devices) owners.emplace(id, device.member);
  if (owners == book.buried_for) return {};
  std::vector<std::pair<DeviceId, EventId>> due;
  KITH_TRY(auto select, node.journal().prepare(
                            "SELECT t.device, t.event FROM share_tomb t JOIN share_event e ON e.event = "
                            "t.event WHERE t.grp = ?1 AND e.device <> t.device AND e.state <> ?2"));
  select.bind(1, book.group.view()).bind(2, static_cast<std::int64_t>(EventState::tombstoned));
  while (true) {
    KITH_TRY(const bool more, select.step());
    if (!more) break;
    KITH_TRY(const auto by, column<DeviceId>(select, 0));
    KITH_TRY(const auto target, column<EventId>(select, 1));
    due.emplace_back(by, target);
  }
  KITH_TRY(auto transaction, db::Transaction::begin(node.journal()));
  for (const auto& [by, target] : due) KITH_CHECK(bury(node, book, by, target));
  KITH_CHECK(transaction.commit());
  book.buried_for = std::move(owners);
  return {};
}

// The next event of this device's log, if it holds: that of mail.db is believed nothing.
struct Next {
  mail::Event event;
  mail::LogHead head;
};
std::optional<Next> next_of(Node& node, const Book& book, const DeviceId& device, const SignPk& key,
                            const std::optional<mail::LogHead>& after, ByteView wire) {
  auto event = mail::Event::parse(wire);
  if (!event || event->header().group != book.group || event->header().device != device) return std::nullopt;
  const auto next = mail::follow(after, *event, node.today());
  if (!next || !event->verify(key)) return std::nullopt;
  return Next{std::move(*event), *next};
}

// Is there an act in this log of mail.db, from `seq` on, that others wait for?
Result<bool> waited_for(Node& node, const Book& book, const DeviceId& device, std::uint64_t seq) {
  KITH_TRY(const auto wires, node.mail().branch_acts(book.group, {device, seq}, 0, 2 * mail::kMaxLogBodies));
  std::vector<mail::Event> acts;
  for (const auto& [row, wire] : wires)
    if (auto event = mail::Event::parse(wire)) acts.push_back(std::move(*event));
  const auto waiting = book.roster->waiting_for(acts);
  for (std::size_t i = 0; i < acts.size(); ++i) {
    if (waiting[i].empty()) continue;
    KITH_TRY(const auto in_log, node.mail().link_at(book.group, device, acts[i].header().seq));
    if (in_log && *in_log == acts[i].link()) return true;
  }
  return false;
}

// Those of a run of one log that may be kept. Beyond a cut that is what lies below an act that others wait
// for, which may stand behind this run.
Result<std::span<const Bytes>> storable_of(Node& node, const Book& book, std::span<const Bytes> wires) {
  std::vector<mail::Event> events;
  for (const auto& wire : wires) {
    auto event = mail::Event::parse(wire);
    if (!event) break;
    events.push_back(std::move(*event));
  }
  const std::size_t may = mail::storable_run(*book.roster, events);
  if (may == events.size()) return wires.first(may);
  const auto& last = events.back().header();
  KITH_TRY(const bool waited, waited_for(node, book, last.device, last.seq + 1));
  return wires.first(waited ? events.size() : may);
}

// The disk has no room for the logs of others. What they take back goes all the same: it needs none. The log
// is read on as ever and kept when there is room.
Result<void> take_back_only(Node& node, const Book& book, const DeviceId& device) {
  KITH_TRY(auto log, log_of(node, book.group, device));
  const auto key = book.roster->sign_key(device);
  while (key) {
    std::optional<std::uint64_t> from;
    if (log.head) from = log.head->seq;
    KITH_TRY(const auto wires, node.mail().wire_after(book.group, device, from, kIntakeChunk));
    KITH_TRY(const auto storable, storable_of(node, book, wires));
    if (storable.empty()) return {};
    for (const auto& wire : storable) {
      const auto next = next_of(node, book, device, *key, log.head, wire);
      if (!next) return {};
      log.head = next->head;
      const auto tomb = next->event.header().kind == mail::Kind::tomb ? mail::parse_tomb(next->event.body())
                                                                      : Result<mail::Tomb>(mail::Tomb{});
      if (!tomb || tomb->events.empty()) continue;
      KITH_TRY(auto transaction, db::Transaction::begin(node.journal()));
      for (const auto& target : tomb->events) KITH_CHECK(bury(node, book, device, target));
      KITH_CHECK(transaction.commit());
    }
  }
  return {};
}

struct Taken {
  std::size_t events = 0, erased = 0, news = 0;
  bool control = false, more = false;
};

// One chunk of one log, in one transaction. Stops at the first event that does not hold; it is asked for
// again when something new came.
Result<Taken> take_chunk(Node& node, Book& book, const DeviceId& device, std::vector<EventId>& fresh) {
  Taken taken;
  KITH_TRY(auto log, log_of(node, book.group, device));
  std::optional<std::uint64_t> from;
  if (log.head) from = log.head->seq;
  KITH_TRY(const auto wires, node.mail().wire_after(book.group, device, from, kIntakeChunk));
  const auto key = book.roster->sign_key(device);
  if (wires.empty() || !key) return taken;
  KITH_TRY(const auto storable, storable_of(node, book, wires));
  KITH_TRY(auto transaction, db::Transaction::begin(node.journal()));
  for (const auto& wire : storable) {
    const auto next = next_of(node, book, device, *key, log.head, wire);
    if (!next) break;
    const mail::Event* const event = &next->event;
    switch (event->header().kind) {
      case mail::Kind::ctl:
      case mail::Kind::dev:
        KITH_CHECK(put_control(node, *event));
        taken.control = true;
        break;
      case mail::Kind::env:
        KITH_CHECK(take_envelope(node, book, *event, fresh));
        break;
      case mail::Kind::tomb: {
        KITH_TRY(const auto erased, take_tomb(node, book, *event));
        taken.erased += erased;
        break;
      }
    }
    if (event->header().kind != mail::Kind::dev) ++taken.news;
    log.head = next->head;
    log.lamport = std::max(log.lamport, event->header().lamport);
    ++taken.events;
  }
  if (taken.events == 0) return taken;
  KITH_CHECK(keep_log(node, book.group, device, log));
  KITH_TRY(auto count,
           node.journal().prepare(
               "UPDATE share_group SET news = news + ?2, receipts = receipts + ?3 WHERE id = ?1"));
  count.bind(1, book.group.view()).bind(2, static_cast<std::int64_t>(taken.news));
  count.bind(3, static_cast<std::int64_t>(taken.erased));
  KITH_CHECK(count.run());
  if (taken.events > 0) KITH_CHECK(keyring::raise_head(node.journal()));
  KITH_CHECK(transaction.commit());
  taken.more = taken.events == wires.size();
  return taken;
}

Result<void> check_signatures(Node& node, const Book& book) {
  for (std::size_t round = 0; round < kCheckRounds; ++round) {
    KITH_TRY(const auto checked, node.mail().check_pending(book.group, *book.roster, kChecksAtOnce));
    if (checked == 0) break;
  }
  return {};
}

// Acts of forked logs that the logs here do not hold. Each is signed by its device, and that is all they
// need: what an act comes to depends on the acts, not on the log that brought it.
Result<bool> take_one_beside(Node& node, const Book& book, ByteView wire) {
  const auto event = mail::Event::parse(wire);
  if (!event || event->header().group != book.group) return false;
  if (event->header().kind != mail::Kind::ctl && event->header().kind != mail::Kind::dev) return false;
  const auto key = book.roster->sign_key(event->header().device);
  if (!key || mail::storable_run(*book.roster, std::span(&*event, 1)) == 0) return false;
  KITH_TRY(const bool known, has_control(node, *event));
  if (known || !event->verify(*key)) return false;
  KITH_TRY(auto transaction, db::Transaction::begin(node.journal()));
  KITH_CHECK(put_control(node, *event));
  KITH_CHECK(keyring::raise_head(node.journal()));
  KITH_CHECK(transaction.commit());
  return true;
}

Result<bool> take_beside(Node& node, const Book& book) {
  bool news = false;
  std::int64_t row = 0;
  for (std::size_t round = 0; round < kCheckRounds && has_room(node); ++round) {
    KITH_TRY(const auto part, node.mail().beside(book.group, row, kBesideAtOnce));
    if (part.empty()) break;
    for (const auto& [at, wire] : part) {
      KITH_TRY(const bool taken, take_one_beside(node, book, wire));
      news = news || taken;
      row = at;
    }
  }
  if (news) KITH_CHECK(node.book(book.group));
  return news;
}

Result<void> take_logs(Node& node, Book& book, std::vector<EventId>& fresh, IntakeReport& report) {
  bool progress = true;
  while (progress) {  // a control event may enrol the device whose log was skipped a moment ago
    KITH_TRY(progress, take_beside(node, book));
    report.control_changed = report.control_changed || progress;
    // Also of devices whose enrolment does not count (any more): others may have built on their acts.
    KITH_TRY(const auto heads, node.mail().heads(book.group));
    for (const auto& [device, seq, link, checked] : heads) {
      if (device == book.device || !book.roster->sign_key(device)) continue;
      Taken taken{.more = true};
      while (taken.more && has_room(node)) {
        KITH_TRY(taken, take_chunk(node, book, device, fresh));
        report.events += taken.events;
        report.control_changed = report.control_changed || taken.control;
        progress = progress || taken.events > 0;
        if (taken.control) KITH_CHECK(node.book(book.group));
      }
    }
  }
  if (has_room(node)) return {};
  KITH_TRY(const auto heads, node.mail().heads(book.group));
  for (const auto& head : heads)
    if (head.device != book.device) KITH_CHECK(take_back_only(node, book, head.device));
  return {};
}

}  // namespace

Result<void> set_event_state(Node& node, const EventId& event, EventState state) {
  KITH_TRY(auto update,
           node.journal().prepare("UPDATE share_event SET state = ?2, awaits = NULL WHERE event = ?1"));
  update.bind(1, event.view()).bind(2, static_cast<std::int64_t>(state));
  return update.run();
}

Result<IntakeReport> Intake::run(const GroupId& group, bool all) {
  IntakeReport report;
  KITH_TRY(auto* book, node_.book(group));
  KITH_CHECK(check_signatures(node_, *book));
  std::vector<EventId> fresh;
  const auto seen = std::exchange(book->payload_row, std::nullopt);  // what is taken in and not opened, too
  KITH_CHECK(take_logs(node_, *book, fresh, report));
  KITH_CHECK(bury_late(node_, *book));
  book->payload_row = seen;
  KITH_CHECK(open_waiting(node_, *book, fresh, all, report));
  return report;
}

// An answer whose request does not come is not waited for longer than the agreement's term.
Result<void> drop_unasked(Node& node, const Book& book) {
  KITH_TRY(auto select, node.journal().prepare(
                            "SELECT event, header FROM share_event WHERE grp = ?1 AND awaits IS NOT NULL"));
  select.bind(1, book.group.view());
  const auto state = book.state();
  std::vector<EventId> due;
  while (true) {
    KITH_TRY(const bool more, select.step());
    if (!more) break;
    KITH_TRY(const auto event, column<EventId>(select, 0));
    const auto header = mail::parse_signed_header(select.blob_view(1));
    if (!header) return fail(Errc::damaged, "a stored header does not parse");
    if (keep_until(header->header.day, *state) < node.today()) due.push_back(event);
  }
  for (const auto& event : due) KITH_CHECK(set_event_state(node, event, EventState::dropped));
  return {};
}

Result<std::size_t> Intake::expire(const GroupId& group) {
  KITH_TRY(auto* book, node_.book(group));
  const Day today = node_.today();
  KITH_TRY(auto transaction, db::Transaction::begin(node_.journal()));
  // A day set by a clock that was ahead: no item stays longer than the term counted from now.
  KITH_TRY(auto cap,
           node_.journal().prepare("UPDATE share_item SET expires = ?2 WHERE grp = ?1 AND state = 1 AND "
                                   "expires > ?2"));
  KITH_TRY(const auto own, node_.keyring().own_head(group));
  const Day floor = own ? std::max(today, own->day) : today;
  const auto state = book->state();
  cap.bind(1, group.view()).bind(2, static_cast<std::int64_t>(number(keep_until(floor, *state))));
  KITH_CHECK(cap.run());
  KITH_TRY(auto select, node_.journal().prepare(
                            "SELECT event FROM share_item WHERE grp = ?1 AND state = 1 AND expires < ?2"));
  select.bind(1, group.view()).bind(2, static_cast<std::int64_t>(number(today)));
  KITH_TRY(const auto due, first_column<EventId>(select));
  for (const auto& event : due) {
    KITH_CHECK(erase_items(node_, event, ItemState::expired));
    KITH_CHECK(set_event_state(node_, event, EventState::expired));
  }
  KITH_CHECK(drop_unasked(node_, *book));
  KITH_CHECK(transaction.commit());
  return due.size();
}

}  // namespace kith::sharing
