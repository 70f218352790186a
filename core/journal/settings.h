// Settings of this journal, kept inside it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/db/database.h"

namespace kith::journal {

struct Setting {
  std::string_view name;
  std::string_view standard;
  std::string_view meaning;  // one plain line
  enum class Form : std::uint8_t { number, yes_no, text } form;
  std::int64_t least = 0;  // of a number; of a text, bytes
  std::int64_t most = 0;
};
inline constexpr std::string_view kIdleLockMinutes = "idle-lock-minutes";  // 1 to 120, 10
inline constexpr std::string_view kOutboxSeconds = "outbox-seconds";       // 0 to 3600, 600
inline constexpr std::string_view kPraise = "praise";                      // yes
inline constexpr std::string_view kHelpNumber = "help-number";    // the local number on the help card
inline constexpr std::string_view kHelpContact = "help-contact";  // one's own contact
inline constexpr std::string_view kHelpContactLocked = "help-contact-while-locked";  // no
inline constexpr std::string_view kUndoHours = "undo-hours";                         // 0 to 720, 24
std::span<const Setting> all_settings();

class Settings {
 public:
  explicit Settings(db::Database& journal) : journal_(&journal) {}  // after Journal::open

  Result<std::string> text(std::string_view name);  // not_found: no such setting
  Result<std::int64_t> number(std::string_view name);
  Result<bool> yes(std::string_view name);
  Result<void> set(std::string_view name, std::string_view value);  // not_found; usage: not a fitting value
  Result<void> reset(std::string_view name);

  // True the first time only, for things said once ("first-words", "first-share").
  Result<bool> once(std::string_view what);

 private:
  db::Database* journal_;
};

}  // namespace kith::journal
