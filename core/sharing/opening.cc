// Opening the envelopes that wait, with the prekeys this device holds.
#include <algorithm>
#include <limits>

#include "core/keyring/head_record.h"
#include "core/sharing/accept.h"
#include "core/sharing/tables.h"
#include "crypto/envelope.h"

namespace kith::sharing {
namespace {

constexpr std::size_t kOpenAtOnce = 128;        // envelopes in one transaction,
constexpr std::size_t kOpenBytes = 128 * 1024;  // and so many bytes: less than what is kept for oneself
constexpr std::size_t kArrivalsAtOnce = 1024;
constexpr std::size_t kMaxParked = 64;  // answers of one device whose requests have not come

struct Verdict {
  EventId event;
  Digest copy;
  mail::Verdict verdict;
};
struct Opened {
  EventState state = EventState::waiting;
  std::optional<Body> body;
  bool two_versions = false;
  std::vector<Verdict> verdicts;
};

// The first place in each author's log that says it knows this device; none yet: the largest number.
using KnownSince = std::map<DeviceId, std::uint64_t>;

struct Keys {
  std::vector<keyring::HeldPrekey> held;
  std::vector<crypto::HeldPrekey> view;
  KnownSince known_since;
};
Result<Keys> held_keys(Node& node, const GroupId& group) {
  Keys keys;
  KITH_TRY(keys.held, node.keyring().prekeys(group));
  for (const auto& prekey : keys.held) keys.view.push_back({prekey.pk, prekey.secret});
  return keys;
}

Result<std::uint64_t> known_since(Node& node, const Book& book, const DeviceId& author, KnownSince& known) {
  const auto cached = known.find(author);
  if (cached != known.end()) return cached->second;
  std::uint64_t since = std::numeric_limits<std::uint64_t>::max();
  KITH_TRY(auto select, node.journal().prepare("SELECT wire FROM share_control WHERE grp = ?1 ORDER BY row"));
  select.bind(1, book.group.view());
  while (true) {
    KITH_TRY(const bool more, select.step());
    if (!more) break;
    const auto event = mail::Event::parse(select.blob_view(0));
    if (!event || event->header().kind != mail::Kind::dev || event->header().device != author) continue;
    const auto record = group::parse_device(event->body());
    if (record &&
        std::ranges::find(record->checkpoint, book.device, &group::Mark::device) != record->checkpoint.end())
      since = std::min(since, event->header().seq);
  }
  known.emplace(author, since);
  return since;
}

Result<Opened> open_one(Node& node, const Book& book, const mail::SignedHeader& envelope, Keys& keys) {
  Opened result;
  const auto state = book.state();
  const auto* author = state->device(envelope.header.device);
  if (author == nullptr) return result;
  const auto bind = ItemPk::parse(envelope.header.bind.view());
  std::optional<Digest> first_body;
  KITH_TRY(const auto copies, node.mail().payloads(envelope.id));
  for (const auto& copy : copies) {
    const bool sound =
        copy.size() == envelope.header.length && crypto::check_payload(copy, envelope.id, *bind);
    if (!sound) continue;
    const auto opened = crypto::open_payload(copy, envelope.id, *bind, book.group, envelope.header.seq,
                                             envelope.header.device, author->dh, book.device, keys.view);
    const bool useful = opened.what == crypto::Opening::opened || opened.what == crypto::Opening::not_for_me;
    // Before its author knew of this device, a missing slot says nothing against the copy.
    KITH_TRY(const auto since,
             useful ? Result<std::uint64_t>(0) : known_since(node, book, author->id, keys.known_since));
    if (envelope.header.seq >= since)
      result.verdicts.push_back(
          {envelope.id, crypto::payload_digest(copy), useful ? mail::Verdict::good : mail::Verdict::bad});
    if (!useful && result.state == EventState::waiting) result.state = EventState::no_slot;
    const bool undecided = result.state == EventState::waiting || result.state == EventState::no_slot;
    if (opened.what == crypto::Opening::not_for_me && undecided) result.state = EventState::not_for_me;
    if (opened.what != crypto::Opening::opened) continue;
    if (first_body) {
      result.two_versions = result.two_versions || *first_body != opened.body_digest;
      continue;
    }
    first_body = opened.body_digest;
    auto body = parse_body(opened.plain.reveal());
    result.state = body ? EventState::opened : EventState::dropped;
    if (body) result.body = std::move(*body);
  }
  return result;
}

Result<std::optional<mail::SignedHeader>> waiting_header(Node& node, const EventId& event, EventState state) {
  KITH_TRY(auto select,
           node.journal().prepare("SELECT header FROM share_event WHERE event = ?1 AND state = ?2"));
  select.bind(1, event.view()).bind(2, static_cast<std::int64_t>(state));
  KITH_TRY(const bool found, select.step());
  if (!found) return std::nullopt;
  auto header = mail::parse_signed_header(select.blob_view(0));
  if (!header) return fail(Errc::damaged, "a stored header does not parse");
  return std::move(*header);
}

Bytes awaited(const ItemRef& request) {
  Bytes both = to_bytes(request.author.view());
  append(both, request.item.view());
  return both;
}

Result<void> note_awaited(Node& node, const EventId& event, const ItemRef& request) {
  KITH_TRY(auto update, node.journal().prepare("UPDATE share_event SET awaits = ?2 WHERE event = ?1"));
  const Bytes both = awaited(request);
  return update.bind(1, event.view()).bind(2, ByteView(both)).run();
}

// Anybody can name requests that never were; what they cost is bounded for each device.
Result<bool> may_park(Node& node, const Book& book, const DeviceId& author) {
  KITH_TRY(auto count,
           node.journal().prepare("SELECT count(*) FROM share_event WHERE grp = ?1 AND state = ?2 "
                                  "AND device = ?3"));
  count.bind(1, book.group.view()).bind(2, static_cast<std::int64_t>(EventState::parked));
  count.bind(3, author.view());
  KITH_CHECK(count.step());
  return count.integer(0) < static_cast<std::int64_t>(kMaxParked);
}

// Parked answers whose request has come. The others are not opened again meanwhile.
Result<std::vector<EventId>> answerable(Node& node, const GroupId& group) {
  KITH_TRY(
      auto select,
      node.journal().prepare(
          "SELECT e.event FROM share_event e WHERE e.grp = ?1 AND e.awaits IS NOT NULL AND EXISTS(SELECT 1 "
          "FROM share_item i WHERE i.grp = e.grp AND i.author = substr(e.awaits, 1, 32) AND i.item = "
          "substr(e.awaits, 33)) ORDER BY e.device, e.seq"));
  select.bind(1, group.view());
  return first_column<EventId>(select);
}

Result<EventState> take_body(Node& node, const Book& book, const mail::SignedHeader& envelope, Opened& opened,
                             IntakeReport& report) {
  if (!opened.body) {
    if (opened.state == EventState::no_slot) ++report.unreadable;
    if (opened.state == EventState::dropped) ++report.dropped;
    return opened.state;
  }
  const auto state = book.state();
  const auto* member = state->member_of(envelope.header.device);
  KITH_ASSERT(member != nullptr);
  KITH_TRY(const auto acceptance,
           accept(node, book, {envelope.id, envelope.header, member->id}, *opened.body));
  const bool parked = acceptance == Acceptance::parked;
  KITH_TRY(const bool room, parked ? may_park(node, book, envelope.header.device) : Result<bool>(true));
  if (parked && room) return EventState::parked;
  if (acceptance == Acceptance::dropped || parked) {
    ++report.dropped;
    return EventState::dropped;
  }
  if (opened.body->type != BodyType::empty) ++report.opened;
  if (opened.two_versions) {
    KITH_TRY(auto mark, node.journal().prepare("UPDATE share_item SET two_versions = 1 WHERE event = ?1"));
    mark.bind(1, envelope.id.view());
    KITH_CHECK(mark.run());
  }
  return EventState::opened;
}

// The first part of what waits, in one transaction; the verdicts go to mail.db after it. Returns how many.
Result<std::size_t> open_part(Node& node, Book& book, std::span<const EventId> events, EventState from,
                              Keys& keys, IntakeReport& report) {
  std::vector<Verdict> verdicts;
  bool changed = false;
  std::size_t bytes = 0, looked_at = 0;
  KITH_TRY(auto transaction, db::Transaction::begin(node.journal()));
  for (const auto& event : events.first(std::min(events.size(), kOpenAtOnce))) {
    if (bytes > kOpenBytes) break;
    ++looked_at;
    KITH_TRY(const auto envelope, waiting_header(node, event, from));
    if (!envelope) continue;
    ++report.tried;
    KITH_TRY(auto opened, open_one(node, book, *envelope, keys));
    if (opened.body) bytes += envelope->header.length;
    KITH_TRY(const auto state, take_body(node, book, *envelope, opened, report));
    if (state != from) {
      KITH_CHECK(set_event_state(node, event, state));
      if (state == EventState::parked) KITH_CHECK(note_awaited(node, event, opened.body->refs.front()));
      changed = true;
    }
    verdicts.insert(verdicts.end(), opened.verdicts.begin(), opened.verdicts.end());
  }
  if (changed) KITH_CHECK(keyring::raise_head(node.journal()));
  KITH_CHECK(transaction.commit());
  KITH_TRY(auto told, db::Transaction::begin(node.mail().database()));
  for (const auto& verdict : verdicts) {
    const auto judged = node.mail().judge(verdict.event, verdict.copy, verdict.verdict);
    // Gone meanwhile: by a tombstone, by age, or by the verdict on another copy.
    if (!judged && judged.error().code != Errc::not_found) return tl::unexpected<Error>(judged.error());
  }
  KITH_CHECK(told.commit());
  return looked_at;
}

Result<std::vector<EventId>> in_state(Node& node, const GroupId& group, EventState state) {
  KITH_TRY(auto select,
           node.journal().prepare(
               "SELECT event FROM share_event WHERE grp = ?1 AND state = ?2 ORDER BY device, seq"));
  select.bind(1, group.view()).bind(2, static_cast<std::int64_t>(state));
  return first_column<EventId>(select);
}

// Copies without a slot for me that mail.db holds for unjudged though a verdict is due: a crash came between
// the two databases, or this is an older mail.db. It would never ask for another copy.
Result<void> add_unjudged(Node& node, const Book& book, std::vector<EventId>& events) {
  KnownSince known;
  KITH_TRY(const auto unjudged, node.mail().unjudged(book.group));
  for (const auto& event : unjudged) {
    KITH_TRY(const auto envelope, waiting_header(node, event, EventState::no_slot));
    if (!envelope) continue;
    KITH_TRY(const auto since, known_since(node, book, envelope->header.device, known));
    if (envelope->header.seq >= since) events.push_back(event);
  }
  return {};
}

// False: the disk has no room for others' words; what is left waits.
Result<bool> open_all(Node& node, Book& book, std::span<const EventId> events, EventState from, Keys& keys,
                      IntakeReport& report) {
  while (!events.empty()) {
    if (node.journal().room_for_others() == db::Room::none) return false;
    KITH_TRY(const std::size_t done, open_part(node, book, events, from, keys, report));
    events = events.subspan(done);
  }
  return true;
}

}  // namespace

Result<void> open_waiting(Node& node, Book& book, std::vector<EventId> fresh, bool all,
                          IntakeReport& report) {
  KITH_TRY(const std::int64_t newest, node.mail().last_payload_row(book.group));
  const auto seen = std::exchange(book.payload_row, std::nullopt);  // after an error all is looked at again
  bool all_done = true;
  if (all || !seen || newest < *seen) {
    KITH_TRY(fresh, in_state(node, book.group, EventState::waiting));
    KITH_CHECK(add_unjudged(node, book, fresh));
  } else {
    std::int64_t row = *seen;
    while (true) {
      KITH_TRY(const auto arrived, node.mail().payload_arrivals(book.group, row, kArrivalsAtOnce));
      if (arrived.empty()) break;
      for (const auto& [at, event] : arrived) {
        fresh.push_back(event);
        row = std::max(row, at);
      }
    }
  }
  if (!fresh.empty()) {
    KITH_TRY(auto keys, held_keys(node, book.group));
    KITH_TRY(const bool opened, open_all(node, book, fresh, EventState::waiting, keys, report));
    KITH_TRY(const bool retried, open_all(node, book, fresh, EventState::no_slot, keys, report));
    all_done = opened && retried;
  }
  KITH_TRY(const auto parked, answerable(node, book.group));
  if (!parked.empty()) {
    KITH_TRY(auto keys, held_keys(node, book.group));
    KITH_TRY(const bool unparked, open_all(node, book, parked, EventState::parked, keys, report));
    all_done = all_done && unparked;
  }
  if (all_done) book.payload_row = newest;
  return {};
}

}  // namespace kith::sharing
