// What the unlocked agent does for the groups: takes post in, lets go what was confirmed, keeps keys fresh.
#pragma once

#include <memory>

#include "cli/agent.h"
#include "core/mail/mail_store.h"
#include "core/sharing/node.h"

namespace kith::cli {

class SharingTask final : public AgentTask {
 public:
  SharingTask(const Home& home, const Clock& clock, Random& random)
      : home_(home), clock_(clock), random_(random) {}
  Result<TaskReport> run(const crypto::DatabaseKeys& keys, Occasion occasion) override;

 private:
  struct Open {  // both databases, for as long as the agent lives
    db::Database journal;
    mail::MailStore mail;
    std::unique_ptr<sharing::Node> node;
  };
  Result<void> open(const crypto::DatabaseKeys& keys);

  const Home& home_;
  const Clock& clock_;
  Random& random_;
  std::unique_ptr<Open> open_;
};

}  // namespace kith::cli
