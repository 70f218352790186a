// When the journal locks, the page's process becomes a fresh copy of the program: sockets and the hashes of
// bearers go over, and nothing else that stood in its memory.
#pragma once

#include <vector>

#include "cli/files.h"
#include "core/base/bytes.h"

namespace kith::cli {

struct Inheritance {
  Descriptor http;   // listening on loopback
  Descriptor local;  // listening on the page's own socket
  std::vector<Digest> bearers;
};

// Does not return unless it fails.
Result<void> be_born_again(Inheritance sockets, const std::vector<Digest>& bearers);
// In the new process. malformed: nobody left anything.
Result<Inheritance> inherit();

}  // namespace kith::cli
