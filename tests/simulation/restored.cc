// Who put an old copy of the journal back would sign places again that others hold. kith may do so until it
// meets somebody who has them; from then on it must not.
#include <algorithm>

#include "tests/simulation/judging.h"

namespace kith::simulation {
namespace {

bool watched(Person& person) {
  return person.restored && person.in_group() && !person.liar && !person.edited && !person.courier_down;
}

// The first place of its log that this journal has not signed.
std::uint64_t next_place(World& world, Person& person) {
  const auto own = test::must(person.node().node().keyring().own_head(world.group));
  return own ? own->seq + 1 : 0;
}

// What somebody else holds of `device` from `next` on.
void note(World& world, Person& other, const DeviceId& device, std::uint64_t next, Met& met) {
  const auto head = test::must(other.node().mail().head(world.group, device));
  if (!head || head->checked <= next) return;
  if (met.held.empty()) met.next = next;
  for (std::uint64_t place = next; place < head->checked; ++place)
    if (const auto link = test::must(other.node().mail().link_at(world.group, device, place)))
      met.held.emplace(place, *link);
}

}  // namespace

void note_meetings(World& world) {
  for (std::size_t i = 0; i < world.people.size(); ++i) {
    Person& one = world.person(i);
    // A full disk, or a clock that is behind, keeps out what the other side told.
    if (!watched(one) || one.disk().is_limited() || one.disk().dead() || one.clock.now() + 25h < world.now)
      continue;
    const DeviceId device = one.courier()->self().device;
    const std::uint64_t next = next_place(world, one);
    for (const auto other : world.network.level_with(i))
      if (world.person(other).in_group() && !world.person(other).edited)
        note(world, world.person(other), device, next, world.met[i]);
  }
}

std::uint64_t restored_signs_nothing_again(World& world) {
  std::uint64_t judged = 0;
  for (const auto& [i, met] : world.met) {
    Person& one = world.person(i);
    if (!watched(one) || met.held.empty()) continue;
    ++judged;
    const std::uint64_t next = next_place(world, one);
    if (next <= met.next) continue;
    const auto now =
        test::must(one.node().mail().link_at(world.group, one.courier()->self().device, met.next));
    const auto held = met.held.find(met.next);
    if (held != met.held.end() && (!now || *now != held->second))
      world.fail("a restored device signs no place that somebody it met holds", one.name);
  }
  return judged;
}

}  // namespace kith::simulation
