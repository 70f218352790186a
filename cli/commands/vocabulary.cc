// feelings, kinds and their templates, settings: the member's own words and ways.
#include <fmt/format.h>

#include "cli/book.h"
#include "cli/commands/all.h"
#include "cli/editor.h"
#include "cli/use/settings.h"
#include "core/journal/feelings.h"
#include "core/journal/templates.h"

namespace kith::cli {
namespace {

// -- feelings

Result<Exit> run_feelings(Context& context, const Args&) {
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const auto feelings, journal::Feelings(book.session.journal()).list());
  if (context.flags.json) {
    Json json;
    json.array("feelings");
    for (const auto& feeling : feelings) json.element(feeling);
    context.term.data(json.finish());
    return Exit::done;
  }
  for (const auto& feeling : feelings) context.term.data(clean_line(feeling) + "\n");
  return Exit::done;
}

Result<Exit> run_feelings_add(Context& context, const Args&) {
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const std::string word, context.term.line("Which word?"));
  if (word.empty()) return fail(Errc::cancelled, "no word, no change");
  if (context.flags.dry_run) return Exit::done;
  KITH_CHECK(journal::Feelings(book.session.journal()).add(word));
  KITH_CHECK(book.session.keep());
  context.term.say("It is in your list.");
  return Exit::done;
}

Result<Exit> run_feelings_remove(Context& context, const Args&) {
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const std::string word, context.term.line("Which word?"));
  if (context.flags.dry_run) return Exit::done;
  KITH_CHECK(journal::Feelings(book.session.journal()).remove(word));
  KITH_CHECK(book.session.keep());
  context.term.say("It is off your list. Entries that have it keep it.");
  return Exit::done;
}

// -- kinds

Result<Exit> run_kinds(Context& context, const Args&) {
  Json json;
  json.array("kinds");
  for (const auto kind : journal::all_kinds()) {
    const std::string word(journal::word(kind)), meaning(journal::kind_meaning(kind));
    if (context.flags.json) {
      json.object().text("kind", word).text("meaning", meaning).end();
    } else if (context.flags.plain) {
      context.term.data(fmt::format("{}\t{}\n", word, meaning));
    } else {
      context.term.data(fmt::format("  {:<20}{}\n", word, meaning));
    }
  }
  if (context.flags.json) context.term.data(json.finish());
  return Exit::done;
}

Result<journal::Kind> kind_word(Context& context, const std::string& typed) {
  const auto kind = journal::kind_of(typed);
  if (!kind)
    return context.tell(Errc::usage,
                        {"There is no such kind.", "Nothing was changed.", "kith kinds lists them."});
  return *kind;
}

Result<Exit> run_kinds_edit(Context& context, const Args& args) {
  KITH_TRY(const auto kind, kind_word(context, args.words[0]));
  const bool input = args.words.size() > 1;
  if (input && args.words[1] != "-") return fail(Errc::usage, "only - may stand there");
  KITH_TRY(auto book, Book::open(context));
  journal::Templates templates(book.session.journal());
  const auto now = templates.read(kind);
  if (!now && now.error().code != Errc::not_found) return tl::unexpected(now.error());
  auto text = input ? context.term.all_input() : edit_text(context, now ? now->text : std::string(), {});
  KITH_CHECK(text);
  if (context.flags.dry_run) return Exit::done;
  KITH_CHECK(templates.change(kind, *text));
  KITH_CHECK(book.session.keep());
  context.term.say("The questions for this kind are yours now. kith kinds reset brings the first ones back.");
  return Exit::done;
}

Result<Exit> run_kinds_show(Context& context, const Args& args) {
  KITH_TRY(const auto kind, kind_word(context, args.words[0]));
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const auto found, journal::Templates(book.session.journal()).read(kind));
  context.term.data(clean_lines(found.text) + "\n");
  return Exit::done;
}

Result<Exit> run_kinds_drop(Context& context, const Args& args) {
  KITH_TRY(const auto kind, kind_word(context, args.words[0]));
  KITH_TRY(auto book, Book::open(context));
  if (context.flags.dry_run) return Exit::done;
  KITH_CHECK(journal::Templates(book.session.journal()).drop(kind));
  KITH_CHECK(book.session.keep());
  context.term.say("This kind starts from an empty page now. kith kinds reset brings the questions back.");
  return Exit::done;
}

Result<Exit> run_kinds_reset(Context& context, const Args& args) {
  KITH_TRY(const auto kind, kind_word(context, args.words[0]));
  KITH_TRY(auto book, Book::open(context));
  if (context.flags.dry_run) return Exit::done;
  KITH_CHECK(journal::Templates(book.session.journal()).reset(kind));
  KITH_CHECK(book.session.keep());
  context.term.say("The first questions are back.");
  return Exit::done;
}

// -- settings

Result<Exit> run_settings(Context& context, const Args&) {
  KITH_TRY(const auto desk, Desk::open(context, ""));
  Json json;
  json.object("settings");
  for (const auto& setting : journal::all_settings()) {
    if (!is_listed(setting)) continue;
    KITH_TRY(const std::string value, setting_value(*desk, setting.name));
    const std::string name(setting.name);
    if (context.flags.json) {
      json.text(name, value);
    } else if (context.flags.plain) {
      context.term.data(name + "\t" + clean_line(value) + "\n");
    } else {
      context.term.data("  " + name + "  " + clean_line(value) + "\n      " + std::string(setting.meaning) +
                        "\n");
    }
  }
  if (context.flags.json) context.term.data(json.finish());
  return Exit::done;
}

Result<Exit> run_settings_change(Context& context, const Args& args) {
  KITH_TRY(const auto desk, Desk::open(context, ""));
  KITH_TRY(const std::string now, setting_value(*desk, args.words[0]));
  KITH_TRY(const std::string value, context.term.line("New value:", now));
  if (context.flags.dry_run) return Exit::done;
  KITH_CHECK(change_setting(*desk, args.words[0], value));
  context.term.say("Changed.");
  return Exit::done;
}

}  // namespace

const Command commands::feelings = {
    .name = "feelings",
    .section = Section::every_day,
    .summary = "Show your list of words for feelings",
    .options = {},
    .examples = "kith feelings\nkith feelings add\nkith feelings remove",
    .run = run_feelings,
};
const Command commands::feelings_add = {
    .name = "feelings add",
    .section = Section::every_day,
    .summary = "Put a word on the list",
    .examples = "kith feelings add      asks for the word",
    .on_failure = "The list is as it was.",
    .run = run_feelings_add,
};
const Command commands::feelings_remove = {
    .name = "feelings remove",
    .section = Section::every_day,
    .summary = "Take a word off the list",
    .examples = "kith feelings remove      asks for the word",
    .on_failure = "The list is as it was.",
    .run = run_feelings_remove,
};
const Command commands::kinds = {
    .name = "kinds",
    .section = Section::every_day,
    .summary = "Show the kinds of entries",
    .examples = "kith kinds\nkith kinds edit reflection",
    .run = run_kinds,
};
const Command commands::kinds_show = {
    .name = "kinds show",
    .section = Section::every_day,
    .summary = "Show the questions a kind starts from",
    .words = "KIND",
    .least = 1,
    .most = 1,
    .examples = "kith kinds show reflection",
    .run = run_kinds_show,
};
const Command commands::kinds_edit = {
    .name = "kinds edit",
    .section = Section::every_day,
    .summary = "Change the questions a kind starts from",
    .words = "KIND [-]",
    .least = 1,
    .most = 2,
    .examples = "kith kinds edit reflection\nkith kinds edit notice - < mine.txt",
    .on_failure = "The questions are as they were.",
    .run = run_kinds_edit,
};
const Command commands::kinds_drop = {
    .name = "kinds drop",
    .section = Section::every_day,
    .summary = "Start a kind from an empty page",
    .words = "KIND",
    .least = 1,
    .most = 1,
    .examples = "kith kinds drop reflection",
    .on_failure = "The questions are as they were.",
    .run = run_kinds_drop,
};
const Command commands::kinds_reset = {
    .name = "kinds reset",
    .section = Section::every_day,
    .summary = "Bring a kind's first questions back",
    .words = "KIND",
    .least = 1,
    .most = 1,
    .examples = "kith kinds reset reflection",
    .on_failure = "The questions are as they were.",
    .run = run_kinds_reset,
};
const Command commands::settings = {
    .name = "settings",
    .section = Section::keeping,
    .summary = "Show your settings",
    .examples = "kith settings\nkith settings change outbox-seconds",
    .run = run_settings,
};
const Command commands::settings_change = {
    .name = "settings change",
    .section = Section::keeping,
    .summary = "Change one of them",
    .words = "NAME",
    .least = 1,
    .most = 1,
    .examples = "kith settings change undo-hours      asks for the value",
    .on_failure = "The setting is as it was.",
    .run = run_settings_change,
};

}  // namespace kith::cli
