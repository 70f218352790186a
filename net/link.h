// One connection that proved a link key: its exchange, its rate, and the one frame that waits to be sent.
// Knows nothing of sockets.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "core/mail/exchange.h"
#include "net/message.h"
#include "net/token_bucket.h"

namespace kith::net {

using Tally = std::array<std::uint64_t, mail::kRejects>;  // by mail::Reject

// What one key may send, over however many connections: who calls again does not begin anew.
struct Allowance {
  explicit Allowance(Instant now);
  TokenBucket frames, bytes, lookups;
};

class Link {
 public:
  // `past` gets what this link counted when it goes; borrowed, like the store, the roster and `self`.
  Link(mail::MailStore& store, mail::Roster& roster, const mail::ExchangeSelf& self, const LinkPk& key,
       Tally& past, std::shared_ptr<Allowance> allowance, Instant now);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  const LinkPk& key() const { return key_; }
  std::optional<DeviceId> device() const { return exchange_.peer(); }  // once it said HELLO
  // The device it claims may still own this key. True before HELLO: then the key alone was asked about.
  bool permitted(const mail::Roster& roster) const;

  // An error: cut it, and bar the key for a while.
  tl::expected<void, mail::Reject> receive(ByteView frame, Day today, Instant now);
  // Sends what there is until the transport or the peer's credit says stop.
  Sent flush(const std::function<Sent(ByteView)>& send, Instant now);
  bool blocked() const { return waiting_.has_value(); }

  void store_grew() { exchange_.store_grew(); }
  bool grew() { return exchange_.grew(); }
  bool quiet() const { return exchange_.quiet() && !blocked(); }
  bool greeted() const { return exchange_.peer().has_value(); }
  Instant born() const { return born_; }
  Instant heard() const { return heard_; }
  // When to give up: something is awaited and nothing comes. Far away if nothing is awaited.
  Instant stalls() const;
  // What this connection had refused so far, what ended it included.
  std::uint64_t rejected(mail::Reject reason) const;

 private:
  LinkPk key_;
  mail::Exchange exchange_;
  std::shared_ptr<Allowance> allowance_;
  std::optional<Bytes> waiting_;
  Tally rejected_{};  // before the exchange saw the frame
  Tally& past_;
  Instant born_, heard_;
};

}  // namespace kith::net
