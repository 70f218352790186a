// The private book: write, read, change, take away, list, find. Open this header first.
//
// Everything is in journal.db, which is borrowed and must outlive these objects. Each call is one transaction
// (or joins the caller's); on error nothing has changed. The index is written in the same transaction as the
// words. No call counts, ranks or compares what somebody writes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/db/database.h"
#include "core/journal/entry.h"
#include "core/journal/query.h"

namespace kith::journal {

struct Filter {
  std::optional<Kind> kind = {};
  std::string tag = {};  // all three without sign or with; empty: any
  std::string feeling = {};
  std::string person = {};
  std::optional<WallTime> from = {};           // written at or after
  std::optional<WallTime> until = {};          // written before
  std::optional<EntryNumber> older_than = {};  // the next page: after the last one of this page
  std::size_t limit = 20;                      // at most kMaxList
};
inline constexpr std::size_t kMaxList = 1000;

struct Edit {  // what is set changes
  std::optional<std::string> text = {};
  std::optional<Kind> kind = {};
  std::optional<bool> tender = {};
  std::optional<std::string> source = {};
  std::optional<Marks> marks = {};  // those beside the text
};

struct Removed {
  EntryNumber number;
  WallTime when;
};

class Journal {
 public:
  // Brings all tables of this room up. unsupported: made by a newer kith; damaged.
  static Result<Journal> open(db::Database& database);

  Result<EntryNumber> add(const NewEntry& entry);  // malformed, too_large (clean_text and the limits)
  Result<Entry> read(EntryNumber number);          // not_found: none such, or taken away
  Result<void> edit(EntryNumber number, const Edit& edit, WallTime now);

  // Taking away: at once it is found, listed and read no more. Until it is purged it can be put back; purging
  // overwrites words, marks and index in the file.
  Result<void> remove(EntryNumber number, WallTime now);
  Result<void> restore(EntryNumber number);  // not_found: not taken away, or purged
  Result<std::vector<Removed>> removed();    // newest first
  // Purges what was taken away before `when`, and sees to it that no page of the file keeps an old copy of
  // words that were purged, edited or discarded. For that it rewrites the whole file: some three CPU seconds
  // for each 100 MB. Returns how many entries went. Not inside a transaction.
  Result<int> purge(WallTime when);

  Result<std::vector<Summary>> list(const Filter& filter);                      // newest first
  Result<std::vector<Summary>> find(const Query& query, const Filter& filter);  // newest first

  // Names in use, in alphabetical order. How often is nobody's business.
  Result<std::vector<std::string>> tags();
  Result<std::vector<std::string>> people();

  Result<void> check_index();    // damaged: the index does not fit the words
  Result<void> rebuild_index();  // from the words

  db::Database& database() { return *database_; }

 private:
  friend class Drafts;
  explicit Journal(db::Database& database) : database_(&database) {}
  db::Database* database_;
};

}  // namespace kith::journal
