// What protects this journal on this computer, and what is missing: the findings of kith doctor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/context.h"
#include "cli/home.h"

namespace kith::cli {

enum class Health : std::uint8_t { good, missing, told };

struct Finding {
  std::string_view name;
  Health verdict;
  std::string text;
};
std::string_view word_of(Health verdict);  // "good", "missing", "note"

// While the disk is too full for others' words: what that means. Empty else.
std::string nearly_full(const Home& home);
// With the journal open it reads every page of it, too.
Result<std::vector<Finding>> look_at_health(Context& context);

}  // namespace kith::cli
