// One connection with one peer device in one group, frame by frame, without I/O: frames in, frames out.
// What crosses depends on public fields only. Order: logs first (tombstones are in them), payloads last.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/clock.h"
#include "core/mail/mail_store.h"
#include "core/mail/roster.h"

namespace kith::mail {

inline constexpr std::size_t kMaxFrame = 512 * 1024;
inline constexpr std::size_t kFrameTarget = 256 * 1024;

enum class Reject : std::uint8_t {  // why something of a peer was dropped; counted, never answered
  malformed = 1,
  wrong_hello,
  stranger,
  unauthentic,
  gap,
  not_storable,
  too_large,
  too_many,
  bad_payload,
  unknown_payload,
  tombstoned,
  unsupported,
  too_fast,
  not_authorised,
  parts,
  protocol,
};

struct ExchangeSelf {
  GroupId group;
  DeviceId device;
  LinkPk link;
};

class Exchange {
 public:
  // `peer_link`: the key the transport proved. The store and roster are borrowed and outlive the exchange.
  Exchange(MailStore& store, Roster& roster, const ExchangeSelf& self, const LinkPk& peer_link);

  // One frame from the peer: one store transaction. An error means: cut this peer (the reason is counted).
  // Arrival of anything new in the store is told by `grew()`.
  tl::expected<void, Reject> receive(ByteView frame, Day today, Instant now);
  // The next frame to send, or none for now. Bounded by the peer's credit; nothing is queued in advance.
  std::optional<Bytes> next_frame(Day today, Instant now);
  // Something new is in the store (own events, or another peer brought it).
  void store_grew();
  bool grew();                                  // since the last call: the store got something from this peer
  bool quiet() const;                           // both sides have what the other had
  std::optional<DeviceId> peer() const;         // after HELLO
  std::uint64_t rejected(Reject reason) const;  // soft rejects, which do not end the connection

 private:
  MailStore& store_;
  Roster& roster_;
  ExchangeSelf self_;
  LinkPk peer_link_;
  // ...
};

}  // namespace kith::mail
