// Who may ask the page's process for what: pure functions over the head of a request. README.md has the
// table.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace kith::cli {

struct Head {
  std::string method;
  std::string target;  // as sent, query included, nothing decoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::size_t header_bytes = 0;

  // The one value of this header; nothing if it is missing or stands there twice. Any case.
  std::optional<std::string_view> header(std::string_view name) const;
};

enum class Route : std::uint8_t { asset, session, api, text };

inline constexpr std::size_t kMaxHead = 8 * 1024;         // bytes of all headers
inline constexpr std::size_t kMaxSessionBody = 4 * 1024;  // bytes
inline constexpr std::size_t kMaxApiBody = 64 * 1024;     // bytes
inline constexpr std::size_t kMaxTextBody = 768 * 1024;   // bytes: a draft of 256 KiB and its escapes

struct Passed {
  Route route;
  std::string asset;     // for Route::asset; "index.html" for /
  std::size_t body = 0;  // bytes to come
};

// What the checks compare with.
struct Doors {
  std::string host;  // "127.0.0.1:4711"
  std::function<bool(std::string_view name)> is_asset;
  std::function<bool(std::string_view bearer)> is_tab;
};
// The status to turn it away with, if it does not pass.
tl::expected<Passed, unsigned> judge(const Head& head, const Doors& doors);

// The headers of every answer.
struct FixedHeader {
  const char* name;
  const char* value;
};
std::span<const FixedHeader> fixed_headers();

}  // namespace kith::cli
