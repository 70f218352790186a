// The few settings that must work while the journal is locked. Nothing in them is secret.
#pragma once

#include <string>
#include <string_view>

#include "cli/home.h"

namespace kith::cli {

inline constexpr std::string_view kDefaultHelpNumber = "112";

struct Settings {
  std::string help_number{kDefaultHelpNumber};  // never empty
  std::string help_contact;                     // empty unless its owner ticked "show while locked"
};

// A missing or broken file gives the defaults: the help card must always print.
Settings load_settings(const Home& home);
Result<void> save_settings(const Home& home, const Settings& settings);

}  // namespace kith::cli
