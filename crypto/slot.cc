#include "crypto/slot.h"

#include "crypto/hash.h"

namespace kith::crypto {
namespace {

SymmetricKey derive(const SlotPlace& place, const SharedSecret& with_eph, const SharedSecret& with_author,
                    const PrePk& reader_pre, const DeviceId& reader) {
  static constexpr ByteView kNoSharedSecretFromAMeeting;  // reserved; always empty in suite 1
  return H_key("kith1.slot-key",
               {with_eph.reveal(), with_author.reveal(), place.eph_pk.view(), place.author_dh.view(),
                reader_pre.view(), place.author.view(), reader.view(), place.event.view(),
                kNoSharedSecretFromAMeeting},
               {});
}

std::array<std::uint8_t, 64> associated(const EventId& event, const Digest& bound_to) {
  std::array<std::uint8_t, 64> bytes{};
  std::ranges::copy(event.view(), bytes.begin());
  std::ranges::copy(bound_to.view(), bytes.begin() + EventId::size);
  return bytes;
}

}  // namespace

Result<SymmetricKey> slot_key(const SlotPlace& place, const EphSecret& eph, const DhSecret& author_dh,
                              const PrePk& reader_pre, const DeviceId& reader) {
  KITH_TRY(const SharedSecret with_eph, agree(eph.reveal(), reader_pre.view()));
  KITH_TRY(const SharedSecret with_author, agree(author_dh.reveal(), reader_pre.view()));
  return derive(place, with_eph, with_author, reader_pre, reader);
}

Result<SymmetricKey> slot_key(const SlotPlace& place, const HeldPrekey& held, const DeviceId& reader) {
  KITH_TRY(const SharedSecret with_eph, agree(held.secret.reveal(), place.eph_pk.view()));
  KITH_TRY(const SharedSecret with_author, agree(held.secret.reveal(), place.author_dh.view()));
  return derive(place, with_eph, with_author, held.pk, reader);
}

Bytes seal_slot(const SymmetricKey& key, const EventId& event, const Digest& bound_to, ByteView content) {
  return aead_seal(key, Nonce::zero(), associated(event, bound_to), content);
}

Result<SecretBytes> open_slot(const SymmetricKey& key, const EventId& event, const Digest& bound_to,
                              ByteView slot) {
  return aead_open(key, Nonce::zero(), associated(event, bound_to), slot);
}

Digest body_digest(const EphPk& eph_pk, const Nonce& nonce, ByteView body) {
  return H("kith1.body-dig", {eph_pk.view(), nonce.view(), body});
}

}  // namespace kith::crypto
