#include "net/door.h"

#include <zmq.h>

#include "net/limits.h"

namespace kith::net {

void Door::push(Bytes frame) {
  queued_ += frame.size();
  queue_.push_back(std::move(frame));
}

void Door::clear() {
  queue_.clear();
  queued_ = 0;
}

void Door::flush(const std::function<Sent(ByteView)>& send) {
  while (!queue_.empty() && send(queue_.front()) == Sent::yes) {
    queued_ -= queue_.front().size();
    queue_.pop_front();
  }
}

// ---- inviter ---------------------------------------------------------------------------------------------

Result<std::unique_ptr<InviterDoor>> InviterDoor::open_at(Context& context, const ZapHandler& zap,
                                                          const group::InviteKeys& keys, mail::Address ip) {
  ip.port = group::door_port(keys);
  KITH_TRY(
      auto port,
      bind_port(
          context, zap,
          {.key = keys.door_server, .domain = std::string(kDoorDomain), .at = std::move(ip), .door = true}));
  return std::unique_ptr<InviterDoor>(new InviterDoor(std::move(port), keys.door_client.pk));
}

bool InviterDoor::answer_to(const Bytes& route) {
  if (route == route_) return true;
  if (past_.contains(route)) return false;
  if (attempts_ == kDoorAttempts) {
    used_up_ = true;
    return false;
  }
  past_.insert(std::exchange(route_, route));
  clear();  // what was meant for another
  ++attempts_;
  return true;
}

void InviterDoor::pump(Instant, const Deliver& deliver) {
  while (const auto event = next_event(port_.monitor.raw())) {
    if (event->event == ZMQ_EVENT_ACCEPTED) ++connections_;
    if (event->event == ZMQ_EVENT_DISCONNECTED) --connections_;
  }
  for (int i = 0; i < kFramesAtOnce && !used_up_; ++i) {
    const auto incoming = receive_routed(port_.socket.raw());
    if (!incoming) break;
    const auto key = incoming->body.user();
    if (!key || *key != client_ || incoming->parts != 1) continue;
    if (answer_to(incoming->route)) deliver(incoming->body.view(), attempts_);
  }
  flush([&](ByteView frame) {
    const Sent sent = send_routed(port_.socket.raw(), route_, frame);
    return sent == Sent::gone ? Sent::yes : sent;  // nobody is there any more: the frame goes nowhere
  });
}

bool InviterDoor::send(Bytes frame, std::uint32_t attempt) {
  if (attempts_ == 0 || used_up_ || (attempt != 0 && attempt != attempts_)) return false;
  push(std::move(frame));
  return true;
}

// ---- joiner ----------------------------------------------------------------------------------------------

JoinerDoor::JoinerDoor(Context& context, group::InviteKeys keys, std::vector<mail::Address> addresses,
                       Random& random, Instant now)
    : context_(context),
      keys_(std::move(keys)),
      addresses_(std::move(addresses)),
      random_(random),
      schedule_(now),
      began_(now) {
  KITH_ASSERT(!addresses_.empty());
}

void JoinerDoor::dial(Instant now) {
  auto line = dial_line(context_, {.key = keys_.door_client,
                                   .server = keys_.door_server.pk,
                                   .to = addresses_[next_address_++ % addresses_.size()],
                                   .door = true});
  began_ = now;
  if (line)
    line_ = std::move(*line);
  else
    schedule_.ended(false, now, now, random_);
}

void JoinerDoor::watch(Instant now) {
  if (ends_) return;
  bool ended = !stands_ && now - began_ >= kProgress;
  while (const auto event = next_event(line_->monitor.raw())) {
    if (event->event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) stands_ = true;
    ended = ended || event->handshake_failed() || event->event == ZMQ_EVENT_DISCONNECTED ||
            event->event == ZMQ_EVENT_CLOSED;
  }
  if (!ended) return;
  if (stands_) {
    // libzmq reports the end before it hands over the last messages.
    ends_ = now + kLastMessages;
    return;
  }
  line_.reset();
  schedule_.ended(false, began_, now, random_);
}

void JoinerDoor::pump(Instant now, const Deliver& deliver) {
  if (over_) return;
  if (!line_ && schedule_.due(now)) dial(now);
  if (!line_) return;
  watch(now);
  if (!line_) return;
  while (const auto incoming = receive_plain(line_->socket.raw()))
    if (incoming->parts == 1) deliver(incoming->body.view(), 1);
  over_ = ends_ && now >= *ends_;
  if (over_) return line_.reset();
  flush([&](ByteView frame) { return send_plain(line_->socket.raw(), frame); });
}

bool JoinerDoor::send(Bytes frame, std::uint32_t) {
  if (over_) return false;
  push(std::move(frame));
  return true;
}

Instant JoinerDoor::next_due() const {
  if (ends_ && !over_) return *ends_;
  if (over_ || stands_) return Instant::max();
  return line_ ? began_ + kProgress : schedule_.next();
}

void JoinerDoor::add_sockets(const std::function<void(void*)>& add) const {
  if (!line_) return;
  add(line_->socket.raw());
  add(line_->monitor.raw());
}

}  // namespace kith::net
