// write, notice, edit, and drafts.
#include "cli/commands/all.h"
#include "cli/compose.h"
#include "cli/editor.h"
#include "core/journal/templates.h"

namespace kith::cli {
namespace {

constexpr std::string_view kStray =
    "What you write never goes on the command line: it would stay in the shell's history, and other programs "
    "could see it.";

constexpr std::string_view kPageQuestion =
    "Write as long as you like. A line with only a full stop, or Ctrl-D, ends it.";

Result<Way> way_of(Context& context, const Args& args, std::size_t word) {
  const bool input = args.words.size() > word;
  if (input && args.words[word] != "-")
    return context.tell(Errc::usage,
                        {std::string(kStray), "Nothing was kept.",
                         "Leave the words out: kith asks for them. A - alone reads standard input."});
  if (input && args.has("editor"))
    return context.tell(Errc::usage,
                        {"- and -e cannot both be meant.", "Nothing was kept.", "Choose one of them."});
  return input ? Way::input : args.has("editor") ? Way::editor : Way::asked;
}

Result<journal::Kind> kind_option(Context& context, const Args& args, journal::Kind otherwise) {
  if (!args.has("kind")) return otherwise;
  const auto kind = journal::kind_of(args.value("kind"));
  if (!kind)
    return context.tell(Errc::usage,
                        {"There is no such kind.", "Nothing was kept.", "kith kinds lists them."});
  return *kind;
}

// The template's text; a dropped one is said aloud.
Result<std::string> template_of(Book& book, journal::Kind kind) {
  auto found = journal::Templates(book.session.journal()).read(kind);
  if (found) return std::move(found->text);
  if (found.error().code != Errc::not_found) return tl::unexpected(found.error());
  book.session.context().term.say(
      "There is no template for this kind any more; kith kinds reset brings it back. Here is an empty page.");
  return std::string();
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (const auto line = text.substr(0, end); !line.empty()) lines.push_back(line);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return lines;
}

// Each line of the template is a question; what is not answered is left out.
Result<std::string> ask_template(Context& context, std::string_view text, DraftKeeper& keeper) {
  std::string page;
  for (const auto line : lines_of(text)) {
    KITH_TRY(const std::string answer, context.term.line(clean_line(line), ""));
    if (answer.empty()) continue;
    page += std::string(line) + "\n" + answer + "\n";
    keeper.save(page);
  }
  return page;
}

Result<std::string> ask_page(Context& context, std::string_view start, DraftKeeper& keeper) {
  const std::string before =
      start.empty() || start.back() == '\n' ? std::string(start) : std::string(start) + "\n";
  KITH_TRY(const std::string more, context.term.text(kPageQuestion, [&](std::string_view so_far) {
    keeper.save(before + std::string(so_far));
  }));
  return before + more;
}

Result<std::string> in_editor(Book& book, std::string_view start, DraftKeeper& keeper) {
  const EditorHooks hooks{[&](std::string_view text) { keeper.save(text); }, book.session.lock_descriptor()};
  return edit_text(book.session.context(), start, hooks);
}

// The text for a new entry, by the way that was asked for.
Result<std::string> compose(Book& book, Way way, std::string_view start, journal::Kind kind,
                            DraftKeeper& keeper) {
  Context& context = book.session.context();
  if (way == Way::input) return context.term.all_input();
  KITH_TRY(const std::string from, template_of(book, kind));
  if (way == Way::editor) {
    KITH_TRY(const std::string text, in_editor(book, start.empty() ? std::string_view(from) : start, keeper));
    return journal::drop_empty_prompts(text, from);
  }
  std::string page(start);
  if (page.empty() && !from.empty()) {
    KITH_TRY(page, ask_template(context, from, keeper));
  }
  return ask_page(context, page, keeper);
}

Result<Exit> keep(Book& book, DraftKeeper& keeper, journal::NewEntry entry) {
  if (is_blank(entry.text)) {
    KITH_CHECK(keeper.drop());
    book.session.context().term.say("Nothing was written, so nothing was kept.");
    return Exit::you_said_no;
  }
  KITH_TRY(entry.text, with_whole_feelings(book, std::move(entry.text)));
  KITH_TRY(const auto number, keeper.finish(entry));
  KITH_CHECK(say_kept(book, number));
  return Exit::done;
}

Result<Exit> run_write(Context& context, const Args& args) {
  KITH_TRY(const Way way, way_of(context, args, 0));
  KITH_TRY(const auto kind, kind_option(context, args, journal::Kind::free));
  KITH_TRY(auto book, Book::open(context));
  KITH_CHECK(book.session.watch_lock());
  DraftKeeper keeper(book, kind);
  auto text = compose(book, way, "", kind, keeper);
  if (!text) return keeper.stopped(text.error());
  if (context.flags.dry_run) return Exit::done;
  return keep(book, keeper,
              {.kind = kind,
               .text = std::move(*text),
               .written = moment_of(context.clock.now()),
               .marks = {},
               .tender = args.has("tender"),
               .source = {}});
}

// -- notice

Result<void> ask_more(Context& context, const Args& args, std::string& text) {
  constexpr std::pair<std::string_view, std::string_view> kMore[] = {
      {"thought", "A thought:"}, {"body", "In the body:"}, {"pull", "A pull towards:"}};
  for (const auto& [option, question] : kMore) {
    if (!args.has(option)) continue;
    KITH_TRY(const std::string answer, context.term.line(question, ""));
    if (!answer.empty()) text += "\n" + std::string(question) + " " + answer;
  }
  return {};
}

Result<Exit> run_notice(Context& context, const Args& args) {
  KITH_TRY(auto book, Book::open(context));
  KITH_CHECK(book.session.watch_lock());
  DraftKeeper keeper(book, journal::Kind::notice);
  KITH_TRY(std::string text, context.term.line("What do you notice right now? (feelings like ~anxious:6)"));
  if (auto asked = ask_more(context, args, text); !asked) {
    keeper.save(text);
    return keeper.stopped(asked.error());
  }
  if (context.flags.dry_run) return Exit::done;
  return keep(book, keeper,
              {.kind = journal::Kind::notice,
               .text = std::move(text),
               .written = moment_of(context.clock.now()),
               .marks = {},
               .tender = args.has("tender"),
               .source = {}});
}

// -- edit

Result<Exit> run_edit(Context& context, const Args& args) {
  KITH_TRY(const auto number, entry_word(context, args.words[0]));
  KITH_TRY(const Way way, way_of(context, args, 1));
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const auto entry, book.journal.read(number));
  KITH_CHECK(book.session.watch_lock());
  DraftKeeper keeper(book, entry.kind, number);
  auto text = way == Way::input ? context.term.all_input() : in_editor(book, entry.text, keeper);
  if (!text) return keeper.stopped(text.error());
  if (is_blank(*text))
    return context.tell(Errc::usage, {"The page came back empty.", journal::name(number) + " is as it was.",
                                      "kith delete takes an entry away."});
  if (context.flags.dry_run) return Exit::done;
  KITH_TRY(std::string whole, with_whole_feelings(book, std::move(*text)));
  KITH_CHECK(keeper.finish({.kind = entry.kind,
                            .text = std::move(whole),
                            .written = entry.written,
                            .marks = {},
                            .tender = entry.tender,
                            .source = entry.source}));
  context.term.say(journal::name(number) + " is changed.");
  return Exit::done;
}

// -- drafts

Result<Exit> run_drafts(Context& context, const Args&) {
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const auto drafts, journal::Drafts(book.session.journal()).list());
  if (context.flags.json) {
    Json json;
    json.array("drafts");
    for (const auto& draft : drafts)
      json.object()
          .text("draft", journal::name(draft.number))
          .text("kind", journal::word(draft.kind))
          .text("started", iso_time(draft.started))
          .text("text", draft.text)
          .end();
    context.term.data(json.finish());
    return Exit::done;
  }
  const char* gap = context.flags.plain ? "\t" : "  ";
  for (const auto& draft : drafts)
    context.term.data(journal::name(draft.number) + gap +
                      (context.flags.plain ? iso_time(draft.started) : day_and_time(draft.started)) + gap +
                      std::string(journal::word(draft.kind)) + gap + shorten(clean_line(draft.text), 50) +
                      "\n");
  if (drafts.empty()) context.term.say("No drafts. What you began was kept or dropped.");
  return Exit::done;
}

Result<journal::Draft> named_draft(Context& context, Book& book, const std::string& typed) {
  const auto number = journal::draft_of(typed);
  if (!number)
    return context.tell(Errc::usage, {"Drafts have names like D3.", "", "kith drafts shows them."});
  return journal::Drafts(book.session.journal()).read(*number);
}

Result<Exit> run_continue(Context& context, const Args& args) {
  const Way way = args.has("editor") ? Way::editor : Way::asked;
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const auto draft, named_draft(context, book, args.words[0]));
  KITH_CHECK(book.session.watch_lock());
  DraftKeeper keeper(book, draft);
  if (way == Way::asked) context.term.data(clean_lines(draft.text) + "\n");
  auto text = compose(book, way, draft.text, draft.kind, keeper);
  if (!text) return keeper.stopped(text.error());
  if (context.flags.dry_run) return Exit::done;
  return keep(book, keeper,
              {.kind = draft.kind,
               .text = std::move(*text),
               .written = draft.started,
               .marks = {},
               .tender = args.has("tender"),
               .source = {}});
}

Result<Exit> run_drop(Context& context, const Args& args) {
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const auto draft, named_draft(context, book, args.words[0]));
  context.term.data(shorten(clean_line(draft.text), 200) + "\n");
  if (context.flags.dry_run) return Exit::done;
  KITH_TRY(const bool yes, context.term.yes("Drop this draft for good?"));
  if (!yes) return fail(Errc::cancelled, "the draft is still there");
  KITH_CHECK(journal::Drafts(book.session.journal()).discard(draft.number));
  KITH_CHECK(book.session.keep());
  context.term.say("Dropped.");
  return Exit::done;
}

constexpr Option kWriteOptions[] = {
    {"kind", 'k', "KIND", "what sort of entry: kith kinds lists them"},
    {"editor", 'e', "", "write in your own editor ($VISUAL or $EDITOR)"},
    {"tender", 0, "", "fold it in lists until you open it"},
};
constexpr Option kNoticeOptions[] = {
    {"thought", 0, "", "ask for a thought, too"},
    {"body", 0, "", "ask what the body says, too"},
    {"pull", 0, "", "ask for a pull, too"},
    {"tender", 0, "", "fold it in lists until you open it"},
};
constexpr Option kContinueOptions[] = {
    {"editor", 'e', "", "write in your own editor ($VISUAL or $EDITOR)"},
    {"tender", 0, "", "fold it in lists until you open it"},
};
constexpr Option kEditOptions[] = {{"editor", 'e', "", "in your own editor, which is usual"}};

}  // namespace

const Command commands::write = {
    .name = "write",
    .section = Section::every_day,
    .summary = "Write an entry, as long as you like",
    .words = "[-]",
    .most = 1,
    .options = kWriteOptions,
    .examples =
        "kith write                      asks for your words\nkith write -e                   in your own "
        "editor\n"
        "kith write --kind reflection    starts from that kind's questions\nkith write - < notes.txt        "
        "from a file",
    .more =
        "#work marks a tag, ~anxious:6 a feeling, @ana a person: all stay yours. What you have written so "
        "far is\nkept as a draft all the time.",
    .on_failure = "Nothing was kept.",
    .stray = kStray,
    .run = run_write,
};

const Command commands::notice = {
    .name = "notice",
    .section = Section::every_day,
    .summary = "Keep one line about this moment",
    .options = kNoticeOptions,
    .examples = "kith notice\nkith notice --body      asks what the body says, too",
    .more =
        "A feeling is ~word or ~word:0 to 10, and the beginning of a word is enough. \"numb\", \"mixed\" "
        "and\n\"not sure\" (~not-sure) are feelings too.",
    .on_failure = "Nothing was kept.",
    .stray = kStray,
    .run = run_notice,
};

const Command commands::edit = {
    .name = "edit",
    .section = Section::every_day,
    .summary = "Change an entry",
    .words = "ENTRY [-]",
    .least = 1,
    .most = 2,
    .options = kEditOptions,
    .examples = "kith edit E12            in your own editor\nkith edit E12 - < new.txt",
    .on_failure = "The entry is as it was.",
    .stray = kStray,
    .run = run_edit,
};

const Command commands::drafts = {
    .name = "drafts",
    .section = Section::every_day,
    .summary = "Show what was begun and not kept yet",
    .options = {},
    .examples = "kith drafts\nkith drafts continue D3\nkith drafts drop D3",
    .on_failure = "Nothing was changed.",
    .run = run_drafts,
};

const Command commands::drafts_continue = {
    .name = "drafts continue",
    .section = Section::every_day,
    .summary = "Go on with a draft",
    .words = "DRAFT",
    .least = 1,
    .most = 1,
    .options = kContinueOptions,
    .examples = "kith drafts continue D3\nkith drafts continue D3 -e",
    .on_failure = "The draft is still there.",
    .stray = kStray,
    .run = run_continue,
};

const Command commands::drafts_drop = {
    .name = "drafts drop",
    .section = Section::every_day,
    .summary = "Drop a draft for good",
    .words = "DRAFT",
    .least = 1,
    .most = 1,
    .options = {},
    .examples = "kith drafts drop D3",
    .on_failure = "The draft is still there.",
    .run = run_drop,
};

}  // namespace kith::cli
