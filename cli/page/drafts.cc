#include "cli/page/drafts.h"

#include "crypto/hash.h"

namespace kith::cli {
namespace {

constexpr std::size_t kBaseDigits = 16;

Result<SavedDraft> begin(Book& book, journal::Kind kind, std::string_view text,
                         std::optional<journal::EntryNumber> entry, bool forked) {
  const auto now = moment_of(book.session.context().clock.now());
  KITH_TRY(const auto number, journal::Drafts(book.session.journal()).start(kind, text, now, entry));
  return SavedDraft{number, base_of(text), forked};
}

}  // namespace

std::string base_of(std::string_view text) {
  return crypto::H("kith1.page-base", {as_bytes(text)}).hex().substr(0, kBaseDigits);
}

Result<journal::Kind> kind_of_field(const Fields& fields) {
  KITH_TRY(const auto word, fields.text_or("kind", "free"));
  return journal::kind_of(word);
}

Result<SavedDraft> save_draft(Book& book, const Fields& fields) {
  KITH_TRY(const auto text, fields.text("text"));
  KITH_TRY(const auto base, fields.text_or("base", ""));
  KITH_TRY(const auto kind, kind_of_field(fields));
  std::optional<journal::EntryNumber> entry;
  if (fields.has("entry")) {
    KITH_TRY(const auto name, fields.text("entry"));
    KITH_TRY(entry, journal::entry_of(name));
  }
  if (!fields.has("draft")) return begin(book, kind, text, entry, false);
  KITH_TRY(const auto name, fields.text("draft"));
  KITH_TRY(const auto number, journal::draft_of(name));
  journal::Drafts drafts(book.session.journal());
  const auto stored = drafts.read(number);
  // Kept or dropped in another tab: these words are not lost for it.
  if (!stored && stored.error().code == Errc::not_found) return begin(book, kind, text, entry, true);
  KITH_CHECK(stored);
  if (!base.empty() && base != base_of(stored->text) && text != stored->text)
    return begin(book, stored->kind, text, stored->entry, true);
  KITH_CHECK(drafts.save(number, text, book.session.context().clock.now()));
  return SavedDraft{number, base_of(text), false};
}

}  // namespace kith::cli
