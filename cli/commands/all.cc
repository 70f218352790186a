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
    &share,
    &widen,
    &withdraw,
    &shared,
    &outbox,
    &ask,
    &requests,
    &give,
    &pass,
    &receive,
    &touched,
    &thank,
    &audit,
    // the group
    &group_create,
    &group_show,
    &group_invite,
    &group_welcome,
    &group_join,
    &group_phrase,
    &member_list,
    &member_remove,
    &profile,
    &agreement_show,
    &agreement_edit,
    &agreement_propose,
    &agreement_sign,
    &leave_now,
    &leave_undo,
    // carrying
    &up,
    &down,
    &sync,
    // keeping
    &passphrase,
    &doctor,
    &demo,
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
