// Both ends of courier.sock: what a courier that was taken over tells kith, and what a program of the same
// user asks the courier.
#include "cli/courier_messages.h"
#include "core/mail/frame.h"
#include "net/request_bytes.h"
#include "proto/local.pb.h"
#include "tests/fuzz/fuzz.h"

using namespace kith;

namespace {

bool is_place(const mail::Address& address) {
  return address.port != 0 && mail::check_address(address).has_value();
}

void claim_bounded(const cli::CourierAnswer& answer, ByteView bytes) {
  proto::CourierReply same;
  CLAIM(same.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  if (const auto* state = std::get_if<cli::CourierState>(&answer)) {
    CLAIM(same.has_status() && state->ports.size() <= cli::kMaxCourierPorts);
    for (const auto& port : state->ports) CLAIM(is_place(port.address));
  }
  if (const auto* opened = std::get_if<cli::DoorOpened>(&answer)) CLAIM(is_place(opened->address));
  if (const auto* frame = std::get_if<cli::DoorFrame>(&answer))
    CLAIM(same.has_door_frame() && frame->bytes.size() < bytes.size());
  if (const auto* failed = std::get_if<cli::CourierFailed>(&answer)) CLAIM(failed->code <= Errc::io);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mail::quiet_protobuf();
  const ByteView bytes(data, size);
  if (const auto answer = cli::decode_courier(bytes)) claim_bounded(*answer, bytes);
  proto::CourierRequest request;
  if (!net::parse_request(bytes, request)) return 0;
  CLAIM(static_cast<std::size_t>(request.door_dial().addresses_size()) <= net::kMaxRequestFields);
  proto::CourierRequest again;
  CLAIM(net::parse_request(as_bytes(request.SerializeAsString()), again));
  CLAIM(again.kind_case() == request.kind_case());
  return 0;
}
