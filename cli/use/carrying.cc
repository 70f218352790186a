#include "cli/use/carrying.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <thread>

#include "core/sharing/node.h"

namespace kith::cli {
namespace {

constexpr int kGoneTries = 250;
constexpr std::chrono::milliseconds kGonePause{20};
constexpr std::uint16_t kAnyPort = 0;  // each group has a port of its own

bool listens_elsewhere(const CourierState& state, const mail::Address& place) {
  return std::ranges::any_of(state.ports, [&](const auto& port) { return port.address.ip != place.ip; });
}

// A courier that was told to stop answers on its socket for a moment longer, and would be taken for a running
// one.
Result<void> wait_until_gone(const Home& home) {
  for (int i = 0; i < kGoneTries; ++i) {
    if (!CourierClient::connect(home)) return {};
    std::this_thread::sleep_for(kGonePause);
  }
  return fail(Errc::busy, "the courier takes long to end");
}

}  // namespace

std::vector<std::string> network_addresses() {
  std::vector<std::string> found;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return found;
  for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || (each->ifa_flags & IFF_LOOPBACK) != 0 || (each->ifa_flags & IFF_UP) == 0)
      continue;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const void* number =
        family == AF_INET
            ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr)
            : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(each->ifa_addr)->sin6_addr);
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (inet_ntop(family, number, text.data(), text.size()) == nullptr) continue;
    // What kith would not dial is not offered.
    const std::string shown = text.data();
    if (mail::parse_address((family == AF_INET6 ? "[" + shown + "]" : shown) + ":1")) found.push_back(shown);
  }
  freeifaddrs(all);
  return found;
}

Result<std::optional<mail::Address>> place_to_listen(Desk& desk) {
  std::vector<Bytes> here;
  for (const auto& text : network_addresses()) {
    const bool v6 = text.find(':') != std::string::npos;
    KITH_TRY(const auto address, mail::parse_address((v6 ? "[" + text + "]" : text) + ":1"));
    here.push_back(address.ip);
  }
  KITH_TRY(const auto groups, desk.node().groups());
  for (const auto& group : groups) {
    KITH_TRY(const auto* book, desk.node().book(group));
    const auto state = book->state();
    const auto* own = state->device(book->device);
    if (own == nullptr) continue;
    for (auto address : own->addresses) {
      if (std::ranges::find(here, address.ip) == here.end()) continue;
      address.port = kAnyPort;
      return std::optional(std::move(address));
    }
  }
  return std::optional<mail::Address>();
}

Result<CourierClient> bring_up(Desk& desk, const std::optional<mail::Address>& place) {
  const Home& home = desk.context().home;
  if (auto running = CourierClient::connect(home); running && place) {
    KITH_TRY(const auto state, running->status());
    if (state.has_key && listens_elsewhere(state, *place)) {
      KITH_CHECK(running->stop());
      KITH_CHECK(wait_until_gone(home));
    }
  }
  if (!CourierClient::connect(home)) KITH_CHECK(start_courier(home));
  KITH_TRY(auto courier, CourierClient::connect(home));
  KITH_TRY(const auto state, courier.status());
  if (!state.has_key) KITH_CHECK(courier.key(desk.session().keys().mail, place));
  wake_agent(home);
  return courier;
}

}  // namespace kith::cli
