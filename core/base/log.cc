#include "core/base/log.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>

namespace kith::log {
namespace {

std::atomic<int> sink{-1};

}  // namespace

void set_sink(int descriptor) { sink = descriptor; }

void write(Id id, std::span<const std::int64_t> numbers) {
  const int descriptor = sink;
  if (descriptor < 0) return;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  std::string line = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  line += " event " + std::to_string(static_cast<unsigned>(id));
  for (const auto number : numbers) line += " " + std::to_string(number);
  line += "\n";
  // A log that cannot be written must not stop the work it tells about.
  [[maybe_unused]] const auto written = ::write(descriptor, line.data(), line.size());
}

}  // namespace kith::log
