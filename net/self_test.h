// Before anything is announced: does a port built like ours really keep strangers out?
#pragma once

#include "net/sockets.h"
#include "net/zap.h"

namespace kith::net {

// Binds a twin of the member port (same function, same ZAP domain, any free port) and knocks at it with a
// random key and with no security at all, each with a message. Both must be turned away in sight.
// unauthentic: a message was delivered, or a knock was not refused in time.
Result<void> self_test(Context& context, ZapHandler& zap, const PortSpec& spec, Random& random);

}  // namespace kith::net
