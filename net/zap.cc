#include "net/zap.h"

#include <zmq.h>

#include <vector>

#include "net/message.h"

namespace kith::net {
namespace {

// A request: version, request id, domain, address, identity, mechanism, credentials.
constexpr std::size_t kRequestParts = 7;
constexpr std::size_t kMostParts = 8;
enum Field : std::size_t { kVersion, kRequest, kDomain, kAddress, kIdentity, kMechanism, kKey };

std::optional<std::vector<Bytes>> receive_request(void* socket) {
  std::vector<Bytes> parts;
  bool more = true;
  while (more) {
    Part part;
    if (zmq_msg_recv(part.raw(), socket, ZMQ_DONTWAIT) < 0) return std::nullopt;
    more = part.more();
    if (parts.size() < kMostParts) parts.push_back(to_bytes(part.view()));
  }
  return parts;
}

void reply(void* socket, ByteView request, Admission admission, std::string_view user, std::uint64_t number) {
  const std::string status = std::to_string(static_cast<int>(admission));
  const auto send = [&](std::string_view part, bool last) {
    zmq_send(socket, part.data(), part.size(), last ? ZMQ_DONTWAIT : ZMQ_DONTWAIT | ZMQ_SNDMORE);
  };
  send("1.0", false);
  send(as_text(request), false);
  send(status, false);
  send("", false);
  send(user, false);
  send(handshake_metadata(number), true);
}

}  // namespace

Result<ZapHandler> ZapHandler::start(Context& context, Judge judge) {
  KITH_TRY(auto socket, bind_zap(context));
  return ZapHandler(std::move(socket), std::move(judge));
}

void ZapHandler::pump() {
  while (const auto parts = receive_request(socket_.raw())) {
    auto admission = Admission::removed;  // anything but CURVE on one of our ports
    std::string user;
    Result<LinkPk> key = fail(Errc::not_found, "no key");
    if (parts->size() == kRequestParts && as_text((*parts)[kVersion]) == "1.0" &&
        as_text((*parts)[kMechanism]) == "CURVE") {
      key = LinkPk::parse((*parts)[kKey]);
      if (key) admission = judge_(as_text((*parts)[kDomain]), *key);
      if (key && admission == Admission::welcome) user = key->hex();
    }
    if (admission != Admission::welcome) {
      ++refused_;
      if (key) awaited_refused_ = awaited_refused_ || *key == awaited_;
    }
    reply(socket_.raw(), parts->size() > kRequest ? (*parts)[kRequest] : Bytes{}, admission, user,
          ++answered_);
  }
}

}  // namespace kith::net
