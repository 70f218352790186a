// The page's process: HTTP on loopback, a socket for `kith page` to ask for links, and the end of both.
#pragma once

#include "cli/context.h"

namespace kith::cli {

inline constexpr std::chrono::hours kPageQuiet{1};  // without a request, then it ends

struct PageSetup {
  Context& context;
  int ready = -1;      // a byte is written here once it listens
  bool again = false;  // a process of before was replaced by this one: descriptors 3 to 5 come from it
};
// Returns when it was asked to end or nobody asked for anything for long. busy: another one of this home
// runs.
Result<void> serve_page(const PageSetup& setup);

// The path of a fresh link file, from the page's process; started if there is none.
Result<std::string> page_link(const Home& home);
// The page's process ends; fine if there is none.
Result<void> close_page(const Home& home);

}  // namespace kith::cli
