// read, list, find, tags.
#include "cli/book.h"
#include "cli/commands/all.h"
#include "core/journal/query.h"

namespace kith::cli {
namespace {

Json& put_marks(Json& json, const journal::Marks& marks) {
  json.array("tags");
  for (const auto& tag : marks.tags) json.element(tag);
  json.end().array("feelings");
  for (const auto& feeling : marks.feelings) {
    json.object().text("name", feeling.name);
    if (feeling.strength) json.number("strength", *feeling.strength);
    json.end();
  }
  json.end().array("people");
  for (const auto& person : marks.people) json.element(person);
  return json.end();
}

void show_entry(Context& context, const journal::Entry& entry) {
  if (context.flags.json) {
    Json json;
    json.text("entry", journal::name(entry.number)).text("written", iso_time(entry.written));
    json.text("kind", journal::word(entry.kind)).flag("tender", entry.tender);
    put_marks(json, entry.marks);
    if (!entry.source.empty()) json.text("source", entry.source);
    context.term.data(json.text("text", entry.text).finish());
    return;
  }
  std::string head = journal::name(entry.number) + "  " + day_and_time(entry.written) + "  " +
                     std::string(journal::word(entry.kind));
  if (!entry.source.empty()) head += "  " + clean_line(entry.source);
  if (entry.edited) head += "  changed since";
  if (!context.flags.plain) context.term.data(context.term.bold(head) + "\n\n");
  // Into a pipe or a file one's own words go as they are.
  context.term.data((context.term.out_is_terminal() ? clean_lines(entry.text) : entry.text) + "\n");
}

Result<Exit> run_read(Context& context, const Args& args) {
  KITH_TRY(const auto number, entry_word(context, args.words[0]));
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const auto entry, book.journal.read(number));
  show_entry(context, entry);
  return Exit::done;
}

Result<Exit> run_list(Context& context, const Args& args) {
  KITH_TRY(const auto filter, filter_of(context, args));
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const auto entries, book.journal.list(filter));
  show_list(context, entries);
  if (entries.empty()) context.term.say("Nothing here yet. kith notice keeps one line.");
  return Exit::done;
}

Result<Exit> run_find(Context& context, const Args& args) {
  KITH_TRY(const auto filter, filter_of(context, args));
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const std::string words, context.term.line("Which words?"));
  if (words.empty()) return fail(Errc::cancelled, "no words, no search");
  const auto query = journal::parse_query(words, local_offset(context.clock.now()));
  KITH_TRY(const auto entries, book.journal.find(query, filter));
  show_list(context, entries);
  if (!entries.empty()) return Exit::done;
  if (context.flags.json || context.flags.plain) return Exit::not_found;
  return context.tell(Errc::not_found,
                      {"No entry has that.", "", "A star stands for any ending: tire* finds tired."});
}

Result<Exit> run_tags(Context& context, const Args&) {
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const auto tags, book.journal.tags());
  if (context.flags.json) {
    Json json;
    json.array("tags");
    for (const auto& tag : tags) json.element(tag);
    context.term.data(json.finish());
    return Exit::done;
  }
  for (const auto& tag : tags) context.term.data((context.flags.plain ? "" : "#") + clean_line(tag) + "\n");
  if (tags.empty()) context.term.say("No tags yet. Write #work anywhere in an entry.");
  return Exit::done;
}

}  // namespace

const Command commands::read = {
    .name = "read",
    .section = Section::every_day,
    .summary = "Read one entry",
    .words = "ENTRY",
    .least = 1,
    .most = 1,
    .options = {},
    .examples = "kith read E12",
    .on_failure = "",
    .run = run_read,
};

const Command commands::list = {
    .name = "list",
    .section = Section::every_day,
    .summary = "Look back, newest first",
    .options = kFilterOptions,
    .examples = "kith list\nkith list --tag work --since 2026-05\nkith list --older E40      the page before",
    .on_failure = "",
    .stray = "kith list takes no words. To search for some, use kith find, which asks for them.",
    .run = run_list,
};

const Command commands::find = {
    .name = "find",
    .section = Section::every_day,
    .summary = "Find entries by their words",
    .options = kFilterOptions,
    .examples =
        "kith find                 asks for the words\necho 'tired OR \"not sure\" #work' | kith find",
    .more =
        "Words mean whole words, without case or accents; a star stands for any ending; quotes keep words in "
        "a row;\n"
        "OR, AND, NOT in capitals; #tag ~feeling @person kind:notice after:2026-05 before:2026-06.",
    .on_failure = "",
    .stray = "Words to search for never go on the command line: they would stay in the shell's history.",
    .run = run_find,
};

const Command commands::tags = {
    .name = "tags",
    .section = Section::every_day,
    .summary = "Show the tags in use",
    .options = {},
    .examples = "kith tags",
    .on_failure = "",
    .run = run_tags,
};

}  // namespace kith::cli
