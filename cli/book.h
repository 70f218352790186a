// The open journal, and how its entries look on a screen.
#pragma once

#include "cli/json.h"
#include "cli/session.h"
#include "core/journal/journal.h"

namespace kith::cli {

struct Book {
  Session session;
  journal::Journal journal;
  static Result<Book> open(Context& context);
};

std::chrono::minutes local_offset(WallTime at);  // what this computer's clock is ahead of UTC then
journal::Moment moment_of(WallTime at);
std::string day_and_time(const journal::Moment& moment);  // "Sun 22 Nov 2026 07:53", by the writer's clock
std::string iso_time(const journal::Moment& moment);      // "2026-11-22T07:53:00+01:00"

// Overwrites its words in the file, and those of everything taken away before.
Result<void> erase_for_good(Book& book, journal::EntryNumber number);

// For list and find.
inline constexpr Option kFilterOptions[] = {
    {"kind", 'k', "KIND", "only this kind (kith kinds lists them)"},
    {"tag", 't', "TAG", "only with this tag"},
    {"feeling", 'f', "FEELING", "only with this feeling"},
    {"person", 'p', "NAME", "only where this person is named"},
    {"since", 's', "DAY", "from this day on: 2026-05-01, 2026-05 or 2026"},
    {"until", 'u', "DAY", "up to the end of this day"},
    {"limit", 'l', "NUMBER", "so many at most: 20 unless you say otherwise"},
    {"older", 'o', "ENTRY", "the next page: older than this entry"},
};
// What was typed for them; empty: not given. Told.
struct FilterWords {
  std::string_view kind = {}, tag = {}, feeling = {}, person = {}, since = {}, until = {}, older = {};
  std::size_t limit = 20;
};
Result<journal::Filter> filter_of(Context& context, const FilterWords& words);
Result<journal::Filter> filter_of(Context& context, const Args& args);

void show_list(Context& context, std::span<const journal::Summary> entries);
void put_entry(Json& json, const journal::Summary& entry);  // into an open object

// Words after a command that name entries. usage, told.
Result<journal::EntryNumber> entry_word(Context& context, std::string_view typed);

}  // namespace kith::cli
