// What protects this journal on this computer, and what is missing: the findings of kith doctor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/context.h"

namespace kith::cli {

enum class Health : std::uint8_t { good, missing, told };

struct Finding {
  std::string_view name;
  Health verdict;
  std::string text;
};
std::string_view word_of(Health verdict);  // "good", "missing", "note"

// With the journal open it reads every page of it, too.
Result<std::vector<Finding>> look_at_health(Context& context);

}  // namespace kith::cli
