// Small files that are replaced whole: the key file and the head record.
#pragma once

#include <optional>
#include <string>

#include "core/base/bytes.h"

namespace kith::keyring {

// After it returns, and after a crash at any moment, `path` holds either the old bytes or all of the new
// ones: temporary file (mode 0600), fsync, rename, fsync of the folder. full, io; refused: `path` is a link
// or no plain file.
Result<void> replace_file(const std::string& path, ByteView bytes);

// None if nothing is there. too_large above `limit` bytes; refused: a link or no plain file; io.
Result<std::optional<Bytes>> read_small_file(const std::string& path, std::size_t limit);

// Held while it lives; waits for other processes. The lock is on the folder of `path`.
class FolderLock {
 public:
  static Result<FolderLock> take(const std::string& path);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int folder) : folder_(folder) {}
  int folder_;
};

}  // namespace kith::keyring
