#pragma once

#include <string_view>

namespace kith::cli {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace kith::cli
