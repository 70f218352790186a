#include "cli/spawn.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "cli/files.h"

namespace kith::cli {
namespace {

constexpr int kReadyDescriptor = 3;
constexpr unsigned kFirstClosed = 3;

// Runs in the grandchild, between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(char* const argv[], int ready) {
  const int null = open("/dev/null", O_RDWR);
  if (null < 0 || chdir("/") != 0) _exit(127);
  for (int descriptor = 0; descriptor <= 2; ++descriptor) dup2(null, descriptor);
  unsigned close_from = kFirstClosed;
  if (ready >= 0) {
    if (dup2(ready, kReadyDescriptor) < 0) _exit(127);
    if (ready == kReadyDescriptor) fcntl(ready, F_SETFD, 0);
    close_from = kReadyDescriptor + 1;
  }
  if (close_range(close_from, ~0U, 0) != 0) _exit(127);
  execv(argv[0], argv);
  _exit(127);
}

}  // namespace

Result<void> spawn_background(const std::vector<std::string>& argv, int* ready_at) {
  std::vector<char*> raw;
  for (const auto& word : argv) raw.push_back(const_cast<char*>(word.c_str()));
  raw.push_back(nullptr);
  std::array<int, 2> ready = {-1, -1};
  if (ready_at != nullptr && pipe2(ready.data(), O_CLOEXEC) != 0)
    return fail(Errc::io, "no pipe could be made", errno);
  const pid_t child = fork();
  if (child == 0) {
    if (setsid() < 0) _exit(127);
    const pid_t grandchild = fork();
    if (grandchild != 0) _exit(grandchild < 0 ? 127 : 0);
    become(raw.data(), ready[1]);
  }
  if (ready[1] >= 0) close(ready[1]);
  if (child < 0) {
    if (ready[0] >= 0) close(ready[0]);
    return fail(Errc::io, "no process could be started", errno);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (ready_at != nullptr) *ready_at = ready[0];
  if (status != 0) return fail(Errc::io, "no process could be started");
  return {};
}

Result<std::string> program_beside(std::string_view name) {
  std::array<char, 4096> path{};
  const auto size = readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0 || static_cast<std::size_t>(size) == path.size())
    return fail(Errc::io, "kith cannot find its own program", errno);
  const std::string_view self(path.data(), static_cast<std::size_t>(size));
  std::string beside = std::string(self.substr(0, self.rfind('/') + 1)) + std::string(name);
  if (access(beside.c_str(), X_OK) != 0)
    return fail(Errc::not_found, "a program of kith is missing beside this one", errno);
  return beside;
}

}  // namespace kith::cli
