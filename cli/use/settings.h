// One's own settings, wherever they are kept: the outbox has its own place, beside the consents it delays.
#pragma once

#include "cli/desk.h"
#include "core/journal/settings.h"

namespace kith::cli {

bool is_listed(const journal::Setting& setting);  // the help card is not: it is shown while locked
Result<std::string> setting_value(Desk& desk, std::string_view name);                    // not_found
Result<void> change_setting(Desk& desk, std::string_view name, std::string_view value);  // not_found, usage

}  // namespace kith::cli
