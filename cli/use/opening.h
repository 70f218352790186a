// Making a journal, opening it, closing it, and another passphrase for it: what init, unlock, lock and
// passphrase do once the words are there. Nobody is asked anything here.
#pragma once

#include "cli/context.h"
#include "cli/settings.h"
#include "crypto/key_file.h"

namespace kith::cli {

inline constexpr std::int64_t kMostIdleMinutes = 120;

// Told: there is a journal already, or a part of one.
Result<void> check_nothing_there(Context& context);
// The key file is written last: without it there is no journal, and this can be done again. Open afterwards.
Result<void> make_journal(Context& context, const crypto::SecretBytes& passphrase, const Settings& card);

// The keys for a passphrase. wrong_passphrase; damaged, unsupported: the key file.
Result<crypto::DatabaseKeys> keys_for(Context& context, const crypto::SecretBytes& passphrase);
// The journal must open before the agent may say so: damage shows here, not in the middle of a sentence.
// Returns after how much quiet it locks: `minutes`, or as the journal's settings say.
Result<std::chrono::minutes> open_journal(Context& context, crypto::DatabaseKeys keys,
                                          std::optional<std::int64_t> minutes);
// It is open already: only the quiet time changes.
Result<std::chrono::minutes> stay_open(Context& context, std::optional<std::int64_t> minutes);

Result<void> lock_journal(Context& context);  // also fine when it is locked

Result<void> change_passphrase(Context& context, const crypto::DatabaseKeys& keys,
                               const crypto::SecretBytes& chosen);

}  // namespace kith::cli
