// The courier as a person without a terminal needs it: up where the others look for this computer.
#pragma once

#include "cli/desk.h"

namespace kith::cli {

// Numeric addresses of this computer on its networks; none of this computer alone or of one cable.
std::vector<std::string> network_addresses();

// The address that this node told its groups and that this computer has now; nothing: none, so only this
// computer reaches it.
Result<std::optional<mail::Address>> place_to_listen(Desk& desk);

// The courier runs, has its key and listens at `place`; one that listens elsewhere is started anew.
Result<CourierClient> bring_up(Desk& desk, const std::optional<mail::Address>& place);

}  // namespace kith::cli
