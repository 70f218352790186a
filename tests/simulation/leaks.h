// Looks for the unique words of the simulated people where they may not be: as they are, in hex, in base64 at
// each alignment, and in UTF-16.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/bytes.h"

namespace kith::simulation {

inline constexpr std::string_view kPrivateMarker = "zzprivatezz", kSharedMarker = "zzsharedzz";

inline constexpr std::size_t kUniqueSize = 32;  // hex digits after a marker

std::optional<std::string_view> leaked(ByteView bytes);  // the marker that is in them

}  // namespace kith::simulation
