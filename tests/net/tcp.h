// A plain connection to a port on loopback, for what is no ZeroMQ or is silent.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <optional>

#include "core/base/bytes.h"

namespace kith::net {

class Tcp {
 public:
  explicit Tcp(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  }
  ~Tcp() { close(socket_); }
  Tcp(const Tcp&) = delete;
  Tcp& operator=(const Tcp&) = delete;

  void say(ByteView bytes) { ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  bool ended() const {
    pollfd state{socket_, POLLRDHUP, 0};
    return poll(&state, 1, 0) > 0;
  }
  // Reads until the other side ends it; how long that took, none if it did not within `longest`.
  std::optional<std::chrono::milliseconds> ended_within(std::chrono::milliseconds longest) {
    const auto begun = std::chrono::steady_clock::now();
    const auto passed = [&] {
      return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    };
    while (passed() < longest) {
      pollfd wait{socket_, POLLIN, 0};
      if (poll(&wait, 1, static_cast<int>((longest - passed()).count())) <= 0) continue;
      char buffer[512];
      if (recv(socket_, buffer, sizeof buffer, 0) <= 0) return passed();
    }
    return std::nullopt;
  }

 private:
  int socket_;
};

}  // namespace kith::net
