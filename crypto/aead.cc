#include "crypto/aead.h"

namespace kith::crypto {

static_assert(kTagSize == crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(Nonce::size == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);

Bytes aead_seal(const SymmetricKey& key, const Nonce& nonce, ByteView associated, ByteView plain) {
  Bytes sealed(plain.size() + kTagSize);
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data(), nullptr, plain.data(), plain.size(),
                                             associated.data(), associated.size(), nullptr, nonce.data(),
                                             key.reveal().data());
  return sealed;
}

Result<SecretBytes> aead_open(const SymmetricKey& key, const Nonce& nonce, ByteView associated,
                              ByteView sealed) {
  if (sealed.size() < kTagSize) return fail(Errc::malformed, "sealed bytes are shorter than their tag");
  SecretBytes plain(sealed.size() - kTagSize);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain.reveal().data(), nullptr, nullptr, sealed.data(),
                                                 sealed.size(), associated.data(), associated.size(),
                                                 nonce.data(), key.reveal().data()) != 0) {
    return fail(Errc::unauthentic, "sealed bytes do not verify");
  }
  return plain;
}

}  // namespace kith::crypto
