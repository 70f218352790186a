// The control events of one group as a graph: who signed, what each one's author had seen, and by what
// authority it spoke. All of it depends on an event's causal past alone, the acts that it names and theirs,
// so it never changes, whatever else arrives. Private.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "core/group/rules.h"

namespace kith::group {

// Where an act stands in sets of acts. Acts of one device, each the next one's own past, are a strand: a
// device that did not fork and names its own acts has this one alone. What stands on no strand is loose.
struct Strand {
  std::uint32_t number;
  std::uint32_t place;
};
inline constexpr std::uint32_t kLoose = UINT32_MAX;  // `place` counts these

// A set of acts that holds with each act everything before it on its strand, as pasts do: it costs four bytes
// for each device, and one bit for each loose act.
class ActSet {
 public:
  ActSet() = default;
  explicit ActSet(const std::vector<Strand>& strands) : strands_(&strands) {}  // of every act, by number
  bool has(std::size_t at) const {
    if (strands_ == nullptr) return false;
    const auto [number, place] = (*strands_)[at];
    if (number != kLoose) return number < first_.size() && place < first_[number];
    return place / kBits < loose_.size() && (loose_[place / kBits] >> place % kBits & 1) != 0;
  }
  void add(std::size_t at) {
    KITH_ASSERT(strands_ != nullptr);
    const auto [number, place] = (*strands_)[at];
    if (number != kLoose) {
      if (number >= first_.size()) first_.resize(number + 1);
      first_[number] = std::max(first_[number], place + 1);
    } else {
      if (place / kBits >= loose_.size()) loose_.resize(place / kBits + 1);
      loose_[place / kBits] |= std::uint64_t{1} << place % kBits;
    }
  }
  void add(const ActSet& other) {
    if (strands_ == nullptr) strands_ = other.strands_;
    if (other.first_.size() > first_.size()) first_.resize(other.first_.size());
    for (std::size_t i = 0; i < other.first_.size(); ++i) first_[i] = std::max(first_[i], other.first_[i]);
    if (other.loose_.size() > loose_.size()) loose_.resize(other.loose_.size());
    for (std::size_t i = 0; i < other.loose_.size(); ++i) loose_[i] |= other.loose_[i];
  }
  std::size_t bytes() const {
    return first_.capacity() * sizeof(first_[0]) + loose_.capacity() * sizeof(loose_[0]);
  }

 private:
  static constexpr std::uint32_t kBits = 64;
  const std::vector<Strand>* strands_ = nullptr;
  std::vector<std::uint32_t> first_;  // of each strand so many
  std::vector<std::uint64_t> loose_;  // a bit for each
};

struct SignedWay {  // a way whose signers were found in the act's past
  Way way;
  // For each signer their endorsements (act numbers); the author's own signature is the act itself.
  std::vector<std::vector<std::size_t>> signers;
};

struct ActNode {
  EventId id;
  Link link;
  DeviceId device;
  std::uint64_t seq;
  Day day;
  std::size_t body_size;
  const ControlBody& body;
  const std::vector<JoinBody>& joins;  // what the act enrols, read once
  std::uint32_t depth = 0;
  ActSet past = {};
  std::optional<std::size_t> own_before = {};  // the newest act of the same device in the past
  struct Fork {
    DeviceId device;
    std::uint64_t seq;
  };
  std::optional<Fork> shows = {};  // of evidence with authority

  // Authority, from the state of the past. Empty ways: none, whatever else arrives.
  std::vector<SignedWay> ways = {};
  std::optional<MemberId> author = {};
  std::optional<std::size_t> enrolled_by = {};  // the act that enrolled the author's device
  std::vector<MemberId> members_then = {};      // active in the past; of an agreement act
  std::vector<MemberId> leaders_then = {};      // of a promotion
  std::uint64_t sessions_then = 0;              // of an agreement act
};

struct DeviceRecord {  // a DEV event
  Link link;
  std::uint64_t seq;
  Day day;
  const DeviceBody& body;
};

class Graph {
 public:
  explicit Graph(const GroupId& group);
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph();

  bool add(const mail::Event& event);  // false: it is known, or not about who belongs to this group
  void remove(const std::set<Link>& links);
  void settle();  // places everything whose causes are there

  const GroupId& group() const { return group_; }
  // Of a device that an act with authority enrols, as far as settle() knows.
  std::optional<SignPk> key(const DeviceId& device) const;
  struct Waiting {  // an event that waits, and one that it names; they live as long as the graph
    const EventId* names;
    const EventId* event;
    const DeviceId* device;
  };
  std::vector<Waiting> waiting() const;  // sorted by what they name
  const std::vector<ActNode>& acts() const { return acts_; }
  const std::vector<std::size_t>& order() const { return order_; }  // causal order, ties by id
  std::optional<std::size_t> genesis() const { return genesis_; }
  std::optional<std::size_t> find(const EventId& id) const;
  std::optional<EventId> signed_as(const Link& link) const;  // of an event whose signature is checked
  // The act of this device with the highest place, of those in `within`; of two there the smaller link.
  std::optional<std::size_t> newest_of(const DeviceId& device, const ActSet* within = nullptr) const;
  const std::map<DeviceId, std::vector<DeviceRecord>>& records() const { return records_; }
  const std::map<DeviceId, std::vector<std::size_t>>& by_device() const { return by_device_; }
  // Of each device with two acts on one place: all acts on such places.
  const std::map<DeviceId, std::vector<std::size_t>>& doubled() const { return doubled_; }
  std::vector<EventId> heads(const ActSet& within) const;  // acts in nobody's past
  std::size_t past_bytes() const { return past_bytes_; }   // that the pasts of all acts take
  ActSet none() const { return ActSet(strands_); }
  ActSet all() const;

 private:
  struct Entry;
  void try_place(Entry& entry);
  void take_signature(const EventId& id, const Link& link);
  void verify(const DeviceId& device);
  void enrol(const std::vector<JoinBody>& joins);
  std::optional<EventId> genesis_id() const;
  void take_genesis(const mail::Event& event);
  void place_act(ActNode node);
  void extend_strand(std::size_t number);
  void judge(ActNode& node);
  void look_for_fork(std::size_t number);
  void note_fork(const DeviceId& device);
  void keep_in_order(std::vector<std::size_t>& order, std::size_t number) const;
  std::shared_ptr<const State> state_of(const ActSet& past);
  void restart();

  GroupId group_;
  std::map<DeviceId, std::vector<mail::Event>> unverified_;  // of devices whose key is not known
  std::deque<Entry> entries_;                                // verified
  std::vector<Entry*> fresh_;                                // not looked at yet
  std::map<EventId, std::vector<Entry*>> waiting_;           // for this one, and perhaps for others after it
  std::map<EventId, Link> meant_;                            // the smallest link of each event's signatures
  std::map<Link, EventId> ids_;                              // of all of them
  std::set<Link> known_;
  std::map<DeviceId, SignPk> keys_;
  std::map<DeviceId, std::vector<Entry*>> keyless_;  // the act that enrolled their device was removed
  std::set<EventId> beginnings_;                     // of an earlier kith's group more than one, of one body
  std::vector<JoinBody> founders_;
  bool restart_ = false;
  bool settled_ = false;  // nothing came since settle()

  std::vector<ActNode> acts_;             // their bodies, and those of records_, stand in entries_
  std::vector<Strand> strands_;           // of each act
  std::vector<std::size_t> strand_ends_;  // the last act of each strand
  std::uint32_t loose_ = 0;               // acts on none
  std::size_t past_bytes_ = 0;
  std::vector<std::size_t> order_;
  std::vector<std::size_t> bearing_;  // causal order: acts that the authority of others may rest on
  std::set<DeviceId> forked_;         // as acts tell
  std::vector<std::size_t> of_forked_;
  std::map<EventId, std::size_t> by_id_;
  std::map<Digest, std::vector<std::size_t>> endorsements_;
  std::map<DeviceId, std::vector<std::size_t>> by_device_;
  std::map<DeviceId, std::vector<DeviceRecord>> records_;
  std::map<DeviceId, std::vector<std::size_t>> doubled_;
  std::optional<std::size_t> genesis_;
  struct Recent {
    std::vector<std::size_t> bearing, of_forked;  // what the past holds of them
    std::shared_ptr<const State> state;
  };
  std::vector<Recent> recent_;  // states of pasts, newest last
};

// The two passes over the acts of `within`. Prekeys, addresses, heads and `split` are left to the caller.
State evaluate(const Graph& graph, const ActSet& within);
// What of it authority can rest on; `bearing`: the bearing acts among `within`, in causal order. Which acts
// count is not said.
State evaluate_bearing(const Graph& graph, const ActSet& within, std::vector<std::size_t> bearing);

}  // namespace kith::group
