// Logs with two events on one place. Without an accepted cut that names a link, what such a device built from
// the fork on is held; with one, the branch that holds the link is its log and the others never were.
// Private.
#pragma once

#include <map>
#include <span>

#include "core/group/graph.h"

namespace kith::group {

struct AcceptedCut {
  std::size_t number;
  int by_class;
};

class Branches {
 public:
  Branches(const Graph& graph, const ActSet& within, std::span<const std::size_t> order);

  // On a branch that a cut of a class above `above` denies.
  bool denied(std::size_t number, std::span<const AcceptedCut> cuts, int above) const;
  // From a fork on, and not on a branch that a cut names.
  bool held(std::size_t number, std::span<const AcceptedCut> cuts) const;
  std::optional<std::uint64_t> first(const DeviceId& device) const;  // its lowest place with two events
  // Forked, and no cut says which branch is true.
  bool open(const DeviceId& device, std::span<const AcceptedCut> cuts) const;

 private:
  struct Named {  // the branch that a cut names
    Cut cut;
    std::optional<std::size_t> base;  // its last known act at or below the cut
  };
  std::optional<Named> named(const DeviceId& device, std::span<const AcceptedCut> cuts, int above) const;
  bool follows(std::size_t number, std::size_t base) const;  // `base` is on the log that leads to `number`
  const ActNode& act(std::size_t number) const { return graph_.acts()[number]; }

  const Graph& graph_;
  const ActSet& within_;
  std::map<DeviceId, std::uint64_t> forks_;  // first place with two events
};

}  // namespace kith::group
