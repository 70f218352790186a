// now: the help card. It prints while locked, and even where there is no journal.
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/json.h"
#include "cli/settings.h"

namespace kith::cli {
namespace {

Result<Exit> run_now(Context& context, const Args&) {
  const Settings settings = load_settings(context.home);
  if (context.flags.json) {
    Json json;
    json.text("help_number", settings.help_number);
    if (!settings.help_contact.empty()) json.text("help_contact", settings.help_contact);
    context.term.data(json.finish());
    return Exit::done;
  }
  context.term.data("Nobody is watching this journal.\n\n");
  context.term.data("In danger: " + context.term.bold(clean_line(settings.help_number)) + "\n");
  if (!settings.help_contact.empty())
    context.term.data("Your own contact: " + clean_line(settings.help_contact) + "\n");
  context.term.data("\nkith hide clears the screen.\n");
  return Exit::done;
}

Result<Exit> run_edit(Context& context, const Args&) {
  Settings settings = load_settings(context.home);
  KITH_TRY(settings.help_number,
           context.term.line("The emergency number where you live:", settings.help_number));
  KITH_TRY(const std::string contact, context.term.line("Somebody you would call (Enter for nobody):", ""));
  settings.help_contact.clear();
  if (!contact.empty()) {
    context.term.say("It would show while the journal is locked, so whoever uses this computer can read it.");
    KITH_TRY(const bool shown, context.term.yes("Show it while locked?"));
    if (shown) settings.help_contact = contact;
    if (!shown) context.term.say("Then it is not kept here. Writing it into your journal keeps it private.");
  }
  if (context.flags.dry_run) return Exit::done;
  KITH_CHECK(save_settings(context.home, settings));
  context.term.say("The card is changed. kith now shows it.");
  return Exit::done;
}

}  // namespace

const Command commands::now = {
    .name = "now",
    .section = Section::keeping,
    .summary = "Show the help card, also while locked",
    .options = {},
    .examples = "kith now\nkith now edit      change what stands on it",
    .more = "",
    .on_failure = "In danger, call 112 or the number where you live.",
    .run = run_now,
};

const Command commands::now_edit = {
    .name = "now edit",
    .section = Section::keeping,
    .summary = "Change the help card",
    .options = {},
    .examples = "kith now edit",
    .on_failure = "The card is as it was.",
    .run = run_edit,
};

}  // namespace kith::cli
