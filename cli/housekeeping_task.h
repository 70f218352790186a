// What the open journal does for itself: words taken away are overwritten once the time to undo is over.
#pragma once

#include "cli/agent.h"
#include "core/base/random.h"

namespace kith::cli {

class HousekeepingTask final : public AgentTask {
 public:
  HousekeepingTask(const Home& home, const Clock& clock, Random& random)
      : home_(home), clock_(clock), random_(random) {}
  Result<TaskReport> run(const crypto::DatabaseKeys& keys, Occasion occasion) override;

 private:
  const Home& home_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace kith::cli
