// init: the key file, both databases, and the first unlock.
#include <unistd.h>

#include "cli/agent_client.h"
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/files.h"
#include "cli/passphrase.h"
#include "cli/settings.h"
#include "core/db/database.h"
#include "core/keyring/head_record.h"
#include "core/keyring/keyring.h"

namespace kith::cli {
namespace {

constexpr int kFirstIdleMinutes = 10;

constexpr std::string_view kWelcome =
    "This is yours. Nobody sees it unless you show them.\n"
    "Choose a passphrase that nobody at home would guess; nobody can reset it.\n"
    "Someone sharing this login can see that kith is here, but not your words while it is locked.";

Result<void> ask_for_card(Context& context) {
  Settings settings;
  KITH_TRY(settings.help_number,
           context.term.line("The emergency number where you live, for the help card:", kDefaultHelpNumber));
  return save_settings(context.home, settings);
}

// The key file is written last: without it there is no journal, and init can be run again.
Result<void> make_databases(Context& context, const crypto::DatabaseKeys& keys) {
  KITH_TRY(auto journal, db::Database::open(context.home.journal(), keys.journal.reveal(), {.create = true}));
  KITH_CHECK(keyring::Keyring::open(journal));
  KITH_CHECK(keyring::save_head(journal, context.home.heads(), keys.journal, context.random));
  KITH_CHECK(db::Database::open(context.home.mail(), keys.mail.reveal(), {.create = true}));
  return {};
}

Result<void> check_nothing_there(Context& context) {
  if (context.home.set_up())
    return context.tell(Errc::refused,
                        {"There is a journal here already.", "It was not touched.",
                         "Open it with kith unlock. For a second one, set KITH_HOME to another folder."});
  if (context.home.partly_set_up())
    return context.tell(
        Errc::damaged,
        {"There are databases of a journal here, but no key file.", "They were not touched.",
         "Bring keyfile back from a copy, or move " + clean_line(context.home.data) + " away."});
  return {};
}

Result<Exit> run(Context& context, const Args& args) {
  KITH_CHECK(check_nothing_there(context));
  context.term.say(kWelcome);
  context.term.say("");
  if (context.flags.dry_run) return Exit::done;
  KITH_TRY(const auto passphrase, choose_passphrase(context, args.has("words")));
  KITH_CHECK(make_home(context.home, context.term));
  KITH_CHECK(ask_for_card(context));
  context.term.progress("Making your journal ...");
  crypto::DatabaseKeys keys{crypto::JournalKey(context.random), crypto::MailKey(context.random)};
  KITH_TRY(const Bytes file,
           crypto::make_key_file(keys, passphrase.reveal(), crypto::calibrate_argon2(), context.random));
  if (auto made = make_databases(context, keys); !made) {
    for (const auto& path : {context.home.journal(), context.home.mail(), context.home.heads()})
      unlink(path.c_str());
    return tl::unexpected(made.error());
  }
  KITH_CHECK(write_new_file(context.home.key_file(), file));
  KITH_CHECK(start_agent());
  KITH_TRY(auto agent, AgentClient::connect(context.home));
  KITH_CHECK(agent.unlock(std::move(keys), std::chrono::minutes(kFirstIdleMinutes)));
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
