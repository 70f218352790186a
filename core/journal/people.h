// What I note about people for myself ("@ana ~ my sister"). Nothing in kith shares or exports these lines:
// the only reader is here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/db/database.h"
#include "core/journal/entry.h"

namespace kith::journal {

struct PrivateLink {
  std::int64_t id;
  std::string handle;  // without @
  std::string words;
};
inline constexpr std::size_t kMaxLink = 1024;  // bytes of its words

class PrivateLinks {
 public:
  explicit PrivateLinks(db::Database& journal) : journal_(&journal) {}  // after Journal::open

  Result<void> add(std::string_view handle, std::string_view words);  // malformed, too_large
  Result<std::vector<PrivateLink>> of(std::string_view handle);
  Result<std::vector<PrivateLink>> all();  // by handle
  Result<void> remove(std::int64_t id);    // not_found

 private:
  db::Database* journal_;
};

}  // namespace kith::journal
