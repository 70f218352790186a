// agent: started by init and unlock, in the background. What it does while unlocked is listed here. courier:
// the other process, for a service manager.
#include "cli/agent.h"

#include <unistd.h>

#include <cerrno>

#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/housekeeping_task.h"
#include "cli/sharing_task.h"
#include "cli/spawn.h"

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

// Becomes the courier, for who wants it started by the system: the sockets' names are ours to know.
Result<Exit> run_courier(Context& context, const Args&) {
  KITH_CHECK(check_home(context.home, context.term));
  KITH_TRY(const std::string program, program_beside("kith-courier"));
  const std::string mail = context.home.mail_dir(), socket = context.home.courier_socket();
  execl(program.c_str(), program.c_str(), "--mail", mail.c_str(), "--socket", socket.c_str(), nullptr);
  return fail(Errc::io, "the courier did not start", errno);
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

const Command commands::courier = {
    .name = "courier",
    .section = Section::behind,
    .summary = "Be the courier, which waits for its key (kith up starts it)",
    .examples = "",
    .on_failure = "Nothing was sent or fetched.",
    .run = run_courier,
};

}  // namespace kith::cli
