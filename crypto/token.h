// The typed invitation code: bytes as bech32m (BIP 350) groups of four, so that any two slips are noticed.
#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace kith::crypto {

// "kith1-xxxx-xxxx-...": at most 1000 characters without the dashes, so 600 bytes at the most. Up to four
// wrong characters in a code of 89 and up to three in any longer one are always noticed, others but for one
// in 2^30. Letters that look alike (1 b i o) do not occur.
std::string token_encode(ByteView bytes);
Result<Bytes> token_decode(std::string_view typed);  // spaces, dashes and case forgiven; malformed

}  // namespace kith::crypto
