// Where others may reach this node: addresses a person gave, and a port that is free here. No socket is left
// open.
#pragma once

#include <vector>

#include "cli/context.h"
#include "core/mail/address.h"
#include "crypto/secret.h"

namespace kith::cli {

extern const Option kAtOption;  // --at ADDRESS, may be given again

// A port between 20000 and 31999 that nothing listens on now.
Result<std::uint16_t> free_port(Random& random);
// The addresses of --at with this port; this computer alone (127.0.0.1) if none was given. usage.
Result<std::vector<mail::Address>> own_addresses(std::span<const std::string_view> typed, std::uint16_t port);
Result<std::vector<mail::Address>> own_addresses(const Args& args, std::uint16_t port);

// The 24 rescue words, once, and a wait until they are on paper.
Result<void> show_rescue_words(Context& context, const crypto::SecretBytes& words);

}  // namespace kith::cli
