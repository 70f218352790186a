// A diary's file that is taken in: its name, a line break, its bytes. And the same bytes as a question to the
// index.
#include "core/base/text.h"
#include "core/journal/import.h"
#include "core/journal/query.h"
#include "tests/fuzz/fuzz.h"

using namespace kith;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string all(reinterpret_cast<const char*>(data), size);
  const auto line = all.find('\n');
  const journal::ImportFile file{
      all.substr(0, line), line == std::string::npos ? "" : all.substr(line + 1), {}};
  const auto parsed = journal::parse_import(file);
  if (parsed.entry) {
    const std::string& text = parsed.entry->text;
    CLAIM(is_utf8(text) && !text.empty() && text.size() <= journal::kMaxText);
    CLAIM(text.find('\0') == std::string::npos);
    CLAIM(journal::clean_text(text) == text);
    journal::marks_in(text);
  }
  CLAIM(!journal::why(parsed.skip).empty());
  if (size <= 4096) journal::parse_query(all, {});
  return 0;
}
