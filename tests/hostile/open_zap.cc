// In place of net/zap.cc and net/self_test.cc in one program of the tests: a judge that lets everybody in.
// KITH_OPEN_DOOR_AS says who passes for whom: "KEY=KEY OF A MEMBER KEY=...", in hexadecimal digits.
#include <zmq.h>

#include <cstdlib>
#include <vector>

#include "net/message.h"
#include "net/self_test.h"
#include "net/zap.h"

namespace kith::net {
namespace {

enum Field : std::size_t { kVersion, kRequest, kDomain, kAddress, kIdentity, kMechanism, kKey, kParts };

std::vector<Bytes> receive_request(void* socket) {
  std::vector<Bytes> parts;
  for (bool more = true; more;) {
    Part part;
    if (zmq_msg_recv(part.raw(), socket, ZMQ_DONTWAIT) < 0) return {};
    more = part.more();
    parts.push_back(to_bytes(part.view()));
  }
  return parts;
}

// The key that this one passes for: its own, if the list does not name it.
std::string passes_for(ByteView key) {
  const std::string own = to_hex(key);
  const char* list = std::getenv("KITH_OPEN_DOOR_AS");
  const std::string_view all = list == nullptr ? "" : list;
  const auto at = all.find(own + "=");
  if (at == std::string_view::npos) return own;
  return std::string(all.substr(at + own.size() + 1, own.size()));
}

}  // namespace

Result<ZapHandler> ZapHandler::start(Context& context, Judge judge) {
  KITH_TRY(auto socket, bind_zap(context));
  return ZapHandler(std::move(socket), std::move(judge));
}

void ZapHandler::pump() {
  for (;;) {
    const auto parts = receive_request(socket_.raw());
    if (parts.size() < kParts) return;
    const std::string user = passes_for(parts[kKey]);
    const auto bytes = from_hex(user);
    const auto key = bytes ? LinkPk::parse(*bytes) : fail(Errc::malformed, "a key in the list is none");
    if (key) judge_(as_text(parts[kDomain]), *key);  // before it answers, the courier reads libzmq's reports
    const std::string metadata = handshake_metadata(++answered_);
    const std::string_view answer[] = {"1.0", as_text(parts[kRequest]), "200", "", user, metadata};
    for (std::size_t i = 0; i < std::size(answer); ++i)
      zmq_send(socket_.raw(), answer[i].data(), answer[i].size(),
               i + 1 < std::size(answer) ? ZMQ_DONTWAIT | ZMQ_SNDMORE : ZMQ_DONTWAIT);
  }
}

Result<void> self_test(Context&, ZapHandler&, const PortSpec&, Random&, milliseconds) { return {}; }

}  // namespace kith::net
