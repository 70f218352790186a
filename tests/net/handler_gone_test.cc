// Should the handler that judges keys ever be gone while a port stands, the port lets nobody in: libzmq's
// older manners, which let everybody in then, are off (ZMQ_ZAP_ENFORCE_DOMAIN).
#include "tests/net/port_fixture.h"

namespace kith::net {
namespace {

class HandlerGone : public PortFixture {
 protected:
  // What the port hears, and whether the line's handshake succeeded, within a second.
  bool let_in(Line& line) {
    const auto until = std::chrono::steady_clock::now() + 1s;
    while (std::chrono::steady_clock::now() < until) {
      zmq_send(line.socket.raw(), "frame", 5, ZMQ_DONTWAIT);
      zmq_pollitem_t item = {port_->socket.raw(), 0, ZMQ_POLLIN, 0};
      zmq_poll(&item, 1, 5);
      if (zap_) zap_->pump();
      while (const auto event = next_event(line.monitor.raw()))
        if (event->event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) return true;
      if (receive_routed(port_->socket.raw())) return true;
    }
    return false;
  }
};

TEST_F(HandlerGone, AMemberGetsInWhileItIsThere) {
  Line line = dial(member());
  EXPECT_TRUE(let_in(line));
}

TEST_F(HandlerGone, NobodyGetsInAfterwards) {
  const auto key = member();
  zap_.reset();
  Line line = dial(key);
  EXPECT_FALSE(let_in(line));
}

}  // namespace
}  // namespace kith::net
