// A folder on memory-backed space for one text; overwritten and removed whatever happens to this process.
#pragma once

#include <sys/types.h>

#include <string>

#include "cli/files.h"

namespace kith::cli {

class Scratch {
 public:
  // In `runtime` if that is a tmpfs, else in /dev/shm. unsupported: neither is.
  static Result<Scratch> make(const std::string& runtime);
  Scratch(Scratch&&) noexcept;
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch();

  std::string file() const { return folder_ + "/text.txt"; }
  const std::string& folder() const { return folder_; }

 private:
  Scratch(std::string folder, Descriptor lifeline, pid_t guard)
      : folder_(std::move(folder)), lifeline_(std::move(lifeline)), guard_(guard) {}
  std::string folder_;
  Descriptor lifeline_;  // the guard cleans up when this end is closed, by us or by our death
  pid_t guard_;
};

}  // namespace kith::cli
