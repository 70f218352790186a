// The resolver: a pure function from a set of control events to a State. Arrival order, clocks and the local
// node play no part. Two passes: protective acts by class from the top, then constructive acts in causal
// order (core/group/README.md has the rules and fourteen worked cases).
#pragma once

#include <memory>
#include <span>

#include "core/group/state.h"
#include "core/mail/roster.h"

namespace kith::group {

// Every event signature-valid under a key that the set itself enrols; events whose causes are missing wait.
// `genesis`: the id the group was joined under; anything else at its place is ignored.
Result<State> resolve(const GroupId& group, std::span<const mail::Event> control);

// A State as it was when it was asked for; it stays so while its roster learns on. To be named before use: a
// pointer into a temporary could outlive it.
class Snapshot {
 public:
  explicit Snapshot(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  const State& operator*() const& { return *state_; }
  const State* operator->() const& { return state_.get(); }
  const State& operator*() const&& = delete;
  const State* operator->() const&& = delete;

 private:
  std::shared_ptr<const State> state_;
};

// The same, kept up to date as events arrive, and what core/mail asks of it. Not thread-safe.
class GroupRoster final : public mail::Roster {
 public:
  // `control`: CTL and DEV events in any order, from mail.db; nothing is trusted but their signatures.
  GroupRoster(const GroupId& group, std::span<const mail::Event> control);
  ~GroupRoster() override;

  Snapshot state() const;
  std::optional<SignPk> sign_key(const DeviceId& device) const override;
  bool same_member(const DeviceId& a, const DeviceId& b) const override;
  bool storable(const mail::Header& header, const Link& link) const override;
  bool tells(const mail::Header& header, const Link& link) const override;
  std::vector<std::vector<DeviceId>> waiting_for(std::span<const mail::Event> run) const override;
  bool counts(const DeviceId& device) const override;
  bool may_connect(const DeviceId& device, const LinkPk& link) const override;
  std::set<Link> learn(std::span<const mail::Event> control) override;
  void unlearn(const std::set<Link>& links) override;  // costs what learning all the others anew costs
  // A proof changes no state: states come from acts alone, else two nodes with the same acts would differ. It
  // waits in uncarried() until an act carries it to everybody.
  void fork(const mail::SignedHeader& first, const mail::SignedHeader& second) override;
  // Checked proofs of which no act here tells yet, one for each device.
  std::vector<ForkEvidence> uncarried() const;
  // The act of this device with the highest place, of those that are placed.
  std::optional<LogEnd> newest_act(const DeviceId& device) const;
  // The deps of the next act of this device: all heads, or kMaxDeps of them. Its own newest act is among them
  // or in their past, since what an act does not name is no cause of it.
  std::vector<EventId> causes_for(const DeviceId& author) const;
  // Memory that the acts' pasts take: next to nothing, unless devices leave their own acts out of what they
  // name, or fork.
  std::size_t past_bytes() const;
  // The deps of a revocation that is to undo what a lost device did beyond `cut`: the newest acts that nobody
  // built on that. An act cannot undo what lies in its own past, so the author names these, not all heads.
  std::vector<EventId> heads_without(const Cut& cut) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith::group
