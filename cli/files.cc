#include "cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace kith::cli {
namespace {

tl::unexpected<Error> failed(Literal what) {
  return fail(errno == ENOSPC || errno == EDQUOT ? Errc::full : Errc::io, what, errno);
}

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> write_bytes(int descriptor, ByteView bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("a file could not be written");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> sync_directory(const std::string& path) {
  const Descriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || fsync(directory.get()) != 0) return failed("a folder could not be written");
  return {};
}

Result<std::string> write_beside(const std::string& path, ByteView bytes) {
  std::string temporary = path + ".XXXXXX";
  const Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.valid()) return failed("a file could not be written");
  auto written = write_bytes(file.get(), bytes);
  if (written && fsync(file.get()) != 0) written = failed("a file could not be written");
  if (!written) {
    unlink(temporary.c_str());
    return tl::unexpected(written.error());
  }
  return temporary;
}

struct Opened {
  Descriptor file;
  struct stat info;
};

Result<Opened> open_regular(const std::string& path) {
  Opened opened{Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)), {}};
  if (!opened.file.valid() && errno == ELOOP) return fail(Errc::refused, "that is a link to somewhere else");
  if (!opened.file.valid())
    return errno == ENOENT ? fail(Errc::not_found, "no such file") : failed("a file could not be read");
  if (fstat(opened.file.get(), &opened.info) != 0) return failed("a file could not be read");
  if (!S_ISREG(opened.info.st_mode)) return fail(Errc::refused, "that is not a file");
  return opened;
}

Result<Bytes> read_opened(const Opened& opened, std::size_t most) {
  if (opened.info.st_size < 0 || static_cast<std::size_t>(opened.info.st_size) > most)
    return fail(Errc::too_large, "a file is too large");
  Bytes bytes(static_cast<std::size_t>(opened.info.st_size));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const auto got = ::read(opened.file.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("a file could not be read");
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace

void Descriptor::reset(int number) {
  if (number_ >= 0) close(number_);
  number_ = number;
}

bool exists(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0;
}

Result<Bytes> read_file(const std::string& path, std::size_t most) {
  KITH_TRY(const auto opened, open_regular(path));
  if (opened.info.st_uid != geteuid()) return fail(Errc::refused, "a file of kith belongs to somebody else");
  if ((opened.info.st_mode & 022) != 0)
    return fail(Errc::refused, "a file of kith can be changed by others on this computer");
  return read_opened(opened, most);
}

Result<Bytes> read_foreign_file(const std::string& path, std::size_t most) {
  KITH_TRY(const auto opened, open_regular(path));
  return read_opened(opened, most);
}

Result<void> write_handout(const std::string& path, ByteView bytes) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid() && errno == EEXIST)
    return fail(Errc::refused, "there is already something with that name");
  if (!file.valid()) return failed("a file could not be written");
  auto written = write_bytes(file.get(), bytes);
  if (written && fsync(file.get()) != 0) written = failed("a file could not be written");
  if (!written) unlink(path.c_str());
  return written;
}

Result<void> write_file(const std::string& path, ByteView bytes) {
  KITH_TRY(const std::string temporary, write_beside(path, bytes));
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const auto error = failed("a file could not be replaced");
    unlink(temporary.c_str());
    return error;
  }
  return sync_directory(directory_of(path));
}

Result<void> write_new_file(const std::string& path, ByteView bytes) {
  KITH_TRY(const std::string temporary, write_beside(path, bytes));
  const bool linked = link(temporary.c_str(), path.c_str()) == 0;
  const int problem = errno;
  unlink(temporary.c_str());
  errno = problem;
  if (!linked && errno == EEXIST) return fail(Errc::refused, "there is already something with that name");
  if (!linked) return failed("a file could not be written");
  return sync_directory(directory_of(path));
}

Result<void> make_directory(const std::string& path) {
  if (path.empty() || mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  if (errno != ENOENT || path == "/") return failed("a folder could not be made");
  KITH_CHECK(make_directory(directory_of(path)));
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("a folder could not be made");
  return {};
}

}  // namespace kith::cli
