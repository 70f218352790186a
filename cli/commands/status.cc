// status: locked or unlocked first, then what carries post.
#include "cli/agent_client.h"
#include "cli/book.h"
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/courier_client.h"
#include "cli/desk.h"
#include "cli/json.h"
#include "cli/use/health.h"
#include "core/base/text.h"
#include "core/sharing/gate.h"
#include "core/sharing/groups.h"

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
  const std::string up = "The courier is up and carries sealed post.";
  if (courier->falls_today == 0) return up;
  const std::string times =
      courier->falls_today == 1 ? "once" : std::to_string(courier->falls_today) + " times";
  return up + " It stopped " + times + " today and was started again; nothing was lost.";
}

Result<std::optional<CourierState>> courier_state(const Home& home) {
  auto courier = CourierClient::connect(home);
  if (!courier && courier.error().code == Errc::not_found) return std::optional<CourierState>();
  if (!courier) return tl::unexpected(courier.error());
  auto state = courier->status();
  if (!state) return std::optional<CourierState>();  // it ended between the two
  return std::optional(std::move(*state));
}

struct Waiting {
  std::size_t shares = 0;
  std::optional<WallTime> next;
  bool asks_again = false;
  std::vector<std::string> at_rest;  // names of groups that the courier carries nothing for, as shown
};

// Those that I am in. The courier says which, and is not believed about more.
Result<std::vector<std::string>> groups_at_rest(Desk& desk, const CourierState& courier) {
  std::vector<std::string> names;
  for (const auto& id : courier.at_rest) {
    const auto group = sharing::Groups(desk.node()).show(id);
    if (!group && group.error().code == Errc::not_found) continue;
    if (!group) return tl::unexpected<Error>(group.error());
    if (group->me.status != group::Status::left && group->me.status != group::Status::removed)
      names.push_back(render_plain(PeerText(group->name)));
  }
  return names;
}

Result<Waiting> look_inside(Context& context, const Args& args, const std::optional<CourierState>& courier) {
  KITH_TRY(const auto desk, Desk::open(context, args));
  KITH_TRY(const auto lines, sharing::ConsentGate(desk->node()).outbox());
  Waiting waiting;
  if (courier) {
    KITH_TRY(waiting.at_rest, groups_at_rest(*desk, *courier));
  }
  for (const auto& line : lines) {
    if (line.state == sharing::ConsentState::ask_again) waiting.asks_again = true;
    if (line.state != sharing::ConsentState::waiting) continue;
    ++waiting.shares;
    if (!waiting.next || line.release_at < *waiting.next) waiting.next = line.release_at;
  }
  return waiting;
}

std::string waiting_text(const AgentState& agent, const Waiting& waiting) {
  if (!agent.unlocked) return "What waits in the outbox goes after the next unlock.";
  std::string text = "Nothing waits in the outbox.";
  if (waiting.next)
    text = "The outbox holds something until " + day_and_time(moment_of(*waiting.next)) +
           "; kith outbox shows it.";
  if (waiting.asks_again) text += " Something could not go as it was: kith outbox says why.";
  return text;
}

std::string rest_text(const Waiting& waiting) {
  std::string text;
  for (const auto& name : waiting.at_rest)
    text +=
        "For " + name + " nothing comes or goes: so much was signed in it that the courier lets it rest.\n";
  return text;
}

Result<Exit> run(Context& context, const Args& args) {
  KITH_CHECK(check_home(context.home, context.term));
  KITH_TRY(const auto agent, agent_state(context.home));
  KITH_TRY(const auto courier, courier_state(context.home));
  const std::string low = nearly_full(context.home);
  Waiting waiting;
  if (agent.unlocked) {
    KITH_TRY(waiting, look_inside(context, args, courier));
  }
  if (context.flags.json) {
    Json json;
    json.text("state", agent.unlocked ? "unlocked" : "locked");
    if (agent.unlocked) json.number("locks_in_seconds", agent.locks_in.count());
    json.object("courier").flag("running", courier.has_value());
    if (courier)
      json.flag("has_key", courier->has_key)
          .number("connected", courier->connected)
          .number("falls_today", courier->falls_today);
    json.end();
    if (agent.unlocked) {
      json.object("outbox").number("waiting", static_cast<std::int64_t>(waiting.shares));
      if (waiting.next) json.text("next", iso_time(moment_of(*waiting.next)));
      json.flag("asks_again", waiting.asks_again).end();
      json.number("groups_at_rest", static_cast<std::int64_t>(waiting.at_rest.size()));
    }
    json.flag("disk_nearly_full", !low.empty());
    context.term.data(json.finish());
    return Exit::done;
  }
  if (context.flags.plain) {
    context.term.data(std::string("journal\t") + (agent.unlocked ? "unlocked" : "locked") + "\n");
    context.term.data(std::string("courier\t") + (courier ? "up" : "down") + "\n");
    if (courier && courier->falls_today > 0)
      context.term.data("courier started again today\t" + std::to_string(courier->falls_today) + "\n");
    if (agent.unlocked)
      context.term.data(std::string("outbox\t") + (waiting.next ? "waiting" : "empty") + "\n");
    for (const auto& name : waiting.at_rest) context.term.data("at rest\t" + name + "\n");
    if (!low.empty()) context.term.data("disk\tnearly full\n");
    return Exit::done;
  }
  context.term.data(lock_text(agent) + "\n" + courier_text(courier) + "\n" + rest_text(waiting) +
                    waiting_text(agent, waiting) + "\n" + (low.empty() ? "" : low + "\n"));
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
