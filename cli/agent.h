// The agent: one background process that holds both keys while the journal is unlocked, and does what must be
// done meanwhile. It lives exactly as long as the journal is open: locking wipes the keys and ends it, so
// that not even its memory is left.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cli/files.h"
#include "cli/home.h"
#include "core/base/clock.h"
#include "crypto/key_file.h"

namespace kith::cli {

inline constexpr std::chrono::seconds kLongestIdle = std::chrono::hours(2);

enum class Occasion : std::uint8_t {
  start,    // the journal was just unlocked
  woken,    // a command queued or confirmed something
  arrived,  // the courier brought mail
  due,      // the time the task asked for
};
struct TaskReport {
  std::optional<WallTime> next;  // call again then, at the latest
  bool mail_grew = false;        // the courier should look
  bool keep_open = false;        // the idle lock waits (a running outbox)
};
// Work for the unlocked agent. One call takes a tenth of a second at most and asks for the next one, because
// commands wait for their keys meanwhile.
class AgentTask {
 public:
  virtual ~AgentTask() = default;
  virtual Result<TaskReport> run(const crypto::DatabaseKeys& keys, Occasion occasion) = 0;
};

struct AgentSetup {
  const Home& home;
  const Clock& clock;
  std::vector<std::unique_ptr<AgentTask>> tasks;
  int ready = -1;  // a byte is written here once it listens
};
// Returns when it was locked or stopped. busy: another agent of this home runs.
Result<void> run_agent(AgentSetup setup);

// CLOCK_BOOTTIME: a laptop that slept for an hour was idle for an hour.
class BootClock final : public Clock {
 public:
  WallTime now() const override;
  Instant steady() const override;
};

}  // namespace kith::cli
