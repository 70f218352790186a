// up, down, sync: the courier.
#include "cli/agent_client.h"
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/courier_client.h"
#include "cli/desk.h"
#include "cli/json.h"
#include "cli/passphrase.h"
#include "cli/use/health.h"
#include "core/sharing/tick.h"

namespace kith::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kLongestSync = 600;  // seconds
constexpr std::int64_t kUsualSync = 30;

// From the agent if the journal is open; else from the passphrase: carrying works while locked.
Result<crypto::MailKey> mail_key(Context& context) {
  if (auto agent = AgentClient::connect(context.home)) {
    if (auto keys = agent->keys()) return std::move(keys->mail);
  }
  KITH_TRY(auto keys, ask_passphrase(context, "Passphrase (the journal stays locked):"));
  return std::move(keys.mail);
}

Result<Exit> run_up(Context& context, const Args& args) {
  KITH_CHECK(check_home(context.home, context.term));
  std::optional<mail::Address> listen;
  if (args.has("listen")) {
    auto address = mail::parse_address(args.value("listen"));
    if (!address)
      return context.tell(Errc::usage, {"That is no address kith can listen at.", "Nothing was started.",
                                        "Give numbers, such as --listen 192.168.1.20:4000"});
    listen = std::move(*address);
  }
  KITH_TRY(const auto key, mail_key(context));
  if (!CourierClient::connect(context.home)) KITH_CHECK(start_courier(context.home));
  KITH_TRY(auto courier, CourierClient::connect(context.home));
  KITH_CHECK(courier.key(key, listen));
  wake_agent(context.home);
  context.term.say("The courier is up. It carries sealed post, also while your journal is locked.");
  return Exit::done;
}

Result<Exit> run_down(Context& context, const Args&) {
  KITH_CHECK(check_home(context.home, context.term));
  auto courier = CourierClient::connect(context.home);
  if (!courier && courier.error().code != Errc::not_found) return tl::unexpected(courier.error());
  if (courier) KITH_CHECK(courier->stop());
  context.term.say("The courier is down. Nothing comes or goes.");
  return Exit::done;
}

// What is due leaves now, and not with the next batch.
Result<void> let_go(Context& context, const Args& args, CourierClient& courier) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_CHECK(sharing::tick(desk->node(), sharing::Occasion::sync));
  KITH_CHECK(desk->session().keep());
  return courier.wake();
}

Result<void> take_in(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_CHECK(sharing::tick(desk->node(), sharing::Occasion::timer));
  return desk->done();
}

std::string outcome_text(const SyncOutcome& outcome) {
  if (outcome.known == 0) return "There is nobody to meet yet.";
  std::string text =
      "Met " + std::to_string(outcome.reached) + " of " + std::to_string(outcome.known) + " computers.";
  if (!outcome.quiet) text += " Some post is still on its way.";
  return text;
}

Result<Exit> run_sync(Context& context, const Args& args) {
  KITH_CHECK(check_home(context.home, context.term));
  KITH_TRY(const auto wait, args.number("wait", 1, kLongestSync, kUsualSync));
  auto courier = CourierClient::connect(context.home);
  if (!courier)
    return context.tell(Errc::not_found, {"The courier is not running.", "Nothing was sent or fetched.",
                                          "Start it with kith up."});
  const bool open = agent_state(context.home).has_value();
  if (open) KITH_CHECK(let_go(context, args, *courier));
  context.term.progress("Meeting the others ...");
  KITH_TRY(const auto outcome, courier->sync(std::chrono::seconds(wait)));
  context.term.end_progress();
  if (open) KITH_CHECK(take_in(context, args));
  if (context.flags.json) {
    Json json;
    json.number("reached", outcome.reached).number("known", outcome.known).flag("quiet", outcome.quiet);
    context.term.data(json.finish());
  } else {
    context.term.say(outcome_text(outcome));
    if (const auto low = nearly_full(context.home); !low.empty()) context.term.say(low);
  }
  return Exit::done;
}

constexpr Option kUpOptions[] = {
    {"listen", 0, "ADDRESS",
     "numbers and a port for the others to reach; this computer only, unless you say so"}};
constexpr Option kSyncOptions[] = {{"wait", 0, "SECONDS", "how long at most: 30 unless you say otherwise"}};

}  // namespace

const Command commands::up = {
    .name = "up",
    .section = Section::carrying,
    .summary = "Start the courier, which carries sealed post",
    .options = kUpOptions,
    .examples = "kith up\nkith up --listen 192.168.1.20:4000    the others in this network can reach it",
    .more = "The courier can read none of your words and none of theirs.",
    .on_failure = "Nothing was sent or fetched.",
    .run = run_up,
};

const Command commands::down = {
    .name = "down",
    .section = Section::carrying,
    .summary = "Stop the courier",
    .options = {},
    .examples = "kith down",
    .on_failure = "The courier may still run.",
    .run = run_down,
};

const Command commands::sync = {
    .name = "sync",
    .section = Section::carrying,
    .summary = "Meet the others now, and say when it is quiet",
    .options = kSyncOptions,
    .examples = "kith sync\nkith sync --wait 120",
    .on_failure = "What waits to be sent still waits.",
    .run = run_sync,
};

}  // namespace kith::cli
