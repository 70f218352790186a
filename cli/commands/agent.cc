// agent: started by init and unlock, in the background. What it does while unlocked is listed here.
#include "cli/agent.h"

#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/housekeeping_task.h"
#include "cli/sharing_task.h"

namespace kith::cli {
namespace {

constexpr int kReadyDescriptor = 3;  // cli/spawn.h

Result<Exit> run(Context& context, const Args& args) {
  KITH_CHECK(check_home(context.home, context.term));
  AgentSetup setup{context.home, context.clock, {}, args.has("ready") ? kReadyDescriptor : -1};
  setup.tasks.push_back(std::make_unique<SharingTask>(context.home, context.clock, context.random));
  setup.tasks.push_back(std::make_unique<HousekeepingTask>(context.home, context.clock, context.random));
  KITH_CHECK(run_agent(std::move(setup)));
  return Exit::done;
}

constexpr Option kOptions[] = {{"ready", 0, "", "tell descriptor 3 when it listens"}};

}  // namespace

const Command commands::agent = {
    .name = "agent",
    .section = Section::behind,
    .summary = "Hold the open journal's keys (kith unlock starts it)",
    .options = kOptions,
    .examples = "",
    .on_failure = "",
    .run = run,
};

}  // namespace kith::cli
