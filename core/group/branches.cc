#include "core/group/branches.h"

#include <algorithm>

namespace kith::group {
namespace {

// Bounds of what one log may cost. One that forks again after so many decisions stays held.
constexpr std::size_t kMaxDecisions = 8;
constexpr std::size_t kMaxCutsOfAFork = 8;  // that are looked at, the highest class first

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
}

// Those of a class above `by_class`.
std::span<const AcceptedCut> Branches::above(std::span<const AcceptedCut> cuts, int by_class) const {
  const auto end =
      std::ranges::partition_point(cuts, [&](const AcceptedCut& cut) { return cut.by_class > by_class; });
  return cuts.first(static_cast<std::size_t>(end - cuts.begin()));
}

const std::vector<std::size_t>& Branches::log_of(const DeviceId& device) const {
  static const std::vector<std::size_t> none;
  const auto log = graph_.by_device().find(device);
  return log == graph_.by_device().end() ? none : log->second;
}

// ---- deciding ---------------------------------------------------------------------------------------------

// Fork by fork from the lowest: who decided one may have known nothing of the next, and of the cut that
// decides the next both branches of the first may be the past.
Branches::Decisions& Branches::decisions(const DeviceId& device, std::span<const AcceptedCut> cuts) const {
  const auto [at, fresh] = decided_.try_emplace({device, cuts.size()});
  Decisions& found = at->second;
  std::uint64_t fork = fresh ? forks_.at(device).first : UINT64_MAX;
  while (fork != UINT64_MAX && found.size() < kMaxDecisions) {
    auto decision = decide(device, fork, found.empty() ? nullptr : &found.back(), cuts);
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
                                                   Decision* before,
                                                   std::span<const AcceptedCut> cuts) const {
  std::size_t looked_at = 0;
  for (const auto& accepted : cuts) {
    const Cut* cut = cut_of(act(accepted.number).body.act, device);
    if (cut == nullptr || !cut->seq || *cut->seq < fork) continue;
    if (++looked_at > kMaxCutsOfAFork) break;
    Decision decision{fork, accepted.number, *cut};
    const auto base = base_of(accepted, *cut);
    if (!base && before != nullptr) decision.line = before->line;
    if (!base || draw_line(decision, *base, before)) return decision;
  }
  return std::nullopt;
}

// The act that the cut names; a second signature of it is the same act. If it names words: the newest act
// before them that its author had seen, if that author knew one branch alone. Else it may be another's.
std::optional<std::size_t> Branches::base_of(const AcceptedCut& by, const Cut& cut) const {
  const auto& log = log_of(cut.device);
  const auto named = std::ranges::find_if(
      log, [&](auto number) { return act(number).seq == *cut.seq && act(number).link == cut.link; });
  std::optional<std::size_t> base;
  if (named != log.end()) {
    for (const auto number : log)
      if (within_.has(number) && act(number).id == act(*named).id) base = number;
  } else if (!knew_of_fork(by.number, cut)) {
    for (const auto number : log)
      if (act(by.number).past.has(number) && act(number).seq <= *cut.seq &&
          (!base || act(number).seq > act(*base).seq))
        base = number;
  }
  return base;
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

// From `base` down: the acts of its device in its past. False if these are of two branches, so that the cut
// says nothing of the fork between them, or if `base` is not of the log that was decided for before.
bool Branches::draw_line(Decision& decision, std::size_t base, Decision* before) const {
  if (before != nullptr && !on_log(*before, base)) return false;
  decision.base = act(base).id;
  std::map<std::uint64_t, std::size_t> line;
  for (const auto number : log_of(act(base).device)) {
    if (number != base && !act(base).past.has(number)) continue;
    if (before != nullptr && !on_log(*before, number)) continue;
    const auto [place, fresh] = line.emplace(act(number).seq, number);
    if (!fresh && act(place->second).id != act(number).id && act(number).seq >= decision.fork) return false;
  }
  std::optional<std::size_t> last;
  for (const auto& [place, number] : line) {
    const bool forks = last && place >= decision.fork && act(*last).seq >= decision.fork;
    if (forks && !act(number).past.has(*last)) return false;
    last = number;
    decision.line.emplace(place, act(number).id);
  }
  return true;
}

// Two acts on one place, both of the log; or evidence that the cut's author had not seen.
std::uint64_t Branches::next_fork(Decision& decision) const {
  const Forks& forks = forks_.at(decision.cut.device);
  std::uint64_t next = UINT64_MAX;
  for (const auto& shown : forks.shown)
    if (shown.seq > *decision.cut.seq && !act(decision.by).past.has(shown.number))
      next = std::min(next, shown.seq);
  for (const auto& [place, acts] : forks.doubled) {
    if (place >= next) break;
    if (place <= *decision.cut.seq) continue;
    if (std::ranges::count_if(acts, [&](auto number) { return on_log(decision, number); }) > 1) return place;
  }
  return next;
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
    return !on_log(decision, number) &&
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
