#include "net/self_test.h"

#include <zmq.h>

#include <array>

#include "net/limits.h"
#include "net/message.h"

namespace kith::net {
namespace {

constexpr milliseconds kStep{5};
constexpr int kStepsAfterwards = 10;  // a message that follows its refusal would show by then

enum class Knock : std::uint8_t { waiting, refused, let_in };

// How a knock ended, as its own monitor saw it.
Knock how_it_went(Line& line) {
  while (const auto event = next_event(line.monitor.raw())) {
    if (event->event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) return Knock::let_in;
    if (event->handshake_failed() || event->event == ZMQ_EVENT_DISCONNECTED ||
        event->event == ZMQ_EVENT_CLOSED)
      return Knock::refused;
  }
  return Knock::waiting;
}

}  // namespace

// libzmq leaves a client that got a 300 waiting until the handshake interval is over. That our handler was
// asked about this very key and said no is seen at once, and says more.
Result<void> self_test(Context& context, ZapHandler& zap, const PortSpec& spec, Random& random,
                       milliseconds patience) {
  PortSpec twin_spec{.key = spec.key, .domain = spec.domain, .at = spec.at};
  twin_spec.at.port = 0;
  KITH_TRY(auto twin, bind_port(context, zap, twin_spec));
  const auto stranger = crypto::link_keypair(random);
  zap.await_refusal(stranger.pk);
  KITH_TRY(auto with_key, probe_line(context, &stranger, spec.key.pk, twin.address));
  KITH_TRY(auto without, probe_line(context, nullptr, spec.key.pk, twin.address));
  for (const auto* knock : {&with_key, &without}) zmq_send(knock->socket.raw(), "", 0, ZMQ_DONTWAIT);

  bool plain_refused = false;
  int afterwards = 0;
  const auto until = std::chrono::steady_clock::now() + patience;
  while (afterwards < kStepsAfterwards && std::chrono::steady_clock::now() < until) {
    std::array<zmq_pollitem_t, 2> wait{
        {{zap.raw(), 0, ZMQ_POLLIN, 0}, {twin.socket.raw(), 0, ZMQ_POLLIN, 0}}};
    zmq_poll(wait.data(), static_cast<int>(wait.size()), kStep.count());
    zap.pump();
    const Knock keyed = how_it_went(with_key), plain = how_it_went(without);
    if (receive_routed(twin.socket.raw()) || keyed == Knock::let_in || plain == Knock::let_in)
      return fail(Errc::unauthentic, "a stranger got in");
    plain_refused = plain_refused || plain == Knock::refused;
    if (plain_refused && zap.refusal_came()) ++afterwards;
  }
  if (afterwards < kStepsAfterwards) return fail(Errc::waiting, "nobody was turned away yet");
  return {};
}

}  // namespace kith::net
