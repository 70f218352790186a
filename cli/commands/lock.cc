// unlock, lock, hide.
#include "cli/agent_client.h"
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/passphrase.h"
#include "cli/use/opening.h"

namespace kith::cli {
namespace {

constexpr std::string_view kStray =
    "A passphrase never goes on the command line: others on this computer could read it there.";

std::string minutes_text(std::chrono::seconds left) {
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(left).count();
  return minutes == 1 ? "a minute" : std::to_string(minutes) + " minutes";
}

Result<std::optional<std::int64_t>> idle_option(const Args& args) {
  if (!args.has("idle")) return std::optional<std::int64_t>();
  KITH_TRY(const auto minutes, args.number("idle", 1, kMostIdleMinutes, 1));
  return std::optional(minutes);
}

Result<Exit> run_unlock(Context& context, const Args& args) {
  KITH_CHECK(check_home(context.home, context.term));
  KITH_TRY(const auto minutes, idle_option(args));
  KITH_TRY(const auto state, agent_state(context.home));
  if (state.unlocked) {
    KITH_TRY(const auto idle, stay_open(context, minutes));
    context.term.say("It is open already, and locks by itself after " + minutes_text(idle) + " of quiet.");
    return Exit::done;
  }
  KITH_TRY(auto keys, ask_passphrase(context, "Passphrase:"));
  KITH_TRY(const auto idle, open_journal(context, std::move(keys), minutes));
  context.term.say("Your journal is open. It locks by itself after " + minutes_text(idle) + " of quiet.");
  return Exit::done;
}

Result<Exit> run_lock(Context& context, const Args&) {
  KITH_CHECK(check_home(context.home, context.term));
  KITH_CHECK(lock_journal(context));
  context.term.say("Your journal is locked.");
  return Exit::done;
}

Result<Exit> run_hide(Context& context, const Args&) {
  context.term.clear_screen();  // first: it must not wait for anything
  if (!context.home.set_up()) return Exit::done;
  KITH_CHECK(lock_journal(context));
  context.term.clear_screen();
  return Exit::done;
}

constexpr Option kUnlockOptions[] = {
    {"idle", 0, "MINUTES", "lock after so much quiet: 10 unless you say otherwise, 120 at most"}};

}  // namespace

const Command commands::unlock = {
    .name = "unlock",
    .section = Section::every_day,
    .summary = "Open your journal",
    .options = kUnlockOptions,
    .examples =
        "kith unlock              asks for your passphrase\nkith unlock --idle 30    stays open for half an "
        "hour of quiet",
    .more = "While it is open, the other commands work without asking again.",
    .on_failure = "Your journal stays locked.",
    .stray = kStray,
    .run = run_unlock,
};

const Command commands::lock = {
    .name = "lock",
    .section = Section::every_day,
    .summary = "Close your journal at once",
    .options = {},
    .examples = "kith lock",
    .more = "Something you are writing in another window is kept as a draft.",
    .on_failure = "It may still be open.",
    .run = run_lock,
};

const Command commands::hide = {
    .name = "hide",
    .section = Section::every_day,
    .summary = "Clear the screen and lock, at once",
    .options = {},
    .examples = "kith hide",
    .more =
        "What stands on the screen and above it goes away too. kith hides your words, not that it is here.",
    .on_failure = "It may still be open.",
    .run = run_hide,
};

}  // namespace kith::cli
