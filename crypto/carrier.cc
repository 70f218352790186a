#include "crypto/carrier.h"

#include "core/base/endian.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

namespace kith::crypto {
namespace {

bool is_bucket(std::size_t sealed_size) {
  return std::ranges::any_of(kBodyBuckets,
                             [&](std::size_t bucket) { return sealed_size == bucket + kTagSize; });
}

}  // namespace

Result<PayloadView> view_payload(ByteView payload) {
  if (payload.size() < kPayloadHead) return fail(Errc::malformed, "a payload is too short");
  if (payload[0] != kEnvelopeVersion || payload[1] != kEnvelopeSuite) {
    return fail(Errc::malformed, "a payload is of another version or suite than its header");
  }
  const std::size_t slots = read_little_endian<std::uint16_t>(payload.subspan(2, 2));
  const std::size_t body = read_little_endian<std::uint32_t>(payload.subspan(4, 4));
  if (slots == 0 || slots > kMaxSlots || slots % kSlotStep != 0 || !is_bucket(body)) {
    return fail(Errc::malformed, "a payload states sizes that no envelope has");
  }
  const std::size_t signed_size = kPayloadHead + slots * kSlotSize + body;
  if (payload.size() != signed_size + Signature::size) {
    return fail(Errc::malformed, "a payload does not have the size it states");
  }
  KITH_TRY(const EphPk eph_pk, EphPk::parse(payload.subspan(8, EphPk::size)));
  KITH_TRY(const Nonce nonce, Nonce::parse(payload.subspan(40, Nonce::size)));
  KITH_TRY(const Signature signature, Signature::parse(payload.subspan(signed_size)));
  return PayloadView{.eph_pk = eph_pk,
                     .nonce = nonce,
                     .slots = payload.subspan(kPayloadHead, slots * kSlotSize),
                     .body = payload.subspan(kPayloadHead + slots * kSlotSize, body),
                     .before_signature = payload.first(signed_size),
                     .item_signature = signature};
}

Digest item_signed_part(const EventId& event, ByteView before_signature) {
  return H("kith1.payload", {event.view(), before_signature});
}

Result<void> check_payload(ByteView payload, const EventId& event, const ItemPk& bind) {
  KITH_TRY(const PayloadView view, view_payload(payload));
  const Digest signed_part = item_signed_part(event, view.before_signature);
  if (!verify_raw(bind.view(), signed_part.view(), view.item_signature)) {
    return fail(Errc::unauthentic, "a payload does not carry its item's signature");
  }
  return {};
}

Digest payload_digest(ByteView payload) { return H("kith1.variant", {payload}); }

}  // namespace kith::crypto
