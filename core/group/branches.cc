#include "core/group/branches.h"

#include <algorithm>

namespace kith::group {
namespace {

// Cuts of one class that are looked at for one log: what two people can make everybody's programs do.
constexpr std::size_t kMaxLooks = 8;

}  // namespace

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

Branches::Branches(const Graph& graph, const ActSet& within, std::span<const std::size_t> order)
    : graph_(graph), within_(within) {
  for (const auto& [device, numbers] : graph.doubled()) {
    std::map<std::uint64_t, std::vector<std::size_t>> places;
    for (const auto number : numbers)
      if (within.has(number)) places[act(number).seq].push_back(number);
    std::erase_if(places, [](const auto& place) { return place.second.size() < 2; });
    if (places.empty()) continue;
    Forks& forks = forks_[device];
    forks.first = places.begin()->first;
    forks.doubled = std::move(places);
  }
  for (const auto number : order) {
    const auto& shown = act(number).shows;
    if (!shown) continue;
    Forks& forks = forks_[shown->device];
    forks.first = std::min(forks.first, shown->seq);
    forks.shown.push_back({shown->seq, number});
  }
  for (auto& [device, forks] : forks_) {
    const auto log = graph.by_device().find(device);
    if (log == graph.by_device().end()) continue;
    for (const auto number : log->second)
      if (within.has(number)) forks.log.push_back(number);
    std::ranges::sort(forks.log, {},
                      [this](auto number) { return std::tie(act(number).seq, act(number).link); });
  }
}

// Those of a class above `by_class`.
std::span<const AcceptedCut> Branches::above(std::span<const AcceptedCut> cuts, int by_class) const {
  const auto end =
      std::ranges::partition_point(cuts, [&](const AcceptedCut& cut) { return cut.by_class > by_class; });
  return cuts.first(static_cast<std::size_t>(end - cuts.begin()));
}

std::span<const std::size_t> Branches::part(const Forks& forks, std::uint64_t from, std::uint64_t to) const {
  const auto place = [this](std::size_t number) { return act(number).seq; };
  const auto begin = std::ranges::lower_bound(forks.log, from, {}, place);
  const auto end = std::ranges::upper_bound(begin, forks.log.end(), to, {}, place);
  return {begin, end};
}

// ---- deciding ---------------------------------------------------------------------------------------------

// Fork by fork from the lowest: who decided one may have known nothing of the next, and of the cut that
// decides the next both branches of the first may be the past.
Branches::Decisions& Branches::decisions(const DeviceId& device, std::span<const AcceptedCut> cuts) const {
  const auto [at, fresh] = decided_.try_emplace({device, cuts.size()});
  Decisions& found = at->second;
  if (!fresh) return found;
  const auto about_it = cuts_of(device, cuts);
  Looks looks;
  std::uint64_t fork = forks_.at(device).first;
  while (fork != UINT64_MAX) {
    auto decision = decide(device, fork, found.empty() ? nullptr : &found.back(), about_it, looks);
    if (!decision) break;
    found.push_back(std::move(*decision));
    fork = next_fork(found.back());
    found.back().forks_again = fork;
  }
  return found;
}

// The first of the cuts that says something of this fork: of the highest class, then the earliest. Equals do
// not undo each other. One below the fork says nothing of it.
std::optional<Branches::Decision> Branches::decide(const DeviceId& device, std::uint64_t fork,
                                                   Decision* before, std::span<const AcceptedCut> cuts,
                                                   Looks& looks) const {
  for (const auto& accepted : cuts) {
    const Cut& cut = *cut_of(act(accepted.number).body.act, device);
    if (*cut.seq < fork || ++looks[accepted.by_class] > kMaxLooks) continue;
    Decision decision{fork, accepted.number, cut};
    const auto base = base_of(accepted, cut);
    if (!base || draw_line(decision, *base, before)) return decision;
  }
  return std::nullopt;
}

// Those that name a place of this log. Who was removed still revokes devices of their own, but decides
// nothing against the removal.
std::vector<AcceptedCut> Branches::cuts_of(const DeviceId& device, std::span<const AcceptedCut> cuts) const {
  std::vector<const ActNode*> removals;
  for (const auto& accepted : cuts)
    if (std::holds_alternative<Remove>(act(accepted.number).body.act))
      removals.push_back(&act(accepted.number));
  std::vector<AcceptedCut> found;
  for (const auto& accepted : cuts) {
    const ActNode& by = act(accepted.number);
    const Cut* cut = cut_of(by.body.act, device);
    if (cut == nullptr || !cut->seq || *cut->seq < forks_.at(device).first) continue;
    if (std::ranges::none_of(removals, [&](const auto* removal) { return beyond(*removal, by); }))
      found.push_back(accepted);
  }
  return found;
}

// Did its author write this beyond the cut of the removal, neither knowing of the other?
bool Branches::beyond(const ActNode& removal, const ActNode& written) const {
  if (std::get<Remove>(removal.body.act).member != written.author || removal.id == written.id) return false;
  const Cut* cut = cut_of(removal.body.act, written.device);
  if (cut != nullptr && cut->seq && written.seq <= *cut->seq) return false;
  return !removal.past.has(*graph_.find(written.id)) && !written.past.has(*graph_.find(removal.id));
}

// The act that the cut names; a second signature of it is the same act. If it names words: the newest act
// before them that its author had seen, if that author knew one branch alone. Else it may be another's.
std::optional<std::size_t> Branches::base_of(const AcceptedCut& by, const Cut& cut) const {
  const auto id = graph_.signed_as(cut.link);
  const auto named = id ? graph_.find(*id) : std::nullopt;
  if (named && within_.has(*named) && act(*named).device == cut.device && act(*named).seq == *cut.seq)
    return named;
  std::optional<std::size_t> newest;
  if (knew_of_fork(by.number, cut)) return newest;
  for (const auto number : part(forks_.at(cut.device), 0, *cut.seq))
    if (act(by.number).past.has(number)) newest = number;
  return newest;
}

bool Branches::knew_of_fork(std::size_t by, const Cut& cut) const {
  const ActSet& past = act(by).past;
  const Forks& forks = forks_.at(cut.device);
  for (const auto& shown : forks.shown)
    if (shown.seq <= *cut.seq && past.has(shown.number)) return true;
  for (const auto& [place, acts] : forks.doubled)
    if (place <= *cut.seq && std::ranges::count_if(acts, [&](auto at) { return past.has(at); }) > 1)
      return true;
  return false;
}

// From `base` down to the fork: the acts of its device in its past. False if these are of two branches, so
// that the cut says nothing of the fork between them, or if `base` is not of the log as it was decided
// before.
bool Branches::draw_line(Decision& decision, std::size_t base, Decision* before) const {
  if (before != nullptr && !on_log(*before, base)) return false;
  decision.base = act(base).id;
  std::optional<std::size_t> last;
  for (const auto number : part(forks_.at(act(base).device), decision.fork, act(base).seq)) {
    if (graph_.find(act(number).id) != number) continue;  // another signature
    if (number != base && !act(base).past.has(number)) continue;
    if (before != nullptr && !on_log(*before, number)) continue;
    if (last && !act(number).past.has(*last)) return false;
    last = number;
    decision.line.emplace(act(number).seq, act(number).id);
  }
  return true;
}

// Two acts on one place, both of the log. Evidence is none: it could be of words on a denied branch.
std::uint64_t Branches::next_fork(Decision& decision) const {
  const auto& doubled = forks_.at(decision.cut.device).doubled;
  for (auto place = doubled.upper_bound(*decision.cut.seq); place != doubled.end(); ++place)
    if (std::ranges::count_if(place->second, [&](auto number) { return on_log(decision, number); }) > 1)
      return place->first;
  return UINT64_MAX;
}

// ---- asking -----------------------------------------------------------------------------------------------

bool Branches::aware(const Decision& decision, std::size_t number) const {
  return act(number).seq > *decision.cut.seq && act(number).past.has(decision.by);
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

// Up to the cut it is the acts of its line; beyond it what stands on these, or knew of the decision.
bool Branches::on_log(Decision& decision, std::size_t number) const {
  if (act(number).seq <= *decision.cut.seq) {
    const auto place = decision.line.find(act(number).seq);
    return place != decision.line.end() && place->second == act(number).id;
  }
  return climb(decision.holds, number,
               [&](std::size_t at) { return act(at).id == decision.base || aware(decision, at); });
}

// On a place that the branch gives to another event.
bool Branches::against(const Decision& decision, std::size_t number) const {
  const auto place = decision.line.find(act(number).seq);
  if (place != decision.line.end()) return place->second != act(number).id;
  return act(number).seq == *decision.cut.seq && act(number).link != decision.cut.link;
}

bool Branches::denied(std::size_t number, std::span<const AcceptedCut> cuts, int by_class) const {
  if (forks_.empty() || !forks_.contains(act(number).device)) return false;
  auto& all = decisions(act(number).device, above(cuts, by_class));
  return std::ranges::any_of(all, [&](Decision& decision) {
    return act(number).seq >= decision.fork && !on_log(decision, number) &&
           climb(decision.denies, number, [&](std::size_t at) { return against(decision, at); });
  });
}

bool Branches::held(std::size_t number, std::span<const AcceptedCut> cuts) const {
  const auto fork = forks_.find(act(number).device);
  if (fork == forks_.end() || act(number).seq < fork->second.first) return false;
  auto& all = decisions(act(number).device, cuts);
  const auto governs = std::ranges::find_if(
      all, [&](const Decision& decision) { return act(number).seq < decision.forks_again; });
  return governs == all.end() || !on_log(*governs, number);
}

std::optional<std::uint64_t> Branches::first(const DeviceId& device) const {
  const auto fork = forks_.find(device);
  if (fork == forks_.end()) return std::nullopt;
  return fork->second.first;
}

bool Branches::open(const DeviceId& device, std::span<const AcceptedCut> cuts) const {
  if (!forks_.contains(device)) return false;
  const auto& all = decisions(device, cuts);
  return all.empty() || all.back().forks_again != UINT64_MAX;
}

}  // namespace kith::group
