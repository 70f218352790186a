#include "crypto/key_file.h"

#include <gtest/gtest.h>

#include "core/base/endian.h"
#include "crypto/hash.h"
#include "tests/support/seeded_random.h"

namespace kith::crypto {
namespace {

using test::SeededRandom;

class KeyFile : public testing::Test {
 protected:
  static Bytes make() {
    SeededRandom random(1);
    DatabaseKeys keys{JournalKey(random), MailKey(random)};
    return *make_key_file(keys, as_bytes("four slow words"), kArgon2Floor, random);
  }
  static Errc refused(Bytes file, std::string_view passphrase = "four slow words") {
    const auto opened = open_key_file(file, as_bytes(passphrase));
    EXPECT_FALSE(opened);
    return opened ? Errc::usage : opened.error().code;
  }
  static Bytes closed(Bytes file) {  // with its closing hash made right again
    const std::size_t hashed = file.size() - 32;
    crypto_generichash_blake2b(file.data() + hashed, 32, file.data(), hashed, nullptr, 0);
    return file;
  }
  static const Bytes& file() {
    static const Bytes made = make();
    return made;
  }
};

TEST_F(KeyFile, GivesBothKeysBack) {
  SeededRandom random(1);
  const JournalKey journal(random);
  const MailKey mail(random);
  const auto opened = open_key_file(file(), as_bytes("four slow words"));
  ASSERT_TRUE(opened);
  EXPECT_TRUE(equal(opened->journal.reveal(), journal.reveal()));
  EXPECT_TRUE(equal(opened->mail.reveal(), mail.reveal()));
  EXPECT_EQ(file().size(), 208U);
}

TEST_F(KeyFile, IsArgon2idAsLibsodiumComputesIt) {
  Bytes master(32);
  ASSERT_EQ(crypto_pwhash(master.data(), 32, "four slow words", 15, file().data() + 16, 3, 64 * 1024 * 1024,
                          crypto_pwhash_ALG_ARGON2ID13),
            0);
  const SymmetricKey wrapping = H_key("kith1.wrap-mail", {}, master);
  const std::size_t wrapped = 32 + 72;
  Bytes plain(32);
  EXPECT_EQ(crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr,
                                                       file().data() + wrapped + 24, 48, file().data(), 32,
                                                       file().data() + wrapped, wrapping.reveal().data()),
            0);
}

TEST_F(KeyFile, AnotherPassphraseIsTold) {
  EXPECT_EQ(refused(file(), "four slow word"), Errc::wrong_passphrase);
  EXPECT_EQ(refused(file(), ""), Errc::wrong_passphrase);
}

TEST_F(KeyFile, AnyChangedByteIsDamageAndNothingSlowHappens) {
  for (std::size_t at = 0; at < file().size(); ++at) {
    Bytes bad = file();
    bad[at] ^= 0x40;
    EXPECT_EQ(refused(bad), Errc::damaged) << at;
  }
  for (std::size_t size = 0; size < file().size(); ++size) {
    EXPECT_EQ(refused({file().begin(), file().begin() + static_cast<std::ptrdiff_t>(size)}), Errc::damaged);
  }
  Bytes longer = file();
  longer.push_back(0);
  EXPECT_EQ(refused(longer), Errc::damaged);
}

TEST_F(KeyFile, ANewerKithIsToldApartFromDamage) {
  for (const std::size_t at : {4U, 5U, 6U, 7U}) {
    Bytes newer = file();
    newer[at] += 1;
    EXPECT_EQ(refused(closed(newer)), Errc::unsupported) << at;
  }
  Bytes longer = file();
  longer[4] = 2;
  longer.resize(longer.size() + 40);
  EXPECT_EQ(refused(closed(longer)), Errc::unsupported);
}

TEST_F(KeyFile, CostsOutsideTheLimitsAreRefusedBeforeAnyAllocation) {
  struct {
    std::uint32_t memory_kib, passes;
  } const costs[] = {{64 * 1024 - 1, 3}, {64 * 1024, 2},         {256 * 1024 + 1, 3}, {64 * 1024, 11}, {0, 0},
                     {0xffffffff, 3},    {64 * 1024, 0xffffffff}};
  for (const auto& cost : costs) {
    Bytes asking = file();
    std::ranges::copy(little_endian(cost.memory_kib), asking.begin() + 8);
    std::ranges::copy(little_endian(cost.passes), asking.begin() + 12);
    EXPECT_EQ(refused(closed(asking)), Errc::unsupported) << cost.memory_kib << ' ' << cost.passes;
  }
}

TEST_F(KeyFile, ASwappedOrTransplantedKeyDoesNotOpen) {
  Bytes swapped = file();
  std::swap_ranges(swapped.begin() + 32, swapped.begin() + 104, swapped.begin() + 104);
  EXPECT_EQ(refused(closed(swapped)), Errc::wrong_passphrase);
  Bytes twice = file();
  std::copy(twice.begin() + 104, twice.begin() + 176, twice.begin() + 32);
  EXPECT_EQ(refused(closed(twice)), Errc::wrong_passphrase);
}

TEST_F(KeyFile, CalibrationStaysWithinTheLimits) {
  const Argon2Cost cost = calibrate_argon2();
  EXPECT_GE(cost.memory_kib, kArgon2Floor.memory_kib);
  EXPECT_LE(cost.memory_kib, kArgon2Ceiling.memory_kib);
  EXPECT_GE(cost.passes, kArgon2Floor.passes);
  EXPECT_LE(cost.passes, kArgon2Ceiling.passes);
}

}  // namespace
}  // namespace kith::crypto
