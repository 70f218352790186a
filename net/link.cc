#include "net/link.h"

#include <exception>

#include "net/limits.h"
#include "net/log.h"

namespace kith::net {

Allowance::Allowance(Instant now)
    : frames(kFramesPerSecond, kFrameBurst, now),
      bytes(kBytesPerSecond, kByteBurst, now),
      lookups(kLookupsPerSecond, kLookupBurst, now) {}

Link::Link(mail::MailStore& store, mail::Roster& roster, const mail::ExchangeSelf& self, const LinkPk& key,
           Tally& past, std::shared_ptr<Allowance> allowance, Instant now)
    : key_(key),
      exchange_(store, roster, self, key),
      allowance_(std::move(allowance)),
      past_(past),
      born_(now),
      heard_(now) {}

Link::~Link() {
  for (std::size_t reason = 0; reason < past_.size(); ++reason)
    past_.at(reason) += rejected(static_cast<mail::Reject>(reason));
}

std::uint64_t Link::rejected(mail::Reject reason) const {
  return rejected_.at(static_cast<std::size_t>(reason)) + exchange_.rejected(reason);
}

bool Link::permitted(const mail::Roster& roster) const {
  const auto claimed = exchange_.peer();
  return !claimed || roster.may_connect(*claimed, key_);
}

tl::expected<void, mail::Reject> Link::receive(ByteView frame, Day today, Instant now) {
  const auto refuse = [&](mail::Reject reason) {
    ++rejected_.at(static_cast<std::size_t>(reason));
    return tl::unexpected(reason);
  };
  if (frame.size() > mail::kMaxFrame) return refuse(mail::Reject::too_large);
  if (!allowance_->frames.take(1, now) || !allowance_->bytes.take(static_cast<double>(frame.size()), now))
    return refuse(mail::Reject::too_fast);
  heard_ = now;
  try {
    const auto received = exchange_.receive(frame, today, now);
    const auto lookups = static_cast<double>(exchange_.looked_up());
    if (received && !allowance_->lookups.take(lookups, now)) return refuse(mail::Reject::too_fast);
    return received;
  } catch (const std::exception&) {  // no byte of a peer may reach an uncaught exception
    return refuse(mail::Reject::protocol);
  }
}

Sent Link::flush(const std::function<Sent(ByteView)>& send, Instant now) {
  if (const auto failed = exchange_.failed()) {  // our own disk, not the peer: begin anew later
    say(log::Id::store_failed, now, static_cast<int>(failed->code), failed->detail);
    return Sent::gone;
  }
  for (int i = 0; i < kFramesAtOnce; ++i) {
    if (!waiting_) waiting_ = exchange_.next_frame(now);
    if (!waiting_) return Sent::yes;
    const Sent sent = send(*waiting_);
    if (sent != Sent::yes) return sent;
    waiting_.reset();
  }
  waiting_ = exchange_.next_frame(now);  // keeps blocked() true while more is to come
  return Sent::yes;
}

Instant Link::stalls() const { return greeted() && exchange_.quiet() ? Instant::max() : heard_ + kProgress; }

}  // namespace kith::net
