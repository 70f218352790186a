// What kith reads back from its own sealed head record. Who can make one has the journal's key, so this
// guards against damage and old programs, not against strangers.
#include "core/keyring/head_bytes.h"
#include "tests/fuzz/fuzz.h"

using namespace kith;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto heads = keyring::parse_heads(ByteView(data, size));
  if (!heads) return 0;
  CLAIM(heads->notes.size() <= keyring::kMaxHeadNotes);
  const Bytes bytes = keyring::encode(*heads);
  CLAIM(bytes.size() <= size);
  const auto again = keyring::parse_heads(bytes);
  CLAIM(again && again->counter == heads->counter && again->notes == heads->notes);
  return 0;
}
