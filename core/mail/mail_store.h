// mail.db: device logs, control events, sealed payloads of everyone, this node's link keys. Opened by the
// courier and by kith; both may write, SQLite's locks order them. To kith it is foreign ground
// (core/sharing/intake.h).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/db/database.h"
#include "core/mail/address.h"
#include "core/mail/event.h"
#include "core/mail/roster.h"
#include "crypto/agree.h"

namespace kith::mail {

struct LocalGroup {  // this node's place in one group
  GroupId group;
  DeviceId device;
  std::uint16_t port;  // drawn at random once
};
struct Head {
  DeviceId device;
  std::uint64_t seq;
  Link link;
};
struct StoredEvent {
  std::int64_t row;  // grows with arrival in this mail.db, never reused
  Event event;
};
struct Offer {
  EventId event;
  Digest digest;  // crypto::payload_digest
  std::uint32_t length;
};
struct Appended {
  std::size_t stored = 0;
  std::size_t known = 0;                        // had them already
  std::vector<Event> control;                   // the CTL and DEV among the stored, in log order
  std::optional<std::pair<Bytes, Bytes>> fork;  // two raw events on one place; kept as evidence
};
enum class Verdict : std::uint8_t { good = 1, bad = 2 };  // of kith, on a payload variant

class MailStore {
 public:
  static Result<MailStore> open(db::Database database);

  // -- this node
  Result<void> add_group(const LocalGroup& local, const crypto::LinkKeypair& link);
  Result<std::vector<LocalGroup>> groups();
  Result<crypto::LinkKeypair> link_key(const GroupId& group);

  // -- logs. One transaction; on error nothing changed. Each event is parsed and belongs to one group.
  // Every device's run must continue its log; non-ENV signatures are checked here. ENV signatures of a run
  // are vouched for by the run's last signature, which is checked here; check_pending() does the rest. Stops
  // a device's run at its first event that does not follow, verify or is not storable; the others go on.
  Result<Appended> append(const GroupId& group, std::span<const Event> events, Roster& roster, Day today);
  // Checks ENV signatures not checked yet, at most `limit`; a bad one ends the log before it. Returns how
  // many were checked; 0: nothing is pending.
  Result<std::size_t> check_pending(const GroupId& group, const Roster& roster, std::size_t limit);

  Result<std::vector<Head>> heads(
      const GroupId& group);  // in order of first arrival; cost: number of devices
  Result<std::optional<Head>> head(const GroupId& group, const DeviceId& device);
  Result<std::optional<Event>> event(const EventId& id);
  Result<std::optional<Event>> event_at(const GroupId& group, const DeviceId& device, std::uint64_t seq);
  // Wire bytes of `device`'s log after `seq` (nullopt: from the start), up to max_bytes. Only checked events.
  Result<std::vector<Bytes>> wire_after(const GroupId& group, const DeviceId& device,
                                        std::optional<std::uint64_t> seq, std::size_t max_bytes);
  // Everything that arrived after `row`, oldest first: how kith takes in, and how live links are fed.
  Result<std::vector<StoredEvent>> arrivals(const GroupId& group, std::int64_t after_row, std::size_t limit);
  Result<std::vector<Event>> control_events(const GroupId& group);  // CTL and DEV, in order of arrival

  // -- payloads. At most three variants an event; refused when tombstoned, expired, over quota.
  Result<void> put_payload(const EventId& event,
                           ByteView payload);                 // checked against header.bind; idempotent
  Result<std::vector<Bytes>> payloads(const EventId& event);  // the variants held, best first
  Result<std::vector<EventId>> missing_payloads(const GroupId& group, std::int64_t after_row,
                                                std::size_t limit);
  Result<std::vector<Offer>> offers(const GroupId& group, std::int64_t after_row, std::size_t limit);
  Result<std::vector<std::pair<std::int64_t, EventId>>> payload_arrivals(const GroupId& group,
                                                                         std::int64_t after_row,
                                                                         std::size_t limit);
  Result<void> judge(const EventId& event, const Digest& payload_digest, Verdict verdict);

  // -- erasing. Tombstones purge payloads in append(); this is for expiry by the group's retention.
  Result<std::size_t> purge_expired(const GroupId& group, Day today, std::uint32_t retention_days);
  Result<bool> tombstoned(const EventId& event);

  db::Database& database() { return database_; }

 private:
  explicit MailStore(db::Database database) : database_(std::move(database)) {}
  db::Database database_;
};

}  // namespace kith::mail
