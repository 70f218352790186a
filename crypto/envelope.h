// The envelope: one construction for everything confidential. Layout in crypto/carrier.h, the argument in
// crypto/README.md.
//
// Every device of the group gets a slot; a slot for a device outside the audience holds zeros and looks the
// same.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/base/bytes.h"
#include "crypto/agree.h"
#include "crypto/carrier.h"
#include "crypto/secret.h"
#include "crypto/slot.h"

namespace kith::crypto {

inline constexpr std::size_t kMaxHeldPrekeys = 15;  // bounds the trials of one opening

struct EnvelopeAuthor {  // borrowed while sealing
  GroupId group;
  DeviceId device;
  DhPk dh_pk;
  const DhSecret& dh_secret;
};
struct EnvelopeReader {
  DeviceId device;
  std::optional<PrePk> pre_pk;  // none, or too old: a random slot
  bool in_audience;
};

// Sealing is in two steps because the signed header binds pk_item and the slots bind the event id.
//   auto draft = EnvelopeDraft::begin(...);  header.bind = draft.item_pk(); header.length =
//   draft.payload_size(); sign header -> event id;  Bytes payload = std::move(draft).finish(event_id,
//   author, readers, random);
class EnvelopeDraft {
 public:
  // too_large: plain does not fit the largest bucket (1 byte of padding at least), or too many devices.
  static Result<EnvelopeDraft> begin(const EnvelopeAuthor& author, std::uint64_t seq, ByteView plain,
                                     std::size_t device_count, Random& random);
  const ItemPk& item_pk() const { return item_pk_; }
  std::uint32_t payload_size() const { return payload_size_; }
  // `author` as at begin(). `readers`: every active device of the group, author's own included;
  // `device_count` of them. A low-order prekey gets a random slot (`broken` lists those devices).
  Bytes finish(const EventId& event, const EnvelopeAuthor& author, std::span<const EnvelopeReader> readers,
               Random& random, std::vector<DeviceId>* broken = nullptr) &&;

 private:
  EnvelopeDraft(ContentKey key, SignSeed item_seed, ItemPk item_pk, SecretBytes padded, std::size_t devices);
  ContentKey key_;
  SignSeed item_seed_;
  ItemPk item_pk_;
  SecretBytes padded_;
  std::size_t device_count_;
  std::uint32_t payload_size_;
};

enum class Opening : std::uint8_t {
  opened,         // `plain` is set
  not_for_me,     // authentic: the author made a slot of zeros for this device
  no_slot,        // damaged copy, or the prekey is gone: ask for another variant
  could_not_read  // a slot opened but the rest does not fit it: the author's program misbehaved
};
struct Opened {
  Opening what;
  SecretBytes plain;
  Digest body_digest = Digest::zero();  // two variants with one digest carry the same body
};
// Checks the item signature too. `prekeys`: newest first, at most kMaxHeldPrekeys. Never stops early; which
// slot opens does not change what is computed.
Opened open_payload(ByteView payload, const EventId& event, const ItemPk& bind, const GroupId& group,
                    std::uint64_t seq, const DeviceId& author_device, const DhPk& author_dh,
                    const DeviceId& my_device, std::span<const HeldPrekey> prekeys);

}  // namespace kith::crypto
