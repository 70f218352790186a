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

class Statement {  // one prepared statement, borrowed from its database's cache; reset when it goes
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
  Statement(sqlite3* db, sqlite3_stmt* statement, bool cached);
  sqlite3* db_;
  sqlite3_stmt* statement_;
  bool cached_;
  int bind_error_ = 0;
};

struct OpenOptions {
  bool create = false;                     // else not_found
  std::chrono::milliseconds busy{10'000};  // how long to wait for another process
  bool read_only = false;
};

struct Migration {
  int version;  // 1, 2, ... each in one transaction with its version number
  Sql sql;      // several statements
};

class Database {
 public:
  // Opens or creates with a raw key of 32 bytes. Every pragma is set and read back; authorizer denies ATTACH,
  // load_extension and foreign pragmas. damaged: wrong key or page 1 destroyed, or a plaintext file; full,
  // io, busy.
  static Result<Database> open(const std::string& path, ByteView key32, const OpenOptions& options);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  Result<Statement> prepare(Sql sql);  // cached for the life of the database
  Result<void> execute(Sql sql);       // several statements without values

  // Brings `component`'s tables to the newest version. unsupported: made by a newer kith (bytes unchanged).
  Result<void> migrate(std::string_view component, std::span<const Migration> migrations);

  std::int64_t last_rowid() const;
  int changes() const;
  Result<void> check_integrity();  // damaged

  sqlite3* handle();  // tests and the backup only

 private:
  friend class Transaction;
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// BEGIN IMMEDIATE; rolled back unless committed. Nested transactions are a bug.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();  // durable when it returns; full, io

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace kith::db
