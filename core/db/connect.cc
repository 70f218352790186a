#include <sodium.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/db/state.h"

namespace kith::db {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr int kMaxValueSize = 64 * 1024 * 1024;  // bytes of one text, blob or row

struct Setting {
  const char* set;
  const char* read;
  const char* value;  // what reading must give
};
// clang-format off
constexpr Setting kSettings[] = {
    {"PRAGMA temp_store=MEMORY", "PRAGMA temp_store", "2"},
    {"PRAGMA secure_delete=ON", "PRAGMA secure_delete", "1"},
    {"PRAGMA foreign_keys=ON", "PRAGMA foreign_keys", "1"},
    {"PRAGMA synchronous=EXTRA", "PRAGMA synchronous", "3"},
    {"PRAGMA trusted_schema=OFF", "PRAGMA trusted_schema", "0"},
    {"PRAGMA cell_size_check=ON", "PRAGMA cell_size_check", "1"},
    {"PRAGMA mmap_size=0", nullptr, nullptr},  // the codec has no mapped pages; some builds answer nothing
    {"PRAGMA journal_mode=DELETE", "PRAGMA journal_mode", "delete"},
    {nullptr, "PRAGMA page_size", "8192"},
    {nullptr, "PRAGMA cipher_page_size", "8192"},
    {nullptr, "PRAGMA cipher_use_hmac", "1"},
};
// clang-format on

Result<void> run(sqlite3* db, const char* sql) {
  errno = 0;
  if (const int code = sqlite3_exec(db, sql, nullptr, nullptr, nullptr); code != SQLITE_OK)
    return sqlite_error(db, code);
  return {};
}

Result<std::string> first_value(sqlite3* db, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  errno = 0;
  if (const int code = sqlite3_prepare_v2(db, sql, -1, &statement, nullptr); code != SQLITE_OK)
    return sqlite_error(db, code);
  const int code = sqlite3_step(statement);
  std::string value;
  if (code == SQLITE_ROW && sqlite3_column_text(statement, 0) != nullptr)
    value = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
  const bool good = code == SQLITE_ROW || code == SQLITE_DONE;
  const Result<std::string> found = good ? Result<std::string>(std::move(value)) : sqlite_error(db, code);
  sqlite3_finalize(statement);
  return found;
}

// Reads below the codec, through SQLite's own descriptor: closing one of ours would drop this process's
// locks.
Result<void> check_first_bytes(sqlite3* db, bool fresh) {
  sqlite3_file* file = nullptr;
  if (const int code = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file); code != SQLITE_OK)
    return sqlite_error(db, code);
  if (file == nullptr || file->pMethods == nullptr) return fail(Errc::io, "the database has no file");
  sqlite3_int64 size = 0;
  if (const int code = file->pMethods->xFileSize(file, &size); code != SQLITE_OK)
    return sqlite_error(db, code);
  if (fresh) return {};
  if (size == 0) return fail(Errc::damaged, "the database is an empty file");
  if (size < 16) return fail(Errc::damaged, "the database is cut short");
  std::array<char, 16> head{};
  if (const int code = file->pMethods->xRead(file, head.data(), static_cast<int>(head.size()), 0);
      code != SQLITE_OK)
    return sqlite_error(db, code);
  if (std::memcmp(head.data(), "SQLite format 3", head.size()) == 0)
    return fail(Errc::damaged, "the database is not encrypted, so it is not ours");
  return {};
}

// The raw form x'<64 hex digits>': exactly 67 characters, or SQLCipher would take it for a passphrase.
Result<void> give_key(sqlite3* db, ByteView key32) {
  static_assert(kKeySize * 2 + 3 == 67);
  std::array<char, kKeySize * 2 + 4> text{};
  text[0] = 'x';
  text[1] = '\'';
  sodium_bin2hex(text.data() + 2, kKeySize * 2 + 1, key32.data(), key32.size());
  text[kKeySize * 2 + 2] = '\'';
  const int code = sqlite3_key_v2(db, "main", text.data(), static_cast<int>(kKeySize * 2 + 3));
  sodium_memzero(text.data(), text.size());
  if (code != SQLITE_OK) return sqlite_error(db, code);
  return {};
}

bool one_of(const char* name, std::initializer_list<const char*> names) {
  return name != nullptr && std::any_of(names.begin(), names.end(),
                                        [&](const char* n) { return sqlite3_stricmp(name, n) == 0; });
}

int authorize(void*, int action, const char* first, const char* second, const char*, const char*) {
  switch (action) {
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_CREATE_VIEW:
    case SQLITE_CREATE_TEMP_VIEW:
      return SQLITE_DENY;
    case SQLITE_PRAGMA:  // read-only ones: FTS5 asks data_version, check_integrity() the others
      if (second == nullptr && one_of(first, {"data_version", "integrity_check", "cipher_integrity_check",
                                              "page_count", "freelist_count"}))
        return SQLITE_OK;
      return SQLITE_DENY;
    case SQLITE_FUNCTION:
      return one_of(second, {"load_extension", "sqlcipher_export", "fts3_tokenizer"}) ? SQLITE_DENY
                                                                                      : SQLITE_OK;
    default:
      return SQLITE_OK;
  }
}

Result<void> lock_down(sqlite3* db) {
  constexpr std::pair<int, int> flags[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
      {SQLITE_DBCONFIG_ENABLE_VIEW, 0},    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, {SQLITE_DBCONFIG_DQS_DDL, 0},
      {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
      {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
  };
  for (const auto& [flag, value] : flags) {
    int now = -1;
    if (const int code = sqlite3_db_config(db, flag, value, &now); code != SQLITE_OK)
      return sqlite_error(db, code);
    if (now != value) return fail(Errc::io, "a safety setting of the database did not take");
  }
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, kMaxValueSize);
  if (const int code = sqlite3_set_authorizer(db, authorize, nullptr); code != SQLITE_OK)
    return sqlite_error(db, code);
  return {};
}

}  // namespace

Result<void> connect(sqlite3** db, const std::string& path, ByteView key32, bool read_only, bool fresh) {
  // A shorter key would be taken for a passphrase, and an empty one would make a plaintext file.
  if (key32.size() != kKeySize) return fail(Errc::malformed, "a database key has 32 bytes");
  const int flags = (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOFOLLOW |
                    SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_EXRESCODE;
  errno = 0;
  if (const int code = sqlite3_open_v2(path.c_str(), db, flags, "unix"); code != SQLITE_OK)
    return sqlite_error(*db, code);
  // SQLCipher would write its own complaints to standard error; ours come back as errors.
  KITH_CHECK(run(*db, "PRAGMA cipher_log_level=NONE"));
  KITH_CHECK(check_first_bytes(*db, fresh));
  KITH_CHECK(give_key(*db, key32));
  KITH_CHECK(run(*db, "PRAGMA cipher_page_size=8192"));
  return {};
}

Result<void> configure(sqlite3* db, bool read_only) {
  KITH_CHECK(first_value(db, "SELECT count(*) FROM sqlite_master"));
  for (const Setting& setting : kSettings) {
    const bool writes = setting.set != nullptr && std::strcmp(setting.set, "PRAGMA journal_mode=DELETE") == 0;
    if (setting.set != nullptr && !(read_only && writes)) KITH_CHECK(run(db, setting.set));
    if (setting.read == nullptr) continue;
    KITH_TRY(const std::string value, first_value(db, setting.read));
    if (value != setting.value) return fail(Errc::io, "a setting of the database did not take");
  }
  return lock_down(db);
}

Result<void> vacuum(sqlite3* db) {
  sqlite3_set_authorizer(db, nullptr, nullptr);
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 1);
  const auto done = run(db, "VACUUM");
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  if (const int code = sqlite3_set_authorizer(db, authorize, nullptr); code != SQLITE_OK)
    return sqlite_error(db, code);
  return done;
}

}  // namespace kith::db
