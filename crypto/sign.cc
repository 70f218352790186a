#include "crypto/sign.h"

namespace kith::crypto {
namespace {

using Scalar = std::array<std::uint8_t, crypto_core_ed25519_SCALARBYTES>;
using Point = std::array<std::uint8_t, crypto_core_ed25519_BYTES>;

Bytes labelled(Label label, const GroupId& group, ByteView message) {
  Bytes bytes = to_bytes(as_bytes("KITH1SIG"));
  bytes.reserve(8 + 16 + GroupId::size + message.size());
  append(bytes, as_bytes(label.text()));
  bytes.resize(8 + 16);  // the label, padded with zeros
  append(bytes, group.view());
  append(bytes, message);
  return bytes;
}

// Every point P of the curve is a point of the main subgroup plus one of order 1, 2, 4 or 8. Eight times P
// has only the first part, so that an eighth of it gives P back exactly if there was no second part.
// crypto_core_ed25519_is_valid_point alone is not enough: before CVE-2025-69277 was mended it let points
// with a part of order 2 pass.
bool in_main_subgroup(const SignPk& pk) {
  static const Scalar kEighth = [] {
    const Scalar eight = {8};
    Scalar inverse{};
    crypto_core_ed25519_scalar_invert(inverse.data(), eight.data());
    return inverse;
  }();
  Point point{};
  std::ranges::copy(pk.view(), point.begin());
  for (int doubling = 0; doubling < 3; ++doubling) {
    Point twice{};
    if (crypto_core_ed25519_add(twice.data(), point.data(), point.data()) != 0) return false;
    point = twice;
  }
  Point back{};
  if (crypto_scalarmult_ed25519_noclamp(back.data(), kEighth.data(), point.data()) != 0) return false;
  return equal(back, pk.view());
}

}  // namespace

SignKeypair sign_keypair(Random& random) {
  SignSeed seed(random);
  const SignPk pk = sign_public(seed);
  return {pk, std::move(seed)};
}

SignPk sign_public(const SignSeed& seed) {
  const ExpandedSignKey key(seed);
  return key.pk();
}

ExpandedSignKey::ExpandedSignKey(const SignSeed& seed) {
  std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> pk{};
  crypto_sign_seed_keypair(pk.data(), bytes_.data(), seed.reveal().data());
}

SignPk ExpandedSignKey::pk() const {  // libsodium keeps it behind the seed
  return *SignPk::parse(ByteView(bytes_).subspan(crypto_sign_SEEDBYTES));
}

Signature ExpandedSignKey::sign_raw(ByteView message) const {
  std::array<std::uint8_t, crypto_sign_BYTES> signature{};
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), bytes_.data());
  return Signature{signature};
}

Signature sign(const SignSeed& seed, Label label, const GroupId& group, ByteView message) {
  return ExpandedSignKey(seed).sign_raw(labelled(label, group, message));
}

bool verify_raw(ByteView pk32, ByteView message, const Signature& signature) {
  KITH_ASSERT(pk32.size() == crypto_sign_PUBLICKEYBYTES);
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(), pk32.data()) == 0;
}

bool verify(const SignPk& pk, Label label, const GroupId& group, ByteView message,
            const Signature& signature) {
  return verify_raw(pk.view(), labelled(label, group, message), signature);
}

Result<void> check_sign_pk(const SignPk& pk) {
  if (crypto_core_ed25519_is_valid_point(pk.data()) != 1 || !in_main_subgroup(pk)) {
    return fail(Errc::malformed, "a signing key is not a point of the main subgroup");
  }
  return {};
}

}  // namespace kith::crypto
