#include "core/mail/address.h"

#include <arpa/inet.h>

#include <charconv>

namespace kith::mail {
namespace {

constexpr std::size_t kOnionSize = 56;
constexpr std::string_view kOnionEnd = ".onion";

bool is_onion(std::string_view text) {
  const auto in_alphabet = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); };
  // A version 3 address ends in its version number, which is always written "d" (rend-spec-v3, section 6).
  return text.size() == kOnionSize && text.back() == 'd' && std::ranges::all_of(text, in_alphabet);
}

Result<void> check_ip4(ByteView ip) {
  if (ip[0] == 0 || ip[0] >= 224) return fail(Errc::malformed, "not the address of one computer");
  if (ip[0] == 169 && ip[1] == 254) return fail(Errc::malformed, "a link-local address");
  return {};
}

Result<void> check_ip6(ByteView ip) {
  if (ip[0] == 0xff) return fail(Errc::malformed, "not the address of one computer");
  if (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80) return fail(Errc::malformed, "a link-local address");
  const bool zeros = std::ranges::all_of(ip.first(10), [](std::uint8_t b) { return b == 0; });
  const std::uint16_t sixth = static_cast<std::uint16_t>(ip[10] << 8 | ip[11]);
  const bool one = equal(ip.subspan(12), std::array<std::uint8_t, 4>{0, 0, 0, 1});
  if (zeros && (sixth == 0xffff || (sixth == 0 && !one)))  // IPv4 in IPv6 clothes, or unspecified
    return fail(Errc::malformed, "an IPv4 address must be written as one");
  return {};
}

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const bool plain = !text.empty() && text.size() <= 5 && text.front() != '0';
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (!plain || error != std::errc{} || end != text.data() + text.size())
    return fail(Errc::malformed, "a port is a number from 1 to 65535");
  return port;
}

Result<Bytes> parse_ip(int family, std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos)
    return fail(Errc::malformed, "not a numeric address");
  Bytes ip(family == AF_INET ? 4 : 16);
  if (inet_pton(family, std::string(text).c_str(), ip.data()) != 1)
    return fail(Errc::malformed, "not a numeric address");
  return ip;
}

}  // namespace

bool Address::loopback() const {
  if (ip.size() == 4) return ip[0] == 127;
  return ip.size() == 16 && ip[15] == 1 &&
         std::all_of(ip.begin(), ip.end() - 1, [](auto b) { return b == 0; });
}

Result<void> check_address(const Address& address) {
  if (address.port == 0) return fail(Errc::malformed, "an address without a port");
  if (address.ip.empty()) {
    if (!is_onion(address.onion)) return fail(Errc::malformed, "not an onion address");
    return {};
  }
  if (!address.onion.empty()) return fail(Errc::malformed, "an address of two sorts");
  if (address.ip.size() == 4) return check_ip4(address.ip);
  if (address.ip.size() == 16) return check_ip6(address.ip);
  return fail(Errc::malformed, "an address has the wrong size");
}

Result<Address> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail(Errc::malformed, "an address needs a port");
  const std::string_view host = text.substr(0, colon);
  Address address;
  KITH_TRY(address.port, parse_port(text.substr(colon + 1)));
  if (host.ends_with(kOnionEnd)) {
    address.onion = host.substr(0, host.size() - kOnionEnd.size());
  } else if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    KITH_TRY(address.ip, parse_ip(AF_INET6, host.substr(1, host.size() - 2)));
  } else {
    KITH_TRY(address.ip, parse_ip(AF_INET, host));
  }
  KITH_CHECK(check_address(address));
  return address;
}

std::string text_of(const Address& address) {
  const std::string port = ":" + std::to_string(address.port);
  if (address.ip.empty()) return address.onion + std::string(kOnionEnd) + port;
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool four = address.ip.size() == 4;
  KITH_ASSERT(four || address.ip.size() == 16);
  KITH_ASSERT(inet_ntop(four ? AF_INET : AF_INET6, address.ip.data(), text.data(), text.size()) != nullptr);
  const std::string ip = text.data();
  return (four ? ip : "[" + ip + "]") + port;
}

}  // namespace kith::mail
