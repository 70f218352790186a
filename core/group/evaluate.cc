// The two passes. Pass A: protective acts, class by class from the top; one falls only if it lies beyond the
// cut of an accepted act of a strictly higher class. Pass B: constructive acts in causal order. A only looks
// up, B only looks back.
#include <algorithm>

#include "core/group/branches.h"
#include "core/group/graph.h"
#include "core/group/outcome.h"

namespace kith::group {
namespace {

constexpr int kHighest = kRecovery;

class Evaluation {
 public:
  // `order`: the acts that are looked at, in causal order; all of `within`, or those that matter.
  Evaluation(const Graph& graph, const ActSet& within, std::vector<std::size_t> order)
      : graph_(graph),
        order_(meant(graph, std::move(order))),
        class_of_(graph.acts().size(), -1),
        branches_(graph, within, order_),
        outcome_(graph, class_of_) {
    for (const auto number : order_)
      if (protective(act(number).body.act) && !act(number).ways.empty()) protective_.push_back(number);
  }

  State run() {
    for (int by_class = kHighest; by_class >= kSelf; --by_class) protect(by_class);
    std::erase_if(protective_, [this](std::size_t number) { return class_of_[number] < 0; });
    outcome_.take_away(protective_);
    for (const auto number : order_)
      if (constructive_holds(number)) outcome_.apply(number);
    return outcome_.finish(branches_, cuts_);
  }
  // By which authority each act counts, for those that do.
  void say_accepted(State& state) const {
    for (const auto number : order_)
      if (class_of_[number] >= 0) {
        state.accepted.insert(act(number).id);
        state.accepted_class.emplace(act(number).id, static_cast<std::uint8_t>(class_of_[number]));
      }
  }

 private:
  // Another signature of an act is in nobody's past, so that nobody could have undone it: it shows a fork,
  // and says nothing more.
  static std::vector<std::size_t> meant(const Graph& graph, std::vector<std::size_t> order) {
    std::erase_if(order, [&](auto number) { return graph.find(graph.acts()[number].id) != number; });
    return order;
  }
  const ActNode& act(std::size_t number) const { return graph_.acts()[number]; }
  bool concurrent(std::size_t a, std::size_t b) const {
    return a != b && !act(a).past.has(b) && !act(b).past.has(a);
  }

  void protect(int by_class) {
    std::vector<std::size_t> accepted;
    for (const auto number : protective_) {
      if (class_of_[number] >= 0) continue;
      for (const auto& way : act(number).ways)
        if (way.way.by_class == by_class && enough_signers(way) &&
            !void_above(number, by_class, way.way.by_rank)) {
          accepted.push_back(number);
          break;
        }
    }
    for (const auto number : accepted) {  // together: equals do not undo each other
      class_of_[number] = by_class;
      if (std::holds_alternative<Leave>(act(number).body.act)) {  // its device's log ends there, named or not
        const auto [at, first] = left_at_.emplace(act(number).device, act(number).seq);
        if (!first) at->second = std::min(at->second, act(number).seq);
      } else {
        cuts_.push_back({number, by_class});
      }
    }
  }

  // Endorsements count unless they lie beyond a cut that says the device was not its owner's any more.
  bool enough_signers(const SignedWay& way) const {
    std::size_t count = 0;
    for (const auto& endorsements : way.signers) {
      const auto stands = [this](std::size_t number) { return !void_above(number, kTrustee, false); };
      if (endorsements.empty() || std::ranges::any_of(endorsements, stands)) ++count;
    }
    return count >= way.way.need;
  }

  // Beyond the cut of an accepted act of a class above `by_class`, on a branch that such a cut denies, or
  // written by a device that was enrolled so.
  bool void_above(std::size_t number, int by_class, bool by_rank) const {
    for (const auto& cut : cuts_)
      if (cut.by_class > by_class && beyond(cut.number, number, by_rank)) return true;
    const auto left = by_class < kSelf ? left_at_.find(act(number).device) : left_at_.end();
    if (left != left_at_.end() && act(number).seq > left->second) return true;
    if (branches_.denied(number, cuts_, by_class)) return true;
    const auto enrolled = act(number).enrolled_by;
    if (!enrolled || enrolled == graph_.genesis() || *enrolled == number) return false;
    const auto& ways = act(*enrolled).ways;
    return !ways.empty() && void_above(*enrolled, by_class, ways.front().way.by_rank);
  }

  bool beyond(std::size_t cutter, std::size_t number, bool by_rank) const {
    const ActNode& node = act(number);
    const Act& what = act(cutter).body.act;
    const std::vector<Cut>* cuts = nullptr;
    if (const auto* revoke = std::get_if<DeviceRevoke>(&what)) {
      return revoke->device == node.device && above(revoke->cut, node) && concurrent(cutter, number);
    } else if (const auto* suspend = std::get_if<Suspend>(&what)) {
      if (suspend->member == node.author) cuts = &suspend->cuts;
    } else if (const auto* remove = std::get_if<Remove>(&what)) {
      if (remove->member == node.author) cuts = &remove->cuts;
    } else if (const auto* demote = std::get_if<Demote>(&what)) {
      if (by_rank && demote->member == node.author) cuts = &demote->cuts;
    }
    if (cuts == nullptr || !concurrent(cutter, number)) return false;
    const auto cut = std::ranges::find(*cuts, node.device, &Cut::device);
    return cut == cuts->end() || above(*cut, node);  // a device that the author did not know: all of it
  }
  static bool above(const Cut& cut, const ActNode& node) { return !cut.seq || node.seq > *cut.seq; }

  bool constructive_holds(std::size_t number) {
    if (number == graph_.genesis()) {
      class_of_[number] = kHighest;
      return true;
    }
    const ActNode& node = act(number);
    if (node.ways.empty() || protective(node.body.act)) return false;
    if (!node.enrolled_by || class_of_[*node.enrolled_by] < 0) return false;    // never validly admitted
    const bool evidence = std::holds_alternative<ForkEvidence>(node.body.act);  // proves itself
    if (!evidence && branches_.held(number, cuts_)) return false;
    for (const auto& way : node.ways) {
      if (!enough_signers(way)) continue;
      if (!evidence && void_above(number, -1, way.way.by_rank)) continue;
      if (!outcome_.fits(number)) return false;
      class_of_[number] = way.way.by_class;
      return true;
    }
    return false;
  }

  const Graph& graph_;
  const std::vector<std::size_t> order_;
  std::vector<std::size_t> protective_;  // of those, with authority
  std::vector<int> class_of_;
  std::vector<AcceptedCut> cuts_;
  std::map<DeviceId, std::uint64_t> left_at_;
  Branches branches_;
  Outcome outcome_;
};

}  // namespace

State evaluate(const Graph& graph, const ActSet& within) {
  std::vector<std::size_t> order;
  for (const auto number : graph.order())
    if (within.has(number)) order.push_back(number);
  Evaluation evaluation(graph, within, std::move(order));
  State state = evaluation.run();
  evaluation.say_accepted(state);
  return state;
}

State evaluate_bearing(const Graph& graph, const ActSet& within, std::vector<std::size_t> bearing) {
  return Evaluation(graph, within, std::move(bearing)).run();
}

}  // namespace kith::group
