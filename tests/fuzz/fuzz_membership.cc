// Any part of a quarrelling group's acts, in any order and some twice: the resolver and the naive model
// accept the same ones, and order says nothing. Bytes: mode, graph, then which acts are left out, which come
// early.
#include "core/mail/frame.h"
#include "tests/fuzz/fuzz.h"
#include "tests/group/model_resolver.h"
#include "tests/group/random_group.h"

using namespace kith;
using namespace kith::group;
using namespace kith::group::test;

namespace {

// The naive model takes a second for fourteen steps: most groups quarrel for fewer.
constexpr std::size_t kGraphs = 24, kSteps = 5, kManySteps = 14;

const RandomGroup& graph(std::size_t which) {
  static std::map<std::size_t, std::unique_ptr<RandomGroup>> made;
  auto& found = made[which];
  if (!found) {
    const Mode mode = which % 3 == 0 ? Mode::led : which % 3 == 1 ? Mode::pair : Mode::peer;
    const std::size_t steps = which < kGraphs / 8 ? kManySteps : kSteps;
    found = std::make_unique<RandomGroup>(mode, 70'000 + which, steps, which % 2 == 0, false);
  }
  return *found;
}

// What can be judged: every cause is here. The rest waits.
std::vector<mail::Event> closed(const std::vector<mail::Event>& events) {
  std::set<EventId> kept;
  for (bool more = true; more;) {
    more = false;
    for (const auto& event : events) {
      if (kept.contains(event.id())) continue;
      std::vector<EventId> causes;
      if (const auto act = parse_control(event.body())) causes = act->deps;
      if (const auto device = parse_device(event.body())) causes = device->deps;
      if (!std::ranges::all_of(causes, [&](const EventId& id) { return kept.contains(id); })) continue;
      kept.insert(event.id());
      more = true;
    }
  }
  std::vector<mail::Event> all;
  for (const auto& event : events)
    if (kept.contains(event.id())) all.push_back(event);
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mail::quiet_protobuf();
  fuzz::Input in(data, size);
  const RandomGroup& group = graph(in.byte() % kGraphs);
  std::vector<mail::Event> events = group.w.events;
  const std::size_t changes = std::min<std::size_t>(size, 24);
  for (std::size_t i = 0; i < changes && !in.empty(); ++i) {
    const std::uint8_t what = in.byte();
    if (events.size() < 3) break;
    const std::size_t at = 1 + in.below(events.size() - 1);  // the first act is the group itself
    const auto position = events.begin() + static_cast<std::ptrdiff_t>(at);
    if (what % 4 == 0) events.erase(position);
    if (what % 4 == 1) std::swap(events[at], events[1 + in.below(events.size() - 1)]);
    if (what % 4 == 2) events.push_back(events[at]);
    if (what % 4 == 3) events.resize(at + 1, events.front());  // heard no further
  }
  const auto real = resolve(group.w.group, events);
  CLAIM(real.has_value());
  Model naive(group.w.group, closed(events));
  const auto model = naive.all();
  std::map<EventId, int> accepted;
  for (const auto& [id, by_class] : real->accepted_class) accepted.emplace(id, by_class);
  CLAIM(accepted == model.accepted);
  CLAIM(state_digest(*real) == state_digest(model.state));
  GroupRoster roster(group.w.group, std::span(events).first(events.size() / 2));
  roster.learn(std::span(events).subspan(events.size() / 2));
  const auto learnt = roster.state();
  CLAIM(state_digest(*learnt) == state_digest(*real));
  return 0;
}
