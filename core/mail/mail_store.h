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
  std::uint64_t checked = 0;  // its first so many events have their signatures checked, 0 to seq + 1
};
struct StoredEvent {
  std::int64_t row;  // grows with arrival in this mail.db, never reused
  Event event;
};
struct Missing {     // an envelope without a usable payload
  std::int64_t row;  // grows whenever an event starts to lack one
  EventId event;
  std::uint32_t length;
  std::vector<Digest>
      except;  // variants that are of no use, those of whom is asked first; at most kMaxExcept
};
struct Offer {
  std::int64_t row;  // grows with arrival, never reused
  EventId event;
  Digest digest;  // crypto::payload_digest
  std::uint32_t length;
};
struct Fork {  // two different events, or one event signed twice, on one place of a device's log
  std::int64_t row;
  SignedHeader first, second;  // the smaller bytes first
};
enum class Stop : std::uint8_t {  // why a run of events ended early
  stranger,                       // no such device in the group (yet)
  other_group,
  gap,
  broken_chain,  // does not continue the log that is here: a fork somewhere below, or a lie
  bad_signature,
  not_storable,  // beyond a cut
  malformed,     // days that decrease
  too_many,      // events of one day, or devices
  ahead,         // dated beyond our tomorrow: waits
};
struct Stopped {
  DeviceId device;
  std::uint64_t seq;
  Stop why;
};
struct Appended {
  std::size_t stored = 0;
  std::size_t known = 0;       // had them already
  std::vector<Event> control;  // the CTL and DEV among the stored, in log order; the roster has learnt them
  std::vector<Stopped> stopped;
  std::vector<Fork> forks;       // newly found; the roster knows them
  std::vector<DeviceId> beside;  // devices of acts that are kept beside their log
};
enum class Put : std::uint8_t {
  stored,
  known,
  unknown_event,
  tombstoned,
  expired,
  bad,        // not what the header binds
  too_many,   // three variants are here, or as many of this giver were of no use
  over_quota  // the member's payloads fill kMaxMemberPayload, or the device counts as nobody's
};
struct PayloadOf {
  EventId event;
  ByteView payload;
};
struct LogLoad {
  std::uint64_t acts = 0, bytes = 0;
  std::int64_t row = 0;  // the newest of them
};
enum class Verdict : std::uint8_t { good = 1, bad = 2 };  // of kith, on a payload variant

inline constexpr std::size_t kMaxVariants = 3;                  // held of one event
inline constexpr std::size_t kMaxBadOfOne = 3;                  // taken for one event, of one giver
inline constexpr std::size_t kMaxBadDigests = 8;                // the same, put here by no peer
inline constexpr std::int64_t kMaxMemberPayload = 256LL << 20;  // bytes held of one member's devices
inline constexpr std::size_t kMaxLogs = 256;                    // devices ever seen in one group
inline constexpr std::size_t kMaxLogsUncounted = 128;           // then none of a device that does not count
inline constexpr std::size_t kMaxBeside = 64;                   // acts kept beside one forked log unasked
inline constexpr std::size_t kMaxBesideWanted = 256;            // beyond those, because one device waits
inline constexpr std::size_t kCheckAtOnce = 16;                 // a run up to here is checked when it comes

class MailStore {
 public:
  // Brings the tables up to date and compares every word of the schema: damaged if it is not ours. No other
  // component may keep tables in this database.
  static Result<MailStore> open(db::Database database);

  // -- this node
  Result<void> add_group(const LocalGroup& local, const crypto::LinkKeypair& link);
  Result<std::vector<LocalGroup>> groups();
  Result<crypto::LinkKeypair> link_key(const GroupId& group);

  // -- logs. One transaction; on error the roster knows no more than before. Nothing is stored then, unless
  // the disk failed in the last step of a commit: who goes on reads control_after() and forks() again. The
  // roster must know the group's beginning: of a stranger nothing is stored. Every device's run must continue
  // its log; signatures are checked here up to the run's last CTL, DEV or TOMB. ENV signatures after it, if
  // more than kCheckAtOnce, are vouched for by the run's last signature, which is checked here;
  // check_pending() does the rest. Stops a device's run at its first event that does not follow, verify or is
  // not storable; the others go on. The roster learns CTL and DEV before the next device's run. A forked log
  // keeps the branch that came first; CTL and DEV of the others are kept beside it: kMaxBeside of a device,
  // and kMaxBesideWanted for each device that waits for such acts.
  Result<Appended> append(const GroupId& group, std::span<const Event> events, Roster& roster, Day today);
  // Checks ENV signatures not checked yet, at most `limit`; a bad one ends the log before it. Returns how
  // many were looked at; 0: nothing is pending. Until then the events are neither served nor in arrivals():
  // call it when idle, then tell the exchanges store_grew().
  Result<std::size_t> check_pending(const GroupId& group, const Roster& roster, std::size_t limit);

  Result<std::vector<Head>> heads(
      const GroupId& group);  // in order of first arrival; cost: number of devices
  Result<std::optional<Head>> head(const GroupId& group, const DeviceId& device);
  Result<std::optional<Event>> event(const EventId& id);
  Result<std::optional<Event>> event_at(const GroupId& group, const DeviceId& device, std::uint64_t seq);
  // Wire bytes of `device`'s log after `seq` (nullopt: from the start), up to max_bytes. Only checked events.
  Result<std::vector<Bytes>> wire_after(const GroupId& group, const DeviceId& device,
                                        std::optional<std::uint64_t> seq, std::size_t max_bytes);
  // H("kith1.link") of one event of the log.
  Result<std::optional<Link>> link_at(const GroupId& group, const DeviceId& device, std::uint64_t seq);
  // Everything that arrived after `row`, oldest first, up to the first event that is not checked yet: how
  // kith takes in.
  Result<std::vector<StoredEvent>> arrivals(const GroupId& group, std::int64_t after_row, std::size_t limit);
  Result<std::vector<Event>> control_events(const GroupId& group);  // CTL and DEV, in order of arrival
  Result<std::vector<StoredEvent>> control_after(const GroupId& group, std::int64_t after_row,
                                                 std::size_t limit);
  // CTL and DEV that arrived after `row`, whole, in the logs and beside them.
  Result<LogLoad> control_load(const GroupId& group, std::int64_t after_row = 0);
  Result<LogLoad> load_of(const GroupId& group, const DeviceId& device);  // CTL and DEV; bodies of all kinds
  // Rows and wire bytes of acts that are kept beside a log. Unread: to kith they are whatever stands in the
  // file.
  Result<std::vector<std::pair<std::int64_t, Bytes>>> beside(const GroupId& group, std::int64_t after_row,
                                                             std::size_t limit);

  // Acts (CTL and DEV) of `device` from place `seq` on, whichever branch they stand on.
  struct Branches {
    DeviceId device;
    std::uint64_t seq;
  };
  // Their signed headers, in no order that means anything.
  Result<std::vector<SignedHeader>> branch_headers(const GroupId& group, const Branches& of);
  // With their rows, in the order of these, up to max_bytes but at least one.
  Result<std::vector<std::pair<std::int64_t, Bytes>>> branch_acts(const GroupId& group, const Branches& of,
                                                                  std::int64_t after_row,
                                                                  std::size_t max_bytes);
  // The lowest fork known of each device, in order of discovery.
  Result<std::vector<Fork>> forks(const GroupId& group, std::int64_t after_row, std::size_t limit);
  Result<std::int64_t> last_event_row(const GroupId& group);
  Result<std::optional<std::uint64_t>> fork_place(const GroupId& group, const DeviceId& device);
  // A proof from a peer: checked here, kept if it is the first or the lowest of its device. unauthentic: no
  // proof.
  Result<std::optional<Fork>> add_fork(const GroupId& group, const SignedHeader& a, const SignedHeader& b,
                                       Roster& roster);

  // -- payloads. At most three variants an event; refused when tombstoned, expired, over quota. Each is
  // checked against header.bind. One transaction; the answers are in the order of `payloads`.
  // `giver`: the peer they came from. A payload that opens for it may be made so that it opens for nobody
  // else: kMaxBadOfOne of them, and this giver is not asked for that event again. Others are.
  Result<std::vector<Put>> put_payloads(const GroupId& group, std::span<const PayloadOf> payloads,
                                        const std::optional<DeviceId>& giver = {});
  // The row of the payload stored last by this object.
  std::int64_t last_stored_payload() const { return last_stored_payload_; }
  // One of them. not_found; refused: tombstoned or expired; unauthentic; too_large: variants or quota.
  Result<void> put_payload(const EventId& event, ByteView payload);  // idempotent
  Result<std::vector<Bytes>> payloads(const EventId& event);         // the variants held, best first
  // `asks`: the peer that would be asked; what it has given too many of no use for is left out.
  Result<std::vector<Missing>> missing_payloads(const GroupId& group, std::int64_t after_row,
                                                std::size_t limit, const std::optional<DeviceId>& asks = {});
  Result<std::optional<Missing>> missing_payload(const GroupId& group, const EventId& event);
  // Those of `events` whose payload is missing, each once asked for; the database is locked and unlocked
  // once.
  Result<std::vector<Missing>> missing_among(const GroupId& group, std::span<const EventId> events,
                                             const std::optional<DeviceId>& asks = {});
  // The best variant that is `digest` (nullopt: any) and none of `except`; only of checked, living events.
  Result<std::optional<Bytes>> payload_but(const GroupId& group, const EventId& event,
                                           const std::optional<Digest>& digest,
                                           std::span<const Digest> except);
  Result<std::vector<Offer>> offers(const GroupId& group, std::int64_t after_row, std::size_t limit);
  Result<std::vector<std::pair<std::int64_t, EventId>>> payload_arrivals(const GroupId& group,
                                                                         std::int64_t after_row,
                                                                         std::size_t limit);
  // Envelopes with a copy that was not judged, in order of arrival. Looks at every payload: for a start.
  Result<std::vector<EventId>> unjudged(const GroupId& group);
  // bad: of no use to the slot of this node, another variant is wanted; good: those of no use go. What opens
  // here may not open elsewhere, so a second good one stays.
  // Joins the caller's transaction: each of its own would be synced to the disk.
  Result<void> judge(const EventId& event, const Digest& payload_digest, Verdict verdict);
  // The newest rows of payload_arrivals()/offers() and of forks(): where a new link starts to listen.
  Result<std::int64_t> last_payload_row(const GroupId& group);

  // -- erasing. Tombstones purge payloads in append(); this is for expiry by the group's retention.
  // Envelopes of a day before `today - retention_days` lose their payloads and get none; a clock set right
  // again opens the door for what is still due. Returns how many payloads went.
  Result<std::size_t> purge_expired(const GroupId& group, Day today, std::uint32_t retention_days);
  Result<bool> tombstoned(const EventId& event);

  db::Database& database() { return database_; }
  // What may be taken from others, as full as the disk is. Own events and payloads are written regardless.
  db::Room room_for_others() const { return database_.room_for_others(); }

 private:
  explicit MailStore(db::Database database) : database_(std::move(database)) {}
  db::Database database_;
  std::int64_t last_stored_payload_ = 0;
};

}  // namespace kith::mail
