#include "crypto/hash.h"

#include "core/base/endian.h"

namespace kith::crypto {
namespace {

using Hash = std::array<std::uint8_t, 32>;

Hash hash(Label label, std::initializer_list<ByteView> parts, ByteView key) {
  KITH_ASSERT(key.size() <= crypto_generichash_blake2b_KEYBYTES_MAX);
  static constexpr std::array<std::uint8_t, crypto_generichash_blake2b_SALTBYTES> kNoSalt{};
  std::array<std::uint8_t, crypto_generichash_blake2b_PERSONALBYTES> personal{};
  std::ranges::copy(as_bytes(label.text()), personal.begin());

  crypto_generichash_blake2b_state state;
  Hash out;
  crypto_generichash_blake2b_init_salt_personal(&state, key.data(), key.size(), out.size(), kNoSalt.data(),
                                                personal.data());
  for (const ByteView part : parts) {
    const auto size = little_endian(static_cast<std::uint64_t>(part.size()));
    crypto_generichash_blake2b_update(&state, size.data(), size.size());
    crypto_generichash_blake2b_update(&state, part.data(), part.size());
  }
  crypto_generichash_blake2b_final(&state, out.data(), out.size());
  sodium_memzero(&state, sizeof state);
  return out;
}

}  // namespace

Digest H(Label label, std::initializer_list<ByteView> parts, ByteView key) {
  return Digest{hash(label, parts, key)};
}

SymmetricKey H_key(Label label, std::initializer_list<ByteView> parts, ByteView key) {
  Hash out = hash(label, parts, key);
  return SymmetricKey::take(out);
}

}  // namespace kith::crypto
