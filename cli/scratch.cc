#include "cli/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace kith::cli {
namespace {

constexpr int kMostSweeps = 50;  // an editor that is just being killed may still write
constexpr useconds_t kSweepPause = 20'000;

bool in_memory(const std::string& path) {
  struct statfs info {};
  return statfs(path.c_str(), &info) == 0 && (info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC);
}

void overwrite(int folder, const char* name) {
  const Descriptor file(openat(folder, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.valid()) return;
  struct stat info {};
  if (fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  static constexpr std::array<char, 4096> kZeros{};
  for (off_t at = 0; at < info.st_size; at += static_cast<off_t>(kZeros.size()))
    if (pwrite(file.get(), kZeros.data(), kZeros.size(), at) < 0) return;
}

// Everything in the folder, also what an editor left; then the folder. True if it is gone.
bool sweep(const std::string& path) {
  DIR* folder = opendir(path.c_str());
  if (folder == nullptr) return errno == ENOENT;
  while (const dirent* entry = readdir(folder)) {
    if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
    if (entry->d_type == DT_DIR) {
      sweep(path + "/" + entry->d_name);
      continue;
    }
    overwrite(dirfd(folder), entry->d_name);
    unlinkat(dirfd(folder), entry->d_name, 0);
  }
  closedir(folder);
  return rmdir(path.c_str()) == 0 || errno == ENOENT;
}

// The guard: waits for the end of the other side, in a session of its own so that no signal to the terminal's
// group reaches it.
[[noreturn]] void guard(int lifeline, const std::string& path) {
  setsid();
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) signal(number, SIG_IGN);
  if (lifeline > 3) dup2(lifeline, 3), lifeline = 3;
  close_range(4, ~0U, 0);
  for (int descriptor = 0; descriptor <= 2; ++descriptor) close(descriptor);
  char byte = 0;
  while (::read(lifeline, &byte, 1) < 0 && errno == EINTR) {
  }
  for (int i = 0; i < kMostSweeps && !sweep(path); ++i) usleep(kSweepPause);
  _exit(0);
}

Result<std::string> make_folder(const std::string& runtime) {
  for (const std::string& place : {runtime, std::string("/dev/shm")}) {
    if (!in_memory(place)) continue;
    std::string folder = place + "/kith-XXXXXX";
    if (mkdtemp(folder.data()) != nullptr) return folder;
  }
  return fail(Errc::unsupported, "there is no memory-backed folder for an editor here; write without -e");
}

}  // namespace

Result<Scratch> Scratch::make(const std::string& runtime) {
  KITH_TRY(std::string folder, make_folder(runtime));
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    rmdir(folder.c_str());
    return fail(Errc::io, "no pipe could be made", errno);
  }
  const pid_t child = fork();
  if (child == 0) {
    close(ends[1]);
    guard(ends[0], folder);
  }
  close(ends[0]);
  Descriptor lifeline(ends[1]);
  if (child < 0) {
    rmdir(folder.c_str());
    return fail(Errc::io, "no process could be started", errno);
  }
  return Scratch(std::move(folder), std::move(lifeline), child);
}

Scratch::Scratch(Scratch&& other) noexcept
    : folder_(std::move(other.folder_)),
      lifeline_(std::move(other.lifeline_)),
      guard_(std::exchange(other.guard_, -1)) {}

Scratch::~Scratch() {
  if (guard_ < 0) return;
  lifeline_.reset();
  while (waitpid(guard_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace kith::cli
