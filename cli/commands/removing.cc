// delete and undo.
#include "cli/book.h"
#include "cli/commands/all.h"
#include "core/journal/settings.h"

namespace kith::cli {
namespace {

std::string hours_text(std::int64_t hours) {
  return hours == 1 ? "one hour" : std::to_string(hours) + " hours";
}

Result<Exit> delete_for_good(Context& context, Book& book, journal::EntryNumber number) {
  const std::string name = journal::name(number);
  context.term.say_always("This overwrites the words of " + name +
                          " and of everything you took away before. Nothing brings them back.");
  if (context.flags.dry_run) return Exit::done;
  KITH_CHECK(context.term.typed("Type " + name + " to do it:", name));
  KITH_CHECK(erase_for_good(book, number));
  context.term.say("Gone.");
  return Exit::done;
}

Result<Exit> run_delete(Context& context, const Args& args) {
  KITH_TRY(const auto number, entry_word(context, args.words[0]));
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const auto entry, book.journal.read(number));
  if (args.has("for-good")) return delete_for_good(context, book, entry.number);
  KITH_TRY(const auto hours, journal::Settings(book.session.journal()).number(journal::kUndoHours));
  if (context.flags.dry_run) {
    context.term.say("It would take away " + journal::name(number) + ".");
    return Exit::done;
  }
  KITH_CHECK(book.journal.remove(number, context.clock.now()));
  KITH_CHECK(book.session.keep());
  context.term.say(journal::name(number) + " is taken away. kith undo brings it back, for " +
                   hours_text(hours) + ".");
  return Exit::done;
}

Result<Exit> run_undo(Context& context, const Args& args) {
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const auto removed, book.journal.removed());
  if (removed.empty()) return context.tell(Errc::not_found, {"There is nothing to bring back.", "", ""});
  journal::EntryNumber number = removed.front().number;
  if (!args.words.empty()) {
    KITH_TRY(number, entry_word(context, args.words[0]));
  }
  if (context.flags.dry_run) {
    context.term.say("It would bring back " + journal::name(number) + ".");
    return Exit::done;
  }
  KITH_CHECK(book.journal.restore(number));
  KITH_CHECK(book.session.keep());
  context.term.say(journal::name(number) + " is back.");
  return Exit::done;
}

constexpr Option kDeleteOptions[] = {{"for-good", 0, "", "overwrite it at once; asks you to type its name"}};

}  // namespace

const Command commands::remove = {
    .name = "delete",
    .section = Section::every_day,
    .summary = "Take an entry away; undo brings it back for a day",
    .words = "ENTRY",
    .least = 1,
    .most = 1,
    .options = kDeleteOptions,
    .examples = "kith delete E12\nkith delete E12 --for-good     no way back",
    .more =
        "It disappears from lists and search at once. After the time to undo, its words are overwritten in "
        "the file.",
    .on_failure = "The entry is still there.",
    .run = run_delete,
};

const Command commands::undo = {
    .name = "undo",
    .section = Section::every_day,
    .summary = "Bring back what you took away last",
    .words = "[ENTRY]",
    .most = 1,
    .options = {},
    .examples = "kith undo\nkith undo E12",
    .on_failure = "Nothing was changed.",
    .run = run_undo,
};

}  // namespace kith::cli
