// The three steps of everything that leaves: the exact text, who gets it and on what terms, then yes. One
// flow for sharing, widening, asking, answering and thanking.
#pragma once

#include "cli/desk.h"
#include "core/sharing/gate.h"

namespace kith::cli {

// The words for a preview that may not be confirmed.
ErrorWords refusal_words(const sharing::Refusal& refusal);

// The options a command must list to use consent().
extern const Option kConsentOption;  // --consent DIGEST
// Shows, asks, confirms. `verb`: "Share", "Ask", "Answer", "Thank": the last question begins with it.
// done: it leaves when the agent next looks; waiting: it can still be stopped. Under --dry-run only shows,
// with the digest; with --consent DIGEST confirms exactly that without asking.
Result<Exit> consent(Desk& desk, const GroupId& group, sharing::Draft draft, const Args& args,
                     std::string_view verb);

}  // namespace kith::cli
