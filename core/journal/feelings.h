// The list of words for feelings: the member's own to change. Alphabetical, never ranked, none good or bad.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/db/database.h"
#include "core/journal/entry.h"

namespace kith::journal {

class Feelings {
 public:
  explicit Feelings(db::Database& journal) : journal_(&journal) {}  // after Journal::open

  Result<std::vector<std::string>> list();
  // Those that begin so; an exact one stands alone. Empty: none.
  Result<std::vector<std::string>> match(std::string_view beginning);
  // The one meant, if only one begins so; else the word as typed, which is allowed.
  Result<std::string> meant(std::string_view typed);
  Result<void> add(std::string_view feeling);     // malformed; already there is fine
  Result<void> remove(std::string_view feeling);  // not_found; entries keep it

 private:
  db::Database* journal_;
};

}  // namespace kith::journal
