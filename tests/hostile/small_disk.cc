#include "tests/hostile/small_disk.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>

#include "core/base/result.h"
#include "tests/db/scratch.h"

namespace kith::hostile {
namespace {

namespace fs = std::filesystem;

bool write_to(const char* path, const std::string& text) {
  const int file = ::open(path, O_WRONLY);
  if (file < 0) return false;
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  return written;
}

// In a user namespace this user stays who they are, or their files would be another user's.
bool own_namespace() {
  if (::unshare(CLONE_NEWNS) == 0) return true;
  const std::string user = std::to_string(::geteuid()), group = std::to_string(::getegid());
  return ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_to("/proc/self/setgroups", "deny") &&
         write_to("/proc/self/uid_map", user + " " + user + " 1") &&
         write_to("/proc/self/gid_map", group + " " + group + " 1");
}

bool try_a_mount() {
  if (!own_namespace() || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  const kith::test::Scratch here;
  return ::mount("kith-test", here.path().c_str(), "tmpfs", 0, "size=64k") == 0 &&
         ::umount2(here.path().c_str(), MNT_DETACH) == 0;
}

std::string options(std::uint64_t bytes) { return "mode=0700,size=" + std::to_string(bytes); }

void move_all(const fs::path& from, const fs::path& to) {
  for (const auto& each : fs::directory_iterator(from))
    fs::copy(each.path(), to / each.path().filename(), fs::copy_options::recursive);
}

}  // namespace

bool may_mount() {
  static const bool may = try_a_mount();
  return may;
}

SmallDisk::SmallDisk(std::string folder, std::uint64_t bytes) : folder_(std::move(folder)) {
  const kith::test::Scratch aside;
  fs::create_directories(folder_);
  move_all(folder_, aside.path());
  KITH_ASSERT(::mount("kith-test", folder_.c_str(), "tmpfs", 0, options(bytes).c_str()) == 0);
  move_all(aside.path(), folder_);
}

SmallDisk::~SmallDisk() { ::umount2(folder_.c_str(), MNT_DETACH); }

std::uint64_t SmallDisk::free() const {
  struct statvfs disk {};
  KITH_ASSERT(::statvfs(folder_.c_str(), &disk) == 0);
  return disk.f_bavail * disk.f_frsize;
}

void SmallDisk::leave(std::uint64_t bytes) {
  const int file = ::open((folder_ + "/films").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  KITH_ASSERT(file >= 0);
  const std::string page(4096, 'f');
  while (free() >= bytes + page.size() && ::write(file, page.data(), page.size()) > 0) continue;
  ::close(file);
}

void SmallDisk::tidy_up() { ::unlink((folder_ + "/films").c_str()); }

void SmallDisk::resize(std::uint64_t bytes) {
  KITH_ASSERT(::mount("kith-test", folder_.c_str(), "tmpfs", MS_REMOUNT, options(bytes).c_str()) == 0);
}

}  // namespace kith::hostile
