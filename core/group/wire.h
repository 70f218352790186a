// What every parser of this room does first: look at the outermost fields without building anything. Private
// to it and to the parsers of courier.sock.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/mail/address.h"

namespace google::protobuf {
class MessageLite;
}
namespace kith::proto {
class Address;
}

namespace kith::group {

struct Field {
  std::uint32_t number;
  ByteView bytes;  // of a length-delimited field, else empty
};
// The fields of one message, in order. malformed: not a message, or more than `limit` fields, so that the
// memory a message asks for is known before it is parsed.
Result<std::vector<Field>> fields_of(ByteView message, std::size_t limit);

// Whole, within the depth limit of 8; unknown fields are kept by the message.
Result<void> parse_into(google::protobuf::MessageLite& message, ByteView bytes);
Bytes bytes_of(const google::protobuf::MessageLite& message);

Result<mail::Address> address_from(const proto::Address& wire);
void address_to(const mail::Address& address, proto::Address& wire);

}  // namespace kith::group
