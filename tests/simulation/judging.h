// What several checkers ask. None of it asks which faults there were.
#pragma once

#include <span>

#include "core/sharing/body.h"
#include "tests/simulation/tables.h"

namespace kith::simulation {

// Its owner's own in disk, clock and program: what the owner promised counts. So is a node whose copy was put
// back, once it shows that it lost nothing: its journal ends its own log where mail.db does, and it may still
// sign.
bool intact(World& world, Person& person);

// What these acts come to, whatever their order. Within a world each set is resolved once.
Result<group::Snapshot> state_of(World& world, std::span<const mail::Event> acts);

struct Group {
  std::vector<std::size_t> members;  // who can and must agree
  group::Snapshot state;             // what all their acts together come to
};
// Intact nodes that are members by the acts of all of them together.
Group everybody(World& world);

// Of leaving.cc: each envelope that somebody signed since, opened with the keys of all.
std::uint64_t new_envelopes(World& world);

// Of restored.cc: whom restored devices have met, and that they sign nothing that those hold already.
void note_meetings(World& world);
std::uint64_t restored_signs_nothing_again(World& world);

}  // namespace kith::simulation
