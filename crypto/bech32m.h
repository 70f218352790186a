// Bech32m (BIP 350): a short prefix, five bits a character, and six characters of checksum.
#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace kith::crypto {

struct Bech32m {
  std::string prefix;  // lower case
  Bytes values;        // 0 to 31 each
};
std::string bech32m_encode(const Bech32m& parts);
// All upper or all lower case. malformed: anything else, a wrong checksum, more than `most` characters.
Result<Bech32m> bech32m_decode(std::string_view text, std::size_t most);

}  // namespace kith::crypto
