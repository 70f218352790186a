// The door, with both people beside each other.
#pragma once

#include "tests/simulation/world.h"

namespace kith::simulation {

// True: the joiner is in (not signed yet). False: a rule, or a disk in trouble.
bool invite_and_join(World& world, std::size_t inviter, std::size_t joiner);

}  // namespace kith::simulation
