#include "net/message.h"

#include <linux/tcp.h>  // newer than netinet/tcp.h: it counts bytes
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace kith::net {
namespace {

constexpr std::string_view kHandshakeName = "X-Handshake";

bool take(void* socket, Part& part) {
  int got = -1;
  do {
    got = zmq_msg_recv(part.raw(), socket, ZMQ_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  return got >= 0;
}

// The rest of a message is always there as a whole: libzmq hands over complete messages only.
std::optional<Incoming> take_body(void* socket, Incoming incoming) {
  bool more = true;
  while (more) {
    Part part;
    if (!take(socket, part)) return std::nullopt;
    more = part.more();
    if (++incoming.parts == 1) incoming.body = std::move(part);
  }
  return incoming;
}

Sent outcome(int sent) {
  if (sent >= 0) return Sent::yes;
  return errno == EAGAIN || errno == EINTR ? Sent::later : Sent::gone;
}

}  // namespace

std::optional<LinkPk> Part::user() const {
  const char* hex = zmq_msg_gets(&message_, "User-Id");
  if (hex == nullptr) return std::nullopt;
  const auto bytes = from_hex(hex);
  if (!bytes) return std::nullopt;
  const auto key = LinkPk::parse(*bytes);
  if (!key) return std::nullopt;
  return *key;
}

std::uint64_t Part::handshake() const {
  const char* digits = zmq_msg_gets(&message_, kHandshakeName.data());
  std::uint64_t number = 0;
  if (digits != nullptr) std::from_chars(digits, digits + std::strlen(digits), number);
  return number;
}

int Part::descriptor() const { return zmq_msg_get(&message_, ZMQ_SRCFD); }

// A ZMTP property: a name after its length in one byte, a value after its length in four.
std::string handshake_metadata(std::uint64_t number) {
  const std::string value = std::to_string(number);
  std::string text(1, static_cast<char>(kHandshakeName.size()));
  text += kHandshakeName;
  text += std::string(3, '\0');
  text += static_cast<char>(value.size());
  return text += value;
}

std::optional<Incoming> receive_routed(void* router) {
  Part route;
  if (!take(router, route)) return std::nullopt;
  Incoming incoming;
  incoming.route = to_bytes(route.view());
  if (!route.more()) return incoming;
  return take_body(router, std::move(incoming));
}

std::optional<Incoming> receive_plain(void* dealer) { return take_body(dealer, {}); }

Sent send_routed(void* router, ByteView route, ByteView frame) {
  const Sent first = outcome(zmq_send(router, route.data(), route.size(), ZMQ_DONTWAIT | ZMQ_SNDMORE));
  if (first != Sent::yes) return first;
  return outcome(zmq_send(router, frame.data(), frame.size(), ZMQ_DONTWAIT));
}

Sent send_plain(void* dealer, ByteView frame) {
  return outcome(zmq_send(dealer, frame.data(), frame.size(), ZMQ_DONTWAIT));
}

bool MonitorEvent::handshake_failed() const {
  return (event & (ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                   ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)) != 0;
}

std::optional<MonitorEvent> next_event(void* monitor) {
  Part first;
  if (!take(monitor, first)) return std::nullopt;
  MonitorEvent event{};
  constexpr std::size_t size = sizeof event.event + sizeof event.value;
  if (first.view().size() == size) {
    std::memcpy(&event.event, first.view().data(), sizeof event.event);
    std::memcpy(&event.value, first.view().data() + sizeof event.event, sizeof event.value);
  }
  for (bool more = first.more(); more;) {  // the address, which is not needed
    Part address;
    if (!take(monitor, address)) break;
    more = address.more();
  }
  return event;
}

std::optional<std::uint64_t> received_over(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  if (size < offsetof(tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received) return std::nullopt;
  return info.tcpi_bytes_received;
}

void shut_connection(int descriptor) {
  int domain = 0;
  socklen_t size = sizeof domain;
  if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) return;
  if (domain == AF_INET || domain == AF_INET6) shutdown(descriptor, SHUT_RDWR);
}

}  // namespace kith::net
