// What someone with the key could read off the file: every page decrypted, free ones included.
#pragma once

#include <sqlite3.h>

#include <string>

#include "core/db/database.h"

namespace kith::test {

inline std::string pages_of(db::Database& database) {
  sqlite3_int64 size = 0;
  unsigned char* pages = sqlite3_serialize(database.handle(), "main", &size, 0);
  KITH_ASSERT(pages != nullptr && size > 0);
  std::string all(reinterpret_cast<const char*>(pages), static_cast<std::size_t>(size));
  sqlite3_free(pages);
  KITH_ASSERT(all.starts_with("SQLite format 3"));  // decrypted, or a search of it would prove nothing
  return all;
}

}  // namespace kith::test
