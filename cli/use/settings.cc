#include "cli/use/settings.h"

#include "cli/shared_ids.h"
#include "core/journal/journal.h"

namespace kith::cli {

bool is_listed(const journal::Setting& setting) { return !setting.name.starts_with("help-"); }

Result<std::string> setting_value(Desk& desk, std::string_view name) {
  KITH_CHECK(journal::Journal::open(desk.session().journal()));
  if (name != journal::kOutboxSeconds) return journal::Settings(desk.session().journal()).text(name);
  KITH_TRY(const auto wait, desk.node().outbox());
  return std::to_string(wait.count());
}

Result<void> change_setting(Desk& desk, std::string_view name, std::string_view value) {
  if (name == journal::kOutboxSeconds) {
    KITH_TRY(const auto seconds, whole_number(value));
    KITH_CHECK(desk.node().set_outbox(std::chrono::seconds(seconds)));
  } else {
    KITH_CHECK(journal::Settings(desk.session().journal()).set(name, value));
  }
  return desk.session().keep();
}

}  // namespace kith::cli
