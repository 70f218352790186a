// The half of the exchange that takes frames in.
#include <algorithm>

#include "core/mail/exchange_state.h"

namespace kith::mail {
namespace {

constexpr std::uint32_t kProto = 1;
constexpr std::uint8_t kExchangeSuite = 1;

Reject reject_of(Stop why) {
  switch (why) {
    case Stop::stranger:
      return Reject::stranger;
    case Stop::gap:
      return Reject::gap;
    case Stop::other_group:
    case Stop::broken_chain:
    case Stop::bad_signature:
      return Reject::unauthentic;
    case Stop::not_storable:
    case Stop::ahead:
      return Reject::not_storable;
    case Stop::malformed:
      return Reject::malformed;
    case Stop::too_many:
      return Reject::too_many;
  }
  return Reject::malformed;
}

std::optional<Reject> reject_of(Put answer) {
  switch (answer) {
    case Put::stored:
    case Put::known:
      return std::nullopt;
    case Put::unknown_event:
      return Reject::unknown_payload;
    case Put::tombstoned:
    case Put::expired:
      return Reject::tombstoned;
    case Put::bad:
      return Reject::bad_payload;
    case Put::too_many:
      return Reject::too_many;
    case Put::over_quota:
      return Reject::too_large;
  }
  return Reject::bad_payload;
}

}  // namespace

Exchange::State::Received Exchange::State::dispatch(Frame& frame, std::size_t size) {
  const bool hello = std::holds_alternative<frame::Hello>(frame);
  if (hello == peer.has_value()) return cut(Reject::protocol);  // first, and once
  const bool frontier = std::holds_alternative<frame::Frontier>(frame);
  if (!hello && !frontier && !frontier_heard && !std::holds_alternative<frame::Busy>(frame))
    return cut(Reject::protocol);
  if (std::holds_alternative<frame::Events>(frame) || std::holds_alternative<frame::Payloads>(frame)) {
    if (const auto spent = spend(size); !spent) return spent;
  }
  return std::visit([&](auto& value) { return take(value); }, frame);
}

Exchange::State::Received Exchange::State::spend(std::size_t bytes) {
  if (bytes > allowed) return cut(Reject::too_fast);
  allowed -= bytes;
  owed += bytes;  // given back by a later frame of ours, when this one is durable
  return {};
}

Exchange::State::Received Exchange::State::take(frame::Hello& hello) {
  const bool suite = std::ranges::find(hello.suites, kExchangeSuite) != hello.suites.end();
  if (hello.proto != kProto || !suite || hello.user_id != peer_link || hello.device == self.device)
    return cut(Reject::wrong_hello);
  if (!roster.may_connect(hello.device, peer_link)) return cut(Reject::stranger);
  peer = hello.device;
  return {};
}

Exchange::State::Received Exchange::State::take(frame::Frontier& frontier) {
  if (frontier.probe) {
    probes_heard += frontier.heads.size();
    if (!frontier_heard || probes_heard > kMaxProbes) return cut(Reject::too_many);
  } else if (frontier_heard && ++restated_heard > kMaxRestated) {
    count(Reject::too_many);
    return {};
  }
  for (const frame::LogEnd& end : frontier.heads) {
    const auto taken = frontier.probe ? take_probe(end) : take_log_end(end);
    if (!taken) return taken;
  }
  if (!frontier.probe) frontier_heard = logs_due = true;
  return {};
}

// Where a log of the peer ends. If we have that place too and it looks otherwise, the log has forked.
Exchange::State::Received Exchange::State::take_log_end(const frame::LogEnd& end) {
  PeerLog& log = logs[end.device];
  if (logs.size() > 2 * kMaxFrontier) return cut(Reject::too_many);
  log.has = end.link ? end.seq + 1 : 0;
  log.end = end.link;
  log.held_back.reset();
  if (!end.link || log.forked) return {};
  const auto ours = ask(store.link_at(self.group, end.device, end.seq));
  if (!ours) return {};
  if (!*ours || **ours == *end.link) return {};
  log.forked = true;
  const auto head = ask(store.head(self.group, end.device));
  if (!head || !*head) return {};
  // One side searches: whose log is longer, else the smaller device.
  if ((*head)->seq > end.seq || self.device < *peer) start_probe(end.device, end.seq);
  return {};
}

Exchange::State::Received Exchange::State::take_probe(const frame::LogEnd& end) {
  const auto ours = ask(store.link_at(self.group, end.device, end.seq));
  if (!ours) return {};
  const auto search = probes.find(end.device);
  if (search == probes.end() || search->second.middle() != end.seq) {  // a question
    reply(frame::Frontier{.heads = {{end.device, end.seq, *ours}}, .probe = true});
    return {};
  }
  Probe probe = search->second;
  probes.erase(search);
  const bool same = *ours && end.link && **ours == *end.link;
  if (same) {
    probe.low = end.seq + 1;
  } else {
    if (std::exchange(probe.known, false)) probe.low = 0;
    probe.high = end.seq;
  }
  go_on(end.device, probe);
  return {};
}

void Exchange::State::start_probe(const DeviceId& device, std::uint64_t differs_at) {
  const auto known = ask(store.fork_place(self.group, device));
  if (!known) return;
  // A lower place than the one that is proved already is all that would be news.
  const bool proved = *known && **known <= differs_at;
  if (proved) {
    go_on(device, {.low = **known > 0 ? **known - 1 : 0, .high = **known, .known = true});
  } else {
    go_on(device, {.low = 0, .high = differs_at});
  }
}

void Exchange::State::go_on(const DeviceId& device, const Probe& probe) {
  if (probe.low < probe.high) {
    const auto ours = ask(store.link_at(self.group, device, probe.middle()));
    if (!ours || !*ours) return;
    probes.insert_or_assign(device, probe);
    reply(frame::Frontier{.heads = {{device, probe.middle(), *ours}}, .probe = true});
    return;
  }
  if (probe.known) return;
  // Found: the peer sees two events on one place, keeps the proof and sends it to everyone, us included.
  const auto head = ask(store.head(self.group, device));
  const auto event = ask(store.event_at(self.group, device, probe.high));
  if (!head || !*head || !event || !*event || probe.high >= (*head)->checked) return;
  reply(frame::Events{{std::string(as_text((*event)->wire()))}});
}

void Exchange::State::reply(Frame frame) {
  if (replies.size() < kMaxReplies) {
    replies.push_back(std::move(frame));
  } else {
    count(Reject::too_many);
  }
}

Exchange::State::Received Exchange::State::take(frame::Events& frame) {
  ++heard;
  rest_due = true;
  std::vector<Event> events;
  events.reserve(frame.events.size());
  for (const std::string& raw : frame.events) {
    auto event = Event::parse(as_bytes(raw));
    if (event) {
      events.push_back(std::move(*event));
    } else if (event.error().code == Errc::unsupported) {
      count(Reject::unsupported);  // what follows it in its log is a gap, and waits
    } else {
      return cut(event.error().code == Errc::too_large ? Reject::too_large : Reject::malformed);
    }
  }
  if (!room_for(db::Room::logs)) {
    leave(events);
    return {};
  }
  const auto appended = ask(store.append(self.group, events, roster, today));
  if (!appended) return {};
  return take_appended(events, *appended);
}

Exchange::State::Received Exchange::State::take_appended(const std::vector<Event>& events,
                                                         const Appended& appended) {
  if (appended.stored > 0) grew = wants_due = true;
  if (!appended.forks.empty()) grew = forks_due = true;
  note_held(events, appended);
  bool cut_now = false;
  for (const Stopped& stop : appended.stopped) stopped(stop, cut_now);
  if (!appended.control.empty()) {  // perhaps strangers of before are known now
    restate_taken();
  }
  if (cut_now) return tl::unexpected(Reject::unauthentic);
  return {};
}

// What the peer sent, it has: it need not hear it from us.
void Exchange::State::note_held(const std::vector<Event>& events, const Appended& appended) {
  std::set<DeviceId> refused;
  for (const Stopped& stop : appended.stopped) refused.insert(stop.device);
  refused.insert(appended.beside.begin(), appended.beside.end());
  for (const Event& event : events) {
    if (refused.contains(event.header().device)) continue;
    PeerLog& log = logs[event.header().device];
    log.has = std::max(log.has, event.header().seq + 1);
  }
}

void Exchange::State::stopped(const Stopped& stop, bool& cut_now) {
  count(reject_of(stop.why));
  // An honest peer checks before it serves, and serves one group.
  if (stop.why == Stop::bad_signature || stop.why == Stop::other_group) cut_now = true;
  if (stop.why == Stop::stranger || stop.why == Stop::gap || stop.why == Stop::not_storable) {
    if (not_taken.size() < kMaxFrontier) not_taken.insert(stop.device);
  }
  if (stop.why == Stop::broken_chain) {
    PeerLog& log = logs[stop.device];
    if (!std::exchange(log.restated, true)) restate(stop.device);
  }
}

// Asks again for the logs that we could not take, as far as the roster knows them now.
void Exchange::State::restate_taken() {
  for (auto device = not_taken.begin(); device != not_taken.end();) {
    if (!roster.sign_key(*device)) {
      ++device;
      continue;
    }
    restate(*device);
    device = not_taken.erase(device);
  }
}

// The disk is nearly full, and what is left of it is the person's own. The peer takes these for delivered.
void Exchange::State::leave(const std::vector<Event>& events) {
  for (const Event& event : events)
    if (left.size() < kMaxFrontier) left.insert(event.header().device);
}

// There is room again: asks for what was left.
void Exchange::State::take_up_again() {
  if (!left.empty() && room_for(db::Room::logs)) {
    frame::Frontier frontier;
    for (const auto& device : std::exchange(left, {}))
      if (const auto end = end_of(device)) frontier.heads.push_back(*end);
    reply(std::move(frontier));
  }
  if (payloads_left && room_for(db::Room::all)) {
    payloads_left = false;
    wants_due = true;
    want_cursor = 0;
  }
}

std::optional<frame::LogEnd> Exchange::State::end_of(const DeviceId& device) {
  const auto head = ask(store.head(self.group, device));
  if (!head) return std::nullopt;
  if (!*head) return frame::LogEnd{device, 0, std::nullopt};
  return frame::LogEnd{device, (*head)->seq, (*head)->link};
}

// Tells the peer where our log of this device ends, so that it starts from there.
void Exchange::State::restate(const DeviceId& device) {
  if (const auto end = end_of(device)) reply(frame::Frontier{.heads = {*end}});
}

Exchange::State::Received Exchange::State::take(frame::Offer& offer) {
  ++heard;
  rest_due = true;
  looked_up += offer.items.size();
  std::map<EventId, std::vector<Digest>> digests_of;  // an event may have variants
  for (const frame::OfferItem& item : offer.items) digests_of[item.event].push_back(item.digest);
  std::vector<EventId> events;
  for (const auto& [event, digests] : digests_of) events.push_back(event);
  const auto missing = ask(store.missing_among(self.group, events, peer));
  if (!missing) return {};
  for (const Missing& item : *missing) {
    const auto of_no_use = [&](const Digest& digest) {
      return std::ranges::find(item.except, digest) != item.except.end();
    };
    if (std::ranges::all_of(digests_of.at(item.event), of_no_use)) continue;
    if (offered.size() < kMaxFrameItems) {
      offered.push_back(item.event);
    } else {
      want_cursor = 0;  // look through everything again
    }
    wants_due = true;
  }
  return {};
}

Exchange::State::Received Exchange::State::take(frame::Want& want) {
  peer_rests = want.items.empty() && want.heard == sent;
  if (asked.size() + want.items.size() > kMaxAsked) return cut(Reject::too_many);
  std::ranges::move(want.items, std::back_inserter(asked));
  return {};
}

Exchange::State::Received Exchange::State::take(frame::Payloads& payloads) {
  if (payloads.settled > outstanding.size() || payloads.settled == 0) return cut(Reject::protocol);
  const auto end = outstanding.begin() + payloads.settled;
  const std::set<EventId> wanted(outstanding.begin(), end);
  outstanding.erase(outstanding.begin(), end);
  std::vector<PayloadOf> items;
  for (const frame::PayloadItem& item : payloads.items) {
    if (wanted.contains(item.event)) {
      items.push_back({item.event, as_bytes(item.payload)});
    } else {
      count(Reject::unknown_payload);
    }
  }
  wants_due = true;
  if (items.empty()) return {};
  if (!room_for(db::Room::all)) {  // it was asked for while there was
    payloads_left = true;
    return {};
  }
  const auto answers = ask(store.put_payloads(self.group, items, peer));
  if (!answers) return {};
  return take_put(*answers);
}

Exchange::State::Received Exchange::State::take_put(std::span<const Put> answers) {
  for (const Put answer : answers)
    if (const auto reason = reject_of(answer)) count(*reason);
  const auto stored = std::ranges::count(answers, Put::stored);
  if (stored > 0) grew = true;
  const std::int64_t last = store.last_stored_payload();
  for (std::int64_t row = last - stored + 1; stored > 0 && row <= last; ++row) {
    if (row == offer_cursor + 1) {
      offer_cursor = row;
    } else {
      from_peer.insert(row);
    }
  }
  if (rejects[static_cast<std::size_t>(Reject::bad_payload)] > kMaxBadPayloads)
    return tl::unexpected(Reject::bad_payload);
  return {};
}

Exchange::State::Received Exchange::State::take(frame::ForkProof& fork) {
  const auto first = parse_signed_header(fork.first), second = parse_signed_header(fork.second);
  if (!first || !second) return cut(Reject::malformed);
  auto kept = store.add_fork(self.group, *first, *second, roster);
  if (!kept && kept.error().code == Errc::unauthentic) {
    count(roster.sign_key(first->header.device) ? Reject::unauthentic : Reject::stranger);
    return {};
  }
  const auto added = ask(std::move(kept));
  if (added && *added) grew = forks_due = true;
  return {};
}

Exchange::State::Received Exchange::State::take(frame::Busy& busy) {
  busy_until = now + std::chrono::seconds(std::min(busy.retry_after_seconds, kMaxBusySeconds));
  return {};
}

Exchange::State::Received Exchange::State::take(frame::Done&) {
  done_heard = wants_due = true;
  return {};
}

Exchange::State::Received Exchange::State::take(frame::Credit& more) {
  credit = std::min(kInitialCredit, credit + std::min<std::size_t>(more.bytes, kInitialCredit));
  return {};
}

Exchange::State::Received Exchange::State::take(frame::Unknown&) {
  count(Reject::unsupported);
  return {};
}

}  // namespace kith::mail
