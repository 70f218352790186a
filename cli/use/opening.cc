#include "cli/use/opening.h"

#include <unistd.h>

#include "cli/agent_client.h"
#include "cli/files.h"
#include "cli/passphrase.h"
#include "cli/session.h"
#include "core/db/database.h"
#include "core/journal/journal.h"
#include "core/journal/settings.h"
#include "core/keyring/head_record.h"
#include "core/keyring/keyring.h"

namespace kith::cli {
namespace {

constexpr int kFirstIdleMinutes = 10;

Result<void> make_databases(Context& context, const crypto::DatabaseKeys& keys) {
  KITH_TRY(auto journal, db::Database::open(context.home.journal(), keys.journal.reveal(), {.create = true}));
  KITH_CHECK(keyring::Keyring::open(journal));
  KITH_CHECK(keyring::save_head(journal, context.home.heads(), keys.journal, context.random));
  KITH_CHECK(db::Database::open(context.home.mail(), keys.mail.reveal(), {.create = true}));
  return {};
}

Result<std::chrono::minutes> try_journal(Context& context, const crypto::DatabaseKeys& keys,
                                         std::optional<std::int64_t> minutes) {
  KITH_TRY(auto database, db::Database::open(context.home.journal(), keys.journal.reveal(), {}));
  KITH_CHECK(journal::Journal::open(database));
  const auto heads = keyring::check_head(database, context.home.heads(), keys.journal);
  if (!heads && heads.error().code == Errc::damaged) return went_back(context);
  KITH_CHECK(heads);
  KITH_TRY(const auto usual, journal::Settings(database).number(journal::kIdleLockMinutes));
  return std::chrono::minutes(minutes.value_or(usual));
}

}  // namespace

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

Result<void> make_journal(Context& context, const crypto::SecretBytes& passphrase, const Settings& card) {
  KITH_CHECK(check_nothing_there(context));
  KITH_CHECK(make_home(context.home, context.term));
  KITH_CHECK(save_settings(context.home, card));
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
  return agent.unlock(std::move(keys), std::chrono::minutes(kFirstIdleMinutes));
}

Result<crypto::DatabaseKeys> keys_for(Context& context, const crypto::SecretBytes& passphrase) {
  KITH_TRY(const Bytes file, read_file(context.home.key_file(), kMaxKeyFile));
  return crypto::open_key_file(file, passphrase.reveal());
}

Result<std::chrono::minutes> open_journal(Context& context, crypto::DatabaseKeys keys,
                                          std::optional<std::int64_t> minutes) {
  KITH_TRY(const auto idle, try_journal(context, keys, minutes));
  if (!AgentClient::connect(context.home)) KITH_CHECK(start_agent());
  KITH_TRY(auto agent, AgentClient::connect(context.home));
  KITH_CHECK(agent.unlock(std::move(keys), idle));
  return idle;
}

Result<std::chrono::minutes> stay_open(Context& context, std::optional<std::int64_t> minutes) {
  KITH_TRY(auto agent, AgentClient::connect(context.home));
  KITH_TRY(const auto keys, agent.keys());
  KITH_TRY(const auto idle, try_journal(context, keys, minutes));
  KITH_CHECK(agent.set_idle(idle));
  return idle;
}

Result<void> lock_journal(Context& context) {
  auto agent = AgentClient::connect(context.home);
  if (!agent && agent.error().code == Errc::not_found) return {};
  if (!agent) return tl::unexpected(agent.error());
  auto locked = agent->lock();
  if (!locked && locked.error().code == Errc::not_found) return {};  // it was locking itself
  return locked;
}

Result<void> change_passphrase(Context& context, const crypto::DatabaseKeys& keys,
                               const crypto::SecretBytes& chosen) {
  KITH_TRY(const Bytes file,
           crypto::make_key_file(keys, chosen.reveal(), crypto::calibrate_argon2(), context.random));
  return write_file(context.home.key_file(), file);
}

}  // namespace kith::cli
