// The typed invitation code: bytes as bech32m (BIP 350) groups of four, so that any two slips are noticed.
#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace kith::crypto {

// "kith1" prefix, lower case, no checksum collisions for up to 4 changed characters in up to 89 characters;
// longer codes (at most 1000 characters) keep a 30-bit checksum.
std::string token_encode(ByteView bytes);
Result<Bytes> token_decode(std::string_view typed);  // spaces, dashes and case forgiven; malformed

}  // namespace kith::crypto
