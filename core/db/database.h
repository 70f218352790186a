// SQLCipher, opened safely: our own RAII, one statement at a time, bound values only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/db/space.h"

struct sqlite3;
struct sqlite3_stmt;

namespace kith::db {

// SQL is text known at compile time: nobody can build a statement from data.
class Sql {
 public:
  consteval Sql(const char* text) : text_(text) {}
  constexpr const char* text() const { return text_; }

 private:
  const char* text_;
};

// One prepared statement, borrowed from its database's cache and reset when it goes; it must go before its
// database does. A query without rows is no error: the first step() is false, and the columns may then not be
// read. The first failed bind is kept and returned by step() or run().
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& bind(int index, std::int64_t value);  // 1-based
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, ByteView blob);  // copied by SQLite before step returns
  Statement& bind_null(int index);

  Result<bool> step();  // true: a row stands
  Result<void> run();   // steps to the end, ignoring rows

  std::int64_t integer(int column) const;  // 0-based
  std::string text(int column) const;
  Bytes blob(int column) const;
  ByteView blob_view(int column) const;  // valid until the next step
  std::string_view text_view(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  Statement(sqlite3* db, sqlite3_stmt* statement, bool* in_use);
  sqlite3* db_;
  sqlite3_stmt* statement_;
  bool* in_use_;  // the cache's mark; null: not cached, finalized when it goes
  int bind_error_ = 0;
};

struct OpenOptions {
  bool create = false;  // make it if nothing is there, else not_found; never touches what is there
  std::chrono::milliseconds busy{10'000};  // how long to wait for another process
  bool read_only = false;
};

struct Migration {
  int version;  // 1, 2, ... each in one transaction with its version number
  Sql sql;      // several statements
};

class Database {
 public:
  struct State;  // private to core/db

  // Opens or creates with a raw key of 32 bytes (no passphrase derivation). Every pragma is set and read
  // back; after that an authorizer denies ATTACH, load_extension, triggers, views and pragmas. New files have
  // mode 0600 and appear whole or not at all. No query can be interrupted.
  //   not_found  nothing at `path`, and `create` is false
  //   damaged    wrong key, page 1 destroyed, an empty or a plaintext file (nothing tells the first two
  //              apart: the key file has proved the key before)
  //   refused    a symbolic link, not a plain file, another user's file, a second hard link
  //   full, busy, io
  static Result<Database> open(const std::string& path, ByteView key32, const OpenOptions& options);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  Result<Statement> prepare(Sql sql);  // cached for the life of the database
  Result<void> execute(Sql sql);       // several statements without values

  // Brings `component`'s tables to the newest version; not inside a transaction. unsupported: made by a newer
  // kith (the file's bytes stay as they are), or an upgrade is due and the database is open read-only.
  Result<void> migrate(std::string_view component, std::span<const Migration> migrations);

  std::int64_t last_rowid() const;
  int changes() const;
  bool in_transaction() const;
  // Authenticates every page in use and walks every table and index. damaged. Free pages may be spoilt: they
  // hold nothing, and a power failure can leave one half written.
  Result<void> check_integrity();

  // Rewrites the file, so that no page keeps a remnant of what was deleted or changed: secure_delete
  // overwrites cells and pages, but not the copies that SQLite leaves behind when it moves rows between
  // pages. Takes some three CPU seconds and 100 MB of memory for each 100 MB; not inside a
  // transaction. full (nothing changed), busy, io.
  Result<void> compact();

  // What the disk it lies on still has room for.
  Room room_for_others() const;

  sqlite3* handle();  // tests and the backup only

 private:
  explicit Database(std::unique_ptr<State> state);
  static Result<void> create(const std::string& path, ByteView key32);
  Result<int> component_version(std::string_view component);
  Result<std::int64_t> unauthentic_pages();
  std::unique_ptr<State> state_;
};

// BEGIN IMMEDIATE; rolled back unless committed. Nested transactions are a bug.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  // Begins one, or takes part in the one that is open: then commit() does nothing and its owner decides.
  static Result<Transaction> join(Database& database);
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();  // durable when it returns; full, io

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;  // null: over, or joined
};

}  // namespace kith::db
