#include "tests/support/toy_group.h"

#include "core/base/endian.h"
#include "crypto/envelope.h"

namespace kith::test {
namespace {

constexpr std::size_t kSlots = 8;
constexpr std::size_t kPayloadSize = 64 + kSlots * crypto::kSlotSize + 4096 + 16 + 64;

// What a carrier checks (proto/README.md): Ed25519 over H("kith1.payload", event id, all before the
// signature).
Signature sign_item(const crypto::SignSeed& seed, const EventId& event, ByteView before) {
  std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> pk{};
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> sk{};
  crypto_sign_seed_keypair(pk.data(), sk.data(), seed.reveal().data());
  const Digest digest = crypto::H("kith1.payload", {event.view(), before});
  std::array<std::uint8_t, Signature::size> signature{};
  crypto_sign_detached(signature.data(), nullptr, digest.data(), Digest::size, sk.data());
  return Signature{signature};
}

}  // namespace

Author::Author(std::uint64_t seed, const GroupId& group)
    : id(DeviceId::zero()),
      member(MemberId::zero()),
      link(LinkPk::zero()),
      keys([&] {
        SeededRandom random(seed);
        return crypto::sign_keypair(random);
      }()),
      random_(seed + 1'000'000),
      next_{.kind = mail::Kind::ctl,
            .group = group,
            .device = DeviceId::zero(),
            .seq = 0,
            .prev = *Link::parse(group.view()),
            .day = Day{kToyDay},
            .length = 0,
            .bind = Digest::zero(),
            .ctl_digest = Digest::zero(),
            .lamport = 1} {
  id = mail::device_id_of(keys.pk, random_.draw<DhPk>());
  member = random_.draw<MemberId>();
  link = random_.draw<LinkPk>();
  next_.device = id;
}

mail::Event Author::sign(const mail::Header& header, Bytes body) const {
  return mail::Event::sign(header, std::move(body), keys.seed);
}

mail::Event Author::write(mail::Kind kind, Bytes body, const Digest& bind, std::uint32_t length) {
  mail::Header header = next_;
  header.kind = kind;
  header.bind = bind;
  header.length = length;
  mail::Event event = sign(header, std::move(body));
  next_.seq++;
  next_.lamport++;
  next_.prev = event.link();
  return event;
}

mail::Event Author::control(std::string_view text) {
  const Bytes body = to_bytes(as_bytes(text));
  return write(mail::Kind::ctl, body, mail::body_bind(body), static_cast<std::uint32_t>(body.size()));
}

mail::Event Author::device_record(std::string_view text) {
  const Bytes body = to_bytes(as_bytes(text));
  return write(mail::Kind::dev, body, mail::body_bind(body), static_cast<std::uint32_t>(body.size()));
}

mail::Event Author::tomb(std::vector<EventId> events) {
  const Bytes body = encode(mail::Tomb{.events = std::move(events)});
  return write(mail::Kind::tomb, body, mail::body_bind(body), static_cast<std::uint32_t>(body.size()));
}

mail::Event Author::envelope() {
  crypto::SignKeypair item = crypto::sign_keypair(random_);
  mail::Event event = write(mail::Kind::env, {}, *Digest::parse(item.pk.view()), kPayloadSize);
  payloads_.emplace(event.id(), seal(event.id(), item));
  items_.emplace(event.id(), std::move(item));
  return event;
}

Bytes Author::variant(const EventId& event) { return seal(event, items_.at(event)); }

Bytes Author::seal(const EventId& event, const crypto::SignKeypair& item) {
  Bytes payload;
  payload.reserve(kPayloadSize);
  payload.assign(2, 1);  // version and suite
  append_little_endian<std::uint16_t>(payload, kSlots);
  append_little_endian<std::uint32_t>(payload, 4096 + 16);
  const std::size_t before_signature = kPayloadSize - Signature::size;
  const std::size_t filled = payload.size();
  payload.resize(before_signature);
  random_.fill(std::span(payload).subspan(filled));
  append(payload, sign_item(item.seed, event, payload).view());
  return payload;
}

}  // namespace kith::test
