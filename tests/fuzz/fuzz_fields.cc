// The body of a call from the page: flat JSON.
#include "cli/page/fields.h"
#include "core/base/text.h"
#include "tests/fuzz/fuzz.h"

using namespace kith;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto fields = cli::Fields::parse(ByteView(data, size));
  if (!fields) return 0;
  for (const std::string_view name : {"call", "text", "to", "n", "a", "items", ""}) {
    if (const auto text = fields->text_or(name, "")) {
      CLAIM(is_utf8(*text));
      CLAIM(text->find('\0') == std::string_view::npos);
      CLAIM(text->size() <= size);
    }
    if (const auto many = fields->texts(name)) CLAIM(many->size() <= cli::kMaxElements);
    if (const auto objects = fields->objects(name)) {
      CLAIM(objects->size() <= cli::kMaxElements);
      for (const cli::Fields* object : *objects) CLAIM(object != nullptr);
    }
    const auto number = fields->number_within(name, -3, 7, 0);
    CLAIM(!number || (*number >= -3 && *number <= 7));
    if (!fields->has(name)) CLAIM(!fields->text(name));
  }
  return 0;
}
