// Writing in one's own editor, on memory-backed scratch space, with its swap, undo and history files off.
#pragma once

#include <functional>
#include <string>

#include "cli/context.h"

namespace kith::cli {

struct EditorHooks {
  std::function<void(std::string_view)> changed;  // what stands in the file, when it changed on disk
  int stop_when_readable = -1;  // a lock: the editor is ended, the text so far is in `changed`
};

// The text as it was left. The scratch folder is overwritten and removed when the editor ends, when this
// process ends, and when it is killed. not_found: no editor is set; io: it failed; locked; too_large; usage:
// not text.
Result<std::string> edit_text(Context& context, std::string_view start, const EditorHooks& hooks);

}  // namespace kith::cli
