// A disk of a few mebibytes under one folder: a tmpfs that only this process and its children see.
#pragma once

#include <cstdint>
#include <string>

namespace kith::hostile {

// Makes mounting possible, once, before the first thread or child: a mount namespace, without root in a user
// namespace of its own. False: this system lets nobody do that.
bool may_mount();

class SmallDisk {
 public:
  // What is in `folder` moves onto the new disk. Nothing there may be open.
  SmallDisk(std::string folder, std::uint64_t bytes);
  ~SmallDisk();  // and is gone; what is still open there stays so
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  std::uint64_t free() const;
  void leave(std::uint64_t bytes);  // a file of somebody else takes all but so much
  void tidy_up();                   // which goes again
  void resize(std::uint64_t bytes);

 private:
  std::string folder_;
};

}  // namespace kith::hostile
