// Key material: moves, never copies, wipes itself. `git grep reveal` is the audit of every use.
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <new>
#include <span>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/random.h"

namespace kith::crypto {

template <class Tag, std::size_t N>
class Secret {
 public:
  static constexpr std::size_t size = N;

  explicit Secret(Random& random) { random.fill(bytes_); }
  // Takes the bytes over and wipes the source.
  static Secret take(std::span<std::uint8_t, N> source) {
    Secret secret;
    std::copy(source.begin(), source.end(), secret.bytes_.begin());
    sodium_memzero(source.data(), N);
    return secret;
  }
  static Result<Secret> copy_of(ByteView source) {  // malformed unless N bytes; the caller wipes its own
    if (source.size() != N) return fail(Errc::malformed, "a key has the wrong size");
    Secret secret;
    std::copy(source.begin(), source.end(), secret.bytes_.begin());
    return secret;
  }
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      other.wipe();
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  // A second copy, where two owners must live apart. As visible as reveal().
  Secret clone() const {
    Secret secret;
    secret.bytes_ = bytes_;
    return secret;
  }
  std::span<const std::uint8_t, N> reveal() const { return bytes_; }

 private:
  Secret() = default;
  void wipe() { sodium_memzero(bytes_.data(), N); }

  std::array<std::uint8_t, N> bytes_{};
};

using SignSeed = Secret<struct SignSeedTag, 32>;      // Ed25519 seed (device signing, recovery, invite, item)
using DhSecret = Secret<struct DhSecretTag, 32>;      // X25519 device key
using PreSecret = Secret<struct PreSecretTag, 32>;    // X25519 prekey
using EphSecret = Secret<struct EphSecretTag, 32>;    // X25519, one envelope
using LinkSecret = Secret<struct LinkSecretTag, 32>;  // CURVE transport key
using ContentKey = Secret<struct ContentKeyTag, 32>;  // K of one envelope
using SymmetricKey = Secret<struct SymmetricKeyTag, 32>;  // an AEAD key derived for one use
using JournalKey = Secret<struct JournalKeyTag, 32>;      // raw SQLCipher key of journal.db
using MailKey = Secret<struct MailKeyTag, 32>;            // raw SQLCipher key of mail.db
using InviteSecret = Secret<struct InviteSecretTag, 16>;

// A secret that lives as long as its process, on pages of its own: locked, between guards, not in core dumps
// (sodium_malloc). Four pages each, so only for the few that stay. Moves by handing the pages over.
template <class S>
class Guarded {
 public:
  explicit Guarded(S secret) : at_(static_cast<S*>(sodium_malloc(sizeof(S)))) {
    static_assert(alignof(S) == 1);  // sodium_malloc aligns the end, not the beginning
    KITH_ASSERT(at_ != nullptr);
    new (at_) S(std::move(secret));
  }
  Guarded(Guarded&& other) noexcept : at_(std::exchange(other.at_, nullptr)) {}
  Guarded& operator=(Guarded&& other) noexcept {
    std::swap(at_, other.at_);
    return *this;
  }
  ~Guarded() {
    if (at_ == nullptr) return;
    at_->~S();
    sodium_free(at_);
  }
  const S& operator*() const { return *at_; }
  const S* operator->() const { return at_; }

 private:
  S* at_;
};

// Bytes that are wiped when they go: passphrases, opened bodies, drafts.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(Bytes&& bytes) : bytes_(std::move(bytes)) {}
  explicit SecretBytes(std::size_t size) : bytes_(size) {}
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      wipe();
      bytes_ = std::move(other.bytes_);
      other.bytes_.clear();
    }
    return *this;
  }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() { wipe(); }

  std::span<std::uint8_t> reveal() { return bytes_; }
  ByteView reveal() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  void wipe() {
    if (!bytes_.empty()) sodium_memzero(bytes_.data(), bytes_.size());
  }
  Bytes bytes_;
};

// sodium_init, once; every program calls it first. Asserts that it worked.
void start();

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override { randombytes_buf(bytes.data(), bytes.size()); }
};

}  // namespace kith::crypto
