// Log lines made of an enumerated id and integers. There is no way to hand text to a log, so no entry, name,
// key or path can reach one.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <type_traits>

namespace kith::log {

enum class Id : std::uint16_t {  // numbers are stable: a log is read by number too
  agent_started = 1,
  agent_unlocked = 2,      // idle seconds
  agent_locked = 3,        // 0 asked, 1 idle, 2 signal
  agent_refused_peer = 4,  // uid
  agent_bad_request = 5,   // bytes
  agent_task_failed = 6,   // task number, Errc, detail
  agent_sent_key = 7,
  courier_started = 20,
  courier_key = 21,
  courier_stopped = 22,
  link_up = 23,           // links open now
  link_down = 24,         // links open now
  link_rejected = 25,     // reason
  store_failed = 26,      // Errc, detail
  sandbox_missing = 27,   // 1 seccomp, 2 landlock
  port_bound = 28,        // port
  port_taken = 29,        // errno
  self_test_failed = 30,  // Errc, detail
  link_shed = 31,         // connections open now
  local_refused = 32,     // a client of courier.sock was turned away or cut
  request_failed = 33,    // Errc, detail
  courier_fell = 34       // exit code, or 128 and the signal; milliseconds until it is started again
};

template <class T>
concept Number = (std::integral<T> || std::is_enum_v<T>)&&!std::same_as<T, char> &&
                 !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> && !std::same_as<T, char16_t> &&
                 !std::same_as<T, char32_t>;

// Lines go to this descriptor; -1, the start, drops them. One line is one write.
void set_sink(int descriptor);
void write(Id id, std::span<const std::int64_t> numbers);

template <Number... Numbers>
void event(Id id, Numbers... numbers) {
  const std::int64_t values[] = {static_cast<std::int64_t>(numbers)..., 0};
  write(id, std::span<const std::int64_t>(values, sizeof...(numbers)));
}

}  // namespace kith::log
