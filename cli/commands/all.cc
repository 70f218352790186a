#include "cli/commands/all.h"

namespace kith::cli {
namespace {

using namespace commands;

constexpr const Command* kAll[] = {
    // every day
    &init,
    &unlock,
    &lock,
    &hide,
    &status,
    // with my group
    // the group
    // carrying
    &up,
    &down,
    &sync,
    // keeping
    &passphrase,
    &doctor,
    &now,
    &now_edit,
    &completion,
    &help,
    // behind
    &commands::agent,
};

}  // namespace

std::span<const Command* const> all_commands() { return kAll; }

}  // namespace kith::cli
