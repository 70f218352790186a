// Sealing does the same work whoever reads, and opening whichever slot opens: counted call by call at the
// border to libsodium (the linker sends its calls here first), not timed.
#include <gtest/gtest.h>

#include "tests/crypto/group_of_devices.h"

namespace {
std::vector<std::size_t> calls;  // which function, and how many bytes

void note(std::size_t which, std::size_t bytes) { calls.push_back(which * 1'000'000 + bytes); }
}  // namespace

extern "C" {
int __real_crypto_scalarmult(unsigned char* q, const unsigned char* n, const unsigned char* p);
int __wrap_crypto_scalarmult(unsigned char* q, const unsigned char* n, const unsigned char* p) {
  note(1, 32);
  return __real_crypto_scalarmult(q, n, p);
}
int __real_crypto_generichash_blake2b_update(crypto_generichash_blake2b_state* s, const unsigned char* in,
                                             unsigned long long size);
int __wrap_crypto_generichash_blake2b_update(crypto_generichash_blake2b_state* s, const unsigned char* in,
                                             unsigned long long size) {
  note(2, size);
  return __real_crypto_generichash_blake2b_update(s, in, size);
}
int __real_crypto_aead_xchacha20poly1305_ietf_encrypt(unsigned char* c, unsigned long long* c_size,
                                                      const unsigned char* m, unsigned long long size,
                                                      const unsigned char* ad, unsigned long long ad_size,
                                                      const unsigned char* s, const unsigned char* n,
                                                      const unsigned char* k);
int __wrap_crypto_aead_xchacha20poly1305_ietf_encrypt(unsigned char* c, unsigned long long* c_size,
                                                      const unsigned char* m, unsigned long long size,
                                                      const unsigned char* ad, unsigned long long ad_size,
                                                      const unsigned char* s, const unsigned char* n,
                                                      const unsigned char* k) {
  note(3, size);
  return __real_crypto_aead_xchacha20poly1305_ietf_encrypt(c, c_size, m, size, ad, ad_size, s, n, k);
}
int __real_crypto_aead_xchacha20poly1305_ietf_decrypt(unsigned char* m, unsigned long long* m_size,
                                                      unsigned char* s, const unsigned char* c,
                                                      unsigned long long size, const unsigned char* ad,
                                                      unsigned long long ad_size, const unsigned char* n,
                                                      const unsigned char* k);
int __wrap_crypto_aead_xchacha20poly1305_ietf_decrypt(unsigned char* m, unsigned long long* m_size,
                                                      unsigned char* s, const unsigned char* c,
                                                      unsigned long long size, const unsigned char* ad,
                                                      unsigned long long ad_size, const unsigned char* n,
                                                      const unsigned char* k) {
  note(4, size);
  return __real_crypto_aead_xchacha20poly1305_ietf_decrypt(m, m_size, s, c, size, ad, ad_size, n, k);
}
}

namespace kith::test {
namespace {

class Watched final : public Random {
 public:
  explicit Watched(std::uint64_t seed) : seeded_(seed) {}
  void fill(std::span<std::uint8_t> bytes) override {
    note(5, bytes.size());
    seeded_.fill(bytes);
  }

 private:
  SeededRandom seeded_;
};

std::vector<std::size_t> calls_to_seal(const std::set<std::size_t>& audience) {
  GroupOfDevices world(12);
  Watched random(5);
  calls.clear();
  world.seal("x", world.readers(audience), random);
  return calls;
}

TEST(Sealing, DoesTheSameForOneReaderAsForAll) {
  const auto one = calls_to_seal({0});
  EXPECT_GT(one.size(), 100U);
  EXPECT_EQ(std::ranges::count(one, 1'000'032U), 24);  // two for each device
  EXPECT_EQ(one, calls_to_seal({}));
  EXPECT_EQ(one, calls_to_seal({3, 4, 11}));
  EXPECT_EQ(one, calls_to_seal({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST(Opening, TriesEverythingWhereverTheSlotIs) {
  std::optional<std::vector<std::size_t>> before;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {  // the slot's place differs with the seed
    GroupOfDevices world(12, seed);
    const Sealed sealed = world.seal("x", {0, 1});
    calls.clear();
    ASSERT_EQ(world.open(sealed, 1).what, Opening::opened);
    EXPECT_EQ(std::ranges::count(calls, 4'000'048U), 2 * 16);
    if (before) {
      EXPECT_EQ(*before, calls);
    }
    before = calls;
  }
}

}  // namespace
}  // namespace kith::test
