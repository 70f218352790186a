#include "cli/session.h"

#include "core/keyring/head_record.h"

namespace kith::cli {
namespace {

constexpr auto kTouchEvery = std::chrono::seconds(10);

Result<AgentClient> unlocked_agent(const Home& home) {
  auto agent = AgentClient::connect(home);
  if (!agent && agent.error().code == Errc::not_found) return fail(Errc::locked, "your journal is locked");
  return agent;
}

Result<crypto::DatabaseKeys> keys_of(AgentClient& agent) {
  auto keys = agent.keys();
  if (!keys && keys.error().code == Errc::not_found) return fail(Errc::locked, "your journal is locked");
  return keys;
}

}  // namespace

tl::unexpected<Error> went_back(Context& context) {
  return context.tell(
      Errc::damaged,
      {"This journal is older than kith left it: it looks like a copy that was put back.",
       "Your words in it can still be read with kith export --mine. Nothing was changed.",
       "If you restored it yourself, use kith backup restore, so that it becomes a new device."});
}

Result<Session> Session::open(Context& context) {
  KITH_CHECK(check_home(context.home, context.term));
  KITH_TRY(auto agent, unlocked_agent(context.home));
  KITH_TRY(auto keys, keys_of(agent));
  auto journal = db::Database::open(context.home.journal(), keys.journal.reveal(), {});
  if (!journal && journal.error().code == Errc::not_found)
    return context.tell(Errc::damaged,
                        {"The journal's file is missing: " + clean_line(context.home.journal()) + ".",
                         "Nothing was made in its place.", "Bring the file back, or restore a backup."});
  if (!journal) return tl::unexpected(journal.error());
  Session session(context, std::move(agent), std::move(keys), std::move(*journal));
  KITH_CHECK(keyring::open_heads(session.journal()));
  const auto heads = keyring::check_head(session.journal(), context.home.heads(), session.keys_.journal);
  if (!heads && heads.error().code == Errc::damaged) return went_back(context);
  if (!heads) return tl::unexpected(heads.error());
  return session;
}

Session::~Session() {
  if (watcher_) context_->term.watch(-1);
}

Result<db::Database> Session::open_mail() const {
  return db::Database::open(context_->home.mail(), keys_.mail.reveal(), {});
}

Result<void> Session::keep() {
  return keyring::save_head(journal(), context_->home.heads(), keys_.journal, context_->random);
}

Result<void> Session::watch_lock() {
  KITH_TRY(auto watcher, unlocked_agent(context_->home));
  KITH_CHECK(watcher.watch());
  watcher_ = std::make_unique<AgentClient>(std::move(watcher));
  context_->term.watch(watcher_->descriptor());
  touched_ = context_->clock.steady();
  return {};
}

void Session::touch() {
  const Instant now = context_->clock.steady();
  if (now - touched_ < kTouchEvery) return;
  touched_ = now;
  // If it was locked meanwhile, the watched descriptor tells.
  [[maybe_unused]] const auto touched = agent_.touch();
}

}  // namespace kith::cli
