// The system calls that libzmq, SQLCipher, libsodium, the C library and (in the checked builds) the
// sanitizers make in a running courier. The list is generous with calls that act on the process alone and
// mean with those that reach out of it.
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "net/sandbox.h"

namespace kith::net {
namespace {

constexpr const char* kPlain[] = {
    // memory and threads
    "brk",
    "mmap",
    "mmap2",
    "munmap",
    "mprotect",
    "mremap",
    "madvise",
    "mlock",
    "munlock",
    "mincore",
    "msync",
    "futex",
    "set_robust_list",
    "rseq",
    "sched_yield",
    "sched_getaffinity",
    "sched_getparam",
    "sched_getscheduler",
    "membarrier",
    "get_robust_list",
    "set_tid_address",
    "exit",
    "exit_group",
    // signals of our own
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigtimedwait",
    "sigaltstack",
    "sigreturn",
    "restart_syscall",
    "signalfd4",
    // time
    "clock_gettime",
    "clock_getres",
    "clock_nanosleep",
    "gettimeofday",
    "nanosleep",
    "time",
    // who we are
    "getpid",
    "gettid",
    "getppid",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "uname",
    "sysinfo",
    "getrusage",
    "getrandom",
    "getrlimit",
    "times",
    "getcpu",
    // descriptors
    "read",
    "write",
    "readv",
    "writev",
    "pread64",
    "pwrite64",
    "preadv",
    "pwritev",
    "close",
    "lseek",
    "_llseek",
    "dup",
    "poll",
    "ppoll",
    "select",
    "_newselect",
    "pselect6",
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "eventfd",
    "eventfd2",
    "pipe2",
    // files (Landlock says which)
    "open",
    "openat",
    "access",
    "faccessat",
    "faccessat2",
    "stat",
    "lstat",
    "fstat",
    "stat64",
    "lstat64",
    "fstat64",
    "newfstatat",
    "fstatat64",
    "statx",
    "statfs",
    "fstatfs",
    "readlink",
    "readlinkat",
    "getcwd",
    "fsync",
    "fdatasync",
    "ftruncate",
    "ftruncate64",
    "fallocate",
    "fadvise64",
    "unlink",
    "unlinkat",
    "fchmod",
    "flock",
    "getdents64",
    "umask",
    // connections that exist
    "bind",
    "listen",
    "accept",
    "accept4",
    "connect",
    "getsockname",
    "getpeername",
    "getsockopt",
    "setsockopt",
    "shutdown",
    "sendto",
    "recvfrom",
    "sendmsg",
    "recvmsg",
    "sendmmsg",
    "recvmmsg",
};

class Filter {
 public:
  Filter() : filter_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {}
  ~Filter() {
    if (filter_ != nullptr) seccomp_release(filter_);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  // A name this architecture does not have is skipped.
  template <class... Conditions>
  void on(std::uint32_t action, const char* name, Conditions... conditions) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR || number < 0) return;
    if (seccomp_rule_add(filter_, action, number, sizeof...(conditions), conditions...) != 0) bad_ = true;
  }
  template <class... Conditions>
  void allow(const char* name, Conditions... conditions) {
    on(SCMP_ACT_ALLOW, name, conditions...);
  }
  Result<void> load() {
    if (filter_ == nullptr || bad_) return fail(Errc::unsupported, "no system call filter");
    if (seccomp_attr_set(filter_, SCMP_FLTATR_CTL_TSYNC, 1) != 0 || seccomp_load(filter_) != 0)
      return fail(Errc::unsupported, "the kernel takes no system call filter");
    return {};
  }

 private:
  scmp_filter_ctx filter_;
  bool bad_ = false;
};

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) { return {argument, SCMP_CMP_EQ, value, 0}; }
scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

constexpr std::uint64_t kInt = 0xffffffff;  // the kernel reads an int; the upper half may be anything

void allow_some(Filter& filter) {
  filter.allow("socket", masked(0, kInt, AF_INET));
  filter.allow("socket", masked(0, kInt, AF_INET6));
  // The C library lists the interfaces over rtnetlink when a numeric address is bound.
  filter.allow("socket", masked(0, kInt, AF_NETLINK), masked(2, kInt, NETLINK_ROUTE));
  // Threads, never processes. clone3 hides its flags behind a pointer: the C library then falls back to
  // clone.
  filter.allow("clone", masked(0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM));
  filter.on(SCMP_ACT_ERRNO(ENOSYS), "clone3");
  for (const int option : {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, 0x53564d41 /* PR_SET_VMA, naming */})
    filter.allow("prctl", masked(0, kInt, static_cast<std::uint64_t>(option)));
  for (const unsigned long request :
       std::initializer_list<unsigned long>{FIONBIO, FIONREAD, 0x5401 /* TCGETS: is it a terminal */})
    filter.allow("ioctl", masked(1, kInt, request));
  // libzmq gives each thread the scheduling it has already; any other policy than the ordinary one is
  // refused.
  filter.allow("sched_setscheduler", masked(1, kInt, SCHED_OTHER));
  filter.allow("prlimit64", equals(2, 0));  // read limits, not set them
  // Signals to itself alone. A descriptor could send them too (F_SETOWN, F_SETSIG), to any process of this
  // user.
  filter.allow("tgkill", masked(0, kInt, static_cast<std::uint64_t>(getpid())));
  for (const int command :
       {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW})
    for (const char* name : {"fcntl", "fcntl64"})
      filter.allow(name, masked(1, kInt, static_cast<std::uint64_t>(command)));
}

}  // namespace

Result<void> confine_calls() {
  Filter filter;
  for (const char* name : kPlain) filter.allow(name);
  allow_some(filter);
  return filter.load();
}

}  // namespace kith::net
