// What is sealed in a head record (head_record.h), as bytes. Private to core/keyring.
#pragma once

#include "core/keyring/head_record.h"

namespace kith::keyring {

struct Heads {
  std::uint64_t counter = 0;
  HeadNotes notes;
};

Bytes encode(const Heads& heads);
Result<Heads> parse_heads(ByteView plain);  // damaged

}  // namespace kith::keyring
