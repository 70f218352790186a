#include "net/member_port.h"

#include <fcntl.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <vector>

#include "net/limits.h"
#include "net/log.h"

namespace kith::net {

MemberPort::MemberPort(Port port, const ZapHandler& zap, Membership& membership)
    : port_(std::move(port)), zap_(zap), membership_(membership) {}

MemberPort::~MemberPort() {
  for (const auto& [route, accepted] : links_) ::close(accepted.descriptor);
}

// libzmq reports a lost connection before it closes the descriptor, and an acceptance before it asks about
// the key. So once the reports that wait are read, a descriptor means the connection that has it now.
void MemberPort::watch(Instant now) {
  while (const auto event = next_event(port_.monitor.raw())) {
    if (event->event == ZMQ_EVENT_ACCEPTED)
      accepted_.insert_or_assign(event->value, Connection{now, zap_.answered(), Intake(now)});
    if (event->event != ZMQ_EVENT_DISCONNECTED) continue;
    accepted_.erase(event->value);
    for (auto at = links_.begin(); at != links_.end();)
      at = at->second.original == event->value ? cut(at) : std::next(at);
  }
}

MemberPort::Table::iterator MemberPort::cut(Table::iterator which) {
  shut_connection(which->second.descriptor);
  accepted_.erase(
      which->second.original);  // what of it still waits to be read is not taken for a new connection
  ::close(which->second.descriptor);
  return links_.erase(which);
}

// A message may outlive its connection, and then its descriptor is nobody's or another's. The reports are
// read before each handshake is judged, so only the connection that has the descriptor now shook hands since.
bool MemberPort::current(const Incoming& incoming) const {
  const auto found = accepted_.find(incoming.body.descriptor());
  return found != accepted_.end() && incoming.body.handshake() > found->second.after;
}

// One member cannot crowd out the others: its own connections make room for its next one.
void MemberPort::make_room_for(const LinkPk& key) {
  std::size_t count = 0;
  auto silent = links_.end();
  for (auto at = links_.begin(); at != links_.end(); ++at) {
    if (at->second.link->key() != key) continue;
    ++count;
    if (silent == links_.end() || at->second.link->heard() < silent->second.link->heard()) silent = at;
  }
  if (count >= kMaxLinksOfOneKey) cut(silent);
}

MemberPort::Accepted* MemberPort::find(const Incoming& incoming, const LinkPk& key, Instant now) {
  if (const auto found = links_.find(incoming.route); found != links_.end()) {
    if (found->second.link->key() == key) return &found->second;
    cut(found);  // the route changed hands: libzmq should not let that happen
  }
  watch(now);
  if (!current(incoming)) return nullptr;
  make_room_for(key);
  const int original = incoming.body.descriptor();
  const int descriptor = fcntl(original, F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) {
    shut_connection(original);
    return nullptr;
  }
  auto link = membership_.make_link(key, now);
  const auto added = links_.emplace(incoming.route, Accepted{std::move(link), descriptor, original});
  return &added.first->second;
}

void MemberPort::take(Incoming incoming, Day today, Instant now) {
  const auto key = incoming.body.user();
  const auto refuse = [&](mail::Reject reason) {
    if (const auto found = links_.find(incoming.route); found != links_.end())
      cut(found);
    else if (current(incoming))
      shut_connection(incoming.body.descriptor());
    if (key) membership_.misbehaved(*key, reason, now);
    say(log::Id::link_rejected, now, static_cast<int>(reason));
  };
  const auto refuse_unheard = [&](mail::Reject reason) {
    membership_.count(reason);
    refuse(reason);
  };
  if (!key || !membership_.welcome(*key, now)) return refuse_unheard(mail::Reject::not_authorised);
  if (incoming.parts != 1) return refuse_unheard(mail::Reject::parts);
  Accepted* accepted = find(incoming, *key, now);
  if (accepted == nullptr) return;
  if (const auto open = accepted_.find(accepted->original); open != accepted_.end())
    open->second.intake.heard(incoming.body.view().size());
  const auto received = accepted->link->receive(incoming.body.view(), today, now);
  if (!received) return refuse(received.error());
  if (!accepted->link->permitted(membership_.roster())) refuse_unheard(mail::Reject::not_authorised);
}

// Ends connections that bring much of which nothing becomes a frame.
void MemberPort::look_at_intake(Instant now) {
  if (now < look_again_) return;
  std::vector<int> over;
  bool busy = false;
  for (auto& [descriptor, connection] : accepted_) {
    const auto received = received_over(descriptor);
    if (received && !connection.intake.bears(*received, now)) over.push_back(descriptor);
    busy = busy || connection.intake.busy();
  }
  for (const int descriptor : over) {
    membership_.count(mail::Reject::too_fast);
    say(log::Id::link_rejected, now, static_cast<int>(mail::Reject::too_fast));
    const auto of =
        std::ranges::find_if(links_, [&](const auto& l) { return l.second.original == descriptor; });
    if (of == links_.end()) {
      shut_connection(descriptor);
      accepted_.erase(descriptor);
    } else {
      membership_.misbehaved(of->second.link->key(), mail::Reject::too_fast, now);
      cut(of);
    }
  }
  look_again_ = now + (busy ? kLookSoon : kLookAgain);
}

Instant MemberPort::next_due() const { return accepted_.empty() ? Instant::max() : look_again_; }

void MemberPort::pump(Day today, Instant now) {
  watch(now);
  for (int i = 0; i < kFramesAtOnce; ++i) {
    auto incoming = receive_routed(port_.socket.raw());
    if (!incoming) break;
    take(std::move(*incoming), today, now);
  }
  look_at_intake(now);
  for (auto at = links_.begin(); at != links_.end();) {
    const auto send = [&](ByteView frame) { return send_routed(port_.socket.raw(), at->first, frame); };
    const bool gone = at->second.link->flush(send, now) == Sent::gone || at->second.link->stalls() <= now;
    at = gone ? cut(at) : std::next(at);
  }
}

void MemberPort::enforce(Instant now) {
  for (auto at = links_.begin(); at != links_.end();) {
    const Link& link = *at->second.link;
    const bool stays = membership_.welcome(link.key(), now) && link.permitted(membership_.roster());
    at = stays ? std::next(at) : cut(at);
  }
}

void MemberPort::shed_one() {
  const auto speaks = [&](int descriptor) {
    return std::ranges::any_of(links_, [&](const auto& l) { return l.second.original == descriptor; });
  };
  auto oldest = accepted_.end();
  for (auto at = accepted_.begin(); at != accepted_.end(); ++at)
    if (!speaks(at->first) && (oldest == accepted_.end() || at->second.since < oldest->second.since))
      oldest = at;
  if (oldest != accepted_.end()) {
    shut_connection(oldest->first);
    accepted_.erase(oldest);
    return;
  }
  const auto silent =
      std::ranges::min_element(links_, {}, [](const auto& entry) { return entry.second.link->heard(); });
  if (silent != links_.end()) cut(silent);
}

bool MemberPort::blocked() const {
  return std::ranges::any_of(links_, [](const auto& entry) { return entry.second.link->blocked(); });
}

void MemberPort::each(const std::function<void(Link&)>& visit) {
  for (auto& [route, accepted] : links_) visit(*accepted.link);
}

}  // namespace kith::net
