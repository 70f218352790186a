// What every command gets: the terminal, this node's files, time and randomness.
#pragma once

#include "cli/home.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/text.h"

namespace kith::cli {

struct Context {
  Terminal& term;
  const Home& home;
  const Clock& clock;
  Random& random;
  const GlobalFlags& flags;

  // Fails with words of its own instead of the table's: return ctx.tell(Errc::refused, {what, means, next}).
  tl::unexpected<Error> tell(Errc code, ErrorWords words) { return term.tell(code, std::move(words)); }
};

}  // namespace kith::cli
