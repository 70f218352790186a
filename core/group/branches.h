// Logs with two events on one place. Without an accepted cut that names a link there or above, what such a
// device built from the fork on is held; with one, the branch that holds the link is its log and the others
// never were.
// Private.
#pragma once

#include <map>
#include <set>
#include <span>

#include "core/group/graph.h"

namespace kith::group {

struct AcceptedCut {
  std::size_t number;
  int by_class;
};

class Branches {
 public:
  // `order`: of `within`, with all evidence of forks. Cuts are given from the highest class down.
  Branches(const Graph& graph, const ActSet& within, std::span<const std::size_t> order);

  // On a branch that a cut of a class above `above` denies.
  bool denied(std::size_t number, std::span<const AcceptedCut> cuts, int above) const;
  // From a fork on, and not on a branch that a cut names.
  bool held(std::size_t number, std::span<const AcceptedCut> cuts) const;
  std::optional<std::uint64_t> first(const DeviceId& device) const;  // its lowest place with two events
  // Forked, and no cut says which branch is true.
  bool open(const DeviceId& device, std::span<const AcceptedCut> cuts) const;

 private:
  struct Branch {  // that a cut names
    Cut cut;
    std::optional<std::size_t> base = {};                         // its last known act at or below the cut
    std::set<std::size_t> line = {};                              // base and its device's acts in its past
    std::map<std::uint64_t, std::optional<std::size_t>> at = {};  // their places; none: two on one
    std::uint64_t forks_again = UINT64_MAX;                       // the first such place beyond the cut
    std::map<std::size_t, bool> denied = {}, follows = {};        // what was asked before
  };
  std::span<const AcceptedCut> above(std::span<const AcceptedCut> cuts, int by_class) const;
  std::optional<AcceptedCut> names(const DeviceId& device, std::span<const AcceptedCut> cuts) const;
  Branch* named(const DeviceId& device, std::span<const AcceptedCut> cuts) const;  // nullptr: none
  Branch find(const DeviceId& device, const AcceptedCut& by) const;
  bool against(const Branch& branch, std::size_t number) const;
  bool follows(Branch& branch, std::size_t number) const;  // `base` is on the log that leads to `number`
  template <class Found>
  bool climb(std::map<std::size_t, bool>& asked, std::size_t number, const Found& found) const;
  const ActNode& act(std::size_t number) const { return graph_.acts()[number]; }

  const Graph& graph_;
  const ActSet& within_;
  std::map<DeviceId, std::set<std::uint64_t>> forks_;  // places with two events
  // By device and number of cuts: an act may be asked about for each that follows it.
  mutable std::map<std::pair<DeviceId, std::size_t>, std::optional<Branch>> named_;
};

}  // namespace kith::group
