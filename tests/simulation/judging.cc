#include "tests/simulation/judging.h"

#include <algorithm>

namespace kith::simulation {
namespace {

constexpr std::size_t kAll = 1'000'000;

bool holds_the_future(World& world, Person& person) {
  const Day tomorrow = day_of(world.now) + mail::kMaxDaysAhead;
  for (const auto& stored : test::must(person.node().mail().arrivals(world.group, 0, kAll)))
    if (stored.event.header().day > tomorrow) return true;
  return false;
}

bool lost_nothing(World& world, Person& person) {
  auto& node = person.node().node();
  if (test::must(node.keyring().retired(world.group))) return false;
  const auto own = test::must(node.keyring().own_head(world.group));
  const DeviceId device = person.courier()->self().device;
  const auto head = test::must(person.node().mail().head(world.group, device));
  const auto state = (*node.book(world.group))->state();
  const auto* known = state->device(device);
  return own && head && own->seq == head->seq && own->link == head->link && known != nullptr &&
         !known->forked;
}

}  // namespace

bool intact(World& world, Person& person) {
  if (!person.up() || person.liar || person.edited) return false;
  return !person.restored || (person.in_group() && lost_nothing(world, person));
}

Result<group::Snapshot> state_of(World& world, std::span<const mail::Event> acts) {
  std::vector<Link> set;
  for (const auto& act : acts) set.push_back(act.link());
  std::ranges::sort(set);
  const auto known = world.states.find(set);
  if (known != world.states.end()) return known->second;
  KITH_TRY(auto state, group::resolve(world.group, acts));
  const group::Snapshot snapshot(std::make_shared<const group::State>(std::move(state)));
  world.states.emplace(std::move(set), snapshot);
  return snapshot;
}

Group everybody(World& world) {
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < world.people.size(); ++i)
    if (intact(world, world.person(i)) && world.person(i).in_group() &&
        !holds_the_future(world, world.person(i)))
      members.push_back(i);
  while (true) {
    std::map<Link, mail::Event> acts;
    for (const auto i : members)
      for (const auto& event : test::must(world.person(i).node().mail().control_events(world.group)))
        acts.emplace(event.link(), event);
    std::vector<mail::Event> all;
    for (const auto& [link, event] : acts) all.push_back(event);
    const auto state = state_of(world, all);
    if (!state)
      return {{}, group::Snapshot(std::make_shared<const group::State>(group::State{.group = world.group}))};
    const std::size_t before = members.size();
    std::erase_if(members, [&](std::size_t i) {
      Person& one = world.person(i);
      return !(*state)->active(one.courier()->self().device) || !(*state)->active(world.member(one));
    });
    if (members.size() == before) return {members, *state};
  }
}

}  // namespace kith::simulation
