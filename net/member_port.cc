#include "net/member_port.h"

#include <fcntl.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>

#include "net/limits.h"
#include "net/log.h"

namespace kith::net {

MemberPort::MemberPort(Port port, Membership& membership) : port_(std::move(port)), membership_(membership) {}

MemberPort::~MemberPort() {
  for (const auto& [route, accepted] : links_) ::close(accepted.descriptor);
}

// libzmq reports a lost connection before it closes the descriptor, and a message after its acceptance. So
// once the reports that wait are read, a number means the connection that has it now.
void MemberPort::watch(Instant now) {
  while (const auto event = next_event(port_.monitor.raw())) {
    if (event->event == ZMQ_EVENT_ACCEPTED) accepted_[event->value] = now;
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
  make_room_for(key);
  const int original = incoming.body.descriptor();
  // A message may outlive its connection. Then nothing may be kept: our dup would hold the dead one open,
  // uncounted.
  if (!accepted_.contains(original)) return nullptr;
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
    else if (accepted_.contains(incoming.body.descriptor()))
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
  const auto received = accepted->link->receive(incoming.body.view(), today, now);
  if (!received) return refuse(received.error());
  if (!accepted->link->permitted(membership_.roster())) refuse_unheard(mail::Reject::not_authorised);
}

void MemberPort::pump(Day today, Instant now) {
  watch(now);
  for (int i = 0; i < kFramesAtOnce; ++i) {
    auto incoming = receive_routed(port_.socket.raw());
    if (!incoming) break;
    take(std::move(*incoming), today, now);
  }
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
    if (!speaks(at->first) && (oldest == accepted_.end() || at->second < oldest->second)) oldest = at;
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
