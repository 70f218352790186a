// The head of a request as it comes over the socket, before anything else reads it: how much of it may be
// there, and what passes to libmicrohttpd. The first byte chooses the most that is taken.
#include <algorithm>

#include "cli/page/porch.h"
#include "tests/fuzz/fuzz.h"

using namespace kith;
using cli::HeadLook;

namespace {

bool is_named(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         std::ranges::equal(line.substr(0, name.size()), name, [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
         });
}

// Nothing that two readers could understand in two ways.
void claim_plain(std::string_view head) {
  int lines = 0, lengths = 0, codings = 0;
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    CLAIM(end != std::string_view::npos);
    const auto line = head.substr(0, end);
    head.remove_prefix(end + 2);
    for (const char c : line) CLAIM(c == '\t' || static_cast<unsigned char>(c) >= ' ');
    CLAIM(line.find('\x7f') == std::string_view::npos);
    if (lines++ == 0) {
      CLAIM(line.ends_with(" HTTP/1.1") && line.find(" /") != std::string_view::npos);
      CLAIM(std::ranges::count(line, ' ') == 2);
      continue;
    }
    if (line.empty()) continue;  // the last
    const auto colon = line.find(':');
    CLAIM(colon != std::string_view::npos && colon > 0);
    CLAIM(line.substr(0, colon).find_first_of(" \t\"(),/;<=>?@[\\]{}") == std::string_view::npos);
    CLAIM(!is_named(line, "expect"));
    lengths += is_named(line, "content-length") ? 1 : 0;
    codings += is_named(line, "transfer-encoding") ? 1 : 0;
  }
  CLAIM(lengths + codings <= 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  const std::size_t most = in.byte() % 2 == 0 ? 24 * 1024 : 200;
  const std::string_view bytes = as_text(in.rest());
  const HeadLook look = cli::look_at_head(bytes, most);
  const auto end = bytes.find("\r\n\r\n");
  CLAIM((look == HeadLook::more) == (end == std::string_view::npos && bytes.size() < most));
  if (look != HeadLook::whole) return 0;
  const std::string_view head = bytes.substr(0, end + 4);
  CLAIM(head.size() <= most);
  claim_plain(head);
  // It comes in pieces: not whole before its end, and what follows changes nothing.
  for (std::size_t i = 0; i < head.size(); i += 1 + head.size() / 64)
    CLAIM(cli::look_at_head(head.substr(0, i), most) == HeadLook::more);
  CLAIM(cli::look_at_head(head, most) == HeadLook::whole);
  return 0;
}
