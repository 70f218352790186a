// Should the handler that judges keys ever be gone while a port stands, the port lets nobody in: libzmq's
// older manners, which let everybody in then, are off (ZMQ_ZAP_ENFORCE_DOMAIN).
#include <thread>

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

// It neither says yes nor no for a while: nobody is in before it speaks, and then who may come in comes in.
TEST_F(HandlerGone, AStalledOneLetsNobodyInAndThenMembers) {
  Line line = dial(member());
  const auto until = std::chrono::steady_clock::now() + 1500ms;
  while (std::chrono::steady_clock::now() < until) {
    zmq_send(line.socket.raw(), "frame", 5, ZMQ_DONTWAIT);
    zmq_pollitem_t item = {port_->socket.raw(), 0, ZMQ_POLLIN, 0};
    zmq_poll(&item, 1, 20);
    ASSERT_FALSE(receive_routed(port_->socket.raw()));
    while (const auto event = next_event(line.monitor.raw()))
      ASSERT_NE(event->event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
  }
  Line fresh = dial(member());
  EXPECT_EQ(outcome(fresh), Outcome::let_in);
}

// Something else stands in its place and answers anything but a refusal. Only a proper 200 is one.
TEST_F(HandlerGone, NonsenseForAnAnswerLetsNobodyIn) {
  const auto key = member();
  zap_.reset();
  auto other = bind_zap(context_);
  for (int i = 0; i < 100 && !other; ++i) {  // libzmq gives the place back a moment later
    std::this_thread::sleep_for(10ms);
    other = bind_zap(context_);
  }
  ASSERT_TRUE(other);
  const std::vector<std::vector<std::string>> answers = {
      {"2.0", "1", "200", "", "", ""},          // another version
      {"1.0", "99", "200", "", "", ""},         // to another question
      {"1.0", "1", "", "", "", ""},             // no status
      {"1.0", "1", "yes", "", "", ""},          // no number
      {"1.0", "1", "2000", "", "", ""},         // too long a number
      {"1.0", "1", "100", "", "", ""},          // none that is known
      {"1.0", "1", "200", "", ""},              // a part too few
      {"1.0", "1", "200", "", "", "", "more"},  // a part too many
      {""},
  };
  for (const auto& answer : answers) {
    Line line = dial(key);
    bool asked = false;
    const auto until = std::chrono::steady_clock::now() + 700ms;
    while (std::chrono::steady_clock::now() < until) {
      zmq_send(line.socket.raw(), "frame", 5, ZMQ_DONTWAIT);
      zmq_pollitem_t items[] = {{other->raw(), 0, ZMQ_POLLIN, 0}, {port_->socket.raw(), 0, ZMQ_POLLIN, 0}};
      zmq_poll(items, 2, 10);
      if (receive_plain(other->raw())) {
        asked = true;
        for (std::size_t i = 0; i < answer.size(); ++i)
          zmq_send(other->raw(), answer[i].data(), answer[i].size(), i + 1 < answer.size() ? ZMQ_SNDMORE : 0);
      }
      EXPECT_FALSE(receive_routed(port_->socket.raw()));
      while (const auto event = next_event(line.monitor.raw()))
        EXPECT_NE(event->event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED) << answer.front();
    }
    EXPECT_TRUE(asked);
  }
}

}  // namespace
}  // namespace kith::net
