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
    &page,
    &notice,
    &commands::write,
    &edit,
    &drafts,
    &drafts_continue,
    &drafts_drop,
    &commands::read,
    &list,
    &find,
    &tags,
    &feelings,
    &feelings_add,
    &feelings_remove,
    &kinds,
    &kinds_show,
    &kinds_edit,
    &kinds_drop,
    &kinds_reset,
    &commands::remove,
    &undo,
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
    &export_own,
    &commands::import,
    &doctor,
    &demo,
    &now,
    &now_edit,
    &settings,
    &settings_change,
    &completion,
    &help,
    // behind
    &commands::agent,
    &courier,
    &page_serve,
};

}  // namespace

std::span<const Command* const> all_commands() { return kAll; }

}  // namespace kith::cli
