#include "core/journal/drafts.h"

#include <charconv>

#include "core/journal/journal.h"
#include "core/journal/store.h"
#include "core/keyring/head_record.h"

namespace kith::journal {
namespace {

Result<Draft> draft_from(const db::Statement& row) {
  const std::int64_t kind = row.integer(1);
  if (kind < 0 || kind >= static_cast<std::int64_t>(all_kinds().size()))
    return fail(Errc::unsupported, "a draft is of a kind that this kith does not know");
  std::optional<EntryNumber> entry;
  if (!row.is_null(6)) entry = EntryNumber{row.integer(6)};
  return Draft{
      .number = DraftNumber{row.integer(0)},
      .kind = static_cast<Kind>(kind),
      .text = std::string(as_text(row.blob_view(2))),
      .started = {WallTime(std::chrono::seconds(row.integer(3))), std::chrono::minutes(row.integer(4))},
      .saved = WallTime(std::chrono::seconds(row.integer(5))),
      .entry = entry};
}

Result<void> check_size(std::string_view text) {
  if (text.size() > kMaxDraft) return fail(Errc::too_large, "a draft holds at most 256 KiB");
  return {};
}

Result<void> erase(db::Database& journal, DraftNumber number) {
  {
    KITH_TRY(auto gone, journal.prepare("DELETE FROM draft WHERE number=?1"));
    KITH_CHECK(gone.bind(1, static_cast<std::int64_t>(number)).run());
  }
  if (journal.changes() == 0) return fail(Errc::not_found, "there is no such draft");
  KITH_CHECK(note_remnants(journal));
  return keyring::raise_head(journal);
}

}  // namespace

std::string name(DraftNumber number) { return "D" + std::to_string(static_cast<std::int64_t>(number)); }

Result<DraftNumber> draft_of(std::string_view typed) {
  std::int64_t number = 0;
  const auto end = typed.data() + typed.size();
  const bool signed_d = !typed.empty() && (typed[0] == 'D' || typed[0] == 'd');
  const auto [stop, error] = std::from_chars(typed.data() + (signed_d ? 1 : 0), end, number);
  if (!signed_d || error != std::errc() || stop != end || number <= 0)
    return fail(Errc::malformed, "a draft is named by D and a number, such as D3");
  return DraftNumber{number};
}

Result<DraftNumber> Drafts::start(Kind kind, std::string_view text, Moment now,
                                  std::optional<EntryNumber> entry) {
  KITH_CHECK(check_size(text));
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  KITH_TRY(const auto number,
           next_number(*journal_, "UPDATE counters SET draft=draft+1 WHERE id=1 RETURNING draft"));
  {
    KITH_TRY(auto write, journal_->prepare("INSERT INTO draft(number,kind,text,started,minutes,saved,entry)"
                                           " VALUES(?1,?2,?3,?4,?5,?4,?6)"));
    write.bind(1, number).bind(2, static_cast<std::int64_t>(kind)).bind(3, as_bytes(text));
    write.bind(4, now.at.time_since_epoch().count()).bind(5, now.offset.count());
    if (entry) {
      write.bind(6, static_cast<std::int64_t>(*entry));
    } else {
      write.bind_null(6);
    }
    KITH_CHECK(write.run());
  }
  KITH_CHECK(keyring::raise_head(*journal_));
  KITH_CHECK(transaction.commit());
  return DraftNumber{number};
}

Result<void> Drafts::save(DraftNumber number, std::string_view text, WallTime now) {
  KITH_CHECK(check_size(text));
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  {
    KITH_TRY(auto write, journal_->prepare("UPDATE draft SET text=?2, saved=?3 WHERE number=?1"));
    write.bind(1, static_cast<std::int64_t>(number)).bind(2, as_bytes(text));
    KITH_CHECK(write.bind(3, now.time_since_epoch().count()).run());
  }
  if (journal_->changes() == 0) return fail(Errc::not_found, "there is no such draft");
  KITH_CHECK(note_remnants(*journal_));
  KITH_CHECK(keyring::raise_head(*journal_));
  return transaction.commit();
}

Result<Draft> Drafts::read(DraftNumber number) {
  KITH_TRY(auto query, journal_->prepare(
                           "SELECT number,kind,text,started,minutes,saved,entry FROM draft WHERE number=?1"));
  query.bind(1, static_cast<std::int64_t>(number));
  KITH_TRY(const bool row, query.step());
  if (!row) return fail(Errc::not_found, "there is no such draft");
  return draft_from(query);
}

Result<std::vector<Draft>> Drafts::list() {
  KITH_TRY(auto query, journal_->prepare("SELECT number,kind,text,started,minutes,saved,entry FROM draft"
                                         " ORDER BY saved DESC, number DESC"));
  std::vector<Draft> drafts;
  for (;;) {
    KITH_TRY(const bool row, query.step());
    if (!row) return drafts;
    KITH_TRY(Draft draft, draft_from(query));
    drafts.push_back(std::move(draft));
  }
}

Result<void> Drafts::discard(DraftNumber number) {
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  KITH_CHECK(erase(*journal_, number));
  return transaction.commit();
}

Result<EntryNumber> Drafts::keep(DraftNumber number, const NewEntry& entry) {
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  KITH_TRY(const Draft draft, read(number));
  Journal journal(*journal_);
  EntryNumber kept = draft.entry.value_or(EntryNumber{0});
  if (draft.entry) {
    const Edit edit{.text = entry.text, .kind = entry.kind};
    KITH_CHECK(journal.edit(kept, edit, entry.written.at));
  } else {
    KITH_TRY(kept, journal.add(entry));
  }
  KITH_CHECK(erase(*journal_, number));
  KITH_CHECK(transaction.commit());
  return kept;
}

}  // namespace kith::journal
