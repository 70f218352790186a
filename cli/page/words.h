// The words of an error as the page shows them: what a person without a terminal can do.
#pragma once

#include "cli/errors.h"

namespace kith::cli {

// Sentences that name a command are replaced by the page's own, or left out.
ErrorWords words_for_page(ErrorWords words, Errc code);

bool names_a_command(std::string_view sentence);  // "kith lock", "kith group show"

}  // namespace kith::cli
