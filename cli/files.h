// Small files read and written with care: no symbolic links followed, never torn, never open to others.
#pragma once

#include <string>

#include "core/base/bytes.h"

namespace kith::cli {

class Descriptor {  // closes itself
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset(other.release());
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }
  int get() const { return number_; }
  bool valid() const { return number_ >= 0; }
  int release() {
    const int number = number_;
    number_ = -1;
    return number;
  }
  void reset(int number = -1);

 private:
  int number_;
};

bool exists(const std::string& path);  // also a dangling link
// not_found; refused: a link, no regular file, somebody else's, or open for others to write; too_large; io.
Result<Bytes> read_file(const std::string& path, std::size_t most);
// A file from somebody else, on a stick perhaps: any owner, still no link, no device, no pipe.
Result<Bytes> read_foreign_file(const std::string& path, std::size_t most);
// A file to hand to somebody, also onto a stick without links: refused if something is there, and left out
// whole on failure. full, io.
Result<void> write_handout(const std::string& path, ByteView bytes);
// Temporary file beside it, fsync, rename, fsync of the directory; mode 0600. full, io.
Result<void> write_file(const std::string& path, ByteView bytes);
// The same, but refused if something is there.
Result<void> write_new_file(const std::string& path, ByteView bytes);
// Makes `path` and its parents, those it makes with mode 0700.
Result<void> make_directory(const std::string& path);

}  // namespace kith::cli
