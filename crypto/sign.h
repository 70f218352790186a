// Ed25519 (RFC 8032, libsodium): SIGN(sk, label, group, m) = sign_detached("KITH1SIG" || label16 || group_id
// || m).
#pragma once

#include "core/base/bytes.h"
#include "crypto/hash.h"
#include "crypto/secret.h"

namespace kith::crypto {

struct SignKeypair {
  SignPk pk;
  SignSeed seed;
};
SignKeypair sign_keypair(Random& random);
SignPk sign_public(const SignSeed& seed);

// `label`: "event", "join", "invite-use", "device-link" or "recovery", padded with zeros to 16 bytes.
Signature sign(const SignSeed& seed, Label label, const GroupId& group, ByteView message);
// False for a wrong signature and for a key that is not a canonical point of the main subgroup.
bool verify(const SignPk& pk, Label label, const GroupId& group, ByteView message,
            const Signature& signature);

// Enrolment: canonical, on the curve, not of small order, in the main subgroup.
Result<void> check_sign_pk(const SignPk& pk);  // malformed

}  // namespace kith::crypto
