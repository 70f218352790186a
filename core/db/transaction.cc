#include <sqlite3.h>

#include <utility>

#include "core/db/state.h"

namespace kith::db {

Result<Transaction> Transaction::begin(Database& database) {
  KITH_ASSERT(!database.in_transaction());
  KITH_CHECK(database.execute("BEGIN IMMEDIATE"));
  return Transaction(&database);
}

Result<Transaction> Transaction::join(Database& database) {
  if (database.in_transaction()) return Transaction(nullptr);
  return begin(database);
}

Transaction::Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  if (database_ == nullptr) return;
  // Should even this fail, closing the connection or the next opening rolls back from the journal file.
  if (database_->in_transaction()) sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  // SQLite looks at a page that it rolls back before SQLCipher has decrypted it. Now and then that looks like
  // a page of a tree, is remembered so, and what reads it next is told of damage: nothing may be remembered.
  sqlite3_db_release_memory(database_->handle());
}

Result<void> Transaction::commit() {
  if (database_ == nullptr) return {};
  // SQLite rolls back by itself after some errors of the disk; what came after must not pass for committed.
  if (!database_->in_transaction()) return fail(Errc::io, "the transaction was rolled back");
  KITH_CHECK(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace kith::db
