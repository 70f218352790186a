// One connection with one peer device in one group, frame by frame, without I/O: frames in, frames out.
// What crosses depends on public fields only. Order: logs first (tombstones are in them), payloads last.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/base/clock.h"
#include "core/mail/frame.h"
#include "core/mail/mail_store.h"
#include "core/mail/roster.h"

namespace kith::mail {

struct ExchangeSelf {
  GroupId group;
  DeviceId device;
  LinkPk link;
};

class Exchange {
 public:
  // `peer_link`: the key the transport proved. The store and roster are borrowed and outlive the exchange.
  Exchange(MailStore& store, Roster& roster, const ExchangeSelf& self, const LinkPk& peer_link);
  Exchange(Exchange&&) noexcept;
  Exchange& operator=(Exchange&&) noexcept;
  ~Exchange();

  // One frame from the peer: one store transaction. An error means: cut this peer (the reason is counted).
  // Arrival of anything new in the store is told by `grew()`.
  tl::expected<void, Reject> receive(ByteView frame, Day today, Instant now);
  // The next frame to send, or none for now. Bounded by the peer's credit; nothing is queued in advance, so
  // ask only when the transport has room. None for ever once the peer may not connect any more, or failed()
  // is set.
  std::optional<Bytes> next_frame(Instant now);
  // Something new is in the store (own events, or another peer brought it), a signature was checked, or the
  // roster changed.
  void store_grew();
  bool grew();                                  // since the last call: the store got something from this peer
  std::size_t looked_up();                      // since the last call: what it made us look up without credit
  bool quiet() const;                           // both sides have what the other had
  std::optional<DeviceId> peer() const;         // after HELLO
  bool may_stay() const;                        // false: the roster no longer lets this peer connect; cut it
  std::uint64_t rejected(Reject reason) const;  // soft rejects, which do not end the connection
  std::optional<Error> failed() const;          // the store's own trouble, which ended the exchange

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kith::mail
