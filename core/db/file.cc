#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "core/db/state.h"

namespace kith::db {
namespace {

Result<bool> exists(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) return true;
  if (errno == ENOENT) return false;
  return fail(Errc::io, "the database's place cannot be looked at", errno);
}

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> sync_directory(const std::string& path) {
  const int directory = ::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return fail(Errc::io, "the database's folder cannot be opened", errno);
  const int result = ::fsync(directory);
  const int error = errno;
  ::close(directory);
  if (result != 0) return fail(Errc::io, "the database's folder cannot be synced", error);
  return {};
}

}  // namespace

Result<std::string> resolve(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos)
    return fail(Errc::usage, "a database needs a path");
  char* real = ::realpath(directory_of(path).c_str(), nullptr);
  if (real == nullptr)
    return fail(errno == ENOENT ? Errc::not_found : Errc::io, "the database's folder is not there", errno);
  std::string whole(real);
  std::free(real);
  if (whole != "/") whole += '/';
  const auto slash = path.rfind('/');
  return whole + (slash == std::string::npos ? path : path.substr(slash + 1));
}

Result<bool> present(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return false;
    return fail(Errc::io, "the database cannot be looked at", errno);
  }
  if (S_ISLNK(info.st_mode)) return fail(Errc::refused, "the database's path is a symbolic link");
  if (!S_ISREG(info.st_mode)) return fail(Errc::refused, "the database's path is not a plain file");
  if (info.st_uid != ::geteuid()) return fail(Errc::refused, "the database belongs to another user");
  // SQLite names its rollback journal after the path: under two names a crash could not be undone.
  if (info.st_nlink > 1) return fail(Errc::refused, "the database has a second hard link");
  return true;
}

Result<std::string> make_empty_beside(const std::string& path) {
  std::string name = path + ".new-XXXXXX";
  const int file = ::mkostemp(name.data(), O_CLOEXEC);  // O_EXCL and mode 0600
  if (file < 0) {
    const bool full = errno == ENOSPC || errno == EDQUOT;
    return fail(full ? Errc::full : Errc::io, "a new database cannot be made here", errno);
  }
  const int result = ::fchmod(file, 0600);
  const int error = errno;
  ::close(file);
  if (result == 0) return name;
  discard(name);
  return fail(Errc::io, "a new database cannot be made private", error);
}

Result<void> put_in_place(const std::string& temporary, const std::string& path) {
  // A journal where no database is could be somebody's plant: SQLite would play it into the new file.
  KITH_TRY(const bool journal, exists(path + "-journal"));
  KITH_TRY(const bool taken, exists(path));
  if (taken) return fail(Errc::busy, "another process made the database first");
  if (journal) return fail(Errc::damaged, "a rollback journal without its database is in the way");
  if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0)
    return sync_directory(path);
  if (errno == EINVAL || errno == ENOSYS) {  // a file system without RENAME_NOREPLACE
    if (::link(temporary.c_str(), path.c_str()) == 0) {
      if (::unlink(temporary.c_str()) != 0) return fail(Errc::io, "the database keeps a second name", errno);
      return sync_directory(path);
    }
  }
  if (errno == EEXIST) return fail(Errc::busy, "another process made the database first");
  return fail(Errc::io, "the new database cannot be put in place", errno);
}

void discard(const std::string& temporary) {
  // Nothing depends on these: a leftover is an empty encrypted file under a name that is never opened.
  ::unlink(temporary.c_str());
  ::unlink((temporary + "-journal").c_str());
}

}  // namespace kith::db
