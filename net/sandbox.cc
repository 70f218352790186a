#include "net/sandbox.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <initializer_list>

#include "net/limits.h"

namespace kith::net {
namespace {

// /proc/self/statm, in pages: size resident shared text lib data dirty. "data" is private writable memory and
// stacks, which is what RLIMIT_DATA counts since Linux 4.7.
struct Statm {
  std::uint64_t resident = 0, data = 0;
};
Statm read_statm(int descriptor) {
  std::array<char, 256> text{};
  if (descriptor < 0 || pread(descriptor, text.data(), text.size() - 1, 0) <= 0) return {};
  unsigned long long size = 0, resident = 0, shared = 0, code = 0, lib = 0, data = 0;
  if (std::sscanf(text.data(), "%llu %llu %llu %llu %llu %llu", &size, &resident, &shared, &code, &lib,
                  &data) != 6)
    return {};
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return {resident * page, data * page};
}
int open_statm() { return open("/proc/self/statm", O_RDONLY | O_CLOEXEC); }

// Rights by ABI version; the header of the build machine may be older than the running kernel.
constexpr std::uint64_t kAllRights[] = {
    0, (1ULL << 13) - 1, (1ULL << 14) - 1, (1ULL << 15) - 1, (1ULL << 15) - 1, (1ULL << 16) - 1};
constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t kUse = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                               LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                               LANDLOCK_ACCESS_FS_MAKE_REG;
constexpr std::uint64_t kTruncate = 1ULL << 14;  // LANDLOCK_ACCESS_FS_TRUNCATE, ABI 3

bool allow(int rules, const char* path, std::uint64_t rights) {
  const int descriptor = open(path, O_PATH | O_CLOEXEC);
  if (descriptor < 0) return false;
  landlock_path_beneath_attr beneath{};
  beneath.allowed_access = rights;
  beneath.parent_fd = descriptor;
  const long added = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
  close(descriptor);
  return added == 0;
}

bool apply_rules(int rules, const std::string& directory, int abi) {
  if (!allow(rules, directory.c_str(), kUse | (abi >= 3 ? kTruncate : 0))) return false;
  for (const char* path : {"/dev/urandom", "/etc/ssl/openssl.cnf", "/proc/self/statm"})
    allow(rules, path, kRead);
  return syscall(SYS_landlock_restrict_self, rules, 0) == 0;
}

}  // namespace

void lower_limits() {
  umask(077);
  close_range(3, ~0U, 0);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  rlimit descriptors{};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    descriptors.rlim_cur = std::min<rlim_t>(descriptors.rlim_max, kDescriptors);
    setrlimit(RLIMIT_NOFILE, &descriptors);
  }
}

Result<std::uint64_t> limit_memory() {
  const int descriptor = open_statm();
  const Statm now = read_statm(descriptor);
  close(descriptor);
  if (now.data == 0) return fail(Errc::io, "memory in use is unknown");
  const rlimit limit{now.data + kMemoryHeadroom, now.data + kMemoryHeadroom};
  if (setrlimit(RLIMIT_DATA, &limit) != 0) return fail(Errc::io, "no memory limit", errno);
  return limit.rlim_cur;
}

Result<int> confine_files(const std::string& directory) {
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version <= 0) return 0;
  const int abi = static_cast<int>(version);
  landlock_ruleset_attr attribute{};
  attribute.handled_access_fs = kAllRights[std::min<std::size_t>(static_cast<std::size_t>(abi), 5)];
  const long rules = syscall(SYS_landlock_create_ruleset, &attribute, sizeof attribute.handled_access_fs, 0);
  if (rules < 0) return fail(Errc::io, "Landlock refuses our rules", errno);
  const bool applied = apply_rules(static_cast<int>(rules), directory, abi);
  const int error = errno;
  close(static_cast<int>(rules));
  if (!applied) return fail(Errc::io, "Landlock refuses our rules", error);
  return abi;
}

ResidentMeter::ResidentMeter() : descriptor_(open_statm()) {}
ResidentMeter::~ResidentMeter() {
  if (descriptor_ >= 0) close(descriptor_);
}
std::uint64_t ResidentMeter::bytes() const { return read_statm(descriptor_).resident; }

}  // namespace kith::net
