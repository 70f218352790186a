// Before anything is announced: does a port built like ours really keep strangers out?
#pragma once

#include "net/limits.h"
#include "net/sockets.h"
#include "net/zap.h"

namespace kith::net {

// Binds a twin of the member port (same function, same ZAP domain, any free port) and knocks at it with a
// random key and with no security at all, each with a message. Both must be turned away in sight.
//   unauthentic  somebody was let in: this port must never open
//   waiting      no answer came in time, on a computer that has much to do: it stays shut and is tested again
Result<void> self_test(Context& context, ZapHandler& zap, const PortSpec& spec, Random& random,
                       milliseconds patience = kSelfTestPatience);

}  // namespace kith::net
