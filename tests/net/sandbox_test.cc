// What a confined process can no longer do. Each claim is tried in a child that confines itself.
#include "net/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <thread>

namespace kith::net {
namespace {

// The child's exit code: 0 if `claim` held there.
int in_child(const std::function<bool()>& claim) {
  const pid_t child = fork();
  if (child == 0) _exit(claim() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool confined() {
  lower_limits();
  return confine_calls().has_value();
}
bool denied(long result) { return result == -1 && errno == EPERM; }

TEST(Seccomp, DeniesWhatReachesOutOfTheProcess) {
  const std::pair<const char*, std::function<long()>> calls[] = {
      {"execve",
       [] {
         char name[] = "/bin/true";
         char* arguments[] = {name, nullptr};
         return static_cast<long>(execve(name, arguments, nullptr));
       }},
      {"execveat", [] { return syscall(SYS_execveat, AT_FDCWD, "/bin/true", nullptr, nullptr, 0); }},
      {"fork", [] { return syscall(SYS_clone, 0, nullptr, nullptr, nullptr, nullptr); }},
      {"ptrace", [] { return static_cast<long>(ptrace(PTRACE_ATTACH, getppid(), nullptr, nullptr)); }},
      {"process_vm_readv",
       [] {
         char byte = 0;
         iovec local{&byte, 1}, remote{&byte, 1};
         return static_cast<long>(process_vm_readv(getppid(), &local, 1, &remote, 1, 0));
       }},
      {"unix socket", [] { return static_cast<long>(socket(AF_UNIX, SOCK_STREAM, 0)); }},
      {"unix pair",
       [] {
         int pair[2];
         return static_cast<long>(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
       }},
      {"packet socket", [] { return static_cast<long>(socket(AF_PACKET, SOCK_RAW, 0)); }},
      {"mount", [] { return syscall(SYS_mount, "none", "/", "tmpfs", 0, nullptr); }},
      {"bpf", [] { return syscall(SYS_bpf, 0, nullptr, 0); }},
      {"keyctl", [] { return syscall(SYS_keyctl, 0, 0, 0, 0, 0); }},
      {"io_uring", [] { return syscall(SYS_io_uring_setup, 1, nullptr); }},
      {"userfaultfd", [] { return syscall(SYS_userfaultfd, 0); }},
      {"kill", [] { return static_cast<long>(kill(getppid(), 0)); }},
      {"rename", [] { return static_cast<long>(rename("/nonexistent-a", "/nonexistent-b")); }},
      {"chmod", [] { return static_cast<long>(chmod("/tmp", 0777)); }},
      {"set limits",
       [] {
         const rlimit limit{0, 0};
         return syscall(SYS_prlimit64, 0, RLIMIT_CORE, &limit, nullptr);
       }},
      {"dumpable again", [] { return static_cast<long>(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }},
  };
  for (const auto& [name, call] : calls)
    EXPECT_EQ(in_child([&] { return confined() && denied(call()); }), 0) << name;
}

TEST(Seccomp, LeavesThreadsFilesAndTheNetwork) {
  EXPECT_EQ(in_child([] {
              if (!confined()) return false;
              bool ran = false;
              std::thread([&] { ran = true; }).join();
              const int tcp = socket(AF_INET, SOCK_STREAM, 0), tcp6 = socket(AF_INET6, SOCK_STREAM, 0);
              return ran && tcp >= 0 && (tcp6 >= 0 || errno == EAFNOSUPPORT) &&
                     open("/dev/null", O_RDWR) >= 0;
            }),
            0);
}

TEST(Landlock, OpensFilesBelowOneDirectoryOnly) {
  const auto base = std::filesystem::temp_directory_path() / ("kith-sandbox-" + std::to_string(getpid()));
  std::filesystem::create_directories(base / "mail");
  const std::string inside = base / "mail" / "x", outside = base / "y";
  const int held = in_child([&] {
    const auto abi = confine_files(base / "mail");
    if (!abi) return false;
    if (*abi == 0) _exit(77);
    const bool in = open(inside.c_str(), O_RDWR | O_CREAT, 0600) >= 0 && unlink(inside.c_str()) == 0;
    const bool out = open(outside.c_str(), O_RDWR | O_CREAT, 0600) >= 0 || open("/etc/passwd", O_RDONLY) >= 0;
    return in && !out;
  });
  std::filesystem::remove_all(base);
  if (held == 77) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(held, 0);
}

TEST(Limits, AreLowered) {
  const int leaked = open("/dev/null", O_RDONLY);  // would be inherited
  ASSERT_GT(leaked, 2);
  EXPECT_EQ(in_child([&] {
              lower_limits();
              rlimit core{1, 1};
              getrlimit(RLIMIT_CORE, &core);
              return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && core.rlim_max == 0 && umask(0) == 077 &&
                     prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && fcntl(leaked, F_GETFD) == -1;
            }),
            0);
  close(leaked);
}

}  // namespace
}  // namespace kith::net
