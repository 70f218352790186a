#include "tests/bench/measure.h"

#include <dirent.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

namespace kith::bench {
namespace {

std::string proc(pid_t process, const std::string& file) {
  return "/proc/" + (process == kSelf ? std::string("self") : std::to_string(process)) + "/" + file;
}

double field(const std::string& path, std::string_view name) {
  std::ifstream in(path);
  std::string line;
  while (std::getline(in, line))
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':')
      return std::stod(line.substr(name.size() + 1));
  return 0;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<double> column(const std::vector<Sample>& samples, double Sample::*which) {
  std::vector<double> values;
  for (const Sample& sample : samples)
    if (sample.*which > kUntold) values.push_back(sample.*which);
  return values;
}

std::string shown(const std::vector<double>& values) {
  if (values.empty()) return "-";
  const double value = median(values);
  return value < 100 ? fmt::format("{:.2f}", value) : fmt::format("{:.0f}", value);
}

std::string ratio(const std::vector<double>& mine, const std::vector<double>& other) {
  if (mine.empty() || other.empty() || median(other) <= 0) return "-";
  return fmt::format("{:.2f}", median(mine) / median(other));
}

void write_all(int descriptor, const void* bytes, std::size_t size) {
  if (write(descriptor, bytes, size) != static_cast<ssize_t>(size)) _exit(1);
}

std::vector<Sample> read_samples(int descriptor, pid_t child) {
  std::vector<Sample> samples;
  Sample one;
  while (read(descriptor, &one, sizeof one) == sizeof one) samples.push_back(one);
  close(descriptor);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) stop("a measured process failed");
  return samples;
}

}  // namespace

void stop(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  _exit(1);
}

double own_cpu_ms() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

double cpu_ms_of(pid_t process) {
  std::ifstream in(proc(process, "stat"));
  std::string text((std::istreambuf_iterator<char>(in)), {});
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 2)));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;  // proc(5): utime and stime are fields 14 and 15
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) * 1e3 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

Memory memory_of(pid_t process) {
  const std::string status = proc(process, "status");
  return {field(status, "VmRSS") / 1024, field(status, "VmHWM") / 1024};
}

std::uint64_t wakeups_of(pid_t process) {
  std::uint64_t sum = 0;
  DIR* tasks = opendir(proc(process, "task").c_str());
  if (tasks == nullptr) stop("no such process");
  while (const dirent* entry = readdir(tasks))
    if (entry->d_name[0] != '.')
      sum += static_cast<std::uint64_t>(
          field(proc(process, "task/" + std::string(entry->d_name) + "/status"), "voluntary_ctxt_switches"));
  closedir(tasks);
  return sum;
}

std::string idle_note(const std::string& name, pid_t process) {
  constexpr std::chrono::seconds kLook{10};
  const auto before = wakeups_of(process);
  std::this_thread::sleep_for(kLook);
  return fmt::format("{}: {:.1f} MiB resident, {:.1f} wake-ups a second", name, memory_of(process).now_mb,
                     static_cast<double>(wakeups_of(process) - before) / static_cast<double>(kLook.count()));
}

std::vector<Sample> in_child(const std::function<std::vector<Sample>()>& work) {
  int ends[2];
  if (pipe(ends) != 0) stop("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    for (const Sample& sample : work()) write_all(ends[1], &sample, sizeof sample);
    _exit(0);
  }
  close(ends[1]);
  return read_samples(ends[0], child);
}

std::vector<Sample> in_pair(const std::function<void(const std::function<void(int)>&)>& helper,
                            const std::function<std::vector<Sample>(int)>& work) {
  int ends[2];
  if (pipe(ends) != 0) stop("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    helper([&](int number) { write_all(ends[1], &number, sizeof number); });
    _exit(0);
  }
  close(ends[1]);
  int number = 0;
  if (read(ends[0], &number, sizeof number) != sizeof number) stop("the other side did not start");
  auto samples = in_child([&] { return work(number); });
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ends[0]);
  return samples;
}

std::vector<Sample>& Table::samples_at(const std::string& row) {
  const auto found = std::ranges::find(rows_, row, [](const auto& entry) { return entry.first; });
  if (found != rows_.end()) return found->second;
  return rows_.emplace_back(row, std::vector<Sample>{}).second;
}

void Table::print() const {
  std::size_t width = 0;
  for (const auto& [name, samples] : rows_) width = std::max(width, name.size());
  fmt::print("{:<{}}  {:>3}  {:>9}  {:>9}  {:>9}  {:>9}  {:>8}  {:>6}  {:>6}\n", "", width, "n", "ms",
             "least ms", "most ms", "CPU ms", "peak MiB", "x time", "x CPU");
  for (const auto& [name, samples] : rows_) {
    const auto times = column(samples, &Sample::ms), cpu = column(samples, &Sample::cpu_ms);
    std::string by_time, by_cpu;
    if (const auto found = compared_.find(name); found != compared_.end()) {
      const auto base = std::ranges::find(rows_, found->second, [](const auto& row) { return row.first; });
      if (base != rows_.end()) {
        by_time = ratio(times, column(base->second, &Sample::ms));
        by_cpu = ratio(cpu, column(base->second, &Sample::cpu_ms));
      }
    }
    const auto one = [](auto found, const auto& all) {
      return found == all.end() ? std::string("-") : shown({*found});
    };
    fmt::print("{:<{}}  {:>3}  {:>9}  {:>9}  {:>9}  {:>9}  {:>8}  {:>6}  {:>6}\n", name, width,
               samples.size(), shown(times), one(std::ranges::min_element(times), times),
               one(std::ranges::max_element(times), times), shown(cpu),
               shown(column(samples, &Sample::peak_mb)), by_time, by_cpu);
  }
  for (const std::string& line : notes_) fmt::print("{}\n", line);
}

}  // namespace kith::bench
