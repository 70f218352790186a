// Everything that ever left this node, each with the consent, command or rule that let it, proved against the
// signed log.
#pragma once

#include "core/sharing/gate.h"

namespace kith::sharing {

enum class AuditKind : std::uint8_t { share = 1, command = 2, machine = 3 };
struct AuditLine {
  EventId event;
  std::uint64_t seq;
  AuditKind kind;
  std::string why;  // "consent", the command, or the rule
  WallTime at;
  // shares only
  std::int64_t consent = 0;
  std::optional<ItemId> item{};
  std::optional<BodyType> what{};
  Digest text_digest = Digest::zero();
  People audience{};
  std::uint32_t agreement_version = 0;
  Day until{0};
  ConsentState state = ConsentState::released;
};
enum class AlarmKind : std::uint8_t {
  unmatched_event = 1,  // signed by this device, and nothing here permitted it
  other_payload = 2,    // the sealed bytes are not the ones that were consented to
  wrong_kind = 3,       // a record permits another kind of event
  consent_altered = 4,  // a consent record no longer has the digest it was given under
  broken_log = 5,       // the own log does not verify
};
struct Alarm {
  AlarmKind kind;
  std::uint64_t seq;
  std::optional<EventId> event;
};
struct AuditReport {
  std::vector<AuditLine> lines;  // in the order they were signed
  std::vector<Alarm> alarms;     // not empty: safety check failed (exit 8)
  std::size_t missing = 0;       // recorded here, not (any more) in mail.db
};
Result<AuditReport> audit(Node& node, const GroupId& group);

}  // namespace kith::sharing
