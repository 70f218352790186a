// One table: what went wrong -> exit code, and the three parts of what a person reads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace kith::cli {

enum class Exit : std::uint8_t {  // new codes may come; a script treats what it does not know as failed
  done = 0,
  failed = 1,
  used_wrongly = 2,
  you_said_no = 3,
  locked = 4,  // or a wrong passphrase
  not_found = 5,
  waiting = 6,  // saved, and queued or delayed
  refused = 7,  // by a rule, which is named
  safety = 8,   // damaged, forged, a key changed
  busy = 9,
  not_set_up = 10,
  interrupted = 130,
};

struct ErrorWords {
  std::string what;   // what happened
  std::string means;  // what that means for your words: what is safe comes first
  std::string next;   // what you can do
};

Exit exit_of(Errc code);
std::string_view name_of(Errc code);  // for "error" in JSON; stable
// `means` is the command's own sentence about what did not happen ("Nothing was shared."); may be empty.
ErrorWords words_of(const Error& error, std::string_view means);

}  // namespace kith::cli
