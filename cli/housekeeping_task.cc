#include "cli/housekeeping_task.h"

#include "core/db/database.h"
#include "core/journal/journal.h"
#include "core/journal/settings.h"
#include "core/keyring/head_record.h"

namespace kith::cli {
namespace {

constexpr auto kEvery = std::chrono::hours(1);

}  // namespace

Result<TaskReport> HousekeepingTask::run(const crypto::DatabaseKeys& keys, Occasion occasion) {
  const WallTime now = clock_.now();
  if (occasion != Occasion::start && occasion != Occasion::due) return TaskReport{.next = now + kEvery};
  KITH_TRY(auto database, db::Database::open(home_.journal(), keys.journal.reveal(), {}));
  KITH_TRY(auto journal, journal::Journal::open(database));
  KITH_TRY(const auto hours, journal::Settings(database).number(journal::kUndoHours));
  KITH_TRY(const auto removed, journal.removed());
  const WallTime before = now - std::chrono::hours(hours);
  // Rewriting the file is work, so it is done only when something is due; the oldest stands last.
  if (!removed.empty() && removed.back().when < before) {
    KITH_CHECK(journal.purge(before));
    KITH_CHECK(keyring::save_head(database, home_.heads(), keys.journal, random_));
  }
  return TaskReport{.next = now + kEvery};
}

}  // namespace kith::cli
