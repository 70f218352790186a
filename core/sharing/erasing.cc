#include "core/sharing/erasing.h"

#include <algorithm>
#include <limits>

#include "core/keyring/head_record.h"

namespace kith::sharing {

Result<void> note_remnants(Node& node) {
  KITH_CHECK(node.journal().execute("INSERT OR IGNORE INTO share_setting VALUES ('remnants', 1)"));
  return keyring::raise_head(node.journal());  // an old file would bring the words back
}

Day keep_until(Day day, const group::State& state) {
  constexpr std::uint64_t kLastDay = std::numeric_limits<std::uint32_t>::max();
  const std::uint64_t last = std::uint64_t{number(day)} + state.retention_days;
  return Day{static_cast<std::uint32_t>(std::min(last, kLastDay))};
}

Result<void> scrub(Node& node) {
  auto& journal = node.journal();
  {
    KITH_TRY(auto noted, journal.prepare("SELECT 1 FROM share_setting WHERE key = 'remnants'"));
    KITH_TRY(const bool found, noted.step());
    if (!found) return {};
  }
  KITH_CHECK(journal.execute("INSERT INTO share_index(share_index) VALUES ('optimize')"));
  KITH_CHECK(journal.compact());
  KITH_TRY(auto transaction, db::Transaction::begin(journal));
  KITH_CHECK(journal.execute("DELETE FROM share_setting WHERE key = 'remnants'"));
  KITH_CHECK(keyring::raise_head(journal));
  return transaction.commit();
}

}  // namespace kith::sharing
