#include "core/group/branches.h"

#include <algorithm>

namespace kith::group {
namespace {

const Cut* cut_of(const Act& act, const DeviceId& device) {
  const auto among = [&](const std::vector<Cut>& cuts) {
    const auto found = std::ranges::find(cuts, device, &Cut::device);
    return found == cuts.end() ? nullptr : &*found;
  };
  if (const auto* revoke = std::get_if<DeviceRevoke>(&act))
    return revoke->device == device ? &revoke->cut : nullptr;
  if (const auto* suspend = std::get_if<Suspend>(&act)) return among(suspend->cuts);
  if (const auto* remove = std::get_if<Remove>(&act)) return among(remove->cuts);
  return nullptr;  // a demotion says nothing of a log
}

}  // namespace

Branches::Branches(const Graph& graph, const ActSet& within, std::span<const std::size_t> order)
    : graph_(graph), within_(within) {
  for (const auto& [device, numbers] : graph.doubled()) {
    std::set<std::uint64_t> places;
    for (const auto number : numbers)
      if (within.has(number) && !places.insert(act(number).seq).second)
        forks_[device].insert(act(number).seq);
  }
  for (const auto number : order)
    if (const auto& shown = act(number).shows) forks_[shown->device].insert(shown->seq);
}

// Those of a class above `by_class`.
std::span<const AcceptedCut> Branches::above(std::span<const AcceptedCut> cuts, int by_class) const {
  const auto end =
      std::ranges::partition_point(cuts, [&](const AcceptedCut& cut) { return cut.by_class > by_class; });
  return cuts.first(static_cast<std::size_t>(end - cuts.begin()));
}

// Which cut says what the log of this device is: of the highest class, then with the smaller link. One below
// the fork says nothing of it.
std::optional<AcceptedCut> Branches::names(const DeviceId& device, std::span<const AcceptedCut> cuts) const {
  std::optional<AcceptedCut> best;
  const Cut* its = nullptr;
  for (const auto& accepted : cuts) {
    const Cut* cut = cut_of(act(accepted.number).body.act, device);
    if (cut == nullptr || !cut->seq || *cut->seq < *forks_.at(device).begin()) continue;
    if (best && (accepted.by_class < best->by_class || !(cut->link < its->link))) continue;
    best = accepted;
    its = cut;
  }
  return best;
}

Branches::Branch* Branches::named(const DeviceId& device, std::span<const AcceptedCut> cuts) const {
  const auto [at, fresh] = named_.try_emplace({device, cuts.size()});
  if (fresh)
    if (const auto by = names(device, cuts)) at->second = find(device, *by);
  return at->second ? &*at->second : nullptr;
}

Branches::Branch Branches::find(const DeviceId& device, const AcceptedCut& by) const {
  Branch found{*cut_of(act(by.number).body.act, device)};
  const auto& forks = forks_.at(device);
  if (const auto again = forks.upper_bound(*found.cut.seq); again != forks.end()) found.forks_again = *again;
  const auto log = graph_.by_device().find(device);
  if (log == graph_.by_device().end()) return found;
  for (const auto number : log->second)
    if (within_.has(number) && act(number).seq == *found.cut.seq && act(number).link == found.cut.link)
      found.base = number;
  if (!found.base) {
    // The named event is no act. The cut's author vouches for the acts it had seen, where it saw one branch.
    std::map<std::uint64_t, std::vector<std::size_t>> seen;
    for (const auto number : log->second)
      if (act(by.number).past.has(number) && act(number).seq <= *found.cut.seq)
        seen[act(number).seq].push_back(number);
    for (auto at = seen.rbegin(); at != seen.rend() && !found.base; ++at)
      if (at->second.size() == 1) found.base = at->second.front();
  }
  for (auto at = found.base; at; at = act(*at).own_before) {
    found.line.insert(*at);
    const auto [place, first] = found.at.emplace(act(*at).seq, *at);
    if (!first) place->second.reset();
  }
  return found;
}

// On a place that the branch gives to another event.
bool Branches::against(const Branch& branch, std::size_t number) const {
  if (act(number).seq == *branch.cut.seq && act(number).link != branch.cut.link) return true;
  const auto place = branch.at.find(act(number).seq);
  return place != branch.at.end() && place->second != number;
}

// Is it so of this act, or of one before it in its device's log?
template <class Found>
bool Branches::climb(std::map<std::size_t, bool>& asked, std::size_t number, const Found& found) const {
  std::vector<std::size_t> path;
  bool is = false;
  for (std::optional<std::size_t> at = number; at && !is; at = act(*at).own_before) {
    if (const auto known = asked.find(*at); known != asked.end()) {
      is = known->second;
      break;
    }
    path.push_back(*at);
    is = found(*at);
  }
  for (const auto at : path) asked.emplace(at, is);
  return is;
}

bool Branches::follows(Branch& branch, std::size_t number) const {
  return climb(branch.follows, number, [&](std::size_t at) { return at == branch.base; });
}

bool Branches::denied(std::size_t number, std::span<const AcceptedCut> cuts, int by_class) const {
  if (forks_.empty() || !forks_.contains(act(number).device)) return false;
  auto* const branch = named(act(number).device, above(cuts, by_class));
  return branch != nullptr &&
         climb(branch->denied, number, [&](std::size_t at) { return against(*branch, at); });
}

bool Branches::held(std::size_t number, std::span<const AcceptedCut> cuts) const {
  const auto fork = forks_.find(act(number).device);
  if (fork == forks_.end() || act(number).seq < *fork->second.begin()) return false;
  auto* const branch = named(act(number).device, cuts);
  if (branch == nullptr || !branch->base || act(number).seq >= branch->forks_again) return true;
  return !(follows(*branch, number) || branch->line.contains(number));
}

std::optional<std::uint64_t> Branches::first(const DeviceId& device) const {
  const auto fork = forks_.find(device);
  if (fork == forks_.end()) return std::nullopt;
  return *fork->second.begin();
}

bool Branches::open(const DeviceId& device, std::span<const AcceptedCut> cuts) const {
  const auto fork = forks_.find(device);
  if (fork == forks_.end()) return false;
  const auto by = names(device, cuts);
  return !by || *fork->second.rbegin() > *cut_of(act(by->number).body.act, device)->seq;
}

}  // namespace kith::group
