// Prepared stores full of headers whose payloads have expired.
#pragma once

#include <memory>
#include <string>

#include "tests/bench/devices.h"

namespace kith::bench {

inline constexpr std::size_t kHeaderDevices = 8;

const GroupId& bench_group();
std::vector<Device> header_devices();
std::unique_ptr<mail::MailStore> open_store(const std::string& path);
// Two mail.db below `data` with the same `count` headers in the logs of eight devices; made if they are not
// there. Every signature is real; that they were checked is written down, not done.
struct HeaderStores {
  std::string a, b;
};
HeaderStores header_stores(const std::string& data, std::size_t count);

}  // namespace kith::bench
