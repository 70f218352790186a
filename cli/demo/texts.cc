#include "cli/demo/texts.h"

#include <algorithm>

#include "core/base/result.h"

namespace kith::cli {
namespace {

bool in_folder(const DemoText& text, std::string_view folder) {
  const std::size_t slash = text.name.rfind('/');
  return slash == folder.size() && text.name.starts_with(folder);
}

}  // namespace

std::span<const DemoText> demo_texts(std::string_view folder) {
  const auto all = demo_texts();
  const auto in = [folder](const DemoText& text) { return in_folder(text, folder); };
  const auto first = std::find_if(all.begin(), all.end(), in);
  const auto last = std::find_if_not(first, all.end(), in);
  return {first, last};
}

std::string_view demo_text(std::string_view name) {
  const auto all = demo_texts();
  const auto found =
      std::find_if(all.begin(), all.end(), [name](const auto& text) { return text.name == name; });
  KITH_ASSERT(found != all.end());
  std::string_view text = found->text;
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

}  // namespace kith::cli
