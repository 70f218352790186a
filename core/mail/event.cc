#include "core/mail/event.h"

#include "core/base/endian.h"
#include "crypto/envelope.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

namespace kith::mail {
namespace {

constexpr std::array<std::uint8_t, 4> kMagic = {'K', 'T', 'H', '1'};
constexpr std::uint8_t kSuite = 1;
constexpr std::uint64_t kNumberLimit = std::uint64_t{1} << 63;  // also what SQLite's integers hold
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kPayloadEnds = 64 + 64;  // before the slots and after the body (crypto/README.md)

// Offsets in the header.
constexpr std::size_t kSuiteAt = 4, kKindAt = 5, kFlagsAt = 6, kRetentionAt = 7, kGroupAt = 8, kDeviceAt = 40,
                      kSeqAt = 72, kPrevAt = 80, kDayAt = 112, kLengthAt = 116, kBindAt = 120,
                      kDigestAt = 152, kLamportAt = 184;

template <class Fixed>
Fixed field(ByteView wire, std::size_t at) {
  return *Fixed::parse(wire.subspan(at, Fixed::size));
}

// One of the sizes that an envelope can have: 8 to 128 slots in eights, one of four bodies.
bool is_payload_length(std::uint32_t length) {
  constexpr std::size_t kSlotStep = 8 * crypto::kSlotSize;
  for (const std::size_t bucket : crypto::kBodyBuckets) {
    const std::size_t rest = kPayloadEnds + bucket + kTagSize;
    if (length <= rest) continue;
    const std::size_t slots = length - rest;
    if (slots % kSlotStep == 0 && slots <= crypto::kMaxSlots * crypto::kSlotSize) return true;
  }
  return false;
}

Result<Header> parse_header(ByteView wire) {
  KITH_ASSERT(wire.size() >= kHeaderSize);
  if (!equal(wire.first(4), kMagic)) return fail(Errc::malformed, "not an event");
  if (wire[kSuiteAt] != kSuite) return fail(Errc::unsupported, "an event of another suite");
  const std::uint8_t kind = wire[kKindAt];
  if (kind == 0) return fail(Errc::malformed, "an event without a kind");
  if (kind > static_cast<std::uint8_t>(Kind::dev))
    return fail(Errc::unsupported, "an event of an unknown kind");
  if (wire[kFlagsAt] != 0) return fail(Errc::unsupported, "an event with unknown flags");
  Header header{.kind = static_cast<Kind>(kind),
                .retention = wire[kRetentionAt],
                .group = field<GroupId>(wire, kGroupAt),
                .device = field<DeviceId>(wire, kDeviceAt),
                .seq = read_little_endian<std::uint64_t>(wire.subspan(kSeqAt)),
                .prev = field<Link>(wire, kPrevAt),
                .day = Day{read_little_endian<std::uint32_t>(wire.subspan(kDayAt))},
                .length = read_little_endian<std::uint32_t>(wire.subspan(kLengthAt)),
                .bind = field<Digest>(wire, kBindAt),
                .ctl_digest = field<Digest>(wire, kDigestAt),
                .lamport = read_little_endian<std::uint64_t>(wire.subspan(kLamportAt))};
  if (header.seq >= kNumberLimit || header.lamport >= kNumberLimit)
    return fail(Errc::malformed, "a number in an event is out of range");
  if (header.kind == Kind::env) {
    if (!is_payload_length(header.length)) return fail(Errc::malformed, "no envelope has this length");
  } else if (header.length > kMaxBody) {
    return fail(Errc::too_large, "an event's body is above the limit");
  }
  return header;
}

Bytes header_bytes(const Header& header) {
  Bytes wire;
  wire.reserve(kSignedSize);
  append(wire, kMagic);
  wire.push_back(kSuite);
  wire.push_back(static_cast<std::uint8_t>(header.kind));
  wire.push_back(0);  // flags
  wire.push_back(header.retention);
  append(wire, header.group.view());
  append(wire, header.device.view());
  append_little_endian(wire, header.seq);
  append(wire, header.prev.view());
  append_little_endian(wire, number(header.day));
  append_little_endian(wire, header.length);
  append(wire, header.bind.view());
  append(wire, header.ctl_digest.view());
  append_little_endian(wire, header.lamport);
  return wire;
}

EventId id_of(ByteView wire) { return crypto::H_as<EventId>("kith1.event-id", {wire.first(kHeaderSize)}); }

Link link_of(const EventId& id, ByteView wire) {
  return crypto::H_as<Link>("kith1.link", {id.view(), wire.subspan(kHeaderSize, Signature::size)});
}

bool verify_signed(const SignPk& pk, const GroupId& group, ByteView wire) {
  return crypto::verify(pk, "event", group, wire.first(kHeaderSize), field<Signature>(wire, kHeaderSize));
}

}  // namespace

bool SignedHeader::verify(const SignPk& pk) const { return verify_signed(pk, header.group, bytes); }

Result<SignedHeader> parse_signed_header(ByteView wire) {
  if (wire.size() != kSignedSize) return fail(Errc::malformed, "a signed header has the wrong size");
  KITH_TRY(const Header header, parse_header(wire));
  const EventId id = id_of(wire);
  return SignedHeader{.header = header,
                      .signature = field<Signature>(wire, kHeaderSize),
                      .id = id,
                      .link = link_of(id, wire),
                      .bytes = to_bytes(wire)};
}

Event::Event(const Header& header, Bytes wire, const EventId& id, const Link& link)
    : header_(header), wire_(std::move(wire)), id_(id), link_(link) {}

Result<Event> Event::parse(ByteView wire) {
  if (wire.size() < kSignedSize) return fail(Errc::malformed, "an event is too short");
  if (wire.size() > kSignedSize + kMaxBody) return fail(Errc::too_large, "an event is above the limit");
  KITH_TRY(const Header header, parse_header(wire));
  const ByteView body = wire.subspan(kSignedSize);
  const std::size_t expected = header.kind == Kind::env ? 0 : header.length;
  if (body.size() != expected) return fail(Errc::malformed, "an event's body has the wrong size");
  if (header.kind != Kind::env && header.bind != body_bind(body))
    return fail(Errc::unauthentic, "an event's body is not the one that was signed");
  if (header.kind == Kind::tomb) KITH_CHECK(parse_tomb(body));
  const EventId id = id_of(wire);
  return Event(header, to_bytes(wire), id, link_of(id, wire));
}

Event Event::sign(const Header& header, Bytes body, const crypto::SignSeed& seed) {
  Bytes wire = header_bytes(header);
  const Signature signature = crypto::sign(seed, "event", header.group, wire);
  append(wire, signature.view());
  append(wire, body);
  auto event = parse(wire);
  KITH_ASSERT(event.has_value());  // the header says what the body is
  return std::move(*event);
}

Signature Event::signature() const { return field<Signature>(wire_, kHeaderSize); }

bool Event::verify(const SignPk& pk) const { return verify_signed(pk, header_.group, wire_); }

GroupId group_id_of(ByteView genesis_body) { return crypto::H_as<GroupId>("kith1.group-id", {genesis_body}); }

DeviceId device_id_of(const SignPk& sign, const DhPk& dh) {
  return crypto::H_as<DeviceId>("kith1.device-id", {sign.view(), dh.view()});
}

MemberId member_id_of(const EventId& enrolling, const SignPk& sign) {
  return crypto::H_as<MemberId>("kith1.member-id", {enrolling.view(), sign.view()});
}

Digest body_bind(ByteView body) { return crypto::H("kith1.body", {body}); }

Digest ctl_digest_of(std::vector<EventId> control_heads) {
  std::ranges::sort(control_heads);
  Bytes joined;  // the ids have one size, so that one part is as injective as many
  for (const EventId& head : control_heads) append(joined, head.view());
  return crypto::H("kith1.ctl-digest", {joined});
}

Result<LogHead> follow(const std::optional<LogHead>& head, const Event& event, Day today) {
  const Header& header = event.header();
  const std::uint64_t expected = head ? head->seq + 1 : 0;
  if (header.seq < expected) return fail(Errc::refused, "the log is already past this event");
  if (header.seq > expected) return fail(Errc::not_found, "events before this one are missing");
  const ByteView prev = head ? ByteView(head->link.view()) : ByteView(header.group.view());
  if (!equal(header.prev.view(), prev)) return fail(Errc::unauthentic, "an event does not continue its log");
  if (head && header.day < head->day) return fail(Errc::malformed, "the days of a log decrease");
  const bool same_day = head && header.day == head->day;
  const std::uint32_t count = same_day ? head->events_that_day + 1 : 1;
  if (count > kMaxEventsPerDay) return fail(Errc::too_large, "too many events of one day");
  const bool act = header.kind == Kind::ctl || header.kind == Kind::dev;
  const std::uint32_t acts = (head ? head->acts : 0) + (act ? 1 : 0);
  const std::uint64_t bodies = (head ? head->bodies : 0) + event.body().size();
  if (header.seq >= kMaxLogEvents || acts > kMaxLogActs || bodies > kMaxLogBodies)
    return fail(Errc::too_large, "the log is full");
  if (number(header.day) > std::uint64_t{number(today)} + kMaxDaysAhead)
    return fail(Errc::waiting, "an event is dated ahead of our day");
  return LogHead{.seq = header.seq,
                 .link = event.link(),
                 .day = header.day,
                 .events_that_day = count,
                 .acts = acts,
                 .bodies = bodies};
}

Bytes encode(const Tomb& tomb) {
  std::vector<EventId> ids = tomb.events;
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  KITH_ASSERT(!ids.empty() && ids.size() <= kMaxTombIds);
  Bytes body;
  body.reserve(ids.size() * EventId::size + 1);
  for (const EventId& id : ids) append(body, id.view());
  body.push_back(tomb.reason);
  return body;
}

Result<Tomb> parse_tomb(ByteView body) {
  const std::size_t count = body.size() / EventId::size;
  if (body.size() % EventId::size != 1 || count == 0 || count > kMaxTombIds)
    return fail(Errc::malformed, "a tombstone has the wrong size");
  Tomb tomb{.events = {}, .reason = body.back()};
  tomb.events.reserve(count);
  for (std::size_t i = 0; i < count; ++i) tomb.events.push_back(field<EventId>(body, i * EventId::size));
  if (std::ranges::adjacent_find(tomb.events, std::greater_equal{}) != tomb.events.end())
    return fail(Errc::malformed, "a tombstone's ids are not in order");
  return tomb;
}

}  // namespace kith::mail
