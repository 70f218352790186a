// One signed event: a header of 192 bytes, a signature of 64, and a body for every kind but ENV (whose
// payload travels apart). Layout: proto/README.md. All of it is public to carriers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "crypto/secret.h"

namespace kith::mail {

enum class Kind : std::uint8_t { ctl = 1, env = 2, tomb = 3, dev = 4 };

inline constexpr std::size_t kHeaderSize = 192;
inline constexpr std::size_t kSignedSize = 256;
inline constexpr std::size_t kMaxBody = 64 * 1024;
inline constexpr std::size_t kMaxTombIds = 256;
inline constexpr std::uint32_t kMaxEventsPerDay = 200;
// Of one log, for ever: far more than a device writes in twenty years (core/mail/README.md has the sums).
inline constexpr std::uint64_t kMaxLogEvents = 65'536;
inline constexpr std::uint32_t kMaxLogActs = 3'200;               // CTL and DEV
inline constexpr std::uint64_t kMaxLogBodies = 12 * 1024 * 1024;  // bytes of the bodies of CTL, DEV and TOMB
inline constexpr std::uint32_t kMaxDaysAhead = 2;                 // of the reader's own day

struct Header {
  Kind kind;
  std::uint8_t retention = 0;
  GroupId group;
  DeviceId device;
  std::uint64_t seq;  // below 2^63
  Link prev;          // the group id's bytes at seq 0
  Day day;
  std::uint32_t length;  // of the body, or of the payload for ENV
  Digest bind;           // H("kith1.body", body), or pk_item for ENV
  Digest ctl_digest;
  std::uint64_t lamport;  // below 2^63; display only
};

// A header and its signature without the body: all that a proof of a fork needs.
struct SignedHeader {
  Header header;
  Signature signature;
  EventId id;
  Link link;
  Bytes bytes;  // kSignedSize, as received

  bool verify(const SignPk& pk) const;  // about 45 us
};
// Exactly kSignedSize bytes. malformed; unsupported (suite, kind or flag of a newer kith).
Result<SignedHeader> parse_signed_header(ByteView wire);

class Event {
 public:
  // Exact sizes, magic, suite, kind, flags, length limits, body hash. Not the signature, not the place in a
  // log. malformed; unsupported (suite, kind or flag of a newer kith: the log behind it waits).
  static Result<Event> parse(ByteView wire);
  // The author's side. `body` must be what header.length and header.bind say.
  static Event sign(const Header& header, Bytes body, const crypto::SignSeed& seed);

  const Header& header() const { return header_; }
  const EventId& id() const { return id_; }
  const Link& link() const { return link_; }
  ByteView body() const { return ByteView(wire_).subspan(kSignedSize); }
  ByteView wire() const { return wire_; }  // header, signature, body: as received, as sent, as stored
  ByteView signed_bytes() const { return ByteView(wire_).first(kSignedSize); }  // header and signature
  Signature signature() const;
  bool verify(const SignPk& pk) const;  // about 45 us

 private:
  Event(const Header& header, Bytes wire, const EventId& id, const Link& link);
  Header header_;
  Bytes wire_;
  EventId id_;
  Link link_;
};

GroupId group_id_of(ByteView genesis_body);
DeviceId device_id_of(const SignPk& sign, const DhPk& dh);
MemberId member_id_of(const EventId& enrolling, const SignPk& sign);
Digest body_bind(ByteView body);
Digest ctl_digest_of(std::vector<EventId> control_heads);  // sorts

// A device's log so far: what the next event must follow.
struct LogHead {
  std::uint64_t seq;
  Link link;
  Day day;
  std::uint32_t events_that_day;  // at most kMaxEventsPerDay
  std::uint32_t acts = 0;         // at most kMaxLogActs
  std::uint64_t bodies = 0;       // bytes, at most kMaxLogBodies
};
// Contiguous, chained, days never decreasing, the day's count within its limit, day <= today + 2.
// refused: seq is not beyond the head; not_found: a gap; unauthentic: seq follows but prev does not (the
// author forked or lies); malformed: the day decreases; too_large: more than kMaxEventsPerDay of that day, or
// the log is full; waiting: the day lies ahead of ours.
Result<LogHead> follow(const std::optional<LogHead>& head, const Event& event, Day today);

struct Tomb {
  std::vector<EventId> events;  // of the same member, 1 to kMaxTombIds
  std::uint8_t reason = 0;      // always 0 on the wire of this kith; readers take any
};
Bytes encode(const Tomb& tomb);          // sorts, drops duplicates
Result<Tomb> parse_tomb(ByteView body);  // malformed unless strictly ascending ids and one byte of reason

}  // namespace kith::mail
