// The control events of one group as a graph: who signed, what each one's author had seen, and by what
// authority it spoke. All of it depends on an event's causal past alone, so it never changes while logs only
// grow. Private.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "core/group/rules.h"

namespace kith::group {

// A set of acts, by their number in the graph.
class ActSet {
 public:
  bool has(std::size_t at) const {
    return at / 64 < words_.size() && (words_[at / 64] >> (at % 64) & 1) != 0;
  }
  void add(std::size_t at) {
    if (at / 64 >= words_.size()) words_.resize(at / 64 + 1);
    words_[at / 64] |= std::uint64_t{1} << (at % 64);
  }
  void add(const ActSet& other) {
    if (other.words_.size() > words_.size()) words_.resize(other.words_.size());
    for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  }
  bool meets(const ActSet& other) const {
    for (std::size_t i = 0; i < std::min(words_.size(), other.words_.size()); ++i)
      if ((words_[i] & other.words_[i]) != 0) return true;
    return false;
  }
  friend bool operator==(const ActSet&, const ActSet&) = default;

 private:
  std::vector<std::uint64_t> words_;  // no trailing zeros: bits are only ever added
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
  ControlBody body;
  std::vector<JoinBody> joins = {};  // what the act enrols, read once
  std::uint32_t depth = 0;
  ActSet past = {};
  std::optional<std::size_t> own_before = {};  // the author's previous act on the same branch of its log

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
  DeviceBody body;
};

class Graph {
 public:
  explicit Graph(const GroupId& group);
  ~Graph();

  void add(const mail::Event& event);
  void settle();  // places everything whose causes are there

  const GroupId& group() const { return group_; }
  // Of a device that an act with authority enrols, as far as settle() knows.
  std::optional<SignPk> key(const DeviceId& device) const;
  std::vector<DeviceId> waiting_for(const EventId& id) const;  // with events that name it and wait
  const std::vector<ActNode>& acts() const { return acts_; }
  const std::vector<std::size_t>& order() const { return order_; }  // causal order, ties by id
  std::optional<std::size_t> genesis() const { return genesis_; }
  std::optional<std::size_t> find(const EventId& id) const;
  const std::map<DeviceId, std::vector<DeviceRecord>>& records() const { return records_; }
  const std::map<DeviceId, std::vector<std::size_t>>& by_device() const { return by_device_; }
  const std::set<DeviceId>& doubled() const { return doubled_; }  // with two acts on one place
  std::vector<EventId> heads(const ActSet& within) const;         // acts in nobody's past
  ActSet all() const;

 private:
  struct Entry;
  struct Log;
  bool try_place(Log& log, std::size_t at);
  void verify(const DeviceId& device);
  void enrol(const std::vector<JoinBody>& joins);
  void take_genesis(const mail::Event& event);
  void place_act(ActNode node);
  void judge(ActNode& node);
  std::shared_ptr<const State> state_of(const ActSet& past);
  void restart();

  GroupId group_;
  std::map<DeviceId, Log> logs_;
  std::set<Link> known_;
  std::map<DeviceId, SignPk> keys_;
  std::optional<EventId> genesis_id_;
  bool restart_ = false;
  bool settled_ = false;  // nothing came since settle()

  std::vector<ActNode> acts_;
  std::vector<std::size_t> order_;
  std::map<EventId, std::size_t> by_id_;
  std::map<Digest, std::vector<std::size_t>> endorsements_;
  std::map<DeviceId, std::vector<std::size_t>> by_device_;
  std::map<DeviceId, std::vector<DeviceRecord>> records_;
  std::set<DeviceId> doubled_;
  std::optional<std::size_t> genesis_;
  std::vector<std::pair<ActSet, std::shared_ptr<const State>>> recent_;  // states of pasts, newest last
};

// The two passes over the acts of `within`. Prekeys, addresses, heads and `split` are left to the caller.
State evaluate(const Graph& graph, const ActSet& within);

}  // namespace kith::group
