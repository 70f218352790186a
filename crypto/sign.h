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
// False for a wrong signature (S not below the group order included) and for a key that is not canonical or
// of small order. A key with a part of small order is refused once, at enrolment, by check_sign_pk.
bool verify(const SignPk& pk, Label label, const GroupId& group, ByteView message,
            const Signature& signature);

// A seed made ready to sign. `sign_raw` adds no label: only the envelope's item key, which signs nothing but
// one labelled hash, uses it so.
class ExpandedSignKey {
 public:
  explicit ExpandedSignKey(const SignSeed& seed);
  ExpandedSignKey(const ExpandedSignKey&) = delete;
  ExpandedSignKey& operator=(const ExpandedSignKey&) = delete;
  ~ExpandedSignKey() { sodium_memzero(bytes_.data(), bytes_.size()); }
  SignPk pk() const;
  Signature sign_raw(ByteView message) const;

 private:
  std::array<std::uint8_t, 64> bytes_{};
};
bool verify_raw(ByteView pk32, ByteView message, const Signature& signature);

// Enrolment: canonical, on the curve, not of small order, in the main subgroup.
Result<void> check_sign_pk(const SignPk& pk);  // malformed

}  // namespace kith::crypto
