#include "core/db/database.h"

#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "core/db/state.h"

namespace kith::db {
namespace {

// Waits a little, each process for another time: SQLite's own handler lets an unlucky writer starve.
int wait_for_others(void* context, int tries) {
  auto* state = static_cast<Database::State*>(context);
  const auto now = std::chrono::steady_clock::now();
  if (tries == 0) state->busy_until = now + state->busy;
  if (now >= state->busy_until) return 0;
  const auto spread = static_cast<unsigned>(now.time_since_epoch().count() / 64 + ::getpid()) % 4000U;
  std::this_thread::sleep_for(std::chrono::microseconds(500 + spread));
  return 1;
}

// SQLite takes a disk that cannot read for a damaged file (SQLITE_IOERR_CORRUPTFS becomes SQLITE_CORRUPT). To
// a person these differ: one may pass, the other asks for a backup. The files that SQLite has open remember
// their last error for ever, and a rollback journal is closed by now: errno alone tells of this call.
bool could_not_read() { return errno == EIO || errno == ENXIO; }

// A page that does not authenticate comes from SQLCipher as SQLITE_CORRUPT or, where the pager gave up on it,
// as a bare SQLITE_ERROR; errors in SQL have words of their own.
bool says_nothing(sqlite3* db) {
  return db != nullptr && std::strcmp(sqlite3_errmsg(db), sqlite3_errstr(SQLITE_ERROR)) == 0;
}

constexpr Sql kComponentTable =
    "CREATE TABLE component(name TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT";

}  // namespace

tl::unexpected<Error> sqlite_error(sqlite3* db, int code) {
  const int system = db == nullptr ? 0 : sqlite3_system_errno(db);
  const bool no_space = system == ENOSPC || system == EDQUOT || system == EFBIG;
  switch (code & 0xff) {
    case SQLITE_FULL:
      return fail(Errc::full, "the disk is full", code);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(Errc::busy, "another process is using the database", code);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      if (could_not_read()) return fail(Errc::io, "the disk could not be read", code);
      return fail(Errc::damaged, "the database is damaged or not ours", code);
    case SQLITE_TOOBIG:
      return fail(Errc::too_large, "a value is too large for the database", code);
    case SQLITE_CANTOPEN:
      if (code == SQLITE_CANTOPEN_SYMLINK)
        return fail(Errc::refused, "the database's path is a symbolic link", code);
      if (no_space) return fail(Errc::full, "the disk is full", code);
      return fail(Errc::io, "a file of the database cannot be opened or made", code);
    case SQLITE_IOERR:
      if (no_space) return fail(Errc::full, "the disk is full", code);
      return fail(Errc::io, "the disk gave an error", code);
    case SQLITE_READONLY:
      return fail(Errc::io, "the database cannot be written to", code);
    case SQLITE_ERROR:
      if (says_nothing(db)) return fail(Errc::damaged, "the database is damaged or not ours", code);
      return fail(Errc::io, "the database gave an error", code);
    default:
      return fail(Errc::io, "the database gave an error", code);
  }
}

Database::State::~State() {
  for (auto& [sql, slot] : cache) {
    KITH_ASSERT(!slot.in_use);
    sqlite3_finalize(slot.statement);
  }
  if (db != nullptr) KITH_ASSERT(sqlite3_close(db) == SQLITE_OK);
}

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<void> Database::create(const std::string& path, ByteView key32) {
  KITH_TRY(const std::string temporary, make_empty_beside(path));
  const auto made = [&]() -> Result<void> {
    State state;
    KITH_CHECK(connect(&state.db, temporary, key32, false, true));
    KITH_CHECK(configure(state.db, false));
    errno = 0;
    if (const int code = sqlite3_exec(state.db, kComponentTable.text(), nullptr, nullptr, nullptr);
        code != SQLITE_OK)
      return sqlite_error(state.db, code);
    return {};
  }();
  auto placed = made ? put_in_place(temporary, path) : made;
  if (!placed) discard(temporary);
  if (!placed && placed.error().code == Errc::busy) return {};  // as good as made by us
  return placed;
}

Result<Database> Database::open(const std::string& given, ByteView key32, const OpenOptions& options) {
  KITH_TRY(const std::string path, resolve(given));
  KITH_TRY(const bool there, present(path));
  if (!there) {
    if (!options.create || options.read_only) return fail(Errc::not_found, "there is no database here");
    KITH_CHECK(create(path, key32));
    KITH_CHECK(present(path));
  }
  auto state = std::make_unique<State>();
  state->owner = ::getpid();
  state->read_only = options.read_only;
  state->busy = options.busy;
  KITH_CHECK(connect(&state->db, path, key32, options.read_only, false));
  sqlite3_busy_handler(state->db, wait_for_others, state.get());
  KITH_CHECK(configure(state->db, options.read_only));
  return Database(std::move(state));
}

Result<Statement> Database::prepare(Sql sql) {
  KITH_ASSERT(state_ != nullptr && state_->owner == ::getpid());
  Slot& slot = state_->cache[sql.text()];
  const bool keep = slot.statement == nullptr;
  sqlite3_stmt* statement = slot.in_use ? nullptr : slot.statement;
  if (statement == nullptr) {
    const char* rest = nullptr;
    const unsigned flags = keep ? SQLITE_PREPARE_PERSISTENT : 0;
    errno = 0;
    if (const int code = sqlite3_prepare_v3(state_->db, sql.text(), -1, flags, &statement, &rest);
        code != SQLITE_OK)
      return sqlite_error(state_->db, code);
    KITH_ASSERT(statement != nullptr && *rest == '\0');  // one statement, or values would be lost
    if (keep) slot.statement = statement;
  }
  const bool cached = statement == slot.statement;
  if (cached) slot.in_use = true;
  return Statement(state_->db, statement, cached ? &slot.in_use : nullptr);
}

Result<void> Database::execute(Sql sql) {
  KITH_ASSERT(state_ != nullptr && state_->owner == ::getpid());
  errno = 0;
  if (const int code = sqlite3_exec(state_->db, sql.text(), nullptr, nullptr, nullptr); code != SQLITE_OK)
    return sqlite_error(state_->db, code);
  return {};
}

Result<int> Database::component_version(std::string_view component) {
  {
    KITH_TRY(auto table, prepare("SELECT 1 FROM sqlite_master WHERE type='table' AND name='component'"));
    KITH_TRY(const bool there, table.step());
    if (!there) return fail(Errc::damaged, "the database lacks its table of versions");
  }
  KITH_TRY(auto query, prepare("SELECT version FROM component WHERE name=?1"));
  query.bind(1, component);
  KITH_TRY(const bool found, query.step());
  return found ? static_cast<int>(query.integer(0)) : 0;
}

Result<void> Database::migrate(std::string_view component, std::span<const Migration> migrations) {
  KITH_ASSERT(!in_transaction());
  const int newest = migrations.empty() ? 0 : migrations.back().version;
  KITH_TRY(const int version, component_version(component));
  if (version > newest) return fail(Errc::unsupported, "the journal was written by a newer kith");
  if (version < newest && state_->read_only)
    return fail(Errc::unsupported, "the journal needs an upgrade and is open read-only");
  for (const Migration& migration : migrations) {
    if (migration.version <= version) continue;
    KITH_TRY(auto transaction, Transaction::begin(*this));
    KITH_TRY(const int now, component_version(component));  // another process may have been faster
    if (now >= migration.version) continue;
    KITH_ASSERT(now == migration.version - 1);
    KITH_CHECK(execute(migration.sql));
    {
      KITH_TRY(auto note, prepare("INSERT INTO component(name,version) VALUES(?1,?2) "
                                  "ON CONFLICT(name) DO UPDATE SET version=excluded.version"));
      KITH_CHECK(note.bind(1, component).bind(2, migration.version).run());
    }
    KITH_CHECK(transaction.commit());
  }
  return {};
}

std::int64_t Database::last_rowid() const { return sqlite3_last_insert_rowid(state_->db); }
int Database::changes() const { return sqlite3_changes(state_->db); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(state_->db) == 0; }
sqlite3* Database::handle() { return state_->db; }

// Pages that do not authenticate, read from the file and not from memory.
Result<std::int64_t> Database::unauthentic_pages() {
  KITH_TRY(auto pages, prepare("PRAGMA cipher_integrity_check"));  // a row for each
  std::int64_t found = 0;
  for (;; ++found) {
    KITH_TRY(const bool bad, pages.step());
    if (!bad) return found;
  }
}

Result<void> Database::check_integrity() {
  sqlite3_db_release_memory(state_->db);  // what is in memory says nothing about the file
  {
    KITH_TRY(auto trees, prepare("PRAGMA integrity_check"));  // "ok", or a row for each fault
    KITH_TRY(const bool row, trees.step());
    if (!row || trees.text_view(0) != "ok")
      return fail(Errc::damaged, "the tables of the database are damaged");
  }
  KITH_TRY(const std::int64_t bad, unauthentic_pages());
  if (bad == 0) return {};
  // Every page that holds something was authenticated just now. SQLite takes a free page into use without a
  // note in its rollback journal, so a power failure may leave one half written; it holds nothing and is
  // never read.
  KITH_TRY(auto free, prepare("PRAGMA freelist_count"));
  KITH_CHECK(free.step());
  if (bad > free.integer(0)) return fail(Errc::damaged, "a page of the database is damaged");
  return {};
}

Result<void> Database::compact() {
  KITH_ASSERT(state_ != nullptr && state_->owner == ::getpid() && !in_transaction());
  return vacuum(state_->db);
}

}  // namespace kith::db
