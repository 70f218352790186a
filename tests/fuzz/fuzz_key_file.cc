// A key file that somebody put in its place. The closing hash is made right, so that what stands behind it is
// read; a cost within the limits is left to crypto_key_file_test: Argon2id takes its time by design.
#include "core/base/endian.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "sodium.h"
#include "tests/fuzz/fuzz.h"

using namespace kith;

namespace {

constexpr std::size_t kHash = 32, kMemoryAt = 8, kPassesAt = 12;

bool would_work(ByteView file) {
  if (file.size() < 16) return false;
  const auto memory = read_little_endian<std::uint32_t>(file.subspan(kMemoryAt));
  const auto passes = read_little_endian<std::uint32_t>(file.subspan(kPassesAt));
  return memory >= crypto::kArgon2Floor.memory_kib && memory <= crypto::kArgon2Ceiling.memory_kib &&
         passes >= crypto::kArgon2Floor.passes && passes <= crypto::kArgon2Ceiling.passes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  crypto::start();
  CLAIM(!crypto::open_key_file(ByteView(data, size), as_bytes("a passphrase")));
  if (size < kHash || would_work(ByteView(data, size))) return 0;
  Bytes closed = to_bytes(ByteView(data, size));
  crypto_generichash(closed.data() + size - kHash, kHash, closed.data(), size - kHash, nullptr, 0);
  CLAIM(!crypto::open_key_file(closed, as_bytes("a passphrase")));
  return 0;
}
