// The primitives through our own functions, against published numbers (RFC 8032, RFC 7748,
// draft-irtf-cfrg-xchacha-03, RFC 7693, RFC 9106) and against keys that must be refused.
#include <gtest/gtest.h>

#include "core/base/endian.h"
#include "crypto/aead.h"
#include "crypto/agree.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "crypto/sign.h"
#include "tests/support/seeded_random.h"

namespace kith::crypto {
namespace {

using test::SeededRandom;

template <class T>
T hex(std::string_view text) {
  return *T::parse(ByteView(*from_hex(text)));
}
template <class SecretKey>
SecretKey secret(std::string_view text) {
  return *SecretKey::copy_of(*from_hex(text));
}
const GroupId kGroup = GroupId::zero();

TEST(Hash, IsBlake2bWithTheLabelAndPrefixedParts) {
  const Bytes key(32, 7);
  Bytes message;
  for (const std::string_view part : {"abc", "", "de"}) {
    append_little_endian(message, static_cast<std::uint64_t>(part.size()));
    append(message, as_bytes(part));
  }
  std::array<std::uint8_t, 16> personal{};
  std::ranges::copy(as_bytes("kith1.link"), personal.begin());
  const std::array<std::uint8_t, 16> salt{};
  Bytes direct(32);
  ASSERT_EQ(crypto_generichash_blake2b_salt_personal(direct.data(), 32, message.data(), message.size(),
                                                     key.data(), key.size(), salt.data(), personal.data()),
            0);
  const Digest ours = H("kith1.link", {as_bytes("abc"), as_bytes(""), as_bytes("de")}, key);
  EXPECT_EQ(ours.hex(), to_hex(direct));
}

TEST(Hash, KeepsPartsLabelsAndKeysApart) {
  const auto ab = as_bytes("ab");
  const auto a = as_bytes("a");
  const auto b = as_bytes("b");
  EXPECT_NE(H("kith1.link", {ab}), H("kith1.link", {a, b}));
  EXPECT_NE(H("kith1.link", {ab, {}}), H("kith1.link", {{}, ab}));
  EXPECT_NE(H("kith1.link", {ab}), H("kith1.body", {ab}));
  EXPECT_NE(H("kith1.link", {ab}), H("kith1.link", {ab}, Bytes(32, 0)));
}

TEST(Sign, PublishedKeysAndSignatures) {  // RFC 8032 section 7.1, tests 1 to 3 and SHA(abc)
  struct {
    std::string_view seed, pk, message, signature;
  } const vectors[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e"
       "39701cf9b46bd25bf5f0"
       "595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f"
       "3613d0f11d8c387b2eae"
       "b4302aeeb00d291612bb0c00"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67"
       "f760984dc6594a7c15e9"
       "716ed28dc027beceea1ec40a"},
      {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
       "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
       "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fe"
       "ebbd454d4423643ce80e2a9ac94fa54ca49f",
       "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431"
       "e0303dca179c138ac17ad9bef1177331a704"}};
  for (const auto& vector : vectors) {
    const auto seed = secret<SignSeed>(vector.seed);
    const Bytes message = *from_hex(vector.message);
    EXPECT_EQ(sign_public(seed).hex(), vector.pk);
    const Signature signature = ExpandedSignKey(seed).sign_raw(message);
    EXPECT_EQ(signature.hex(), vector.signature);
    EXPECT_TRUE(verify_raw(sign_public(seed).view(), message, signature));
    EXPECT_TRUE(check_sign_pk(sign_public(seed)));
  }
}

TEST(Sign, EveryInputIsCovered) {
  SeededRandom random(1);
  const auto key = sign_keypair(random);
  const auto other = sign_keypair(random);
  const auto message = as_bytes("a header");
  const Signature good = sign(key.seed, "event", kGroup, message);
  EXPECT_TRUE(verify(key.pk, "event", kGroup, message, good));
  EXPECT_FALSE(verify(other.pk, "event", kGroup, message, good));
  EXPECT_FALSE(verify(key.pk, "event", random.draw<GroupId>(), message, good));
  EXPECT_FALSE(verify(key.pk, "event", kGroup, as_bytes("a headeR"), good));
  for (const Label label : {Label("join"), Label("invite-use"), Label("device-link"), Label("recovery")}) {
    EXPECT_FALSE(verify(key.pk, label, kGroup, message, good));
  }
  for (std::size_t bit = 0; bit < Signature::size * 8; ++bit) {
    auto bytes = to_bytes(good.view());
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(verify(key.pk, "event", kGroup, message, *Signature::parse(ByteView(bytes))));
  }
}

TEST(Sign, ASecondFormOfOneSignatureIsRefused) {  // S + L, RFC 8032 section 5.1.7
  SeededRandom random(2);
  const auto key = sign_keypair(random);
  const auto signature = sign(key.seed, "event", kGroup, as_bytes("x"));
  const Bytes order = *from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  Bytes bytes = to_bytes(signature.view());
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += bytes[32 + i] + order[i];
    bytes[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  EXPECT_FALSE(verify(key.pk, "event", kGroup, as_bytes("x"), *Signature::parse(ByteView(bytes))));
}

const std::string_view kSmallOrderSignPks[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",   // order 4
    "0100000000000000000000000000000000000000000000000000000000000000",   // order 1
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",   // order 2
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",   // order 8
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"};  // order 8

TEST(SignKeys, SmallOrderAndOffTheCurveAreRefused) {
  for (const auto pk : kSmallOrderSignPks) EXPECT_FALSE(check_sign_pk(hex<SignPk>(pk))) << pk;
  EXPECT_FALSE(
      check_sign_pk(hex<SignPk>("0200000000000000000000000000000000000000000000000000000000000000")));
}

TEST(SignKeys, NonCanonicalOnesAreRefused) {  // y + p for small y
  for (const std::string_view first : {"ed", "ee", "f0", "f3", "ff"}) {
    for (const std::string_view last : {"7f", "ff"}) {
      const std::string pk = std::string(first) + std::string(60, 'f') + std::string(last);
      EXPECT_FALSE(check_sign_pk(hex<SignPk>(pk))) << pk;
    }
  }
}

TEST(SignKeys, APartOfSmallOrderIsRefused) {  // CVE-2025-69277: order 2 passes older libraries
  SeededRandom random(3);
  for (int i = 0; i < 8; ++i) {
    const auto key = sign_keypair(random);
    ASSERT_TRUE(check_sign_pk(key.pk));
    for (const auto small : kSmallOrderSignPks) {
      if (small.starts_with("01")) continue;  // adds nothing
      std::array<std::uint8_t, 32> mixed{};
      const auto part = hex<SignPk>(small);
      ASSERT_EQ(crypto_core_ed25519_add(mixed.data(), key.pk.data(), part.data()), 0);
      EXPECT_FALSE(check_sign_pk(SignPk{mixed})) << small;
    }
  }
}

TEST(Agree, PublishedVectors) {  // RFC 7748 section 5.2
  struct {
    std::string_view scalar, u, out;
  } const vectors[] = {{"a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"},
                       {"4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"}};
  for (const auto& vector : vectors) {
    const auto shared = agree(secret<DhSecret>(vector.scalar).reveal(), hex<DhPk>(vector.u).view());
    ASSERT_TRUE(shared);
    EXPECT_EQ(to_hex(shared->reveal()), vector.out);
  }
}

TEST(Agree, AThousandRoundsGiveThePublishedResult) {  // RFC 7748 section 5.2
  Bytes k = *from_hex("0900000000000000000000000000000000000000000000000000000000000000");
  Bytes u = k;
  for (int i = 1; i <= 1000; ++i) {
    const auto shared = agree(ByteView(k).first<32>(), ByteView(u).first<32>());
    ASSERT_TRUE(shared);
    u = k;
    k = to_bytes(shared->reveal());
    if (i == 1) {
      EXPECT_EQ(to_hex(k), "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
  }
  EXPECT_EQ(to_hex(k), "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

TEST(Agree, PublicKeysFollowFromSecrets) {  // RFC 7748 section 6.1
  const auto anna = link_keypair_from(
      secret<SymmetricKey>("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
  const auto ben = link_keypair_from(
      secret<SymmetricKey>("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
  EXPECT_EQ(anna.pk.hex(), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  EXPECT_EQ(ben.pk.hex(), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  EXPECT_EQ(to_hex(agree(anna.secret.reveal(), ben.pk.view())->reveal()),
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

const std::string_view kLowOrderDhPks[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};

TEST(Agree, LowOrderKeysGiveNoSecretAndAreNotEnrolled) {
  SeededRandom random(4);
  const auto mine = dh_keypair(random);
  for (const auto pk : kLowOrderDhPks) {
    const auto bytes = hex<DhPk>(pk);
    const auto shared = agree(mine.secret.reveal(), bytes.view());
    ASSERT_FALSE(shared) << pk;
    EXPECT_EQ(shared.error().code, Errc::unauthentic);
    EXPECT_FALSE(check_dh_pk(bytes.view())) << pk;
  }
}

TEST(Agree, OneKeyHasOneForm) {
  SeededRandom random(5);
  const auto mine = dh_keypair(random);
  EXPECT_TRUE(check_dh_pk(mine.pk.view()));
  auto high_bit = to_bytes(mine.pk.view());
  high_bit[31] |= 0x80;  // the same point to X25519
  EXPECT_FALSE(check_dh_pk(high_bit));
  EXPECT_FALSE(
      check_dh_pk(*from_hex("f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));  // 9 + p
  EXPECT_FALSE(check_dh_pk(ByteView(high_bit).first(31)));
  EXPECT_FALSE(check_dh_pk({}));
}

TEST(Aead, PublishedVector) {  // draft-irtf-cfrg-xchacha-03 appendix A.3.1
  const auto key = secret<SymmetricKey>("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
  const auto nonce = hex<Nonce>("404142434445464748494a4b4c4d4e4f5051525354555657");
  const Bytes associated = *from_hex("50515253c0c1c2c3c4c5c6c7");
  const std::string_view plain =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen "
      "would "
      "be it.";
  const Bytes sealed = aead_seal(key, nonce, associated, as_bytes(plain));
  EXPECT_EQ(
      to_hex(sealed),
      "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6"
      "708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c9763"
      "7da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49");
  const auto opened = aead_open(key, nonce, associated, sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(as_text(opened->reveal()), plain);
}

TEST(Aead, AnyOtherInputIsRefused) {
  SeededRandom random(6);
  const SymmetricKey key(random);
  const SymmetricKey other(random);
  const auto nonce = random.draw<Nonce>();
  const Bytes sealed = aead_seal(key, nonce, as_bytes("ad"), as_bytes("words"));
  EXPECT_EQ(aead_open(other, nonce, as_bytes("ad"), sealed).error().code, Errc::unauthentic);
  EXPECT_EQ(aead_open(key, Nonce::zero(), as_bytes("ad"), sealed).error().code, Errc::unauthentic);
  EXPECT_EQ(aead_open(key, nonce, as_bytes("aD"), sealed).error().code, Errc::unauthentic);
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes bad = sealed;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(aead_open(key, nonce, as_bytes("ad"), bad));
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    const auto cut = aead_open(key, nonce, as_bytes("ad"), ByteView(sealed).first(size));
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, size < kTagSize ? Errc::malformed : Errc::unauthentic);
  }
}

// libsodium has Argon2id with one lane and no secret, so the example of RFC 9106 section 5.3 cannot be asked
// for here. These answers are of OpenSSL's Argon2id (python3-cryptography 48), which gives that example's
// tag.
TEST(Argon2, GivesTheAnswersOfASecondImplementation) {
  std::array<std::uint8_t, 16> salt{};
  for (std::size_t i = 0; i < salt.size(); ++i) salt[i] = static_cast<std::uint8_t>(i);
  struct {
    std::string_view secret;
    Argon2Cost cost;
    std::string_view key;
  } const vectors[] = {
      {"", {8, 1}, "31ed41e2d73f27fdfe4eb4bec651341e58ba43477051c6fe4adad735d82ee08a"},
      {"password", {64, 3}, "b06bcf7d2d3ae0a0e060f75fc78cc0082e6196baab3e422cbe3cc0c807f76c0d"},
      {"Gr\u00fc\u00dfe aus dem Garten",
       {4096, 4},
       "4c0620dd529a6782f269975a5eadd834001504b776e5e4b1767e01aca49977eb"},
      {"kith", kArgon2Floor, "510504d2b794c5b656ab26c7c57072719ddbf2c33d97eeff34bd01df887bf54a"}};
  for (const auto& vector : vectors) {
    const auto key = argon2id(as_bytes(vector.secret), salt, vector.cost);
    ASSERT_TRUE(key);
    EXPECT_EQ(to_hex(key->reveal()), vector.key) << vector.secret;
  }
}

TEST(Secrets, AreWipedWhenMoved) {
  SeededRandom random(7);
  SignSeed seed(random);
  const SignSeed moved = std::move(seed);
  EXPECT_TRUE(
      std::ranges::all_of(seed.reveal(), [](std::uint8_t b) { return b == 0; }));  // NOLINT: on purpose
  EXPECT_FALSE(std::ranges::all_of(moved.reveal(), [](std::uint8_t b) { return b == 0; }));
  static_assert(!std::is_copy_constructible_v<SignSeed> && !std::is_copy_constructible_v<SecretBytes>);
  EXPECT_FALSE(SignSeed::copy_of(Bytes(31)));
}

TEST(Secrets, StayTheSameOnGuardedPages) {
  start();
  SeededRandom random(8);
  JournalKey key(random);
  const Bytes bytes = to_bytes(key.reveal());
  Guarded<JournalKey> first(std::move(key));
  Guarded<JournalKey> second(std::move(first));
  EXPECT_TRUE(equal(second->reveal(), bytes));
  second = Guarded<JournalKey>(JournalKey(random));
  EXPECT_FALSE(equal((*second).reveal(), bytes));
}

}  // namespace
}  // namespace kith::crypto
