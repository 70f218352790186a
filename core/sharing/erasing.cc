#include "core/sharing/erasing.h"

#include "core/keyring/head_record.h"

namespace kith::sharing {

Result<void> note_remnants(Node& node) {
  KITH_CHECK(node.journal().execute("INSERT OR IGNORE INTO share_setting VALUES ('remnants', 1)"));
  return keyring::raise_head(node.journal());  // an old file would bring the words back
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
