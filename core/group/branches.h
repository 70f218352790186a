// Logs with two events on one place. From such a fork on, what the device built is held until an accepted cut
// there or above decides which branch is its log; the others never were.
// Private.
#pragma once

#include <map>
#include <set>
#include <span>

#include "core/group/graph.h"

namespace kith::group {

// What a removal, a suspension or a revocation says of the log of this device; nullptr: nothing.
const Cut* cut_of(const Act& act, const DeviceId& device);

struct AcceptedCut {
  std::size_t number;
  int by_class;
};

class Branches {
 public:
  // `order`: of `within`, with all evidence of forks. Cuts are given from the highest class down, those of
  // one class in causal order.
  Branches(const Graph& graph, const ActSet& within, std::span<const std::size_t> order);

  // On a branch that a cut of a class above `above` denies.
  bool denied(std::size_t number, std::span<const AcceptedCut> cuts, int above) const;
  // From a fork on, and not on the branch that was decided for.
  bool held(std::size_t number, std::span<const AcceptedCut> cuts) const;
  std::optional<std::uint64_t> first(const DeviceId& device) const;  // its lowest place with two events
  // Forked, and no cut says which branch is true.
  bool open(const DeviceId& device, std::span<const AcceptedCut> cuts) const;

 private:
  struct Evidence {
    std::uint64_t seq;
    std::size_t number;  // the act that carries it
  };
  struct Forks {  // of one device
    std::uint64_t first = UINT64_MAX;
    std::map<std::uint64_t, std::vector<std::size_t>> doubled = {};  // places with two acts, and these
    std::vector<Evidence> shown = {};
    std::vector<std::size_t> log = {};  // its acts, by place
  };
  // What one cut says of a fork: which acts are of the log. Up to the next fork on that log.
  struct Decision {
    std::uint64_t fork;
    std::size_t by;
    Cut cut;
    std::optional<EventId> base = {};            // the newest act of the branch at or below the cut
    std::map<std::uint64_t, EventId> line = {};  // base and its device's acts before it down to the fork
    std::uint64_t forks_again = UINT64_MAX;      // the first such place beyond the cut
    std::map<std::size_t, bool> holds = {}, denies = {};  // what was asked before
  };
  using Decisions = std::vector<Decision>;  // of one log, by rising fork
  std::span<const AcceptedCut> above(std::span<const AcceptedCut> cuts, int by_class) const;
  Decisions& decisions(const DeviceId& device, std::span<const AcceptedCut> cuts) const;
  using Looks = std::map<int, std::size_t>;  // at cuts of each class
  std::optional<Decision> decide(const DeviceId& device, std::uint64_t fork, Decision* before,
                                 std::span<const AcceptedCut> cuts, Looks& looks) const;
  std::vector<AcceptedCut> cuts_of(const DeviceId& device, std::span<const AcceptedCut> cuts) const;
  bool beyond(const ActNode& removal, const ActNode& written) const;
  std::optional<std::size_t> base_of(const AcceptedCut& by, const Cut& cut) const;
  bool knew_of_fork(std::size_t by, const Cut& cut) const;
  bool draw_line(Decision& decision, std::size_t base, Decision* before) const;
  std::uint64_t next_fork(Decision& decision) const;
  // Written by somebody who knew the decision: beyond its cut, such acts go on with the log.
  bool aware(const Decision& decision, std::size_t number) const;
  bool on_log(Decision& decision, std::size_t number) const;
  bool against(const Decision& decision, std::size_t number) const;
  template <class Found>
  bool climb(std::map<std::size_t, bool>& asked, std::size_t number, const Found& found) const;
  const ActNode& act(std::size_t number) const { return graph_.acts()[number]; }
  // The acts of a log from one place to another, both included.
  std::span<const std::size_t> part(const Forks& forks, std::uint64_t from, std::uint64_t to) const;

  const Graph& graph_;
  const ActSet& within_;
  std::map<DeviceId, Forks> forks_;
  // By device and number of cuts: an act may be asked about for each that follows it.
  mutable std::map<std::pair<DeviceId, std::size_t>, Decisions> decided_;
};

}  // namespace kith::group
