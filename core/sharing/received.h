// What others shared, as it lies in journal.db. Private to core/sharing.
#pragma once

#include "core/group/agreement.h"
#include "core/sharing/items.h"

namespace kith::sharing {

struct ReceivedItem {
  std::int64_t number;
  ItemRef ref;
  std::uint32_t version;
  EventId event;
  DeviceId device;
  std::uint64_t seq;
  Day day;
  Day expires;
  ItemState state;
  bool two_versions;
  bool opened;
  BodyType type;
  std::optional<Body> body;  // none in a stub
};

Result<std::optional<ReceivedItem>> received_item(Node& node, const GroupId& group, const ItemRef& ref);
Result<std::vector<ReceivedItem>> received_items(Node& node, const GroupId& group);  // newest first

Result<bool> passed(Node& node, const GroupId& group, const ItemRef& request);

// The agreement text with that hash, if this node has it.
Result<std::optional<group::Agreement>> agreement_text(Node& node, const GroupId& group, const Digest& hash);
// Under its hash. `author`: who sent it; none: it is this node's own.
Result<void> put_agreement_text(Node& node, const GroupId& group, ByteView text,
                                const std::optional<MemberId>& author = {});
// The hashes of the texts that this member sent.
Result<std::vector<Digest>> texts_of(Node& node, const GroupId& group, const MemberId& author);

}  // namespace kith::sharing
