// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03, libsodium). sealed = ciphertext || 16-byte tag.
// It does not commit to its key: who needs that, adds it (crypto/envelope.h).
#pragma once

#include "core/base/bytes.h"
#include "crypto/secret.h"

namespace kith::crypto {

using Nonce = FixedBytes<struct NonceTag, 24>;
inline constexpr std::size_t kTagSize = 16;

// `key` and `nonce` never repeat together; the callers guarantee it and say why.
Bytes aead_seal(const SymmetricKey& key, const Nonce& nonce, ByteView associated, ByteView plain);
// unauthentic: wrong key, nonce or associated data, or altered bytes (not told apart); malformed: under 16
// bytes.
Result<SecretBytes> aead_open(const SymmetricKey& key, const Nonce& nonce, ByteView associated,
                              ByteView sealed);

}  // namespace kith::crypto
