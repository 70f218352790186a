// What is being written. Saved every few seconds, it survives a crash, a lock and a closed terminal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/db/database.h"
#include "core/journal/entry.h"

namespace kith::journal {

inline constexpr std::size_t kMaxDraft =
    256 * 1024;  // bytes: more than an entry, so that pasting loses nothing

enum class DraftNumber : std::int64_t {};
std::string name(DraftNumber number);                  // "D3"
Result<DraftNumber> draft_of(std::string_view typed);  // "D3" or "d3"; malformed

struct Draft {
  DraftNumber number;
  Kind kind;
  std::string text;  // as typed, not cleaned
  Moment started;
  WallTime saved;
  std::optional<EntryNumber> entry;  // it changes this entry; else it will be a new one
};

class Drafts {
 public:
  explicit Drafts(db::Database& journal) : journal_(&journal) {}  // after Journal::open

  Result<DraftNumber> start(Kind kind, std::string_view text, Moment now,
                            std::optional<EntryNumber> entry = std::nullopt);
  Result<void> save(DraftNumber number, std::string_view text, WallTime now);  // not_found, too_large
  Result<Draft> read(DraftNumber number);                                      // not_found
  Result<std::vector<Draft>> list();                                           // newest first
  Result<void> discard(DraftNumber number);                                    // not_found

  // The draft becomes the entry, in one transaction: either both stand or the draft is still there. A draft
  // of an existing entry changes its text and kind. `entry` is what the caller made of the draft (prompts
  // dropped, marks added). not_found; what Journal::add and edit return.
  Result<EntryNumber> keep(DraftNumber number, const NewEntry& entry);

 private:
  db::Database* journal_;
};

}  // namespace kith::journal
