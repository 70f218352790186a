// What the process gives up before it sees a key or a byte from outside (README.md has the list).
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.h"

namespace kith::net {

// First thing in main: umask 077, no core dump, not dumpable (so no ptrace by our own user), no inherited
// descriptor beyond stderr, no privileges to gain, enough descriptors for libzmq.
void lower_limits();

// Private writable memory the process may hold: what it holds now and kMemoryHeadroom. Beyond it allocation
// fails and the process dies, not the machine. Returns the limit in bytes.
Result<std::uint64_t> limit_memory();

// Landlock: from now on files are opened below `directory` only (and a few the libraries read). Returns the
// kernel's ABI, 0 if it has none.
Result<int> confine_files(const std::string& directory);

// seccomp, an allow-list. Everything else gives EPERM: exec, ptrace, process_vm_*, fork, unix sockets, mount,
// bpf, keyctl, io_uring and so on. unsupported: the kernel has no seccomp.
Result<void> confine_calls();

// Opened before confine_files, read after: resident memory in bytes, 0 if unknown.
class ResidentMeter {
 public:
  ResidentMeter();
  ~ResidentMeter();
  ResidentMeter(const ResidentMeter&) = delete;
  ResidentMeter& operator=(const ResidentMeter&) = delete;
  std::uint64_t bytes() const;

 private:
  int descriptor_;
};

}  // namespace kith::net
