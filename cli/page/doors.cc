#include "cli/page/doors.h"

#include <algorithm>
#include <charconv>

namespace kith::cli {
namespace {

constexpr unsigned kForbidden = 403, kNotFound = 404, kWrongMethod = 405, kLengthRequired = 411,
                   kTooLarge = 413, kWrongType = 415, kHeadTooLarge = 431;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool is(const Head& head, std::string_view name, std::string_view value) {
  return head.header(name) == value;
}

std::optional<Route> route_of(std::string_view target, const Doors& doors) {
  if (target == "/session") return Route::session;
  if (target == "/api") return Route::api;
  if (target == "/text") return Route::text;
  if (target == "/" || (target.starts_with('/') && doors.is_asset(target.substr(1)))) return Route::asset;
  return std::nullopt;
}

// The first page is reached from a file, an icon or the address bar; whatever else a browser loads must come
// from the page itself. Fetch Metadata Request Headers (W3C), sections 2.1 to 2.4.
bool comes_from_here(const Head& head) {
  if (is(head, "Sec-Fetch-Site", "same-origin")) return true;
  return head.target == "/" && head.header("Sec-Fetch-Site") && is(head, "Sec-Fetch-Mode", "navigate") &&
         is(head, "Sec-Fetch-Dest", "document");
}

bool is_json(const Head& head) {
  const auto type = head.header("Content-Type");
  return type &&
         (same_name(*type, "application/json") || same_name(*type, "application/json; charset=utf-8") ||
          same_name(*type, "application/json;charset=utf-8"));
}

std::size_t most_of(Route route) {
  return route == Route::session ? kMaxSessionBody : route == Route::api ? kMaxApiBody : kMaxTextBody;
}

tl::expected<Passed, unsigned> judge_post(const Head& head, const Doors& doors, Route route) {
  if (!is(head, "Origin", "http://" + doors.host)) return tl::unexpected(kForbidden);
  if (!is_json(head)) return tl::unexpected(kWrongType);
  const auto length = head.header("Content-Length");
  const bool chunked = std::ranges::any_of(
      head.headers, [](const auto& header) { return same_name(header.first, "Transfer-Encoding"); });
  std::size_t size = 0;
  if (!length || chunked) return tl::unexpected(kLengthRequired);
  const auto [stop, error] = std::from_chars(length->data(), length->data() + length->size(), size);
  if (length->empty() || stop != length->data() + length->size()) return tl::unexpected(kLengthRequired);
  if (route != Route::session) {
    const auto bearer = head.header("X-Kith-Tab");
    if (!bearer || !doors.is_tab(*bearer)) return tl::unexpected(kForbidden);
  }
  if (error != std::errc() || size > most_of(route)) return tl::unexpected(kTooLarge);
  return Passed{route, {}, size};
}

}  // namespace

std::optional<std::string_view> Head::header(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const auto& [each, value] : headers) {
    if (!same_name(each, name)) continue;
    if (found) return std::nullopt;
    found = value;
  }
  return found;
}

tl::expected<Passed, unsigned> judge(const Head& head, const Doors& doors) {
  if (!is(head, "Host", doors.host)) return tl::unexpected(kForbidden);
  if (head.header_bytes > kMaxHead) return tl::unexpected(kHeadTooLarge);
  const auto route = route_of(head.target, doors);
  if (!route) return tl::unexpected(kNotFound);
  if (head.method != (route == Route::asset ? "GET" : "POST")) return tl::unexpected(kWrongMethod);
  if (!comes_from_here(head)) return tl::unexpected(kForbidden);
  if (route != Route::asset) return judge_post(head, doors, *route);
  const std::string name = head.target.substr(1);
  return Passed{Route::asset, name.empty() ? "index.html" : name, 0};
}

std::span<const FixedHeader> fixed_headers() {
  static constexpr FixedHeader kHeaders[] = {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
       "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
       "trusted-types 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cache-Control", "no-store"},
      {"X-Frame-Options", "DENY"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Cross-Origin-Embedder-Policy", "require-corp"},
      {"Permissions-Policy",
       "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), clipboard-read=(), "
       "display-capture=(), encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), "
       "hid=(), idle-detection=(), keyboard-map=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), "
       "payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), "
       "storage-access=(), usb=(), xr-spatial-tracking=()"},
  };
  return kHeaders;
}

}  // namespace kith::cli
