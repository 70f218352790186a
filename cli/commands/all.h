// Every command, one declaration each. A new one: a file here, a line below and a line in all.cc.
#pragma once

#include <span>

#include "cli/table.h"

namespace kith::cli {

namespace commands {
// every day
extern const Command init, unlock, lock, hide, status, notice, write, edit, read, list, find, tags, remove,
    undo;
extern const Command page;
extern const Command drafts, drafts_continue, drafts_drop, feelings, feelings_add, feelings_remove;
extern const Command kinds, kinds_show, kinds_edit, kinds_drop, kinds_reset;
// with my group
extern const Command share, widen, withdraw, shared, outbox, ask, requests, give, receive, pass, touched,
    thank, audit;
// the group
extern const Command group_create, group_show, group_invite, group_welcome, group_join, group_phrase,
    member_list, member_remove, profile, agreement_show, agreement_edit, agreement_propose, agreement_sign,
    leave_now, leave_undo;
// carrying
extern const Command up, down, sync;
// keeping
extern const Command passphrase, export_own, import, doctor, demo, now, now_edit, settings, settings_change,
    completion, help;
// behind: started by other commands, not by people
extern const Command agent, courier, page_serve;
}  // namespace commands

std::span<const Command* const> all_commands();  // in the order help shows them

}  // namespace kith::cli
