// The calls of the page: one table, as README.md lists them. Each does with the fields of a request what a
// command does with its words.
#pragma once

#include <span>

#include "cli/context.h"
#include "cli/json.h"
#include "cli/page/fields.h"

namespace kith::cli {

class DoorRoom;

struct Ask {
  Context& context;
  const Fields& fields;
  Json& out;       // the open object of the answer
  DoorRoom& door;  // the one door of this process: to a group, or to a newcomer
};

struct Call {
  std::string_view name;
  std::string_view fields;  // the names it knows, besides `call`, separated by blanks
  std::string_view means;   // on failure: what is safe
  Result<void> (*run)(Ask& ask);
};

// In groups, each in a file of its own.
std::span<const Call> state_calls();
std::span<const Call> journal_calls();
std::span<const Call> keeping_calls();
std::span<const Call> group_calls();
std::span<const Call> joining_calls();
std::span<const Call> sending_calls();
std::span<const Call> feedback_calls();

// The whole of one call: body in, answer out. Errors become words without command names.
std::string answer_call(const Home& home, const Clock& clock, Random& random, DoorRoom& door, ByteView body);

}  // namespace kith::cli
