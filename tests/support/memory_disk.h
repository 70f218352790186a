// A disk that loses power. SQLite writes through it as through any other; what was not synced may be gone,
// whole or sector by sector, after restart(). It can be full, it can be copied and put back, and it fails
// from a chosen write on. Files live in memory: a folder that a MemoryDisk owns holds only empty files of the
// same names, for the checks that core/db makes before it opens one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/random.h"

namespace kith::test {

class MemoryDisk {
 public:
  // Takes the files of `folder` over, as they are, and everything SQLite does there from now on.
  explicit MemoryDisk(std::string folder);
  ~MemoryDisk();
  MemoryDisk(const MemoryDisk&) = delete;
  MemoryDisk& operator=(const MemoryDisk&) = delete;

  // The power fails at the call after `calls` more that change something; every call after it fails too.
  void cut_power_after(std::uint64_t calls) { calls_left_ = calls; }
  void never_mind() { calls_left_.reset(); }
  bool dead() const { return dead_; }
  // With all databases closed: each sector written since its file was synced is there or not, as drawn.
  void restart(Random& random);

  // No file grows beyond what they all hold now and `room` bytes; none: as much as is asked for.
  void fill(std::optional<std::uint64_t> room);
  bool is_limited() const { return limit_.has_value(); }

  // The files as they stand, and back. Not while a database is open.
  using Image = std::map<std::string, Bytes>;
  Image copy() const;
  void put_back(const Image& image);
  Bytes read(const std::string& name) const;

  std::uint64_t changes() const { return changes_; }  // calls so far that changed something

  struct File;
  struct Methods;

 private:
  friend struct Methods;
  bool change();  // false: the power is gone
  std::uint64_t size() const;

  std::string folder_;
  std::map<std::string, std::shared_ptr<File>> files_;    // by name
  std::map<std::string, std::shared_ptr<File>> removed_;  // whose going the folder has not synced
  std::optional<std::uint64_t> calls_left_, limit_;
  std::uint64_t changes_ = 0;
  bool dead_ = false;
};

}  // namespace kith::test
