// The texts of the demo, carried inside the program: the diaries and short lines of tests/data.
#pragma once

#include <span>
#include <string_view>

namespace kith::cli {

struct DemoText {
  std::string_view name;  // "mina/2026-03-05-after.md" or "demo/mina-notice.txt"
  std::string_view text;  // UTF-8
};

// The files of one folder lie together, sorted by name.
std::span<const DemoText> demo_texts();
// Those of one folder: "mina", "demo", "demo/agreement".
std::span<const DemoText> demo_texts(std::string_view folder);
// One text without its last line break; a name that does not exist is a bug.
std::string_view demo_text(std::string_view name);

}  // namespace kith::cli
