// Drafts and entries: writing, reading, finding, taking away.
#include "cli/agent_client.h"
#include "cli/book.h"
#include "cli/compose.h"
#include "cli/page/calls.h"
#include "cli/page/drafts.h"
#include "cli/page/shapes.h"
#include "core/journal/settings.h"
#include "core/journal/templates.h"

namespace kith::cli {
namespace {

constexpr std::int64_t kUsualPage = 20, kLongestPage = 200;

Result<void> touch(Ask& ask) {
  auto agent = AgentClient::connect(ask.context.home);
  if (!agent && agent.error().code == Errc::not_found) return fail(Errc::locked, "your journal is locked");
  if (!agent) return tl::unexpected(agent.error());
  return agent->touch();
}

// -- drafts

Result<void> draft_save(Ask& ask) {
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_TRY(const auto saved, save_draft(book, ask.fields));
  ask.out.text("draft", journal::name(saved.number)).text("base", saved.base).flag("forked", saved.forked);
  return {};
}

void put_draft(Json& json, const journal::Draft& draft) {
  json.text("draft", journal::name(draft.number)).text("kind", journal::word(draft.kind));
  json.text("started", iso_time(draft.started)).text("text", draft.text);
  if (draft.entry) json.text("entry", journal::name(*draft.entry));
}

Result<void> draft_list(Ask& ask) {
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_TRY(const auto drafts, journal::Drafts(book.session.journal()).list());
  ask.out.array("drafts");
  for (const auto& draft : drafts) {
    ask.out.object();
    put_draft(ask.out, draft);
    ask.out.end();
  }
  ask.out.end();
  return {};
}

Result<journal::DraftNumber> draft_field(Ask& ask) {
  KITH_TRY(const auto name, ask.fields.text("draft"));
  return journal::draft_of(name);
}

Result<void> draft_read(Ask& ask) {
  KITH_TRY(const auto number, draft_field(ask));
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_TRY(const auto draft, journal::Drafts(book.session.journal()).read(number));
  put_draft(ask.out, draft);
  ask.out.text("base", base_of(draft.text));
  return {};
}

Result<void> draft_drop(Ask& ask) {
  KITH_TRY(const auto number, draft_field(ask));
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_CHECK(journal::Drafts(book.session.journal()).discard(number));
  return book.session.keep();
}

// -- entries

Result<journal::EntryNumber> entry_field(Ask& ask, std::string_view name = "entry") {
  KITH_TRY(const auto typed, ask.fields.text(name));
  return entry_word(ask.context, typed);
}

Result<std::string> page_text(Ask& ask, Book& book, journal::Kind kind) {
  KITH_TRY(const auto typed, ask.fields.text("text"));
  std::string text(typed);
  if (const auto found = journal::Templates(book.session.journal()).read(kind))
    text = journal::drop_empty_prompts(text, found->text);
  if (is_blank(text))
    return ask.context.tell(Errc::usage,
                            {"Nothing was written yet.", "Nothing was kept.", "A word or two is enough."});
  return with_whole_feelings(book, std::move(text));
}

Result<journal::EntryNumber> change_entry(Ask& ask, Book& book, journal::EntryNumber number,
                                          const journal::NewEntry& entry) {
  journal::Edit edit{.text = entry.text};
  if (ask.fields.has("kind")) edit.kind = entry.kind;
  if (ask.fields.has("tender")) edit.tender = entry.tender;
  KITH_CHECK(book.journal.edit(number, edit, ask.context.clock.now()));
  return number;
}

Result<journal::EntryNumber> keep_draft(Ask& ask, Book& book, journal::NewEntry entry) {
  KITH_TRY(const auto number, draft_field(ask));
  journal::Drafts drafts(book.session.journal());
  KITH_TRY(const auto draft, drafts.read(number));
  if (!ask.fields.has("kind")) entry.kind = draft.kind;
  entry.written = draft.started;
  KITH_TRY(const auto kept, drafts.keep(number, entry));
  if (draft.entry && ask.fields.has("tender"))
    KITH_CHECK(book.journal.edit(kept, {.tender = entry.tender}, ask.context.clock.now()));
  return kept;
}

Result<void> entry_keep(Ask& ask) {
  KITH_TRY(auto book, Book::open(ask.context));
  journal::NewEntry entry{.written = moment_of(ask.context.clock.now())};
  KITH_TRY(entry.kind, kind_of_field(ask.fields));
  KITH_TRY(entry.tender, ask.fields.flag("tender"));
  KITH_TRY(entry.text, page_text(ask, book, entry.kind));
  journal::EntryNumber number{0};
  if (ask.fields.has("draft")) {
    KITH_TRY(number, keep_draft(ask, book, std::move(entry)));
  } else if (ask.fields.has("entry")) {
    KITH_TRY(const auto which, entry_field(ask));
    KITH_TRY(number, change_entry(ask, book, which, entry));
  } else {
    KITH_TRY(number, book.journal.add(entry));
  }
  KITH_CHECK(book.session.keep());
  KITH_TRY(const bool first, first_words(book));
  ask.out.text("entry", journal::name(number)).flag("first", first);
  return {};
}

Result<journal::Filter> filter_field(Ask& ask) {
  FilterWords words;
  KITH_TRY(words.kind, ask.fields.text_or("kind", ""));
  KITH_TRY(words.tag, ask.fields.text_or("tag", ""));
  KITH_TRY(words.feeling, ask.fields.text_or("feeling", ""));
  KITH_TRY(words.person, ask.fields.text_or("person", ""));
  KITH_TRY(words.since, ask.fields.text_or("since", ""));
  KITH_TRY(words.until, ask.fields.text_or("until", ""));
  KITH_TRY(words.older, ask.fields.text_or("older", ""));
  KITH_TRY(const auto limit, ask.fields.number_within("limit", 1, kLongestPage, kUsualPage));
  words.limit = static_cast<std::size_t>(limit) + 1;  // one more shows whether there are more
  return filter_of(ask.context, words);
}

void put_entries(Ask& ask, const journal::Filter& filter, std::span<const journal::Summary> entries) {
  const bool more = entries.size() == filter.limit;
  ask.out.array("entries");
  for (const auto& entry : more ? entries.first(entries.size() - 1) : entries) {
    ask.out.object();
    put_entry(ask.out, entry);
    ask.out.end();
  }
  ask.out.end().flag("more", more);
}

Result<void> entry_list(Ask& ask) {
  KITH_TRY(const auto filter, filter_field(ask));
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_TRY(const auto entries, book.journal.list(filter));
  put_entries(ask, filter, entries);
  return {};
}

Result<void> entry_find(Ask& ask) {
  KITH_TRY(const auto filter, filter_field(ask));
  KITH_TRY(const auto words, ask.fields.text("words"));
  KITH_TRY(auto book, Book::open(ask.context));
  const auto query = journal::parse_query(words, local_offset(ask.context.clock.now()));
  KITH_TRY(const auto entries, book.journal.find(query, filter));
  put_entries(ask, filter, entries);
  return {};
}

Result<void> entry_read(Ask& ask) {
  KITH_TRY(const auto number, entry_field(ask));
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_TRY(const auto entry, book.journal.read(number));
  put_entry(ask.out, {entry.number, entry.kind, entry.written, entry.tender, {}, entry.marks, entry.source});
  ask.out.array("people");
  for (const auto& person : entry.marks.people) ask.out.element(person);
  ask.out.end();
  if (!entry.source.empty()) ask.out.text("source", entry.source);
  ask.out.flag("edited", entry.edited.has_value()).text("text", entry.text);
  return {};
}

Result<void> entry_delete(Ask& ask) {
  KITH_TRY(const auto number, entry_field(ask));
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_TRY(const auto hours, journal::Settings(book.session.journal()).number(journal::kUndoHours));
  KITH_CHECK(book.journal.remove(number, ask.context.clock.now()));
  KITH_CHECK(book.session.keep());
  ask.out.number("undo_hours", hours);
  return {};
}

Result<void> entry_restore(Ask& ask) {
  KITH_TRY(const auto number, entry_field(ask));
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_CHECK(book.journal.restore(number));
  return book.session.keep();
}

Result<void> entry_removed(Ask& ask) {
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_TRY(const auto removed, book.journal.removed());
  ask.out.array("entries");
  for (const auto& each : removed) ask.out.element(journal::name(each.number));
  ask.out.end();
  return {};
}

Result<void> entry_erase(Ask& ask) {
  KITH_TRY(const auto number, entry_field(ask));
  KITH_TRY(const auto typed, ask.fields.text("typed"));
  if (typed != journal::name(number)) return fail(Errc::cancelled, "the name that was typed is another one");
  KITH_TRY(auto book, Book::open(ask.context));
  return erase_for_good(book, number);
}

Result<void> tags(Ask& ask) {
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_TRY(const auto all, book.journal.tags());
  ask.out.array("words");
  for (const auto& tag : all) ask.out.element(tag);
  ask.out.end();
  return {};
}

Result<void> people(Ask& ask) {
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_TRY(const auto all, book.journal.people());
  ask.out.array("words");
  for (const auto& person : all) ask.out.element(person);
  ask.out.end();
  return {};
}

constexpr std::string_view kSafe =
    "What was saved before is safe. What you wrote since is on this page only.";
constexpr std::string_view kDraftStays = "Your words are still in their box on this page.";
constexpr std::string_view kFilter = "kind tag feeling person since until older limit";
constexpr std::string_view kFind = "words kind tag feeling person since until older limit";

constexpr Call kCalls[] = {
    {"touch", "", "", touch},
    {"draft.save", "draft kind text entry base", kSafe, draft_save},
    {"draft.list", "", "", draft_list},
    {"draft.read", "draft", "", draft_read},
    {"draft.drop", "draft", "The draft is still there.", draft_drop},
    {"entry.keep", "text kind tender draft entry", kDraftStays, entry_keep},
    {"entry.list", kFilter, "", entry_list},
    {"entry.find", kFind, "", entry_find},
    {"entry.read", "entry", "", entry_read},
    {"entry.delete", "entry", "The entry is still there.", entry_delete},
    {"entry.restore", "entry", "Nothing was changed.", entry_restore},
    {"entry.removed", "", "", entry_removed},
    {"entry.erase", "entry typed", "The entry is still there.", entry_erase},
    {"tags", "", "", tags},
    {"people", "", "", people},
};

}  // namespace

std::span<const Call> journal_calls() { return kCalls; }

}  // namespace kith::cli
