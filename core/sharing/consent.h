// Rows of the consent ledger. Private to core/sharing; only the gate writes waiting ones.
#pragma once

#include "core/sharing/compose.h"

namespace kith::sharing {

struct ConsentRow {
  std::int64_t id = 0;
  GroupId group;
  Digest digest;
  ItemId item;
  std::uint32_t version;
  BodyType type;
  std::vector<MemberId> audience;
  Bytes body;  // empty: erased
  Digest text_digest;
  Digest agreement;
  std::uint32_t agreement_version;
  std::string entry;
  To to;
  WallTime confirmed_at;
  WallTime release_at;
  Day until;
  ConsentState state;
  Rule why{};
  std::optional<EventId> event = std::nullopt;
  std::optional<std::uint64_t> seq = std::nullopt;
  std::optional<std::uint64_t> tomb_seq = std::nullopt;
};

Result<std::int64_t> put_consent(Node& node, const ConsentRow& row);
Result<std::optional<ConsentRow>> consent_row(Node& node, std::int64_t id);
Result<std::vector<ConsentRow>> consent_rows(Node& node, const GroupId& group);  // oldest first
Result<std::vector<ConsentRow>> waiting_rows(Node& node);  // waiting or ask_again, all groups
// Envelopes that left under a consent, all of them.
Result<std::vector<EventId>> events_of(Node& node, std::int64_t consent);

WallTime wall(std::int64_t seconds);
std::int64_t seconds(WallTime time);

}  // namespace kith::sharing
