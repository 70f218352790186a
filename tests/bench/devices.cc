#include "tests/bench/devices.h"

#include "crypto/envelope.h"
#include "tests/support/seeded_random.h"

namespace kith::bench {
namespace {

mail::Header header(const GroupId& group, const Device& author, const Place& place, std::uint32_t day) {
  return mail::Header{.kind = mail::Kind::env,
                      .retention = 0,
                      .group = group,
                      .device = author.id,
                      .seq = place.seq,
                      .prev = place.prev,
                      .day = Day{day},
                      .length = 0,
                      .bind = Digest::zero(),
                      .ctl_digest = Digest::zero(),
                      .lamport = place.seq + 1};
}

template <class Make>
auto seeded(std::uint64_t seed, Make make) {
  test::SeededRandom random(seed);
  return make(random);
}

}  // namespace

Device::Device(std::uint64_t seed)
    : sign(seeded(seed * 4 + 1, crypto::sign_keypair)),
      dh(seeded(seed * 4 + 2, crypto::dh_keypair)),
      prekey(seeded(seed * 4 + 3, crypto::pre_keypair)),
      link(seeded(seed * 4 + 4, crypto::link_keypair)),
      id(mail::device_id_of(sign.pk, dh.pk)) {}

Roster::Roster(const std::vector<Device>& devices) {
  for (const Device& device : devices) known_.emplace(device.id, Known{device.sign.pk, device.link.pk});
}

std::optional<SignPk> Roster::sign_key(const DeviceId& device) const {
  const auto found = known_.find(device);
  if (found == known_.end()) return std::nullopt;
  return found->second.sign;
}

bool Roster::may_connect(const DeviceId& device, const LinkPk& link) const {
  const auto found = known_.find(device);
  return found != known_.end() && found->second.link == link;
}

Item seal(const GroupId& group, const Device& author, const std::vector<Device>& devices, const Place& place,
          ByteView text, Random& random) {
  const crypto::EnvelopeAuthor by{group, author.id, author.dh.pk, author.dh.secret};
  auto draft = crypto::EnvelopeDraft::begin(by, place.seq, text, devices.size(), random);
  KITH_ASSERT(draft.has_value());
  mail::Header fields = header(group, author, place, kToday);
  fields.bind = *Digest::parse(draft->item_pk().view());
  fields.length = draft->payload_size();
  mail::Event event = mail::Event::sign(fields, {}, author.sign.seed);
  std::vector<crypto::EnvelopeReader> readers;
  for (const Device& device : devices) readers.push_back({device.id, device.prekey.pk, true});
  Bytes payload = std::move(*draft).finish(event.id(), by, readers, random);
  return {std::move(event), std::move(payload)};
}

mail::Event header_only(const GroupId& group, const Device& author, const Place& place, std::uint32_t day,
                        Random& random) {
  mail::Header fields = header(group, author, place, day);
  fields.bind = random.draw<Digest>();
  fields.length = static_cast<std::uint32_t>(crypto::payload_size_for(8, crypto::kBodyBuckets.front()));
  return mail::Event::sign(fields, {}, author.sign.seed);
}

}  // namespace kith::bench
