// Drafts as tabs save them: nothing is overwritten that another tab wrote meanwhile.
#pragma once

#include "cli/book.h"
#include "cli/page/fields.h"
#include "core/journal/drafts.h"

namespace kith::cli {

struct SavedDraft {
  journal::DraftNumber number;
  std::string base;  // what the tab must show to write over it
  bool forked = false;
};
std::string base_of(std::string_view text);
Result<journal::Kind> kind_of_field(const Fields& fields);  // told nothing: usage
// Fields: draft, kind, text, entry, base.
Result<SavedDraft> save_draft(Book& book, const Fields& fields);

}  // namespace kith::cli
