#include "core/journal/feelings.h"

#include <algorithm>

#include "core/keyring/head_record.h"

namespace kith::journal {

Result<std::vector<std::string>> Feelings::list() {
  KITH_TRY(auto query, journal_->prepare("SELECT name FROM feeling ORDER BY name"));
  std::vector<std::string> names;
  for (;;) {
    KITH_TRY(const bool row, query.step());
    if (!row) return names;
    names.push_back(query.text(0));
  }
}

Result<std::vector<std::string>> Feelings::match(std::string_view beginning) {
  KITH_TRY(const Feeling typed, feeling_of(beginning));
  KITH_TRY(auto names, list());
  if (std::find(names.begin(), names.end(), typed.name) != names.end()) return std::vector{typed.name};
  std::erase_if(names, [&](const std::string& name) { return !name.starts_with(typed.name); });
  return names;
}

Result<std::string> Feelings::meant(std::string_view typed) {
  KITH_TRY(const auto matching, match(typed));
  if (matching.size() == 1) return matching.front();
  KITH_TRY(Feeling as_typed, feeling_of(typed));
  return std::move(as_typed.name);
}

Result<void> Feelings::add(std::string_view feeling) {
  KITH_TRY(const Feeling typed, feeling_of(feeling));
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  {
    KITH_TRY(auto write, journal_->prepare("INSERT INTO feeling(name) VALUES(?1) ON CONFLICT DO NOTHING"));
    KITH_CHECK(write.bind(1, typed.name).run());
  }
  KITH_CHECK(keyring::raise_head(*journal_));
  return transaction.commit();
}

Result<void> Feelings::remove(std::string_view feeling) {
  KITH_TRY(const Feeling typed, feeling_of(feeling));
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  {
    KITH_TRY(auto erase, journal_->prepare("DELETE FROM feeling WHERE name=?1"));
    KITH_CHECK(erase.bind(1, typed.name).run());
  }
  if (journal_->changes() == 0) return fail(Errc::not_found, "that feeling is not on the list");
  KITH_CHECK(keyring::raise_head(*journal_));
  return transaction.commit();
}

}  // namespace kith::journal
