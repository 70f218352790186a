// An unlocked journal in the hands of one command: keys from the agent, journal.db open, the head record
// compared. Without an agent the journal is locked (exit 4): nothing is asked in the middle of a command.
#pragma once

#include <memory>
#include <optional>

#include "cli/agent_client.h"
#include "cli/context.h"
#include "core/db/database.h"

namespace kith::cli {

// What to say when journal.db is older than its head record.
tl::unexpected<Error> went_back(Context& context);

class Session {
 public:
  // locked, damaged, not_set_up, or told.
  static Result<Session> open(Context& context);

  Context& context() const { return *context_; }
  db::Database& journal() { return *journal_; }
  const crypto::DatabaseKeys& keys() const { return keys_; }
  Result<db::Database> open_mail() const;  // a new handle

  // After the commits of this command: the head record outside the database follows.
  Result<void> keep();
  // Something was confirmed or queued: the agent looks now.
  void wake_agent() { cli::wake_agent(context_->home); }

  // While composing: questions end with `locked` when the journal is locked elsewhere; touch() starts the
  // idle clock again, once in ten seconds at most.
  Result<void> watch_lock();
  void touch();
  int lock_descriptor() const { return watcher_ ? watcher_->descriptor() : -1; }
  ~Session();
  Session(Session&&) noexcept = default;

 private:
  Session(Context& context, AgentClient agent, crypto::DatabaseKeys keys, db::Database journal)
      : context_(&context),
        agent_(std::move(agent)),
        keys_(std::move(keys)),
        journal_(std::make_unique<db::Database>(std::move(journal))) {}
  Context* context_;
  AgentClient agent_;
  crypto::DatabaseKeys keys_;
  std::unique_ptr<db::Database> journal_;
  std::unique_ptr<AgentClient> watcher_;
  Instant touched_{};
};

}  // namespace kith::cli
