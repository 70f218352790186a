#include "crypto/argon2.h"

namespace kith::crypto {

Result<SymmetricKey> argon2id(ByteView secret, std::span<const std::uint8_t, 16> salt, Argon2Cost cost) {
  static_assert(crypto_pwhash_SALTBYTES == 16);
  std::array<std::uint8_t, SymmetricKey::size> out{};
  const char* text = secret.empty() ? "" : reinterpret_cast<const char*>(secret.data());
  if (crypto_pwhash(out.data(), out.size(), text, secret.size(), salt.data(), cost.passes,
                    std::size_t{cost.memory_kib} * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(Errc::io, "there is not enough memory free for Argon2id");
  }
  return SymmetricKey::take(out);
}

}  // namespace kith::crypto
