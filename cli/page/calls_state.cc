// Calls that work always: locked, and before there is a journal.
#include <sys/stat.h>

#include "cli/agent_client.h"
#include "cli/page/calls.h"
#include "cli/page/drafts.h"
#include "cli/page/shapes.h"
#include "cli/passphrase.h"
#include "cli/settings.h"
#include "cli/use/carrying.h"
#include "cli/use/health.h"
#include "cli/use/opening.h"
#include "cli/version.h"
#include "core/base/text.h"
#include "crypto/words.h"

namespace kith::cli {
namespace {

// Changes whenever somebody wrote to the journal, this process or another.
std::string stamp_of(const Home& home) {
  std::string stamp;
  for (const std::string& path : {home.journal(), home.journal() + "-wal"}) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) continue;
    stamp += std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec) + "." +
             std::to_string(info.st_size) + " ";
  }
  return stamp;
}

Result<void> state(Ask& ask) {
  const Home& home = ask.context.home;
  ask.out.flag("set_up", home.set_up());
  AgentState agent;
  if (home.set_up()) {
    KITH_TRY(agent, agent_state(home));
  }
  ask.out.flag("unlocked", agent.unlocked);
  if (agent.unlocked) ask.out.number("locks_in_seconds", agent.locks_in.count());
  ask.out.text("stamp", stamp_of(home));
  return {};
}

Result<void> help_card(Ask& ask) {
  const Settings settings = load_settings(ask.context.home);
  ask.out.text("help_number", settings.help_number);
  if (!settings.help_contact.empty()) ask.out.text("help_contact", settings.help_contact);
  return {};
}

Result<void> words(Ask& ask) {
  std::string six = crypto::generated_passphrase(ask.context.random);
  ask.out.text("words", six);
  sodium_memzero(six.data(), six.size());
  return {};
}

// What a copy and paste adds at the ends and between words.
crypto::SecretBytes tidied(std::string_view text, bool between) {
  Bytes tidy;
  tidy.reserve(text.size());
  for (const char c : trimmed(text)) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (between && blank && !tidy.empty() && tidy.back() == ' ') continue;
    tidy.push_back(static_cast<std::uint8_t>(between && blank ? ' ' : c));
  }
  return crypto::SecretBytes(std::move(tidy));
}

Result<void> init(Ask& ask) {
  KITH_TRY(const auto typed, ask.fields.text("passphrase"));
  Settings card;
  KITH_TRY(const auto number, ask.fields.text_or("help_number", kDefaultHelpNumber));
  if (!trimmed(number).empty()) card.help_number = clean_line(trimmed(number));
  const auto passphrase = tidied(typed, false);
  if (is_short(passphrase))
    return ask.context.tell(Errc::usage,
                            {"That is short; somebody at home could guess it.", "No journal was made.",
                             "Eight characters or more; several words are best."});
  return make_journal(ask.context, passphrase, card);
}

Result<crypto::DatabaseKeys> keys_as_typed(Context& context, std::string_view typed) {
  auto keys = keys_for(context, crypto::SecretBytes(to_bytes(as_bytes(typed))));
  const auto tidy = tidied(typed, true);
  if (keys || keys.error().code != Errc::wrong_passphrase || as_text(tidy.reveal()) == typed) return keys;
  return keys_for(context, tidy);
}

// Post goes and comes again, if there is a group it could be for. False: it does not, which `carry.up`
// explains.
bool carries(Context& context) {
  const auto desk = Desk::open(context, "");
  if (!desk) return false;
  const auto groups = (*desk)->node().groups();
  if (!groups || groups->empty()) return false;
  const auto place = place_to_listen(**desk);
  return place && bring_up(**desk, *place).has_value();
}

Result<void> unlock(Ask& ask) {
  Context& context = ask.context;
  KITH_CHECK(check_home(context.home, context.term));
  KITH_TRY(const auto typed, ask.fields.text("passphrase"));
  std::optional<std::int64_t> minutes;
  if (ask.fields.has("idle_minutes")) {
    KITH_TRY(minutes, ask.fields.number_within("idle_minutes", 1, kMostIdleMinutes));
  }
  KITH_TRY(auto keys, keys_as_typed(context, typed));
  KITH_TRY(const auto state, agent_state(context.home));
  KITH_TRY(const auto idle,
           state.unlocked ? stay_open(context, minutes) : open_journal(context, std::move(keys), minutes));
  ask.out.number("idle_minutes", idle.count()).flag("carries", carries(context));
  return {};
}

Result<void> lock(Ask& ask) {
  if (!ask.context.home.set_up()) return {};
  return lock_journal(ask.context);
}

Result<void> save_before_hiding(Ask& ask) {
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_CHECK(save_draft(book, ask.fields));
  return book.session.keep();
}

// What could not be saved must not keep it open.
Result<void> hide(Ask& ask) {
  const bool saved = ask.fields.has("text") && save_before_hiding(ask).has_value();
  KITH_CHECK(lock(ask));
  ask.out.flag("saved", saved);
  return {};
}

Result<void> health(Ask& ask) {
  KITH_TRY(const auto findings, look_at_health(ask.context));
  ask.out.array("findings");
  for (const auto& finding : findings)
    ask.out.object()
        .text("name", finding.name)
        .text("verdict", word_of(finding.verdict))
        .text("text", finding.text)
        .end();
  ask.out.end();
  return {};
}

Result<void> about(Ask& ask) {
  ask.out.text("version", kVersion);
  return {};
}

constexpr Call kCalls[] = {
    {"state", "", "", state},
    {"help.card", "", "In danger, call 112 or the number where you live.", help_card},
    {"words", "", "Nothing was kept.", words},
    {"init", "passphrase help_number", "No journal was made.", init},
    {"unlock", "passphrase idle_minutes", "Your words are safe and still locked.", unlock},
    {"lock", "", "It may still be open.", lock},
    {"hide", "draft kind text entry base", "It may still be open.", hide},
    {"health", "", "Nothing was changed.", health},
    {"about", "", "", about},
};

}  // namespace

std::span<const Call> state_calls() { return kCalls; }

}  // namespace kith::cli
