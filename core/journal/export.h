// My own words as text: every entry, oldest first. Others' words are not in this room; private links and
// drafts stay behind.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/journal/journal.h"

namespace kith::journal {

struct ExportOptions {
  std::function<bool(std::string_view handle)> is_member = {};  // @handle becomes "another member"
  std::vector<std::string> member_names = {};  // chosen names; as whole words they become the same
  std::size_t others_left_out = 0;             // texts of others that the caller leaves out
};
struct ExportReport {
  std::size_t entries = 0;
  std::size_t names_replaced = 0;
};

// `sink` gets the text piece by piece and may stop it with an error. Ends with a line on what was left out
// and why.
Result<ExportReport> export_mine(Journal& journal, const ExportOptions& options,
                                 const std::function<Result<void>(std::string_view piece)>& sink);

// What the export does to one text; also for previews.
std::string without_members(std::string_view text, const ExportOptions& options,
                            std::size_t* replaced = nullptr);

}  // namespace kith::journal
