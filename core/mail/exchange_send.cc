// The half of the exchange that chooses what to send next.
#include <algorithm>

#include "core/mail/exchange_state.h"
#include "crypto/hash.h"

namespace kith::mail {
namespace {

constexpr std::size_t kOverhead = 16 * 1024;  // of field tags and lengths in the largest frame, generously
constexpr std::size_t kItemOverhead = 64;     // of one payload's id, tags and lengths

}  // namespace

std::optional<Bytes> Exchange::State::choose_frame(Instant at) {
  take_up_again();
  std::optional<Frame> next = hello_frame();
  if (!next && peer) next = frontier_frame();
  if (!next && peer) next = credit_frame();
  if (!next && (!peer || !frontier_heard || at < busy_until)) return std::nullopt;
  if (!next && !replies.empty()) {
    next = std::move(replies.front());
    replies.pop_front();
  }
  if (!next) next = fork_frame();
  if (!next) next = events_frame();
  if (!next) next = branch_frame();
  if (!next && (logs_due || branches_due)) return std::nullopt;  // waits for credit: payloads come after logs
  if (!next) next = done_frame();
  if (!next) next = payloads_frame();
  if (!next) next = offer_frame();
  if (!next) next = want_frame();
  if (!next || failed) return std::nullopt;
  Bytes bytes = encode_frame(*next);
  const bool counted =
      std::holds_alternative<frame::Events>(*next) || std::holds_alternative<frame::Payloads>(*next);
  if (counted) credit -= std::min(credit, bytes.size());
  if (std::holds_alternative<frame::Events>(*next) || std::holds_alternative<frame::Offer>(*next)) {
    ++sent;
    peer_rests = false;
  }
  return bytes;
}

std::optional<Frame> Exchange::State::hello_frame() {
  if (std::exchange(hello_sent, true)) return std::nullopt;
  return frame::Hello{.proto = 1, .suites = {1}, .device = self.device, .user_id = self.link};
}

std::optional<Frame> Exchange::State::frontier_frame() {
  if (frontier_sent) return std::nullopt;
  const auto heads = ask(store.heads(self.group));
  const auto last = ask(store.last_payload_row(self.group));
  if (!heads || !last) return std::nullopt;
  frontier_sent = true;
  offer_cursor = *last;  // what came before, the peer asks for itself
  frame::Frontier frontier;
  for (const Head& head : *heads) frontier.heads.push_back({head.device, head.seq, head.link});
  const auto forks = ask(store.forks(self.group, 0, kMaxFrontier - std::min(heads->size(), kMaxFrontier)));
  if (!forks) return std::nullopt;
  for (const Fork& fork : *forks)
    if (const auto end = branches_of(fork.first.header.device, fork.first.header.seq))
      frontier.heads.push_back(*end);
  return frontier;
}

std::optional<Frame> Exchange::State::credit_frame() {
  if (owed < kCreditStep) return std::nullopt;
  const std::size_t given = std::exchange(owed, 0);
  allowed += given;
  return frame::Credit{static_cast<std::uint32_t>(given)};
}

std::optional<Frame> Exchange::State::fork_frame() {
  if (!forks_due) return std::nullopt;
  const auto forks = ask(store.forks(self.group, fork_cursor, 1));
  if (!forks) return std::nullopt;
  if (forks->empty()) {
    forks_due = false;
    return std::nullopt;
  }
  fork_cursor = forks->front().row;
  const auto& header = forks->front().first.header;
  told.insert_or_assign(header.device, Told{header.seq});
  branches_due = true;
  return frame::ForkProof{forks->front().first.bytes, forks->front().second.bytes};
}

// The kind of a stored event that the roster tells; none: it does not.
std::optional<Kind> Exchange::State::told_kind(const Bytes& wire) {
  const auto event = parse_signed_header(ByteView(wire).first(std::min(wire.size(), kSignedSize)));
  if (!event || !roster.tells(event->header, event->link)) return std::nullopt;
  return event->header.kind;
}

// How many of `wires` go out: all up to the last that the roster tells, since an act stands on what is below.
// A tombstone beyond a cut stands on its own log alone. `whole`: there was room for as many as a frame takes.
std::size_t Exchange::State::servable(PeerLog& log, std::vector<Bytes>& wires, bool whole) {
  const auto stands = [&](const Bytes& wire) { return told_kind(wire).value_or(Kind::tomb) != Kind::tomb; };
  auto end = std::find_if(wires.rbegin(), wires.rend(), stands).base();
  while (end != wires.end() && told_kind(*end)) ++end;
  if (end != wires.end()) {
    wires.erase(end, wires.end());
    if (whole) log.held_back = log.has + wires.size();
  }
  return wires.size();
}

// Adds what the peer lacks of one log, in its order; returns its bytes.
std::size_t Exchange::State::add_log(frame::Events& out, const Head& head, std::size_t room) {
  PeerLog& log = logs[head.device];
  if (log.forked || log.has >= head.checked || log.held_back == log.has) return 0;
  const auto after = log.has == 0 ? std::nullopt : std::optional(log.has - 1);
  auto wires = ask(store.wire_after(self.group, head.device, after, room));
  if (!wires || wires->empty() || servable(log, *wires, room == kFrameTarget) == 0) return 0;
  std::size_t bytes = 0;
  for (const Bytes& wire : *wires) {
    if (out.events.size() == kMaxFrameEvents) break;
    out.events.emplace_back(as_text(wire));
    bytes += wire.size();
    ++log.has;
  }
  return bytes;
}

std::optional<Frame> Exchange::State::events_frame() {
  if (!logs_due || credit < kFrameTarget + kOverhead) return std::nullopt;
  const auto heads = ask(store.heads(self.group));
  if (!heads) return std::nullopt;
  frame::Events out;
  std::size_t bytes = 0;
  for (const Head& head : *heads) {
    if (bytes + kSignedSize + kMaxBody > kFrameTarget || out.events.size() == kMaxFrameEvents) break;
    bytes += add_log(out, head, kFrameTarget - bytes);
  }
  if (!out.events.empty()) return out;
  logs_due = false;
  return std::nullopt;
}

// Which acts of a forked device we hold from the fork on, as the end of a log that no device has: whoever
// says the same lacks none of them.
std::optional<frame::LogEnd> Exchange::State::branches_of(const DeviceId& device, std::uint64_t fork) {
  const auto headers = ask(store.branch_headers(self.group, {device, fork}));
  if (!headers) return std::nullopt;
  std::vector<Link> links;
  for (const SignedHeader& act : *headers)
    if (roster.tells(act.header, act.link)) links.push_back(act.link);
  if (links.empty()) return std::nullopt;
  std::ranges::sort(links);
  Bytes joined;  // links have one size
  for (const Link& link : links) append(joined, link.view());
  return frame::LogEnd{crypto::H_as<DeviceId>("kith1.branches", {device.view()}), links.size() - 1,
                       crypto::H_as<Link>("kith1.branches", {joined})};
}

// Adds what is to be told of one forked device; returns its bytes.
std::size_t Exchange::State::add_branches(frame::Events& out, const DeviceId& device, Told& told_of,
                                          std::size_t room) {
  if (!told_of.due) return 0;
  if (told_of.cursor == 0) {
    const auto ours = branches_of(device, told_of.fork);
    const auto theirs = ours ? logs.find(ours->device) : logs.end();
    if (theirs != logs.end() && theirs->second.end == ours->link) {
      const auto last = ask(store.last_event_row(self.group));
      if (!last) return 0;
      told_of.cursor = *last;
    }
  }
  const auto acts = ask(store.branch_acts(self.group, {device, told_of.fork}, told_of.cursor, room));
  if (!acts) return 0;
  std::size_t bytes = 0;
  for (const auto& [row, wire] : *acts) {
    const bool full = bytes > 0 && bytes + wire.size() > room;
    if (full || out.events.size() == kMaxFrameEvents) return bytes;
    told_of.cursor = row;
    if (wire.size() > kSignedSize + kMaxBody) continue;  // somebody edited the file
    if (!told_kind(wire)) continue;
    out.events.emplace_back(as_text(wire));
    bytes += wire.size();
  }
  told_of.due = !acts->empty();
  return bytes;
}

// The acts of forked devices from the fork on, whichever branch they stand on: others build on them, and the
// logs themselves do not cross. Not to a peer who has said that it holds the same.
std::optional<Frame> Exchange::State::branch_frame() {
  if (logs_due || !branches_due || credit < kFrameTarget + kOverhead) return std::nullopt;
  frame::Events out;
  std::size_t bytes = 0;
  for (auto& [device, told_of] : told) {
    while (told_of.due && !failed) {
      if (bytes + kSignedSize + kMaxBody > kFrameTarget || out.events.size() == kMaxFrameEvents) return out;
      bytes += add_branches(out, device, told_of, kFrameTarget - bytes);
    }
  }
  branches_due = false;
  if (out.events.empty()) return std::nullopt;
  return out;
}

std::optional<Frame> Exchange::State::done_frame() {
  if (std::exchange(done_sent, true)) return std::nullopt;
  return frame::Done{};
}

std::optional<Frame> Exchange::State::payloads_frame() {
  if (asked.empty() || credit < kMaxFrame) return std::nullopt;
  frame::Payloads out;
  std::size_t bytes = 0;
  while (!asked.empty() && bytes < kFrameTarget && out.settled < kMaxFrameItems) {
    const frame::WantItem& item = asked.front();
    if (spare) {  // loaded for the frame before: it may have been taken back meanwhile
      const auto gone = ask(store.tombstoned(item.event));
      if (!gone) return std::nullopt;
      if (*gone) spare.reset();
    }
    if (!spare) {
      auto found = ask(store.payload_but(self.group, item.event, item.digest, item.except));
      if (!found) return std::nullopt;
      spare = std::move(*found);
    }
    if (spare) {
      if (bytes + spare->size() + kItemOverhead + kOverhead > kMaxFrame) break;
      bytes += spare->size() + kItemOverhead;
      out.items.push_back({item.event, std::string(as_text(*spare))});
      spare.reset();
    }
    asked.pop_front();
    ++out.settled;
  }
  return out;
}

std::optional<Frame> Exchange::State::offer_frame() {
  while (offers_due) {
    const auto offers = ask(store.offers(self.group, offer_cursor, kMaxFrameItems));
    if (!offers) return std::nullopt;
    if (offers->empty()) {
      offers_due = false;
      break;
    }
    frame::Offer out;
    for (const Offer& offer : *offers) {
      offer_cursor = offer.row;
      if (from_peer.erase(offer.row) == 0) out.items.push_back({offer.event, offer.digest, offer.length});
    }
    from_peer.erase(from_peer.begin(), from_peer.upper_bound(offer_cursor));
    if (!out.items.empty()) return out;
  }
  return std::nullopt;
}

std::optional<Frame> Exchange::State::want_frame() {
  if (!done_heard) return std::nullopt;
  if (wants_due && !room_for(db::Room::all)) {
    payloads_left = true;
    wants_due = false;
    offered.clear();
  }
  if (wants_due && outstanding.size() < kMaxFrameItems) {
    frame::Want want{.items = {}, .heard = heard};
    add_offered(want);
    add_missing(want);
    if (!want.items.empty()) {
      rest_due = true;
      return want;
    }
  }
  if (wants_due || !outstanding.empty() || !rest_due) return std::nullopt;
  rest_due = false;
  return frame::Want{.items = {}, .heard = heard};
}

void Exchange::State::add_offered(frame::Want& want) {
  const auto end = offered.begin() + static_cast<std::ptrdiff_t>(std::min(offered.size(), kMaxFrameItems));
  const std::vector<EventId> events(offered.begin(), end);
  offered.erase(offered.begin(), end);
  auto missing = ask(store.missing_among(self.group, events, peer));
  if (!missing) return;
  for (Missing& item : *missing) {
    want.items.push_back({item.event, std::nullopt, std::move(item.except)});
    outstanding.push_back(item.event);
  }
}

void Exchange::State::add_missing(frame::Want& want) {
  const std::size_t room = kMaxFrameItems - want.items.size();
  auto missing = ask(store.missing_payloads(self.group, want_cursor, room, peer));
  if (!missing) return;
  for (Missing& item : *missing) {
    want_cursor = item.row;
    want.items.push_back({item.event, std::nullopt, std::move(item.except)});
    outstanding.push_back(item.event);
  }
  if (missing->size() < room) wants_due = !offered.empty();
}

}  // namespace kith::mail
