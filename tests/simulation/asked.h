// What must have happened in so many worlds, and how often. A simulator that never does something proves
// nothing about it.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "core/mail/frame.h"
#include "tests/simulation/coverage.h"

namespace kith::simulation {

std::string reject_row(mail::Reject reason);  // "reject gap"

// Each row of the tables, each reject reason that can be reached, and some more: what happened too rarely,
// with the number and how often it should have.
std::vector<std::string> too_rare(const Coverage& coverage, std::uint64_t worlds);

// What one run saw, or several together. A run says it in lines: "<times>  <what>", and at last "<n> worlds,
// <n> failed".
struct Seen {
  Coverage coverage;
  std::uint64_t worlds = 0, failed = 0;
};
std::string text_of(const Seen& seen);
// False: there is no last line, so whoever wrote it did not come to its end.
bool add(Seen& sum, std::istream& text);

}  // namespace kith::simulation
