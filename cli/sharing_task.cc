#include "cli/sharing_task.h"

#include "core/keyring/head_record.h"
#include "core/sharing/gate.h"
#include "core/sharing/tick.h"

namespace kith::cli {

Result<void> SharingTask::open(const crypto::DatabaseKeys& keys) {
  KITH_TRY(auto journal, db::Database::open(home_.journal(), keys.journal.reveal(), {}));
  KITH_TRY(auto mail_database, db::Database::open(home_.mail(), keys.mail.reveal(), {}));
  KITH_TRY(auto mail, mail::MailStore::open(std::move(mail_database)));
  auto opened = std::make_unique<Open>(Open{std::move(journal), std::move(mail), nullptr});
  KITH_TRY(opened->node, sharing::Node::open(opened->journal, opened->mail, clock_, random_));
  open_ = std::move(opened);
  return {};
}

Result<TaskReport> SharingTask::run(const crypto::DatabaseKeys& keys, Occasion occasion) {
  if (!open_) KITH_CHECK(open(keys));
  const auto why = occasion == Occasion::start ? sharing::Occasion::start : sharing::Occasion::timer;
  KITH_TRY(const auto report, sharing::tick(*open_->node, why));
  KITH_CHECK(keyring::save_head(open_->journal, home_.heads(), keys.journal, random_));
  KITH_TRY(const auto waiting, sharing::ConsentGate(*open_->node).next_due());
  return TaskReport{.next = report.next_due, .mail_grew = report.mail_grew, .keep_open = waiting.has_value()};
}

}  // namespace kith::cli
