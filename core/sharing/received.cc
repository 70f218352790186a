#include "core/sharing/received.h"

#include "core/sharing/tables.h"

namespace kith::sharing {
namespace {

Result<ReceivedItem> read_received(const db::Statement& row) {
  KITH_TRY(const auto author, column<MemberId>(row, 1));
  KITH_TRY(const auto item, column<ItemId>(row, 2));
  KITH_TRY(const auto event, column<EventId>(row, 5));
  KITH_TRY(const auto device, column<DeviceId>(row, 6));
  std::optional<Body> body;
  if (!row.is_null(9)) {
    KITH_TRY(body, parse_body(row.blob_view(9)));
  }
  return ReceivedItem{.number = row.integer(0),
                      .ref = {author, item},
                      .version = static_cast<std::uint32_t>(row.integer(3)),
                      .event = event,
                      .device = device,
                      .seq = static_cast<std::uint64_t>(row.integer(7)),
                      .day = Day{static_cast<std::uint32_t>(row.integer(8))},
                      .expires = Day{static_cast<std::uint32_t>(row.integer(11))},
                      .state = static_cast<ItemState>(row.integer(10)),
                      .two_versions = row.integer(12) != 0,
                      .opened = row.integer(13) != 0,
                      .type = static_cast<BodyType>(row.integer(4)),
                      .body = std::move(body)};
}

}  // namespace

Result<std::optional<ReceivedItem>> received_item(Node& node, const GroupId& group, const ItemRef& ref) {
  KITH_TRY(auto select,
           node.journal().prepare(
               "SELECT number, author, item, version, type, event, device, seq, day, body, state, expires, "
               "two_versions, opened FROM share_item WHERE grp = ?1 AND author = ?2 AND item = ?3"));
  select.bind(1, group.view()).bind(2, ref.author.view()).bind(3, ref.item.view());
  KITH_TRY(const bool found, select.step());
  if (!found) return std::nullopt;
  KITH_TRY(auto item, read_received(select));
  return item;
}

Result<std::vector<ReceivedItem>> received_items(Node& node, const GroupId& group) {
  KITH_TRY(auto select,
           node.journal().prepare(
               "SELECT number, author, item, version, type, event, device, seq, day, body, state, expires, "
               "two_versions, opened FROM share_item WHERE grp = ?1 ORDER BY number DESC"));
  select.bind(1, group.view());
  std::vector<ReceivedItem> items;
  while (true) {
    KITH_TRY(const bool more, select.step());
    if (!more) return items;
    KITH_TRY(auto item, read_received(select));
    items.push_back(std::move(item));
  }
}

Result<bool> passed(Node& node, const GroupId& group, const ItemRef& request) {
  KITH_TRY(auto select, node.journal().prepare(
                            "SELECT 1 FROM share_request WHERE grp = ?1 AND author = ?2 AND item = ?3"));
  select.bind(1, group.view()).bind(2, request.author.view()).bind(3, request.item.view());
  return select.step();
}

Result<std::optional<group::Agreement>> agreement_text(Node& node, const GroupId& group, const Digest& hash) {
  KITH_TRY(auto select,
           node.journal().prepare("SELECT text FROM share_agreement WHERE grp = ?1 AND hash = ?2"));
  select.bind(1, group.view()).bind(2, hash.view());
  KITH_TRY(const bool found, select.step());
  if (!found) return std::nullopt;
  KITH_TRY(auto text, group::parse_agreement(select.blob_view(0)));
  return text;
}

Result<void> put_agreement_text(Node& node, const GroupId& group, ByteView text,
                                const std::optional<MemberId>& author) {
  KITH_TRY(auto insert,
           node.journal().prepare("INSERT OR IGNORE INTO share_agreement VALUES (?1, ?2, ?3, ?4)"));
  const Digest hash = group::text_hash(text);
  insert.bind(1, group.view()).bind(2, hash.view()).bind(3, text);
  author ? insert.bind(4, author->view()) : insert.bind_null(4);
  return insert.run();
}

Result<std::vector<Digest>> texts_of(Node& node, const GroupId& group, const MemberId& author) {
  KITH_TRY(auto select,
           node.journal().prepare("SELECT hash FROM share_agreement WHERE grp = ?1 AND author = ?2"));
  select.bind(1, group.view()).bind(2, author.view());
  return first_column<Digest>(select);
}

}  // namespace kith::sharing
