#include "net/dialler.h"

#include <zmq.h>

#include <algorithm>

#include "net/limits.h"
#include "net/log.h"

namespace kith::net {

Dialler::Dialler(Context& context, const crypto::LinkKeypair& key, Membership& membership, Random& random)
    : context_(context), key_(key), membership_(membership), random_(random) {}

void Dialler::aim(const std::map<DeviceId, Target>& targets, Instant now) {
  std::erase_if(peers_, [&](const auto& entry) { return !targets.contains(entry.first); });
  for (const auto& [device, target] : targets) {
    auto& peer = peers_.try_emplace(device, Peer{target, DialSchedule(now), 0, 0, nullptr}).first->second;
    if (peer.target == target) continue;
    if (peer.target.key != target.key) peer.open.reset();
    peer.target = target;
    peer.next_address = 0;
    peer.schedule.now_please(now);
  }
}

std::size_t Dialler::dial(std::size_t allowance, const Satisfied& satisfied, Instant now) {
  std::vector<Peer*> due;
  for (auto& [device, peer] : peers_)
    if (!peer.open && !peer.target.addresses.empty() && peer.schedule.due(now) && !satisfied(device) &&
        membership_.welcome(peer.target.key, now))
      due.push_back(&peer);
  std::ranges::sort(due, {}, [](const Peer* peer) { return peer->schedule.next(); });  // longest due first
  due.resize(std::min(due.size(), allowance));
  for (Peer* peer : due) open(*peer, now);
  return due.size();
}

void Dialler::open(Peer& peer, Instant now) {
  const auto& to = peer.target.addresses[peer.next_address++ % peer.target.addresses.size()];
  auto line = dial_line(context_, {.key = key_, .server = peer.target.key, .to = to});
  if (!line) {
    ++peer.failures_asked;
    return peer.schedule.ended(false, now, now, random_);
  }
  peer.open = std::make_unique<Open>(Open{.line = std::move(*line), .link = nullptr, .began = now});
}

void Dialler::close(Peer& peer, Instant now) {
  if (!peer.open->worked) ++peer.failures_asked;
  peer.schedule.ended(peer.open->worked, peer.open->began, now, random_);
  peer.open.reset();
}

void Dialler::pump(Day today, Instant now) {
  for (auto& [device, peer] : peers_)
    if (peer.open && !serve(*peer.open, peer.target.key, today, now)) close(peer, now);
  if (now < look_again_) return;
  bool busy = false;
  for (auto& [device, peer] : peers_) {
    if (peer.open && !bears_intake(*peer.open, peer.target.key, now)) close(peer, now);
    busy = busy || (peer.open && peer.open->intake.busy());
  }
  look_again_ = now + (busy ? kLookSoon : kLookAgain);
}

bool Dialler::bears_intake(Open& open, const LinkPk& key, Instant now) {
  const auto received = received_over(open.descriptor);
  if (!received || open.intake.bears(*received, now)) return true;
  membership_.count(mail::Reject::too_fast);
  membership_.misbehaved(key, mail::Reject::too_fast, now);
  say(log::Id::link_rejected, now, static_cast<int>(mail::Reject::too_fast));
  return false;
}

bool Dialler::serve(Open& open, const LinkPk& key, Day today, Instant now) {
  while (const auto event = next_event(open.line.monitor.raw())) {
    if (event->event == ZMQ_EVENT_CONNECTED) open.descriptor = event->value;
    if (event->event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED && !open.link)
      open.link = membership_.make_link(key, now);
    if (event->handshake_failed() || event->event == ZMQ_EVENT_DISCONNECTED ||
        event->event == ZMQ_EVENT_CLOSED)
      return false;
  }
  if (!open.link) return now - open.began < kProgress;
  for (int i = 0; i < kFramesAtOnce; ++i)
    if (!take(open, key, today, now)) return false;
  const auto send = [&](ByteView frame) { return send_plain(open.line.socket.raw(), frame); };
  return open.link->flush(send, now) != Sent::gone && now < open.link->stalls();
}

// The peer's key is the one the CURVE handshake was made with; whether it may still talk is asked each time.
bool Dialler::take(Open& open, const LinkPk& key, Day today, Instant now) {
  const auto incoming = receive_plain(open.line.socket.raw());
  if (!incoming) return true;
  if (!membership_.welcome(key, now)) {
    membership_.count(mail::Reject::not_authorised);
    return false;
  }
  open.intake.heard(incoming->body.view().size());
  tl::expected<void, mail::Reject> received = tl::unexpected(mail::Reject::parts);
  if (incoming->parts == 1) {
    received = open.link->receive(incoming->body.view(), today, now);
  } else {
    membership_.count(mail::Reject::parts);
  }
  if (!received) {
    membership_.misbehaved(key, received.error(), now);
    say(log::Id::link_rejected, now, static_cast<int>(received.error()));
    return false;
  }
  open.worked = true;
  return open.link->permitted(membership_.roster());
}

void Dialler::drop(const DeviceId& device) {
  if (const auto found = peers_.find(device); found != peers_.end()) found->second.open.reset();
}

void Dialler::enforce(Instant now) {
  for (auto& [device, peer] : peers_) {
    if (!peer.open) continue;
    const bool stays = membership_.welcome(peer.target.key, now) &&
                       (!peer.open->link || peer.open->link->permitted(membership_.roster()));
    if (!stays) close(peer, now);
  }
}

void Dialler::now_please(Instant now) {
  for (auto& [device, peer] : peers_) {
    peer.schedule.now_please(now);
    peer.failures_asked = 0;
  }
}

bool Dialler::all_tried(const Satisfied& satisfied) const {
  return std::ranges::all_of(peers_, [&](const auto& entry) {
    const Peer& peer = entry.second;
    const bool linked = peer.open && peer.open->link && peer.open->link->greeted();
    return linked || peer.failures_asked >= peer.target.addresses.size() || satisfied(entry.first);
  });
}

std::size_t Dialler::lines() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(peers_, [](const auto& entry) { return entry.second.open != nullptr; }));
}

Instant Dialler::next_due(const Satisfied& satisfied) const {
  Instant next = Instant::max();
  for (const auto& [device, peer] : peers_) {
    if (peer.open) {
      next = std::min(next, look_again_);
      next = std::min(next, peer.open->link ? peer.open->link->stalls() : peer.open->began + kProgress);
    } else if (!peer.target.addresses.empty() && !satisfied(device)) {
      next = std::min(next, peer.schedule.next());
    }
  }
  return next;
}

bool Dialler::blocked() const {
  return std::ranges::any_of(peers_, [](const auto& entry) {
    return entry.second.open && entry.second.open->link && entry.second.open->link->blocked();
  });
}

void Dialler::each(const std::function<void(Link&)>& visit) {
  for (auto& [device, peer] : peers_)
    if (peer.open && peer.open->link) visit(*peer.open->link);
}

void Dialler::add_sockets(const std::function<void(void*)>& add) const {
  for (const auto& [device, peer] : peers_) {
    if (!peer.open) continue;
    add(peer.open->line.socket.raw());
    add(peer.open->line.monitor.raw());
  }
}

}  // namespace kith::net
