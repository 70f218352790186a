#include "net/sockets.h"

#include <zmq.h>

#include <atomic>
#include <cerrno>
#include <charconv>

#include "core/mail/exchange.h"
#include "net/limits.h"
#include "net/message.h"
#include "net/zap.h"

#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93  // in the library of 4.3.4, behind a macro in its header
#endif

namespace kith::net {
namespace {

constexpr const char* kZapPlace = "inproc://zeromq.zap.01";

// Collects the first option that is refused.
class Options {
 public:
  explicit Options(void* socket) : socket_(socket) {}
  Options& number(int option, int value) { return raw(option, &value, sizeof value); }
  Options& number64(int option, std::int64_t value) { return raw(option, &value, sizeof value); }
  Options& bytes(int option, ByteView value) { return raw(option, value.data(), value.size()); }
  Result<void> done() const {
    if (error_ != 0) return fail(Errc::unsupported, "this libzmq refuses an option kith depends on", error_);
    return {};
  }

 private:
  Options& raw(int option, const void* value, std::size_t size) {
    if (error_ == 0 && zmq_setsockopt(socket_, option, value, size) != 0) error_ = errno;
    return *this;
  }
  void* socket_;
  int error_ = 0;
};

void set_common(Options& options, const mail::Address& address, bool door) {
  const std::size_t largest = (door ? kMaxDoorFrame : mail::kMaxFrame) + kCurveOverhead;
  options.number64(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(largest))
      .number(ZMQ_RCVHWM, kHighWaterMark)
      .number(ZMQ_SNDHWM, kHighWaterMark)
      .number(ZMQ_HANDSHAKE_IVL, static_cast<int>(kHandshake.count()))
      .number(ZMQ_LINGER, 0)
      .number(ZMQ_IMMEDIATE, 1)
      .number(ZMQ_IPV6, address.ip.size() == 16 ? 1 : 0)
      .number(ZMQ_HEARTBEAT_IVL, static_cast<int>(kHeartbeat.count()))
      .number(ZMQ_HEARTBEAT_TIMEOUT, static_cast<int>(kHeartbeatTimeout.count()))
      .number(ZMQ_HEARTBEAT_TTL, static_cast<int>((kHeartbeat + kHeartbeatTimeout).count()));
}

void set_client_keys(Options& options, const crypto::LinkKeypair& key, const LinkPk& server) {
  options.bytes(ZMQ_CURVE_SERVERKEY, server.view())
      .bytes(ZMQ_CURVE_PUBLICKEY, key.pk.view())
      .bytes(ZMQ_CURVE_SECRETKEY, key.secret.reveal());
}

Result<Socket> open_socket(Context& context, int type) {
  Socket socket(zmq_socket(context.raw(), type));
  if (!socket) return fail(Errc::io, "no more sockets", errno);
  return socket;
}

Result<Monitor> watch(Context& context, Socket& watched) {
  static std::atomic<std::uint64_t> next{0};
  const std::string place = "inproc://monitor." + std::to_string(next++);
  // Never HANDSHAKE_FAILED_PROTOCOL: libzmq also reports a broken CURVE box that way, loses its errno in
  // writing the report, keeps the connection half alive, and aborts the process at that connection's next
  // heartbeat.
  constexpr int events = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                         ZMQ_EVENT_CLOSED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                         ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
  if (zmq_socket_monitor(watched.raw(), place.c_str(), events) != 0)
    return fail(Errc::io, "a socket cannot be watched", errno);
  KITH_TRY(auto monitor, open_socket(context, ZMQ_PAIR));
  KITH_CHECK(Options(monitor.raw()).number(ZMQ_LINGER, 0).done());
  if (zmq_connect(monitor.raw(), place.c_str()) != 0)
    return fail(Errc::io, "a socket cannot be watched", errno);
  return Monitor(watched.raw(), std::move(monitor));
}

std::string endpoint(mail::Address address) {
  if (address.port != 0) return "tcp://" + mail::text_of(address);
  address.port = 1;  // text_of writes a real port; the wildcard is ours
  std::string text = "tcp://" + mail::text_of(address);
  text.back() = '*';
  return text;
}

Result<std::uint16_t> bound_port(Socket& socket) {
  std::array<char, 128> text{};
  std::size_t size = text.size();
  if (zmq_getsockopt(socket.raw(), ZMQ_LAST_ENDPOINT, text.data(), &size) != 0)
    return fail(Errc::io, "a bound socket does not say where", errno);
  const std::string_view last(text.data());
  const auto colon = last.rfind(':');
  std::uint16_t port = 0;
  if (colon == std::string_view::npos) return fail(Errc::io, "a bound socket does not say where");
  std::from_chars(last.data() + colon + 1, last.data() + last.size(), port);
  if (port == 0) return fail(Errc::io, "a bound socket does not say where");
  return port;
}

Result<Line> connect_line(Context& context, Socket socket, const mail::Address& to) {
  KITH_TRY(auto monitor, watch(context, socket));
  if (zmq_connect(socket.raw(), endpoint(to).c_str()) != 0)
    return fail(Errc::io, "an address cannot be dialled", errno);
  return Line{std::move(socket), std::move(monitor)};
}

}  // namespace

Context::Context() : context_(zmq_ctx_new()) { KITH_ASSERT(context_ != nullptr); }
Context::~Context() { zmq_ctx_term(context_); }

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    socket_ = std::exchange(other.socket_, nullptr);
  }
  return *this;
}
void Socket::close() {
  if (socket_ != nullptr) zmq_close(std::exchange(socket_, nullptr));
}

Monitor& Monitor::operator=(Monitor&& other) noexcept {
  if (this != &other) {
    stop();
    watched_ = other.watched_;
    reader_ = std::move(other.reader_);
  }
  return *this;
}
void Monitor::stop() {
  if (!reader_) return;
  while (next_event(reader_.raw())) continue;  // room for a report that is being written
  zmq_socket_monitor(watched_, nullptr, 0);
  reader_.close();
}

Result<Socket> bind_zap(Context& context) {
  KITH_TRY(auto socket, open_socket(context, ZMQ_REP));
  KITH_CHECK(Options(socket.raw()).number(ZMQ_LINGER, 0).done());
  if (zmq_bind(socket.raw(), kZapPlace) != 0) return fail(Errc::io, "a ZAP handler stands already", errno);
  return socket;
}

Result<Port> bind_port(Context& context, const ZapHandler&, const PortSpec& spec) {
  KITH_ASSERT(!spec.domain.empty());
  KITH_TRY(auto socket, open_socket(context, ZMQ_ROUTER));
  Options options(socket.raw());
  options.number(ZMQ_CURVE_SERVER, 1)
      .bytes(ZMQ_CURVE_SECRETKEY, spec.key.secret.reveal())
      .bytes(ZMQ_ZAP_DOMAIN, as_bytes(spec.domain))
      .number(ZMQ_ZAP_ENFORCE_DOMAIN, 1)
      .number(ZMQ_ROUTER_HANDOVER, 0)
      .number(ZMQ_ROUTER_MANDATORY, 1)
      .number(ZMQ_BACKLOG, kBacklog);
  set_common(options, spec.at, spec.door);
  // The caller's heartbeats, and the time to live they name, tell this side too when a connection is dead.
  // Ones of our own would let libzmq abort the process: at the next of them after a flooded connection was
  // cut.
  options.number(ZMQ_HEARTBEAT_IVL, 0);
  KITH_CHECK(options.done());
  KITH_TRY(auto monitor, watch(context, socket));
  if (zmq_bind(socket.raw(), endpoint(spec.at).c_str()) != 0)
    return fail(errno == EADDRINUSE ? Errc::busy : Errc::io, "the port cannot be bound", errno);
  mail::Address address = spec.at;
  KITH_TRY(address.port, bound_port(socket));
  return Port{std::move(socket), std::move(monitor), std::move(address)};
}

Result<Line> dial_line(Context& context, const LineSpec& spec) {
  KITH_CHECK(mail::check_address(spec.to));
  KITH_TRY(auto socket, open_socket(context, ZMQ_DEALER));
  Options options(socket.raw());
  set_client_keys(options, spec.key, spec.server);
  set_common(options, spec.to, spec.door);
  options.number(ZMQ_RECONNECT_IVL, -1);
  KITH_CHECK(options.done());
  return connect_line(context, std::move(socket), spec.to);
}

Result<Line> probe_line(Context& context, const crypto::LinkKeypair* key, const LinkPk& server,
                        const mail::Address& to) {
  KITH_TRY(auto socket, open_socket(context, ZMQ_DEALER));
  Options options(socket.raw());
  if (key != nullptr) set_client_keys(options, *key, server);
  set_common(options, to, false);
  options.number(ZMQ_IMMEDIATE, 0).number(ZMQ_RECONNECT_IVL, -1);
  KITH_CHECK(options.done());
  return connect_line(context, std::move(socket), to);
}

}  // namespace kith::net
