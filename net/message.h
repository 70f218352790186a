// ZeroMQ messages, received and sent without blocking.
#pragma once

#include <zmq.h>

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/bytes.h"

namespace kith::net {

class Part {  // one message part
 public:
  Part() { zmq_msg_init(&message_); }
  ~Part() { zmq_msg_close(&message_); }
  Part(Part&& other) noexcept {
    zmq_msg_init(&message_);
    zmq_msg_move(&message_, &other.message_);
  }
  Part& operator=(Part&& other) noexcept {
    zmq_msg_move(&message_, &other.message_);
    return *this;
  }
  ByteView view() const {
    return {static_cast<const std::uint8_t*>(zmq_msg_data(&message_)), zmq_msg_size(&message_)};
  }
  bool more() const { return zmq_msg_more(&message_) != 0; }
  // The link key that the ZAP handler gave the connection this came over; none where it gave none.
  std::optional<LinkPk> user() const;
  int descriptor() const;  // of that connection, -1 if unknown; owned by libzmq, and another's once it ended
  std::uint64_t handshake() const;  // which one of ZapHandler::answered() let it in; 0: none
  zmq_msg_t* raw() { return &message_; }

 private:
  mutable zmq_msg_t message_;  // libzmq's readers take a plain pointer
};

// What a ZAP answer says so that every message of that connection carries the number.
std::string handshake_metadata(std::uint64_t number);

// One message. `parts` counts those of the body; only a body of one part is kept, the rest is drained.
struct Incoming {
  Bytes route;  // ROUTER: which connection. Never trusted, never printed.
  Part body;
  std::size_t parts = 0;
};
std::optional<Incoming> receive_routed(void* router);
std::optional<Incoming> receive_plain(void* dealer);

enum class Sent : std::uint8_t { yes, later, gone };
Sent send_routed(void* router, ByteView route, ByteView frame);
Sent send_plain(void* dealer, ByteView frame);

struct MonitorEvent {
  std::uint16_t event;
  std::int32_t value;
  bool handshake_failed() const;
};
std::optional<MonitorEvent> next_event(void* monitor);

// Bytes that came in over a TCP connection so far. None: it is no such connection any more.
std::optional<std::uint64_t> received_over(int descriptor);

// Ends a TCP connection by a descriptor that libzmq owns, without closing it. Only inet sockets.
void shut_connection(int descriptor);

}  // namespace kith::net
