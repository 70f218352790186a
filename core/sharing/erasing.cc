#include "core/sharing/erasing.h"

namespace kith::sharing {

Result<void> note_remnants(Node& node) {
  return node.journal().execute("INSERT OR IGNORE INTO share_setting VALUES ('remnants', 1)");
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
  return journal.execute("DELETE FROM share_setting WHERE key = 'remnants'");
}

}  // namespace kith::sharing
