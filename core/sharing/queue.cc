// From the queue in journal.db to mail.db, and the check that nobody else has been signing with our key.
#include <algorithm>

#include "core/sharing/pen.h"
#include "core/sharing/publish.h"
#include "core/sharing/tables.h"

namespace kith::sharing {
namespace {

struct Queued {
  std::int64_t row;
  GroupId group;
  mail::Event event;
  Bytes payload;
};

Result<std::optional<Queued>> first_after(db::Database& journal, std::int64_t row) {
  KITH_TRY(auto select,
           journal.prepare(
               "SELECT row, grp, event, payload FROM share_queue WHERE row > ?1 ORDER BY row LIMIT 1"));
  select.bind(1, row);
  KITH_TRY(const bool found, select.step());
  if (!found) return std::nullopt;
  KITH_TRY(const auto group, column<GroupId>(select, 1));
  auto event = mail::Event::parse(select.blob_view(2));
  if (!event) return fail(Errc::damaged, "a queued event does not parse");
  return Queued{select.integer(0), group, std::move(*event), select.blob(3)};
}

Result<void> add_groups(Node& node) {
  KITH_TRY(auto select,
           node.journal().prepare("SELECT grp, device, port, link_pk, link_secret FROM share_queue_group"));
  while (true) {
    KITH_TRY(const bool more, select.step());
    if (!more) break;
    KITH_TRY(const auto group, column<GroupId>(select, 0));
    KITH_TRY(const auto device, column<DeviceId>(select, 1));
    KITH_TRY(const auto link, column<LinkPk>(select, 3));
    KITH_TRY(auto secret, crypto::LinkSecret::copy_of(select.blob_view(4)));
    KITH_TRY(const auto there, node.mail().groups());
    bool known = false;
    for (const auto& local : there) known = known || local.group == group;
    if (known) continue;
    const mail::LocalGroup local{group, device, static_cast<std::uint16_t>(select.integer(2))};
    KITH_CHECK(node.mail().add_group(local, crypto::LinkKeypair{link, std::move(secret)}));
  }
  // The link secret lives in mail.db alone from here on.
  KITH_TRY(auto clear, node.journal().prepare("DELETE FROM share_queue_group"));
  return clear.run();
}

Result<void> append_one(Node& node, const Queued& queued) {
  KITH_TRY(auto* book, node.book(queued.group));
  const auto& header = queued.event.header();
  const std::span<const mail::Event> one(&queued.event, 1);
  KITH_TRY(const auto appended,
           node.mail().append(queued.group, one, *book->roster, std::max(node.today(), header.day)));
  if (appended.stored + appended.known == 0) return fail(Errc::waiting, "the mail store is behind this log");
  if (!queued.payload.empty()) {
    KITH_TRY(const bool gone, node.mail().tombstoned(queued.event.id()));
    if (!gone) KITH_CHECK(node.mail().put_payload(queued.event.id(), queued.payload));
  }
  KITH_TRY(auto remove, node.journal().prepare("DELETE FROM share_queue WHERE row = ?1"));
  remove.bind(1, queued.row);
  return remove.run();
}

// An event of mail.db at a place of our log, if it carries our own valid signature.
Result<std::optional<mail::Event>> signed_by_us(Node& node, const GroupId& group, const DeviceId& device,
                                                const SignPk& key, std::uint64_t seq) {
  KITH_TRY(auto event, node.mail().event_at(group, device, seq));
  if (!event || event->header().device != device || event->header().group != group ||
      event->header().seq != seq || !event->verify(key))
    return std::nullopt;
  return event;
}

}  // namespace

Result<void> Publisher::flush() {
  KITH_CHECK(add_groups(node_));
  std::int64_t row = 0;
  while (true) {
    KITH_TRY(const auto queued, first_after(node_.journal(), row));
    if (!queued) return {};
    row = queued->row;
    const auto done = append_one(node_, *queued);
    // What does not follow yet stays queued: peers who hold the earlier events bring them back.
    if (!done && done.error().code != Errc::waiting) return tl::unexpected<Error>(done.error());
  }
}

Result<bool> Publisher::still_ours(const GroupId& group) {
  // The write lock of journal.db: no other process of this node signs between the two reads.
  KITH_TRY(auto transaction, db::Transaction::begin(node_.journal()));
  KITH_TRY(const bool retired, node_.keyring().retired(group));
  if (retired) return false;
  KITH_TRY(const auto keys, node_.keyring().device(group));
  KITH_TRY(const auto own, node_.keyring().own_head(group));
  if (!keys) return fail(Errc::not_found, "this node has no keys in the group");
  const std::uint64_t next = own ? own->seq + 1 : 0;
  KITH_TRY(const auto ahead, signed_by_us(node_, group, keys->device, keys->sign_pk, next));
  bool copied = ahead.has_value();
  if (own && !copied) {
    KITH_TRY(const auto last, signed_by_us(node_, group, keys->device, keys->sign_pk, own->seq));
    copied = last && last->link() != own->link;
  }
  if (!copied) return true;
  KITH_CHECK(node_.keyring().retire_device(group));
  KITH_CHECK(transaction.commit());
  return false;
}

Result<void> Publisher::refuse_copies(const GroupId& group) {
  KITH_TRY(const bool ours, still_ours(group));
  if (!ours) return fail(Errc::refused, kDeviceRetired);
  return {};
}

}  // namespace kith::sharing
