// The head of a request to the page: who gets past the doors. The first bytes are method, target and headers,
// one a line, as a browser, a web site or another program may send them.
#include "cli/page/doors.h"
#include "tests/fuzz/fuzz.h"

using namespace kith;

namespace {

constexpr std::string_view kHost = "127.0.0.1:4711", kBearer = "0123456789abcdef";

cli::Head head_of(std::string_view text) {
  cli::Head head;
  std::size_t line = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view one = text.substr(0, end);
    if (line == 0) head.method = one;
    if (line == 1) head.target = one;
    if (line > 1) {
      const auto colon = one.find(": ");
      if (colon != std::string_view::npos)
        head.headers.emplace_back(one.substr(0, colon), one.substr(colon + 2));
      head.header_bytes += one.size() + 2;
    }
    ++line;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return head;
}

bool has_exactly(const cli::Head& head, std::string_view name, std::string_view value) {
  return head.header(name) == value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cli::Head head = head_of(as_text(ByteView(data, size)));
  const cli::Doors doors{.host = std::string(kHost),
                         .is_asset = [](std::string_view name) { return name == "page.js"; },
                         .is_tab = [](std::string_view bearer) { return bearer == kBearer; }};
  const auto passed = cli::judge(head, doors);
  if (!passed) {
    CLAIM(passed.error() >= 400 && passed.error() < 500);
    return 0;
  }
  CLAIM(has_exactly(head, "host", kHost));
  CLAIM(head.header_bytes <= cli::kMaxHead);
  if (passed->route == cli::Route::asset) {
    CLAIM(head.method == "GET" && passed->body == 0);
    CLAIM(passed->asset == "index.html" || passed->asset == "page.js");
    CLAIM(has_exactly(head, "sec-fetch-site", "same-origin") || head.target == "/");
    return 0;
  }
  CLAIM(head.method == "POST");
  CLAIM(has_exactly(head, "origin", "http://127.0.0.1:4711"));
  CLAIM(has_exactly(head, "sec-fetch-site", "same-origin"));
  CLAIM(!head.header("transfer-encoding"));
  CLAIM(passed->body <= cli::kMaxTextBody);
  if (passed->route != cli::Route::session) CLAIM(has_exactly(head, "x-kith-tab", kBearer));
  return 0;
}
