// What the accepted acts of one evaluation come to: a State. Private.
#pragma once

#include "core/group/branches.h"

namespace kith::group {

class Outcome {
 public:
  // `class_of`: by act number, the class by which it was accepted, -1 if not (yet).
  Outcome(const Graph& graph, const std::vector<int>& class_of) : graph_(graph), class_of_(class_of) {
    state_.group = graph.group();
  }

  bool fits(std::size_t number) const;  // what a constructive act is about exists, and there is room for it
  void apply(std::size_t number);       // an accepted constructive act, in causal order
  void take_away(
      const std::vector<std::size_t>& numbers);  // the accepted protective acts, before all constructive ones
  State finish(const Branches& branches, std::span<const AcceptedCut> cuts);

 private:
  struct RoleAct {
    std::size_t number;
    Role role;
  };
  struct Apply;
  const ActNode& act(std::size_t number) const { return graph_.acts()[number]; }
  bool precedes(std::size_t a, std::size_t b) const { return act(b).past.has(a); }
  std::vector<std::size_t> newest(
      const std::vector<std::size_t>& numbers) const;  // in nobody's past among them
  // Of the newest: the higher class, then the smaller id.
  std::optional<std::size_t> prevailing(const std::vector<std::size_t>& numbers) const;
  void enrol(std::size_t number, const MemberId& member, const JoinBody& join);
  void add_founders(std::size_t number, const Genesis& genesis);
  void finish_roles();
  void finish_statuses();
  void finish_devices(const Branches& branches, std::span<const AcceptedCut> cuts);
  void cut_device(DeviceState& device, const MemberState& member, const AcceptedCut& accepted);
  void finish_agreement();
  std::optional<std::uint64_t> resumed(std::size_t suspend, const DeviceId& device) const;

  const Graph& graph_;
  const std::vector<int>& class_of_;
  State state_{.group = GroupId::zero(), .mode = Mode::led};
  std::map<MemberId, std::vector<RoleAct>> roles_;
  std::map<MemberId, std::vector<std::size_t>> recoveries_, steps_;
  std::map<EventId, std::vector<std::size_t>> resolutions_;
  std::map<EventId, std::set<MemberId>> agreed_;
  std::vector<std::size_t> policies_, unsuspends_, suspends_, removes_, leaves_;
  std::set<DeviceId> revoked_;
  std::set<MemberId> gone_;                                  // removed, or left
  std::map<std::uint64_t, std::pair<bool, bool>> sessions_;  // number: opened, closed
};

}  // namespace kith::group
