#include "core/group/branches.h"

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
  const auto fork = [this](const DeviceId& device, std::uint64_t seq) {
    const auto [at, added] = forks_.emplace(device, seq);
    if (!added) at->second = std::min(at->second, seq);
  };
  for (const auto& device : graph.doubled()) {
    std::map<std::uint64_t, int> places;
    for (const auto number : graph.by_device().at(device))
      if (within.has(number) && ++places[act(number).seq] == 2) fork(device, act(number).seq);
  }
  for (const auto number : order) {
    const auto* evidence = std::get_if<ForkEvidence>(&act(number).body.act);
    if (evidence == nullptr || act(number).ways.empty()) continue;
    const auto header = mail::parse_signed_header(evidence->first);
    if (header) fork(header->header.device, header->header.seq);
  }
}

std::optional<Branches::Named> Branches::named(const DeviceId& device, std::span<const AcceptedCut> cuts,
                                               int above) const {
  const Cut* best = nullptr;
  AcceptedCut by{};
  for (const auto& accepted : cuts) {
    if (accepted.by_class <= above) continue;
    const Cut* cut = cut_of(act(accepted.number).body.act, device);
    if (cut == nullptr || !cut->seq) continue;
    if (best == nullptr || accepted.by_class > by.by_class ||
        (accepted.by_class == by.by_class && cut->link < best->link)) {
      best = cut;
      by = accepted;
    }
  }
  if (best == nullptr) return std::nullopt;
  Named found{*best, {}};
  const auto log = graph_.by_device().find(device);
  if (log == graph_.by_device().end()) return found;
  for (const auto number : log->second)
    if (within_.has(number) && act(number).seq == *best->seq && act(number).link == best->link) {
      found.base = number;
      return found;
    }
  // The named event is no act. The cut's author vouches for the acts it had seen, where it saw one branch.
  std::map<std::uint64_t, std::vector<std::size_t>> seen;
  for (const auto number : log->second)
    if (act(by.number).past.has(number) && act(number).seq <= *best->seq)
      seen[act(number).seq].push_back(number);
  for (auto at = seen.rbegin(); at != seen.rend() && !found.base; ++at)
    if (at->second.size() == 1) found.base = at->second.front();
  return found;
}

bool Branches::follows(std::size_t number, std::size_t base) const {
  for (std::optional<std::size_t> at = number; at; at = act(*at).own_before)
    if (*at == base) return true;
  return false;
}

bool Branches::denied(std::size_t number, std::span<const AcceptedCut> cuts, int above) const {
  if (forks_.empty() || !forks_.contains(act(number).device)) return false;
  const auto branch = named(act(number).device, cuts, above);
  if (!branch) return false;
  for (std::optional<std::size_t> at = number; at; at = act(*at).own_before) {
    if (act(*at).seq == *branch->cut.seq && act(*at).link != branch->cut.link) return true;
    for (auto true_one = branch->base; true_one; true_one = act(*true_one).own_before)
      if (act(*at).seq == act(*true_one).seq && *at != *true_one) return true;
  }
  return false;
}

bool Branches::held(std::size_t number, std::span<const AcceptedCut> cuts) const {
  const auto fork = forks_.find(act(number).device);
  if (fork == forks_.end() || act(number).seq < fork->second) return false;
  const auto branch = named(act(number).device, cuts, -1);
  return !branch || !branch->base || !(follows(number, *branch->base) || follows(*branch->base, number));
}

std::optional<std::uint64_t> Branches::first(const DeviceId& device) const {
  const auto fork = forks_.find(device);
  if (fork == forks_.end()) return std::nullopt;
  return fork->second;
}

bool Branches::open(const DeviceId& device, std::span<const AcceptedCut> cuts) const {
  return forks_.contains(device) && !named(device, cuts, -1);
}

}  // namespace kith::group
