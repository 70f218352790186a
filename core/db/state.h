// What a Database holds. Private to core/db.
#pragma once

#include <sys/types.h>

#include <unordered_map>

#include "core/db/database.h"

namespace kith::db {

struct Slot {
  sqlite3_stmt* statement = nullptr;
  bool in_use = false;
};

struct Database::State {
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();

  sqlite3* db = nullptr;
  pid_t owner = 0;  // a forked child may not use it: SQLite's locks would not hold
  bool read_only = false;
  std::chrono::milliseconds busy{0};
  std::chrono::steady_clock::time_point busy_until;
  std::unordered_map<const char*, Slot> cache;  // by the address of the SQL literal
};

// The error behind a SQLite result code; `db` may be null. Before each call that may read, errno is to be 0:
// it alone may know that a disk could not be read.
tl::unexpected<Error> sqlite_error(sqlite3* db, int code);

// Everything that may be done to a file before it is a database: core/db/file.cc.
Result<std::string> resolve(const std::string& path);  // the directory's real name + the last component
Result<bool> present(const std::string& path);         // refused: a link, foreign, or not a plain file
Result<std::string> make_empty_beside(const std::string& path);                    // mode 0600, a fresh name
Result<void> put_in_place(const std::string& temporary, const std::string& path);  // busy: someone was first
void discard(const std::string& temporary);

// Opening the connection itself: core/db/connect.cc. `fresh`: an empty file of our own making.
Result<void> connect(sqlite3** db, const std::string& path, ByteView key32, bool read_only, bool fresh);
// Sets and reads back every setting, then locks the connection down.
Result<void> configure(sqlite3* db, bool read_only);
// VACUUM, for which SQLite attaches a database in memory: the locks are lifted for this one statement.
Result<void> vacuum(sqlite3* db);

}  // namespace kith::db
