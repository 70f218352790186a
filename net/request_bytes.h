// A request over courier.sock, as bytes (proto/local.proto).
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/mail/address.h"

namespace kith::proto {
class CourierRequest;
}

namespace kith::net {

// Of whatever kind: a secret and as many addresses as a device may have, or less.
inline constexpr std::size_t kMaxRequestFields = mail::kMaxAddresses + 2;

// malformed: no message, more than one kind, more fields than one has, or nested deeper than 8.
Result<void> parse_request(ByteView message, proto::CourierRequest& request);

}  // namespace kith::net
