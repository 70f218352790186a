#include "core/journal/people.h"

#include "core/journal/store.h"
#include "core/keyring/head_record.h"

namespace kith::journal {
namespace {

Result<std::vector<PrivateLink>> collect(db::Statement& rows) {
  std::vector<PrivateLink> links;
  for (;;) {
    KITH_TRY(const bool row, rows.step());
    if (!row) return links;
    links.push_back({rows.integer(0), rows.text(1), rows.text(2)});
  }
}

}  // namespace

Result<void> PrivateLinks::add(std::string_view typed, std::string_view words) {
  KITH_TRY(const std::string handle, handle_of(typed));
  if (words.size() > kMaxLink) return fail(Errc::too_large, "a private note on someone holds at most 1 KiB");
  KITH_TRY(const std::string clean, clean_text(words));
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  {
    KITH_TRY(auto write, journal_->prepare("INSERT INTO private_link(handle,words) VALUES(?1,?2)"));
    KITH_CHECK(write.bind(1, handle).bind(2, clean).run());
  }
  KITH_CHECK(keyring::raise_head(*journal_));
  return transaction.commit();
}

Result<std::vector<PrivateLink>> PrivateLinks::of(std::string_view typed) {
  KITH_TRY(const std::string handle, handle_of(typed));
  KITH_TRY(auto rows,
           journal_->prepare("SELECT id,handle,words FROM private_link WHERE handle=?1 ORDER BY id"));
  rows.bind(1, handle);
  return collect(rows);
}

Result<std::vector<PrivateLink>> PrivateLinks::all() {
  KITH_TRY(auto rows, journal_->prepare("SELECT id,handle,words FROM private_link ORDER BY handle, id"));
  return collect(rows);
}

Result<void> PrivateLinks::remove(std::int64_t id) {
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  {
    KITH_TRY(auto erase, journal_->prepare("DELETE FROM private_link WHERE id=?1"));
    KITH_CHECK(erase.bind(1, id).run());
  }
  if (journal_->changes() == 0) return fail(Errc::not_found, "there is no such note");
  KITH_CHECK(note_remnants(*journal_));
  KITH_CHECK(keyring::raise_head(*journal_));
  return transaction.commit();
}

}  // namespace kith::journal
