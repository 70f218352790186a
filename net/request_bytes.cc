#include "net/request_bytes.h"

#include "core/group/wire.h"
#include "proto/local.pb.h"

namespace kith::net {

Result<void> parse_request(ByteView message, proto::CourierRequest& request) {
  KITH_TRY(const auto kind, group::fields_of(message, 1));
  for (const auto& field : kind) KITH_CHECK(group::fields_of(field.bytes, kMaxRequestFields));
  return group::parse_into(request, message);
}

}  // namespace kith::net
