// init: the key file, both databases, and the first unlock.
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/passphrase.h"
#include "cli/use/opening.h"

namespace kith::cli {
namespace {

constexpr std::string_view kWelcome =
    "This is yours. Nobody sees it unless you show them.\n"
    "Choose a passphrase that nobody at home would guess; nobody can reset it.\n"
    "Someone sharing this login can see that kith is here, but not your words while it is locked.";

Result<Exit> run(Context& context, const Args& args) {
  KITH_CHECK(check_nothing_there(context));
  context.term.say(kWelcome);
  context.term.say("");
  if (context.flags.dry_run) return Exit::done;
  KITH_TRY(const auto passphrase, choose_passphrase(context, args.has("words")));
  Settings card;
  KITH_TRY(card.help_number,
           context.term.line("The emergency number where you live, for the help card:", kDefaultHelpNumber));
  context.term.progress("Making your journal ...");
  KITH_CHECK(make_journal(context, passphrase, card));
  context.term.end_progress();
  context.term.say(
      "Your journal is ready and open. kith notice keeps one line, kith write as much as you like.");
  return Exit::done;
}

constexpr Option kOptions[] = {{"words", 0, "", "make six words for the passphrase"}};

}  // namespace

const Command commands::init = {
    .name = "init",
    .section = Section::every_day,
    .summary = "Make your journal on this computer",
    .words = "",
    .least = 0,
    .most = 0,
    .options = kOptions,
    .examples = "kith init             choose a passphrase\nkith init --words     let kith make six words",
    .more =
        "The journal is encrypted from the first word. Nobody, not even who made kith, can open it without "
        "your\n"
        "passphrase. What it cannot protect: an open journal on a computer somebody else uses, a computer "
        "with\n"
        "spying software on it, and what you tell people.",
    .on_failure = "No journal was made.",
    .stray = "A passphrase never goes on the command line: others on this computer could read it there.",
    .run = run,
};

}  // namespace kith::cli
