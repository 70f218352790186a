#include "core/journal/settings.h"

#include <algorithm>
#include <charconv>

#include "core/journal/unicode.h"
#include "core/keyring/head_record.h"

namespace kith::journal {
namespace {

using Form = Setting::Form;

constexpr Setting kSettings[] = {
    {kIdleLockMinutes, "10", "minutes without a command until the journal locks itself", Form::number, 1,
     120},
    {kOutboxSeconds, "600", "seconds that a confirmed share waits, so that you can take it back",
     Form::number, 0, 3600},
    {kUndoHours, "24", "hours in which a deleted entry can be brought back", Form::number, 0, 720},
    {kPraise, "yes", "a kind word after a first step", Form::yes_no},
    {kHelpNumber, "112", "the number on the help card", Form::text, 1, 200},
    {kHelpContact, "", "your own contact for the help card", Form::text, 0, 200},
    {kHelpContactLocked, "no", "show your own contact on the help card while locked", Form::yes_no},
};

Result<const Setting*> setting(std::string_view name) {
  const auto found = std::find_if(std::begin(kSettings), std::end(kSettings),
                                  [&](const Setting& known) { return known.name == name; });
  if (found == std::end(kSettings)) return fail(Errc::not_found, "there is no such setting");
  return &*found;
}

Result<std::int64_t> number_in(std::string_view text) {
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size())
    return fail(Errc::usage, "this setting is a whole number");
  return value;
}

Result<void> fits(const Setting& known, std::string_view value) {
  switch (known.form) {
    case Form::number: {
      KITH_TRY(const std::int64_t number, number_in(value));
      if (number < known.least || number > known.most)
        return fail(Errc::usage, "this setting has other bounds");
      return {};
    }
    case Form::yes_no:
      if (value != "yes" && value != "no") return fail(Errc::usage, "this setting is yes or no");
      return {};
    case Form::text:
      if (static_cast<std::int64_t>(value.size()) < known.least)
        return fail(Errc::usage, "this setting is never empty");
      if (static_cast<std::int64_t>(value.size()) > known.most)
        return fail(Errc::too_large, "this setting holds less text");
      return {};
  }
  return {};
}

}  // namespace

std::span<const Setting> all_settings() { return kSettings; }

Result<std::string> Settings::text(std::string_view name) {
  KITH_TRY(const Setting* const known, setting(name));
  KITH_TRY(auto query, journal_->prepare("SELECT value FROM setting WHERE name=?1"));
  query.bind(1, name);
  KITH_TRY(const bool row, query.step());
  return row ? query.text(0) : std::string(known->standard);
}

Result<std::int64_t> Settings::number(std::string_view name) {
  KITH_TRY(const std::string value, text(name));
  return number_in(value);
}

Result<bool> Settings::yes(std::string_view name) {
  KITH_TRY(const std::string value, text(name));
  return value == "yes";
}

Result<void> Settings::set(std::string_view name, std::string_view value) {
  KITH_TRY(const Setting* const known, setting(name));
  KITH_TRY(const std::string clean, nfc(value));
  KITH_CHECK(fits(*known, clean));
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  {
    KITH_TRY(auto write, journal_->prepare("INSERT INTO setting(name,value) VALUES(?1,?2)"
                                           " ON CONFLICT(name) DO UPDATE SET value=excluded.value"));
    KITH_CHECK(write.bind(1, name).bind(2, clean).run());
  }
  KITH_CHECK(keyring::raise_head(*journal_));
  return transaction.commit();
}

Result<void> Settings::reset(std::string_view name) {
  KITH_CHECK(setting(name));
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  {
    KITH_TRY(auto erase, journal_->prepare("DELETE FROM setting WHERE name=?1"));
    KITH_CHECK(erase.bind(1, name).run());
  }
  KITH_CHECK(keyring::raise_head(*journal_));
  return transaction.commit();
}

Result<bool> Settings::once(std::string_view what) {
  KITH_TRY(auto write, journal_->prepare("INSERT INTO once(what) VALUES(?1) ON CONFLICT DO NOTHING"));
  KITH_CHECK(write.bind(1, what).run());
  return journal_->changes() == 1;
}

}  // namespace kith::journal
