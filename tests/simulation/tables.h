// The four tables. A row is a name, how often, and what it does: to add an operation, a fault, a lie or a
// checker, write one function and one row (README.md).
#pragma once

#include <span>
#include <string>

#include "tests/simulation/world.h"

namespace kith::simulation {

// Something a person does. True: it was done; false: there was nothing to do, or a rule said no.
struct Operation {
  const char* name;
  std::uint32_t weight;
  bool (*run)(World&, Person&);
};
std::span<const Operation> operations();

// Something that happens to them. True: it happened. What only may happen later (the power fails at some
// write) says false and counts itself when it does.
struct Fault {
  const char* name;
  std::uint32_t weight;
  bool (*run)(World&);
};
std::span<const Fault> faults();

// Something that a member with a modified program does. Switches count what they change, frame by frame.
struct Lie {
  const char* name;
  std::uint32_t weight;
  bool (*run)(World&, Person&);
};
std::span<const Lie> lies();

enum class When : std::uint8_t { each_step, after_restart, at_the_end };
// World::fail() tells what does not hold, and the first time counts. Returns how much it judged: readers,
// words, nodes. A call that found nothing to judge says 0.
struct Checker {
  const char* name;
  When when;
  std::uint64_t (*run)(World&);
};
std::span<const Checker> checkers();

// From now on this person's program is modified.
void begin_to_lie(World& world, Person& liar);
// What a modified program makes of a frame that its honest half sends (maybe nothing) and hears.
std::vector<Bytes> twisted(World& world, std::size_t from, std::size_t to, Bytes frame);
bool swallowed(World& world, std::size_t by, ByteView frame);

}  // namespace kith::simulation
