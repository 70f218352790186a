// Templates: a few plain lines to start from, one for each kind, the member's own to change or drop.
#pragma once

#include <string>
#include <string_view>

#include "core/db/database.h"
#include "core/journal/entry.h"

namespace kith::journal {

inline constexpr std::size_t kMaxTemplate = 8 * 1024;  // bytes

std::string_view standard_template(Kind kind);  // empty for the free kind

struct Template {
  std::string text;
  bool own;  // changed by the member
};

class Templates {
 public:
  explicit Templates(db::Database& journal) : journal_(&journal) {}  // after Journal::open

  // not_found: the member dropped it. Say so aloud and start from an empty page.
  Result<Template> read(Kind kind);
  Result<void> change(Kind kind, std::string_view text);  // malformed: not UTF-8; too_large
  Result<void> drop(Kind kind);
  Result<void> reset(Kind kind);  // back to the standard one

 private:
  db::Database* journal_;
};

// Removes each line of the template that still stands as it was with nothing written under it (before the
// next line of the template or the end). What the member wrote stays as it is.
std::string drop_empty_prompts(std::string_view text, std::string_view template_text);

}  // namespace kith::journal
