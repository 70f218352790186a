// What several checkers ask. None of it asks which faults there were.
#pragma once

#include <span>

#include "core/sharing/body.h"
#include "tests/simulation/tables.h"

namespace kith::simulation {

// Its owner's own in disk, clock and program: what the owner promised counts.
bool intact(Person& person);

// What these acts come to, whatever their order.
Result<group::Snapshot> state_of(World& world, std::span<const mail::Event> acts);

struct Group {
  std::vector<std::size_t> members;  // who can and must agree
  group::Snapshot state;             // what all their acts together come to
};
// Intact nodes that are members by the acts of all of them together.
Group everybody(World& world);

// Of leaving.cc: each envelope that somebody signed since, opened with the keys of all.
std::uint64_t new_envelopes(World& world);

}  // namespace kith::simulation
