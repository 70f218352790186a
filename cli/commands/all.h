// Every command, one declaration each. A new one: a file here, a line below and a line in all.cc.
#pragma once

#include <span>

#include "cli/table.h"

namespace kith::cli {

namespace commands {
// every day
extern const Command init, unlock, lock, hide, status;
// carrying
extern const Command up, down, sync;
// keeping
extern const Command passphrase, now, now_edit, doctor, completion, help;
// behind: started by other commands, not by people
extern const Command agent;
}  // namespace commands

std::span<const Command* const> all_commands();  // in the order help shows them

}  // namespace kith::cli
