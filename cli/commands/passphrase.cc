// passphrase: the same keys, wrapped anew.
#include "cli/passphrase.h"

#include "cli/commands/all.h"
#include "cli/use/opening.h"

namespace kith::cli {
namespace {

Result<Exit> run(Context& context, const Args& args) {
  KITH_CHECK(check_home(context.home, context.term));
  KITH_TRY(const auto keys, ask_passphrase(context, "The passphrase until now:"));
  context.term.say("Now the new one.");
  KITH_TRY(const auto chosen, choose_passphrase(context, args.has("words")));
  if (context.flags.dry_run) return Exit::done;
  KITH_CHECK(change_passphrase(context, keys, chosen));
  context.term.say(
      "Changed. The old passphrase no longer opens this journal; an old copy of the whole folder still opens "
      "with it.");
  return Exit::done;
}

constexpr Option kOptions[] = {{"words", 0, "", "make six words for the new one"}};

}  // namespace

const Command commands::passphrase = {
    .name = "passphrase",
    .section = Section::keeping,
    .summary = "Change your passphrase",
    .options = kOptions,
    .examples = "kith passphrase",
    .on_failure = "The passphrase is as it was.",
    .stray = "A passphrase never goes on the command line: others on this computer could read it there.",
    .run = run,
};

}  // namespace kith::cli
