#include "core/sharing/consent.h"

#include <algorithm>

#include "core/keyring/head_record.h"
#include "core/sharing/tables.h"

namespace kith::sharing {
namespace {

Result<ConsentRow> read_consent(const db::Statement& row) {
  KITH_TRY(const auto group, column<GroupId>(row, 1));
  KITH_TRY(const auto digest, column<Digest>(row, 2));
  KITH_TRY(const auto item, column<ItemId>(row, 3));
  KITH_TRY(const auto text, column<Digest>(row, 8));
  KITH_TRY(const auto agreement, column<Digest>(row, 9));
  std::optional<EventId> event;
  if (!row.is_null(18)) {
    KITH_TRY(event, column<EventId>(row, 18));
  }
  std::optional<std::uint64_t> seq, tomb;
  if (!row.is_null(19)) seq = static_cast<std::uint64_t>(row.integer(19));
  if (!row.is_null(20)) tomb = static_cast<std::uint64_t>(row.integer(20));
  return ConsentRow{.id = row.integer(0),
                    .group = group,
                    .digest = digest,
                    .item = item,
                    .version = static_cast<std::uint32_t>(row.integer(4)),
                    .type = static_cast<BodyType>(row.integer(5)),
                    .audience = split_members(row.blob_view(6)),
                    .body = row.blob(7),
                    .text_digest = text,
                    .agreement = agreement,
                    .agreement_version = static_cast<std::uint32_t>(row.integer(10)),
                    .entry = row.text(11),
                    .to = static_cast<To>(row.integer(12)),
                    .confirmed_at = wall(row.integer(13)),
                    .release_at = wall(row.integer(14)),
                    .until = Day{static_cast<std::uint32_t>(row.integer(15))},
                    .state = static_cast<ConsentState>(row.integer(16)),
                    .why = static_cast<Rule>(row.integer(17)),
                    .event = event,
                    .seq = seq,
                    .tomb_seq = tomb};
}

Result<std::vector<ConsentRow>> read_all(db::Statement& select) {
  std::vector<ConsentRow> rows;
  while (true) {
    KITH_TRY(const bool more, select.step());
    if (!more) return rows;
    KITH_TRY(auto row, read_consent(select));
    rows.push_back(std::move(row));
  }
}

}  // namespace

WallTime wall(std::int64_t since_1970) { return WallTime{std::chrono::seconds(since_1970)}; }
std::int64_t seconds(WallTime time) { return time.time_since_epoch().count(); }

std::vector<MemberId> split_members(ByteView joined) {
  std::vector<MemberId> members;
  for (std::size_t at = 0; at + MemberId::size <= joined.size(); at += MemberId::size)
    members.push_back(*MemberId::parse(joined.subspan(at, MemberId::size)));
  return members;
}

Bytes join_members(const std::vector<MemberId>& members) {
  Bytes joined;
  for (const auto& member : members) append(joined, member.view());
  return joined;
}

Result<std::int64_t> put_consent(Node& node, const ConsentRow& row) {
  KITH_TRY(auto insert,
           node.journal().prepare(
               "INSERT INTO share_consent(grp, digest, item, version, type, audience, body, text_digest, "
               "agreement, "
               "agreement_version, entry, audience_rule, confirmed_at, release_at, until_day, state) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"));
  const Bytes audience = join_members(row.audience);
  insert.bind(1, row.group.view()).bind(2, row.digest.view()).bind(3, row.item.view());
  insert.bind(4, static_cast<std::int64_t>(row.version)).bind(5, static_cast<std::int64_t>(row.type));
  insert.bind(6, ByteView(audience)).bind(7, ByteView(row.body)).bind(8, row.text_digest.view());
  insert.bind(9, row.agreement.view()).bind(10, static_cast<std::int64_t>(row.agreement_version));
  insert.bind(11, row.entry).bind(12, static_cast<std::int64_t>(row.to));
  insert.bind(13, seconds(row.confirmed_at)).bind(14, seconds(row.release_at));
  insert.bind(15, static_cast<std::int64_t>(number(row.until)));
  insert.bind(16, static_cast<std::int64_t>(row.state));
  KITH_CHECK(insert.run());
  const std::int64_t id = node.journal().last_rowid();
  KITH_CHECK(keyring::raise_head(node.journal()));
  return id;
}

Result<std::optional<ConsentRow>> consent_row(Node& node, std::int64_t id) {
  KITH_TRY(auto select, node.journal().prepare("SELECT * FROM share_consent WHERE id = ?1"));
  select.bind(1, id);
  KITH_TRY(auto rows, read_all(select));
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

Result<std::vector<ConsentRow>> consent_rows(Node& node, const GroupId& group) {
  KITH_TRY(auto select, node.journal().prepare("SELECT * FROM share_consent WHERE grp = ?1 ORDER BY id"));
  select.bind(1, group.view());
  return read_all(select);
}

Result<std::vector<ConsentRow>> waiting_rows(Node& node) {
  KITH_TRY(auto select,
           node.journal().prepare("SELECT * FROM share_consent WHERE state = 1 OR state = 4 ORDER BY id"));
  return read_all(select);
}

Result<std::vector<EventId>> events_of(Node& node, std::int64_t consent) {
  KITH_TRY(auto select,
           node.journal().prepare("SELECT event FROM share_ledger WHERE consent = ?1 ORDER BY seq"));
  select.bind(1, consent);
  return first_column<EventId>(select);
}

Result<std::optional<Consent>> consent_of(Node& node, const GroupId& group, const ItemId& item) {
  KITH_TRY(auto select, node.journal().prepare("SELECT * FROM share_consent WHERE grp = ?1 AND item = ?2 AND "
                                               "state <> 3 ORDER BY state = 2, version, id"));
  select.bind(1, group.view()).bind(2, item.view());
  KITH_TRY(auto rows, read_all(select));
  if (rows.empty()) return std::nullopt;
  const auto& row = rows.back();
  std::uint32_t newest = 0;
  for (const auto& version : rows) newest = std::max(newest, version.version);
  Body body;
  if (!row.body.empty()) {
    KITH_TRY(body, parse_body(row.body));
  }
  return Consent{row.id, std::move(body), row.state, row.audience, row.entry, newest};
}

}  // namespace kith::sharing
