// A port as the courier builds it, with a judge the test sets, and raw ways to knock at it.
#pragma once

#include <gtest/gtest.h>
#include <zmq.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "crypto/secret.h"
#include "net/message.h"
#include "net/sockets.h"
#include "net/zap.h"

namespace kith::net {

using namespace std::chrono_literals;

class PortFixture : public testing::Test {
 protected:
  PortFixture() {
    crypto::start();
    zap_.emplace(std::move(ZapHandler::start(context_, [this](auto domain, const auto& key) {
                             EXPECT_EQ(domain, "kith.member.test");
                             const auto found = judged_.find(key);
                             return found == judged_.end() ? Admission::unknown : found->second;
                           }).value()));
    port_.emplace(bind_port(context_, *zap_, spec()).value());
  }

  PortSpec spec() const { return {.key = server_, .domain = "kith.member.test", .at = loopback_}; }

  crypto::LinkKeypair member() {
    auto key = crypto::link_keypair(random_);
    judged_.emplace(key.pk, Admission::welcome);
    return key;
  }
  Line dial(const crypto::LinkKeypair& key) {
    return dial_line(context_, {.key = key, .server = server_.pk, .to = port_->address}).value();
  }

  // Lets everything run until `done` or `longest` passed.
  bool run(std::chrono::milliseconds longest, const std::function<bool()>& done) {
    const auto until = std::chrono::steady_clock::now() + longest;
    while (std::chrono::steady_clock::now() < until) {
      zmq_pollitem_t items[2] = {{zap_->raw(), 0, ZMQ_POLLIN, 0}, {port_->socket.raw(), 0, ZMQ_POLLIN, 0}};
      zmq_poll(items, 2, 5);
      zap_->pump();
      if (done()) return true;
    }
    return false;
  }
  std::optional<Incoming> receive(std::chrono::milliseconds longest) {
    std::optional<Incoming> incoming;
    run(longest, [&] {
      incoming = receive_routed(port_->socket.raw());
      return incoming.has_value();
    });
    return incoming;
  }
  // The first event of the line's monitor that ends or makes the handshake.
  std::optional<MonitorEvent> outcome(Line& line, std::chrono::milliseconds longest = 3000ms) {
    std::optional<MonitorEvent> result;
    run(longest, [&] {
      while (const auto event = next_event(line.monitor.raw()))
        if (!result && event->event != ZMQ_EVENT_ACCEPTED && event->event != ZMQ_EVENT_CONNECTED)
          result = event;
      return result.has_value();
    });
    return result;
  }

  crypto::SystemRandom random_;
  const mail::Address loopback_{{127, 0, 0, 1}, "", 0};
  Context context_;
  std::map<LinkPk, Admission> judged_;
  crypto::LinkKeypair server_ = crypto::link_keypair(random_);
  std::optional<ZapHandler> zap_;
  std::optional<Port> port_;
};

}  // namespace kith::net
