// The file calls of this process, watched: open, read, write, cut, sync, rename, remove. The program that
// links calls.cc has these functions of the C library as its own, so SQLCipher and our code use them alike; a
// watcher hears of each call below one folder and may let it fail. One watch at a time, for one thread.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/bytes.h"

namespace kith::test {

enum class Call : std::uint8_t { open, make, read, write, cut, sync, sync_folder, rename, remove };
const char* name(Call call);

struct Seen {
  Call call;
  std::string file;     // below the watched folder; empty: the folder itself
  std::string to = {};  // of a rename
  std::int64_t at = 0;  // where a write begins; the new size of a cut
  ByteView bytes = {};  // of a write
};

inline constexpr int kHalf = -1;  // a read or write does half of what it was asked for, and says so

class CallWatcher {
 public:
  virtual ~CallWatcher() = default;
  virtual int before(const Seen& seen) = 0;               // 0, the errno that the call fails with, or kHalf
  virtual void after(const Seen& seen, long result) = 0;  // it was done; result below 0: it failed by itself
};

// While it lives, `watcher` hears of every call below `folder` (an absolute, real path).
class Watch {
 public:
  Watch(const std::string& folder, CallWatcher& watcher);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();
};

// From now on this process draws the randomness of SQLCipher's pages from `seed`, so that the same work gives
// the same bytes.
void seed_page_randomness(std::uint64_t seed);

}  // namespace kith::test
