// status: locked or unlocked first, then what carries post.
#include "cli/agent_client.h"
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/courier_client.h"
#include "cli/json.h"

namespace kith::cli {
namespace {

std::string lock_text(const AgentState& state) {
  if (!state.unlocked) return "Locked. kith unlock opens it.";
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(state.locks_in).count();
  return "Unlocked. It locks by itself after " + std::to_string(minutes) +
         (minutes == 1 ? " minute" : " minutes") + " of quiet.";
}

std::string courier_text(const std::optional<CourierState>& courier) {
  if (!courier) return "The courier is down: nothing comes or goes.";
  if (!courier->has_key) return "The courier is up and waits for its key: kith up gives it.";
  return "The courier is up and carries sealed post.";
}

Result<std::optional<CourierState>> courier_state(const Home& home) {
  auto courier = CourierClient::connect(home);
  if (!courier && courier.error().code == Errc::not_found) return std::optional<CourierState>();
  if (!courier) return tl::unexpected(courier.error());
  auto state = courier->status();
  if (!state) return std::optional<CourierState>();  // it ended between the two
  return std::optional(std::move(*state));
}

Result<Exit> run(Context& context, const Args&) {
  KITH_CHECK(check_home(context.home, context.term));
  KITH_TRY(const auto agent, agent_state(context.home));
  KITH_TRY(const auto courier, courier_state(context.home));
  if (context.flags.json) {
    Json json;
    json.text("state", agent.unlocked ? "unlocked" : "locked");
    if (agent.unlocked) json.number("locks_in_seconds", agent.locks_in.count());
    json.object("courier").flag("running", courier.has_value());
    if (courier) json.flag("has_key", courier->has_key).number("connected", courier->connected);
    context.term.data(json.finish());
    return Exit::done;
  }
  if (context.flags.plain) {
    context.term.data(std::string("journal\t") + (agent.unlocked ? "unlocked" : "locked") + "\n");
    context.term.data(std::string("courier\t") + (courier ? "up" : "down") + "\n");
    return Exit::done;
  }
  context.term.data(lock_text(agent) + "\n" + courier_text(courier) + "\n");
  return Exit::done;
}

}  // namespace

const Command commands::status = {
    .name = "status",
    .section = Section::every_day,
    .summary = "Say whether it is locked, and what waits",
    .options = {},
    .examples = "kith status",
    .on_failure = "Nothing was changed.",
    .run = run,
};

}  // namespace kith::cli
