// Clocks, what processes use of the machine, and the table that all of it ends in.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace kith::bench {

// The value, or the program ends and says what failed: a benchmark has nobody to hand an error to.
[[noreturn]] void stop(const std::string& what);
template <class T>
T must(Result<T> result) {
  if (!result) stop(result.error().what.text());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class Stopwatch {
 public:
  double ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

double own_cpu_ms();              // user and system, all threads
double cpu_ms_of(pid_t process);  // the same of another; the kernel counts in 10 ms
struct Memory {
  double now_mb, peak_mb;  // VmRSS and VmHWM, in units of 2^20 bytes
};
Memory memory_of(pid_t process);
std::uint64_t wakeups_of(pid_t process);  // voluntary context switches, all threads
inline constexpr pid_t kSelf = 0;
// Looks on for ten seconds: "NAME: so many MiB resident, so many wake-ups a second".
std::string idle_note(const std::string& name, pid_t process);

struct Sample {  // what cannot be told is not a number
  double ms = 0;
  double cpu_ms = 0;
  double peak_mb = 0;
};
inline constexpr double kUntold = -1;

// Runs `work` in a process of its own, so that its memory and CPU are its own, and gives what it returned.
std::vector<Sample> in_child(const std::function<std::vector<Sample>()>& work);
// The same beside another process that only has to be there, and is ended when `work` is done. `helper` calls
// its argument with one number when it is ready; `work` gets it.
std::vector<Sample> in_pair(const std::function<void(const std::function<void(int)>&)>& helper,
                            const std::function<std::vector<Sample>(int)>& work);

class Table {
 public:
  void add(const std::string& row, const Sample& sample) { samples_at(row).push_back(sample); }
  // Its ratio to another row's median, time and CPU.
  void compare(const std::string& row, const std::string& with) { compared_[row] = with; }
  void note(const std::string& line) { notes_.push_back(line); }
  void print() const;

 private:
  std::vector<Sample>& samples_at(const std::string& row);
  std::vector<std::pair<std::string, std::vector<Sample>>> rows_;
  std::map<std::string, std::string> compared_;
  std::vector<std::string> notes_;
};

}  // namespace kith::bench
