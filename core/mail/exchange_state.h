// What an exchange remembers. Private to core/mail; exchange_receive.cc and exchange_send.cc are its two
// halves.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <set>

#include "core/mail/exchange.h"

namespace kith::mail {

inline constexpr std::size_t kInitialCredit =
    1024 * 1024;  // bytes of EVENTS and PAYLOADS before the first CREDIT
inline constexpr std::size_t kCreditStep = 128 * 1024;        // a CREDIT gives back at least so many
inline constexpr std::size_t kMaxAsked = 2 * kMaxFrameItems;  // WANT items that wait for an answer
inline constexpr std::size_t kMaxRestated = 64;               // later FRONTIERs of a peer, without probes
inline constexpr std::size_t kMaxProbes = 4096;               // a bisection of 2^63 events takes 63
inline constexpr std::size_t kMaxReplies = 256;               // small frames that wait to be sent
inline constexpr std::uint64_t kMaxBadPayloads = 8;           // an honest peer has none
inline constexpr std::uint32_t kMaxBusySeconds = 60;

// What the peer has of one device's log, as far as it said, sent or was sent.
struct PeerLog {
  std::uint64_t has = 0;                   // its first so many events
  std::optional<Link> end;                 // as it said at last
  bool forked = false;                     // it holds another branch: nothing more of this log crosses
  bool restated = false;                   // we told it our head again, once
  std::optional<std::uint64_t> held_back;  // the roster refused to give the event at this place
};
// The search for the first event on which two branches differ: equal below `low`, different at `high`.
struct Probe {
  std::uint64_t low;
  std::uint64_t high;
  bool known = false;  // that two events stand at `high`, by a proof that both sides have or will have
  std::uint64_t middle() const { return low + (high - low) / 2; }
};

struct Exchange::State {
  State(MailStore& store_in, Roster& roster_in, const ExchangeSelf& self_in, const LinkPk& peer_link_in)
      : store(store_in), roster(roster_in), self(self_in), peer_link(peer_link_in) {}

  struct Told {
    std::uint64_t fork;       // the lowest place
    std::int64_t cursor = 0;  // its acts from there on were sent up to this row
    bool due = true;
  };
  using Received = tl::expected<void, Reject>;
  Received take(frame::Hello& hello);
  Received take(frame::Frontier& frontier);
  Received take(frame::Events& events);
  Received take(frame::Offer& offer);
  Received take(frame::Want& want);
  Received take(frame::Payloads& payloads);
  Received take(frame::ForkProof& fork);
  Received take(frame::Busy& busy);
  Received take(frame::Done& done);
  Received take(frame::Credit& credit);
  Received take(frame::Unknown& unknown);
  Received spend(std::size_t bytes);
  Received dispatch(Frame& frame, std::size_t size);
  Received take_log_end(const frame::LogEnd& end);
  Received take_probe(const frame::LogEnd& end);
  Received take_appended(const std::vector<Event>& events, const Appended& appended);
  Received take_put(std::span<const Put> answers);
  void stopped(const Stopped& stop, bool& cut);
  void note_held(const std::vector<Event>& events, const Appended& appended);
  bool room_for(db::Room what) const { return store.room_for_others() >= what; }
  void leave(const std::vector<Event>& events);
  void take_up_again();
  std::optional<frame::LogEnd> end_of(const DeviceId& device);
  void restate(const DeviceId& device);
  void restate_taken();
  void reply(Frame frame);

  std::optional<Bytes> choose_frame(Instant now);
  std::optional<Frame> hello_frame();
  std::optional<Frame> frontier_frame();
  std::optional<Frame> credit_frame();
  std::optional<Frame> fork_frame();
  std::optional<Frame> events_frame();
  std::optional<Frame> branch_frame();
  std::optional<frame::LogEnd> branches_of(const DeviceId& device, std::uint64_t fork);
  std::optional<Frame> done_frame();
  std::optional<Frame> payloads_frame();
  std::optional<Frame> offer_frame();
  std::optional<Frame> want_frame();
  std::optional<Kind> told_kind(const Bytes& wire);
  std::size_t servable(PeerLog& log, std::vector<Bytes>& wires, bool whole);
  std::size_t add_log(frame::Events& out, const Head& head, std::size_t room);
  std::size_t add_branches(frame::Events& out, const DeviceId& device, Told& told_of, std::size_t room);
  void start_probe(const DeviceId& device, std::uint64_t differs_at);
  void go_on(const DeviceId& device, const Probe& probe);
  void add_offered(frame::Want& want);
  void add_missing(frame::Want& want);

  void count(Reject reason) { ++rejects[static_cast<std::size_t>(reason)]; }
  tl::unexpected<Reject> cut(Reject reason) {
    count(reason);
    return tl::unexpected(reason);
  }
  // The value, or none after noting the store's error.
  template <class T>
  std::optional<T> ask(Result<T> result) {
    if (result) return std::move(*result);
    failed = result.error();
    return std::nullopt;
  }

  MailStore& store;
  Roster& roster;
  ExchangeSelf self;
  LinkPk peer_link;
  Day today{0};
  Instant now{};
  std::array<std::uint64_t, kRejects> rejects{};
  std::optional<Error> failed;
  std::optional<DeviceId> peer;
  bool grew = false;

  bool hello_sent = false, frontier_sent = false, frontier_heard = false, done_sent = false,
       done_heard = false;
  Instant busy_until{};
  std::deque<Frame> replies;

  std::map<DeviceId, PeerLog> logs;
  std::map<DeviceId, Probe> probes;
  std::set<DeviceId> not_taken;  // logs of the peer that we could not take yet
  std::set<DeviceId> left;       // logs of the peer that there was no room for
  bool payloads_left = false;    // likewise
  std::size_t restated_heard = 0, probes_heard = 0;
  bool logs_due = true;
  std::int64_t fork_cursor = 0;
  bool forks_due = true;
  std::map<DeviceId, Told> told;  // devices whose forks were
  bool branches_due = false;

  std::size_t looked_up = 0;             // items of OFFERs, since the transport asked
  std::size_t credit = kInitialCredit;   // what we may send
  std::size_t allowed = kInitialCredit;  // what the peer may send
  std::size_t owed = 0;                  // durable, not given back yet

  std::deque<frame::WantItem> asked;  // by the peer
  std::optional<Bytes> spare;         // the payload for asked.front(), loaded when the frame was full
  std::int64_t offer_cursor = 0;
  std::set<std::int64_t> from_peer;  // payload rows beyond the cursor that came from it
  bool offers_due = false;
  std::uint32_t sent = 0, heard = 0;  // EVENTS and OFFER frames
  bool peer_rests = false;            // it lacks nothing that it could ask us for

  std::deque<EventId> outstanding;  // asked for, not settled
  std::deque<EventId> offered;      // by the peer, lacked here
  std::int64_t want_cursor = 0;
  bool wants_due = true;
  bool rest_due = true;
};

}  // namespace kith::mail
