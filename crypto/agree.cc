#include "crypto/agree.h"

namespace kith::crypto {
namespace {

constexpr std::array<std::uint8_t, 32> kFieldPrime = [] {  // 2^255 - 19, little-endian
  std::array<std::uint8_t, 32> prime{};
  prime.fill(0xff);
  prime.front() = 0xed;
  prime.back() = 0x7f;
  return prime;
}();

template <class Pk, class SecretKey>
Pk public_of(const SecretKey& secret) {
  std::array<std::uint8_t, crypto_scalarmult_BYTES> pk{};
  crypto_scalarmult_base(pk.data(), secret.reveal().data());
  return Pk{pk};
}

template <class Keypair, class Pk, class SecretKey>
Keypair make(Random& random) {
  SecretKey secret(random);
  const Pk pk = public_of<Pk>(secret);
  return {pk, std::move(secret)};
}

bool below_prime(ByteView pk) {
  return std::lexicographical_compare(pk.rbegin(), pk.rend(), kFieldPrime.rbegin(), kFieldPrime.rend());
}

}  // namespace

DhKeypair dh_keypair(Random& random) { return make<DhKeypair, DhPk, DhSecret>(random); }
PreKeypair pre_keypair(Random& random) { return make<PreKeypair, PrePk, PreSecret>(random); }
EphKeypair eph_keypair(Random& random) { return make<EphKeypair, EphPk, EphSecret>(random); }
LinkKeypair link_keypair(Random& random) { return make<LinkKeypair, LinkPk, LinkSecret>(random); }

LinkKeypair link_keypair_from(SymmetricKey seed) {
  LinkSecret secret = *LinkSecret::copy_of(seed.reveal());
  const auto pk = public_of<LinkPk>(secret);
  return {pk, std::move(secret)};
}

Result<SharedSecret> agree(std::span<const std::uint8_t, 32> secret, std::span<const std::uint8_t, 32> pk) {
  std::array<std::uint8_t, crypto_scalarmult_BYTES> shared{};
  if (crypto_scalarmult(shared.data(), secret.data(), pk.data()) != 0) {
    return fail(Errc::unauthentic, "a public key is of low order");
  }
  return SharedSecret::take(shared);
}

Result<void> check_dh_pk(ByteView pk) {
  if (pk.size() != crypto_scalarmult_BYTES) return fail(Errc::malformed, "a public key has the wrong size");
  if (!below_prime(pk)) return fail(Errc::malformed, "a public key is not canonical");
  static constexpr std::array<std::uint8_t, crypto_scalarmult_SCALARBYTES> kAnyScalar = {1};
  if (!agree(kAnyScalar, pk.first<crypto_scalarmult_BYTES>())) {
    return fail(Errc::malformed, "a public key is of low order");
  }
  return {};
}

}  // namespace kith::crypto
