// From an empty page to a kept entry, with a draft behind it all the way.
#pragma once

#include <optional>

#include "cli/book.h"
#include "core/journal/drafts.h"

namespace kith::cli {

enum class Way : std::uint8_t { asked, input, editor };  // prompts, "-", "-e"

// Saves a draft as words come; the draft exists from the first word on.
class DraftKeeper {
 public:
  DraftKeeper(Book& book, journal::Kind kind, std::optional<journal::EntryNumber> entry = {});
  DraftKeeper(Book& book, const journal::Draft& draft);

  void save(std::string_view text);  // a failure is reported by finish()
  // The draft becomes an entry. If it cannot, it stays and the error says so.
  Result<journal::EntryNumber> finish(const journal::NewEntry& entry);
  Result<void> drop();
  // Adds where the words are now to an error that ended the writing.
  tl::unexpected<Error> stopped(const Error& error);

 private:
  Result<journal::EntryNumber> keep_draft(const journal::NewEntry& entry);
  Book& book_;
  journal::Drafts drafts_;
  journal::Kind kind_;
  std::optional<journal::EntryNumber> entry_;
  std::optional<journal::DraftNumber> number_;
  std::optional<Error> failure_;
};

// Short forms of feelings in the text become the words of the list ("~anx:6" to "~anxious:6").
Result<std::string> with_whole_feelings(Book& book, std::string text);

bool is_blank(std::string_view text);

// True once ever, if praise is on: for the first private words.
Result<bool> first_words(Book& book);
// Says that it was kept, with praise for the first private words.
Result<void> say_kept(Book& book, journal::EntryNumber number);

}  // namespace kith::cli
