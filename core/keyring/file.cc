#include "core/keyring/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace kith::keyring {
namespace {

tl::unexpected<Error> system_error(Literal what) {
  const bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
  return fail(full ? Errc::full : Errc::io, what, errno);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);  // what had to reach the disk was synced before
  }
  int get() const { return number_; }
  bool open() const { return number_ >= 0; }

 private:
  int number_;
};

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// A signal may come while a slow disk opens a file.
template <class Open>
int opened(Open open) {
  int file = -1;
  do file = open();
  while (file < 0 && errno == EINTR);
  return file;
}

Result<void> write_all(int file, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(file, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return system_error("a file cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
  return {};
}

Result<void> write_and_sync(int number, ByteView bytes) {
  const Descriptor file(number);
  if (!file.open()) return system_error("a file cannot be made here");
  if (::fchmod(file.get(), 0600) != 0) return system_error("a file cannot be made private");
  KITH_CHECK(write_all(file.get(), bytes));
  if (::fsync(file.get()) != 0) return system_error("a file cannot be synced");
  return {};
}

Result<void> rename_and_sync(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error("a file cannot be put in place");
  const Descriptor folder(
      opened([&] { return ::open(folder_of(to).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!folder.open()) return system_error("a folder cannot be opened");
  if (::fsync(folder.get()) != 0) return system_error("a folder cannot be synced");
  return {};
}

}  // namespace

Result<void> replace_file(const std::string& path, ByteView bytes) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    return fail(Errc::refused, "a file of ours is a link or no plain file");
  std::string temporary;
  const int file = opened([&] {
    temporary = path + ".new-XXXXXX";
    return ::mkostemp(temporary.data(), O_CLOEXEC);
  });
  auto done = write_and_sync(file, bytes);
  if (done) done = rename_and_sync(temporary, path);
  if (!done) ::unlink(temporary.c_str());  // not there if the renaming was done or the making failed
  return done;
}

Result<std::optional<Bytes>> read_small_file(const std::string& path, std::size_t limit) {
  const Descriptor file(
      opened([&] { return ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC); }));
  if (!file.open() && errno == ENOENT) return std::optional<Bytes>();
  if (!file.open() && errno == ELOOP) return fail(Errc::refused, "a file of ours is a link");
  if (!file.open()) return system_error("a file cannot be opened");
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return system_error("a file cannot be looked at");
  if (!S_ISREG(info.st_mode)) return fail(Errc::refused, "a file of ours is no plain file");
  if (static_cast<std::uint64_t>(info.st_size) > limit) return fail(Errc::too_large, "a file is too large");
  Bytes bytes(static_cast<std::size_t>(info.st_size));
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t more = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return system_error("a file cannot be read");
    if (more == 0) break;
    have += static_cast<std::size_t>(more);
  }
  bytes.resize(have);
  return std::optional<Bytes>(std::move(bytes));
}

Result<FolderLock> FolderLock::take(const std::string& path) {
  const int folder =
      opened([&] { return ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (folder < 0) return system_error("a folder cannot be opened");
  while (::flock(folder, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    const auto failed = system_error("a folder cannot be locked");
    ::close(folder);
    return failed;
  }
  return FolderLock(folder);
}

FolderLock::FolderLock(FolderLock&& other) noexcept : folder_(std::exchange(other.folder_, -1)) {}
FolderLock::~FolderLock() {
  if (folder_ >= 0) ::close(folder_);  // releases the lock
}

}  // namespace kith::keyring
