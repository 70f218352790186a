// Asking for a passphrase, choosing one, and the key file.
#pragma once

#include "cli/context.h"
#include "crypto/key_file.h"

namespace kith::cli {

inline constexpr std::size_t kLeastPassphrase = 8;  // characters
inline constexpr std::size_t kMaxKeyFile = 4096;    // bytes

bool is_short(const crypto::SecretBytes& passphrase);

// Twice, or six generated words that are typed once. `words`: do not offer a choice.
Result<crypto::SecretBytes> choose_passphrase(Context& context, bool words);
// Asks up to three times on a terminal, once elsewhere. wrong_passphrase, damaged, unsupported.
Result<crypto::DatabaseKeys> ask_passphrase(Context& context, std::string_view question);

}  // namespace kith::cli
