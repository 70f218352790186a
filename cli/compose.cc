#include "cli/compose.h"

#include "core/journal/feelings.h"
#include "core/journal/settings.h"

namespace kith::cli {

DraftKeeper::DraftKeeper(Book& book, journal::Kind kind, std::optional<journal::EntryNumber> entry)
    : book_(book), drafts_(book.session.journal()), kind_(kind), entry_(entry) {}

DraftKeeper::DraftKeeper(Book& book, const journal::Draft& draft)
    : book_(book),
      drafts_(book.session.journal()),
      kind_(draft.kind),
      entry_(draft.entry),
      number_(draft.number) {}

void DraftKeeper::save(std::string_view text) {
  book_.session.touch();
  const WallTime now = book_.session.context().clock.now();
  if (number_) {
    if (auto saved = drafts_.save(*number_, text, now); !saved) failure_ = saved.error();
    return;
  }
  auto started = drafts_.start(kind_, text, moment_of(now), entry_);
  if (started) {
    number_ = *started;
  } else {
    failure_ = started.error();
  }
}

Result<journal::EntryNumber> DraftKeeper::finish(const journal::NewEntry& entry) {
  auto kept = number_ || entry_ ? keep_draft(entry) : book_.journal.add(entry);
  if (!kept) {
    if (!number_) save(entry.text);
    return stopped(kept.error());
  }
  KITH_CHECK(book_.session.keep());
  return kept;
}

Result<journal::EntryNumber> DraftKeeper::keep_draft(const journal::NewEntry& entry) {
  if (!number_) save(entry.text);
  if (!number_) return tl::unexpected(*failure_);
  return drafts_.keep(*number_, entry);
}

Result<void> DraftKeeper::drop() {
  if (!number_) return {};
  KITH_CHECK(drafts_.discard(*number_));
  number_.reset();
  return {};
}

tl::unexpected<Error> DraftKeeper::stopped(const Error& error) {
  Context& context = book_.session.context();
  if (!number_) return tl::unexpected(error);
  const std::string name = journal::name(*number_);
  const bool complete = !failure_;
  if (context.term.interrupted()) {
    context.term.say_always("\nYour words are kept as draft " + name + ".");
    return tl::unexpected(error);
  }
  ErrorWords words = words_of(error, "");
  words.means = complete ? "Your words are kept as draft " + name + "."
                         : "Draft " + name + " holds most of it; the last lines could not be kept.";
  if (error.code == Errc::locked) words.next = "kith unlock, then kith drafts continue " + name + ".";
  if (error.code == Errc::too_large)
    words.next = "One entry holds 64 KiB: kith drafts continue " + name + " -e to divide it.";
  return context.tell(error.code, std::move(words));
}

Result<std::string> with_whole_feelings(Book& book, std::string text) {
  journal::Feelings feelings(book.session.journal());
  for (const auto& feeling : journal::marks_in(text).feelings) {
    KITH_TRY(std::string whole, feelings.meant(feeling.name));
    if (whole == feeling.name) continue;
    for (char& c : whole)
      if (c == ' ') c = '-';
    const std::string sign =
        "~" + feeling.name;  // a short form is one word, so it stands in the text as it is
    for (auto at = text.find(sign); at != std::string::npos; at = text.find(sign, at + whole.size() + 1)) {
      const auto end = at + sign.size();
      if (end == text.size() || text[end] == ':' || text[end] == ' ' || text[end] == '\n')
        text.replace(at, sign.size(), "~" + whole);
    }
  }
  return text;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

Result<bool> first_words(Book& book) {
  journal::Settings settings(book.session.journal());
  KITH_TRY(const bool praise, settings.yes(journal::kPraise));
  KITH_TRY(const bool first, settings.once("first-words"));
  return first && praise;
}

Result<void> say_kept(Book& book, journal::EntryNumber number) {
  Context& context = book.session.context();
  KITH_TRY(const bool praised, first_words(book));
  const std::string name = journal::name(number);
  if (context.flags.json) {
    Json json;
    context.term.data(json.text("entry", name).finish());
  } else if (context.flags.plain) {
    context.term.data(name + "\n");
  }
  if (praised) {
    context.term.say("Kept, just for you. Putting it into words was enough. (" + name + ")");
  } else {
    context.term.say("Kept, just for you. (" + name + ")");
  }
  return {};
}

}  // namespace kith::cli
