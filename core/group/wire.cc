#include "core/group/wire.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/message_lite.h>

#include "proto/control.pb.h"

namespace kith::group {
namespace {

constexpr int kMaxDepth = 8;

std::optional<std::uint64_t> varint(ByteView& rest) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
    const std::uint8_t byte = rest.front();
    rest = rest.subspan(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<Field>> fields_of(ByteView message, std::size_t limit) {
  std::vector<Field> fields;
  while (!message.empty()) {
    if (fields.size() == limit) return fail(Errc::malformed, "a message has too many fields");
    const auto tag = varint(message);
    if (!tag || *tag > 0xffffffff || *tag >> 3 == 0) return fail(Errc::malformed, "a field tag is wrong");
    std::uint64_t length = 0;
    ByteView value;
    switch (*tag & 7) {
      case 0:
        if (!varint(message)) return fail(Errc::malformed, "a number is cut short");
        break;
      case 1:
        length = 8;
        break;
      case 2: {
        const auto size = varint(message);
        if (!size) return fail(Errc::malformed, "a length is cut short");
        length = *size;
        break;
      }
      case 5:
        length = 4;
        break;
      default:
        return fail(Errc::malformed, "a field type is not used here");
    }
    if (length > message.size()) return fail(Errc::malformed, "a field is cut short");
    if ((*tag & 7) == 2) value = message.first(static_cast<std::size_t>(length));
    message = message.subspan(static_cast<std::size_t>(length));
    fields.push_back({static_cast<std::uint32_t>(*tag >> 3), value});
  }
  return fields;
}

Result<void> parse_into(google::protobuf::MessageLite& message, ByteView bytes) {
  google::protobuf::io::CodedInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
  stream.SetRecursionLimit(kMaxDepth);
  if (!message.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage())
    return fail(Errc::malformed, "a message does not parse");
  return {};
}

Bytes bytes_of(const google::protobuf::MessageLite& message) {
  Bytes bytes(message.ByteSizeLong());
  KITH_ASSERT(message.SerializeToArray(bytes.data(), static_cast<int>(bytes.size())));
  return bytes;
}

Result<mail::Address> address_from(const proto::Address& wire) {
  if (wire.port() == 0 || wire.port() > 0xffff) return fail(Errc::malformed, "a port is out of range");
  mail::Address address{to_bytes(as_bytes(wire.ip())), wire.onion(), static_cast<std::uint16_t>(wire.port())};
  KITH_CHECK(mail::check_address(address));
  return address;
}

void address_to(const mail::Address& address, proto::Address& wire) {
  wire.set_ip(std::string(as_text(address.ip)));
  wire.set_onion(address.onion);
  wire.set_port(address.port);
}

}  // namespace kith::group
