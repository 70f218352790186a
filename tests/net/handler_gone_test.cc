// Should the handler that judges keys ever be gone while a port stands, the port lets nobody in: libzmq's
// older manners, which let everybody in then, are off (ZMQ_ZAP_ENFORCE_DOMAIN).
#include "tests/net/port_fixture.h"

namespace kith::net {
namespace {

class HandlerGone : public PortFixture {
 protected:
  enum class Outcome { let_in, turned_away, neither };

  // What becomes of the line, whenever that is; neither after ten seconds.
  Outcome outcome(Line& line) {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < until) {
      zmq_send(line.socket.raw(), "frame", 5, ZMQ_DONTWAIT);
      zmq_pollitem_t item = {port_->socket.raw(), 0, ZMQ_POLLIN, 0};
      zmq_poll(&item, 1, 5);
      if (zap_) zap_->pump();
      if (receive_routed(port_->socket.raw())) return Outcome::let_in;
      while (const auto event = next_event(line.monitor.raw())) {
        if (event->event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) return Outcome::let_in;
        if (event->event == ZMQ_EVENT_DISCONNECTED || event->event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL ||
            event->event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL ||
            event->event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
          return Outcome::turned_away;
      }
    }
    return Outcome::neither;
  }
};

TEST_F(HandlerGone, AMemberGetsInWhileItIsThere) {
  Line line = dial(member());
  EXPECT_EQ(outcome(line), Outcome::let_in);
}

TEST_F(HandlerGone, NobodyGetsInAfterwards) {
  const auto key = member();
  zap_.reset();
  // The first may still meet the handler's socket as it closes; the second meets nobody.
  for (const char* caller : {"the first", "the second"}) {
    Line line = dial(key);
    EXPECT_EQ(outcome(line), Outcome::turned_away) << caller;
  }
}

}  // namespace
}  // namespace kith::net
