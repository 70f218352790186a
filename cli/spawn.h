// Starting a background process: its own session, no terminal, nothing inherited but what is named.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace kith::cli {

// Double fork; standard descriptors on /dev/null, working directory /. If `ready_at` is not null, the pipe's
// writing end stays open in the child as descriptor 3 and *ready_at is the reading end.
Result<void> spawn_background(const std::vector<std::string>& argv, int* ready_at);
// The program with this name beside the running one.
Result<std::string> program_beside(std::string_view name);

}  // namespace kith::cli
