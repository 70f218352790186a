// The ZeroMQ profile (README.md has the reasons). One function builds a binding socket, one a dialling one;
// nothing else in the tree binds or connects.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/random.h"
#include "core/mail/address.h"
#include "crypto/agree.h"

namespace kith::net {

class Context {
 public:
  Context();
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  void* raw() const { return context_; }

 private:
  void* context_;
};

class Socket {  // closed when it goes
 public:
  Socket() = default;
  explicit Socket(void* socket) : socket_(socket) {}
  Socket(Socket&& other) noexcept : socket_(std::exchange(other.socket_, nullptr)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket() { close(); }
  void close();
  void* raw() const { return socket_; }
  explicit operator bool() const { return socket_ != nullptr; }

 private:
  void* socket_ = nullptr;
};

// What libzmq reports of one socket. Declared after it and so gone before it: libzmq's I/O thread writes the
// reports, and would wait for ever, for every socket, once nobody can read them.
class Monitor {
 public:
  Monitor() = default;
  Monitor(void* watched, Socket reader) : watched_(watched), reader_(std::move(reader)) {}
  Monitor(Monitor&& other) noexcept = default;
  Monitor& operator=(Monitor&& other) noexcept;
  ~Monitor() { stop(); }
  void* raw() const { return reader_.raw(); }

 private:
  void stop();
  void* watched_ = nullptr;
  Socket reader_;
};

// REP at the one place where libzmq looks for a ZAP handler. io if there is one already.
Result<Socket> bind_zap(Context& context);

class ZapHandler;

struct PortSpec {
  const crypto::LinkKeypair& key;
  std::string domain;  // never empty: an empty domain would mean that nobody is asked
  mail::Address at;    // port 0: any free one
  bool door = false;   // frames up to kMaxDoorFrame
};
struct Port {
  Socket socket;  // ROUTER, CURVE server
  Monitor monitor;
  mail::Address address;  // as bound
};
// A binding socket. `zap` is asked for only to show that a handler stands before anything is bound.
// unsupported: this libzmq refuses ENFORCE_DOMAIN; io: the address is taken (detail: errno).
Result<Port> bind_port(Context& context, const ZapHandler& zap, const PortSpec& spec);

struct Line {
  Line(Socket made, Monitor watching) : socket(std::move(made)), monitor(std::move(watching)) {}
  Line(Line&&) noexcept = default;
  Line& operator=(Line&& other) noexcept {  // the old monitor goes before the old socket
    monitor = std::move(other.monitor);
    socket = std::move(other.socket);
    return *this;
  }
  Socket socket;  // DEALER, CURVE client
  Monitor monitor;
};
struct LineSpec {
  const crypto::LinkKeypair& key;
  const LinkPk& server;
  const mail::Address& to;
  bool door = false;
};
// One dial: it never reconnects by itself, and queues nothing before the handshake is done.
Result<Line> dial_line(Context& context, const LineSpec& spec);

// What the self-test knocks with: a client that queues at once, with a key or (none) without any security.
Result<Line> probe_line(Context& context, const crypto::LinkKeypair* key, const LinkPk& server,
                        const mail::Address& to);

}  // namespace kith::net
