// What the browser gets: the files of cli/page/assets, carried inside the program.
#pragma once

#include <span>
#include <string_view>

namespace kith::cli {

struct Asset {
  std::string_view name;  // "app.js"
  std::string_view text;  // UTF-8
};

std::span<const Asset> page_assets();            // sorted by name
const Asset* page_asset(std::string_view name);  // nullptr: no such file
std::string_view type_of(const Asset& asset);    // "text/javascript; charset=utf-8"

}  // namespace kith::cli
