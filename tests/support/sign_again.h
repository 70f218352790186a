// A second valid signature of one event: Ed25519 as RFC 8032, 5.1.6 has it, but with a nonce of the caller's
// choice instead of the one that the message gives. Who has the key can make as many as they like.
#pragma once

#include <sodium.h>

#include "core/mail/event.h"
#include "crypto/sign.h"

namespace kith::test {

inline mail::Event signed_again(const mail::Event& event, const crypto::SignSeed& seed, std::uint8_t nonce) {
  using Scalar = std::array<std::uint8_t, crypto_core_ed25519_SCALARBYTES>;
  using Wide = std::array<std::uint8_t, crypto_core_ed25519_NONREDUCEDSCALARBYTES>;
  const ByteView header = event.signed_bytes().first(mail::kHeaderSize);
  Bytes message = to_bytes(as_bytes("KITH1SIGevent"));
  message.resize(8 + 16);
  append(message, event.header().group.view());
  append(message, header);

  Wide expanded{};
  crypto_hash_sha512(expanded.data(), seed.reveal().data(), seed.reveal().size());
  expanded[0] &= 0xf8;
  expanded[31] = static_cast<std::uint8_t>((expanded[31] & 0x7f) | 0x40);
  Wide secret{};
  std::copy_n(expanded.begin(), 32, secret.begin());
  Scalar a{}, r{nonce, 1}, k{};
  crypto_core_ed25519_scalar_reduce(a.data(), secret.data());
  std::array<std::uint8_t, crypto_core_ed25519_BYTES> point{};
  KITH_ASSERT(crypto_scalarmult_ed25519_base_noclamp(point.data(), r.data()) == 0);
  Bytes hashed = to_bytes(point);
  append(hashed, crypto::sign_public(seed).view());
  append(hashed, message);
  Wide digest{};
  crypto_hash_sha512(digest.data(), hashed.data(), hashed.size());
  crypto_core_ed25519_scalar_reduce(k.data(), digest.data());
  crypto_core_ed25519_scalar_mul(k.data(), k.data(), a.data());
  crypto_core_ed25519_scalar_add(k.data(), k.data(), r.data());

  Bytes wire = to_bytes(header);
  append(wire, point);
  append(wire, k);
  append(wire, event.body());
  auto again = mail::Event::parse(wire);
  KITH_ASSERT(again.has_value());
  return std::move(*again);
}

}  // namespace kith::test
