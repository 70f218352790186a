// From the words of a command line to an exit code: parse, find the home, run the command, report.
#pragma once

#include <span>
#include <string>

#include "cli/errors.h"
#include "cli/table.h"
#include "cli/terminal.h"

namespace kith::cli {

Exit run(std::span<const Command* const> commands, std::span<const std::string> argv, const Streams& streams);

}  // namespace kith::cli
