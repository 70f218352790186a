// Argon2id version 1.3 with one lane (RFC 9106, libsodium): slow on purpose.
#pragma once

#include "core/base/bytes.h"
#include "crypto/secret.h"

namespace kith::crypto {

struct Argon2Cost {
  std::uint32_t memory_kib;
  std::uint32_t passes;
};

// 32 bytes from `secret`. The caller has checked that the cost is one it wants to pay. io: no memory for it.
Result<SymmetricKey> argon2id(ByteView secret, std::span<const std::uint8_t, 16> salt, Argon2Cost cost);

}  // namespace kith::crypto
