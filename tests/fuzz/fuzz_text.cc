// Words of a peer on their way to a terminal, a table or a JSON document: nothing in them acts.
#include "core/base/text.h"
#include "tests/fuzz/fuzz.h"

using namespace kith;

namespace {

// What a terminal may be given: UTF-8 without control characters (LF and TAB in several lines), without a
// character that turns the direction around and is not ours.
void claim_harmless(std::string_view text, bool lines) {
  CLAIM(is_utf8(text));
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool layout = lines && (byte == '\n' || byte == '\t');
    CLAIM(layout || (byte >= 0x20 && byte != 0x7F));
    const std::string_view rest = text.substr(i);
    CLAIM(!(byte == 0xC2 && rest.size() > 1 && static_cast<unsigned char>(rest[1]) < 0xA0));  // C1
    for (const std::string_view turned :
         {"\u202A", "\u202B", "\u202C", "\u202D", "\u202E", "\u2066", "\u2067"})
      CLAIM(!rest.starts_with(turned));
  }
}

// Every isolate that was opened is closed.
void claim_closed(std::string_view text) {
  int open = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    open += text.substr(i).starts_with("\u2068") ? 1 : 0;
    open -= text.substr(i).starts_with("\u2069") ? 1 : 0;
    CLAIM(open >= 0 && open <= 1);
  }
  CLAIM(open == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 16 * 1024) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const PeerText peer(text);
  const std::string lines = render_terminal(peer), line = render_plain(peer), json = render_json(peer);
  claim_harmless(lines, true);
  claim_harmless(line, false);
  claim_closed(line);
  CLAIM(json.size() >= 2 && json.front() == '"' && json.back() == '"');
  claim_harmless(json, false);
  claim_harmless(clean_line(text), false);
  claim_harmless(clean_lines(text), true);
  for (const std::size_t columns : {1U, 7U, 40U}) {
    const std::string cut = shorten(line, columns);
    CLAIM(is_utf8(cut));
    CLAIM(display_width(cut) <= columns);
    claim_closed(cut);
  }
  CLAIM(count_characters(text) <= text.size());
  CLAIM(trimmed(text).size() <= text.size());
  return 0;
}
