#include "tests/disk/calls.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "tests/support/seeded_random.h"

namespace kith::test {
namespace {

std::string g_folder;
CallWatcher* g_watcher = nullptr;
bool g_inside = false;  // what a watcher does itself is not watched
std::optional<SeededRandom> g_random;

// The part below the watched folder; nullopt: elsewhere.
std::optional<std::string> below(std::string_view path) {
  if (!path.starts_with(g_folder)) return std::nullopt;
  path.remove_prefix(g_folder.size());
  if (path.empty()) return std::string();
  if (path.front() != '/') return std::nullopt;
  return std::string(path.substr(1));
}

std::optional<std::string> below(int file) {
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const long size = ::syscall(SYS_readlinkat, AT_FDCWD, link.c_str(), path.data(), path.size());
  if (size <= 0) return std::nullopt;
  return below(std::string_view(path.data(), static_cast<std::size_t>(size)));
}

template <class Where>
std::optional<std::string> watched(Where where) {
  if (g_watcher == nullptr || g_inside) return std::nullopt;
  const int error = errno;
  auto found = below(where);
  errno = error;
  return found;
}

// `real` is given how many of `size` bytes to read or write; other calls have no size.
template <class Real>
long tell(const Seen& seen, Real real, std::size_t size = 0) {
  g_inside = true;
  const int refused = g_watcher->before(seen);
  long result = -1;
  if (refused > 0) {
    errno = refused;
  } else {
    result = real(refused == kHalf ? (size + 1) / 2 : size);
    const int error = errno;
    g_watcher->after(seen, result);
    errno = error;
  }
  g_inside = false;
  return result;
}

bool there(const char* path) {
  struct stat info {};
  return ::lstat(path, &info) == 0;
}

int open_file(const char* path, int flags, unsigned mode) {
  const auto real = [&](std::size_t = 0) { return ::syscall(SYS_openat, AT_FDCWD, path, flags, mode); };
  const auto file = watched(std::string_view(path));
  if (!file || (flags & O_DIRECTORY) != 0) return static_cast<int>(real());
  const bool fresh = (flags & O_CREAT) != 0 && !there(path);
  return static_cast<int>(tell({.call = fresh ? Call::make : Call::open, .file = *file}, real));
}

long write_file_at(int file, const void* bytes, std::size_t size, long at) {
  const auto real = [&](std::size_t count) { return ::syscall(SYS_pwrite64, file, bytes, count, at); };
  const auto path = watched(file);
  if (!path) return real(size);
  const ByteView view(static_cast<const std::uint8_t*>(bytes), size);
  return tell({.call = Call::write, .file = *path, .at = at, .bytes = view}, real, size);
}

int sync_file(int file, long number) {
  const auto real = [&](std::size_t = 0) { return ::syscall(number, file); };
  const auto path = watched(file);
  if (!path) return static_cast<int>(real());
  return static_cast<int>(
      tell({.call = path->empty() ? Call::sync_folder : Call::sync, .file = *path}, real));
}

int cut_file(int file, long size) {
  const auto real = [&](std::size_t = 0) { return ::syscall(SYS_ftruncate, file, size); };
  const auto path = watched(file);
  if (!path) return static_cast<int>(real());
  return static_cast<int>(tell({.call = Call::cut, .file = *path, .at = size}, real));
}

int rename_file(const char* from, const char* to, unsigned flags) {
  const auto real = [&](std::size_t = 0) {
    return ::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
  };
  const auto path = watched(std::string_view(from));
  if (!path) return static_cast<int>(real());
  const auto target = below(std::string_view(to));
  return static_cast<int>(tell({.call = Call::rename, .file = *path, .to = target.value_or("")}, real));
}

}  // namespace

const char* name(Call call) {
  constexpr const char* names[] = {"open", "make",        "read",   "write", "cut",
                                   "sync", "sync_folder", "rename", "remove"};
  return names[static_cast<std::size_t>(call)];
}

Watch::Watch(const std::string& folder, CallWatcher& watcher) {
  KITH_ASSERT(g_watcher == nullptr);
  g_folder = folder;
  g_watcher = &watcher;
}
Watch::~Watch() { g_watcher = nullptr; }

void seed_page_randomness(std::uint64_t seed) {
  g_random.emplace(seed);
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(seed % 2'000'000'000 + 1), nullptr);
}

}  // namespace kith::test

// The functions of the C library, and the one of OpenSSL that SQLCipher draws its page nonces from.
using namespace kith;
using namespace kith::test;

extern "C" {

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;
  va_end(rest);
  return open_file(path, flags, mode);
}
int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;
  va_end(rest);
  return open_file(path, flags, mode);
}
int mkostemp(char* pattern, int flags) {
  const std::size_t size = std::strlen(pattern);
  for (unsigned attempt = 0; attempt < 100; ++attempt) {  // a fresh name: this process and a running number
    static unsigned next = 0;
    const std::string suffix = std::to_string(1'000'000 + ++next % 900'000);
    std::memcpy(pattern + size - 6, suffix.data() + 1, 6);
    const int file = open_file(pattern, O_RDWR | O_CREAT | O_EXCL | flags, 0600);
    if (file >= 0 || errno != EEXIST) return file;
  }
  return -1;
}
long write(int file, const void* bytes, std::size_t size) {
  const auto real = [&](std::size_t count) { return ::syscall(SYS_write, file, bytes, count); };
  const auto path = watched(file);
  if (!path) return real(size);
  const ByteView view(static_cast<const std::uint8_t*>(bytes), size);
  const long at = ::lseek(file, 0, SEEK_CUR);
  return tell({.call = Call::write, .file = *path, .at = at, .bytes = view}, real, size);
}
long pwrite64(int file, const void* bytes, std::size_t size, long at) {
  return write_file_at(file, bytes, size, at);
}
long pwrite(int file, const void* bytes, std::size_t size, long at) {
  return write_file_at(file, bytes, size, at);
}
long read(int file, void* bytes, std::size_t size) {
  const auto real = [&](std::size_t count) { return ::syscall(SYS_read, file, bytes, count); };
  const auto path = watched(file);
  return path ? tell({.call = Call::read, .file = *path}, real, size) : real(size);
}
long pread64(int file, void* bytes, std::size_t size, long at) {
  const auto real = [&](std::size_t count) { return ::syscall(SYS_pread64, file, bytes, count, at); };
  const auto path = watched(file);
  return path ? tell({.call = Call::read, .file = *path}, real, size) : real(size);
}
int ftruncate64(int file, long size) noexcept { return cut_file(file, size); }
int ftruncate(int file, long size) noexcept { return cut_file(file, size); }
int fsync(int file) { return sync_file(file, SYS_fsync); }
int fdatasync(int file) { return sync_file(file, SYS_fdatasync); }
int rename(const char* from, const char* to) noexcept { return rename_file(from, to, 0); }
int renameat2(int, const char* from, int, const char* to, unsigned flags) noexcept {
  return rename_file(from, to, flags);
}
int unlink(const char* path) noexcept {
  const auto real = [&](std::size_t = 0) { return ::syscall(SYS_unlinkat, AT_FDCWD, path, 0); };
  const auto file = watched(std::string_view(path));
  return static_cast<int>(file ? tell({.call = Call::remove, .file = *file}, real) : real());
}

int RAND_bytes(unsigned char* bytes, int size) {
  const std::span<std::uint8_t> all(bytes, static_cast<std::size_t>(size));
  if (g_random) {
    g_random->fill(all);
    return 1;
  }
  std::size_t have = 0;
  while (have < all.size()) {
    const long more = ::syscall(SYS_getrandom, all.data() + have, all.size() - have, 0);
    if (more <= 0) return 0;
    have += static_cast<std::size_t>(more);
  }
  return 1;
}

}  // extern "C"
