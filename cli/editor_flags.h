// What each editor must be told so that it leaves nothing behind.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kith::cli {

struct EditorCommand {
  std::vector<std::string> argv;  // without the file
  bool known;                     // its traces are switched off
};
// `setting`: $VISUAL or $EDITOR; words are divided at blanks. `resolved`: the program's own name once links
// are followed ("vim.basic" for vi), empty if unknown.
EditorCommand editor_command(std::string_view setting, std::string_view resolved);
std::string_view base_name(std::string_view path);

}  // namespace kith::cli
