// X25519 (RFC 7748, libsodium). Public bytes go into every KDF beside the shared secret (see
// crypto/README.md).
#pragma once

#include "core/base/bytes.h"
#include "crypto/secret.h"

namespace kith::crypto {

using SharedSecret = Secret<struct SharedSecretTag, 32>;

struct DhKeypair {
  DhPk pk;
  DhSecret secret;
};
struct PreKeypair {
  PrePk pk;
  PreSecret secret;
};
struct EphKeypair {
  EphPk pk;
  EphSecret secret;
};
struct LinkKeypair {  // CurveZMQ's keys are X25519 keys
  LinkPk pk;
  LinkSecret secret;
};
DhKeypair dh_keypair(Random& random);
PreKeypair pre_keypair(Random& random);
EphKeypair eph_keypair(Random& random);
LinkKeypair link_keypair(Random& random);
LinkKeypair link_keypair_from(SymmetricKey seed);  // door keys; takes the seed as the X25519 secret

// unauthentic: `pk` is of low order (the result would not depend on `secret`).
Result<SharedSecret> agree(std::span<const std::uint8_t, 32> secret, std::span<const std::uint8_t, 32> pk);

// Enrolment: below 2^255-19, top bit 0, not of low order.
Result<void> check_dh_pk(ByteView pk);  // malformed

}  // namespace kith::crypto
