#include "crypto/key_file.h"

#include <chrono>

#include "core/base/endian.h"
#include "crypto/aead.h"
#include "crypto/hash.h"

namespace kith::crypto {
namespace {

constexpr std::string_view kMagic = "KKF1";
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kArgon2id = 1;
constexpr std::size_t kSaltAt = 16;
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kHeaderSize = kSaltAt + kSaltSize;
constexpr std::size_t kWrappedSize = Nonce::size + 32 + kTagSize;
constexpr std::size_t kHashSize = 32;
constexpr std::size_t kFileSize = kHeaderSize + 2 * kWrappedSize + kHashSize;
constexpr std::size_t kLargestFile = 4096;  // a newer kith's file is no larger either
constexpr double kUnlockSeconds = 0.5;      // how long unlocking should take

Bytes closing_hash(ByteView bytes) {  // no label and no key: anybody can tell damage from a wrong passphrase
  Bytes hash(kHashSize);
  crypto_generichash_blake2b(hash.data(), hash.size(), bytes.data(), bytes.size(), nullptr, 0);
  return hash;
}

bool within_limits(Argon2Cost cost) {
  return cost.memory_kib >= kArgon2Floor.memory_kib && cost.memory_kib <= kArgon2Ceiling.memory_kib &&
         cost.passes >= kArgon2Floor.passes && cost.passes <= kArgon2Ceiling.passes;
}

// Each database key under a key of its own and with a nonce of its own: the mail key's holder learns nothing
// about the journal key, and re-wrapping repeats nothing.
void append_wrapped(Bytes& file, Label label, const SymmetricKey& master, ByteView header,
                    ByteView database_key, Random& random) {
  const auto nonce = random.draw<Nonce>();
  append(file, nonce.view());
  append(file, aead_seal(H_key(label, {}, master.reveal()), nonce, header, database_key));
}

template <class Key>
Result<Key> unwrap(Label label, const SymmetricKey& master, ByteView header, ByteView wrapped) {
  KITH_TRY(const Nonce nonce, Nonce::parse(wrapped.first(Nonce::size)));
  const auto opened =
      aead_open(H_key(label, {}, master.reveal()), nonce, header, wrapped.subspan(Nonce::size));
  if (!opened) return fail(Errc::wrong_passphrase, "the passphrase does not open the key file");
  return Key::copy_of(opened->reveal());
}

// Damage is told first, then what a newer kith may have written, then the cost: nothing slow happens before.
Result<Argon2Cost> check_header(ByteView file) {
  if (file.size() < kMagic.size() + 2 + kHashSize || file.size() > kLargestFile ||
      as_text(file.first(kMagic.size())) != kMagic) {
    return fail(Errc::damaged, "this is not a key file");
  }
  const std::size_t hashed = file.size() - kHashSize;
  if (!equal(closing_hash(file.first(hashed)), file.subspan(hashed))) {
    return fail(Errc::damaged, "the key file is damaged");
  }
  if (file[4] != kVersion || file[5] != kArgon2id) {
    return fail(Errc::unsupported, "the key file was written by a newer kith");
  }
  if (file.size() != kFileSize) return fail(Errc::damaged, "the key file has the wrong size");
  if (file[6] != 0 || file[7] != 0)
    return fail(Errc::unsupported, "the key file was written by a newer kith");
  const Argon2Cost cost{read_little_endian<std::uint32_t>(file.subspan(8, 4)),
                        read_little_endian<std::uint32_t>(file.subspan(12, 4))};
  if (!within_limits(cost)) return fail(Errc::unsupported, "the key file asks for a cost outside the limits");
  return cost;
}

}  // namespace

Result<Bytes> make_key_file(const DatabaseKeys& keys, ByteView passphrase, Argon2Cost cost, Random& random) {
  KITH_ASSERT(within_limits(cost));
  Bytes file = to_bytes(as_bytes(kMagic));
  append(file, Bytes{kVersion, kArgon2id, 0, 0});
  append_little_endian(file, cost.memory_kib);
  append_little_endian(file, cost.passes);
  std::array<std::uint8_t, kSaltSize> salt{};
  random.fill(salt);
  append(file, salt);

  KITH_TRY(const SymmetricKey master, argon2id(passphrase, salt, cost));
  const Bytes header = file;
  append_wrapped(file, "kith1.wrap-jour", master, header, keys.journal.reveal(), random);
  append_wrapped(file, "kith1.wrap-mail", master, header, keys.mail.reveal(), random);
  append(file, closing_hash(file));
  return file;
}

Result<DatabaseKeys> open_key_file(ByteView file, ByteView passphrase) {
  KITH_TRY(const Argon2Cost cost, check_header(file));
  KITH_TRY(const SymmetricKey master, argon2id(passphrase, file.subspan<kSaltAt, kSaltSize>(), cost));
  const ByteView header = file.first(kHeaderSize);
  const ByteView wrapped = file.subspan(kHeaderSize);
  KITH_TRY(auto journal, unwrap<JournalKey>("kith1.wrap-jour", master, header, wrapped.first(kWrappedSize)));
  KITH_TRY(auto mail,
           unwrap<MailKey>("kith1.wrap-mail", master, header, wrapped.subspan(kWrappedSize, kWrappedSize)));
  return DatabaseKeys{std::move(journal), std::move(mail)};
}

Argon2Cost calibrate_argon2() {
  using Seconds = std::chrono::duration<double>;
  const auto start = std::chrono::steady_clock::now();
  static constexpr std::array<std::uint8_t, kSaltSize> kSalt{};
  if (!argon2id({}, kSalt, kArgon2Floor)) return kArgon2Floor;
  const double floor_seconds = Seconds(std::chrono::steady_clock::now() - start).count();

  // The time grows with memory times passes; memory costs an attacker more, so it grows first.
  const double times = kUnlockSeconds / std::max(floor_seconds, 0.001);
  const auto steps = static_cast<std::uint32_t>(std::clamp(times, 1.0, 4.0));
  const auto passes = static_cast<std::uint32_t>(kArgon2Floor.passes * times / steps);
  return {.memory_kib = kArgon2Floor.memory_kib * steps,
          .passes = std::clamp(passes, kArgon2Floor.passes, kArgon2Ceiling.passes)};
}

}  // namespace kith::crypto
