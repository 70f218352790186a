#include "cli/courier_messages.h"

#include "core/group/wire.h"
#include "proto/local.pb.h"

namespace kith::cli {
namespace {

using proto::CourierReply;

Result<mail::Address> address_of(const proto::Address& from) { return group::address_from(from); }

CourierState state_of(const proto::CourierStatus& from) {
  CourierState state;
  state.has_key = from.has_key();
  state.connected = from.connected();
  state.seccomp = from.seccomp();
  state.landlock = from.landlock();
  state.resident_bytes = from.resident_bytes();
  state.falls_today = from.falls_today();
  for (const auto& rejected : from.rejected()) state.rejected += rejected.count();
  for (const auto& port : from.ports()) {
    const auto group = GroupId::parse(port.group_id());
    auto address = address_of(port.address());
    if (group && address) state.ports.push_back({*group, std::move(*address)});
  }
  for (const auto& id : from.at_rest())
    if (const auto group = GroupId::parse(id)) state.at_rest.push_back(*group);
  return state;
}

// One kind, and no more inside it than it may have: looked at before memory is spent on a parse.
Result<void> count(ByteView message) {
  KITH_TRY(const auto kind, group::fields_of(message, 1));
  for (const auto& field : kind) KITH_CHECK(group::fields_of(field.bytes, kMaxCourierPorts));
  return {};
}

}  // namespace

Result<CourierAnswer> decode_courier(ByteView message) {
  KITH_CHECK(count(message));
  CourierReply reply;
  KITH_CHECK(group::parse_into(reply, message));
  switch (reply.kind_case()) {
    case CourierReply::kOk:
      return CourierDid{};
    case CourierReply::kArrived:
      return CourierArrived{};
    case CourierReply::kStatus:
      return state_of(reply.status());
    case CourierReply::kSyncDone:
      return SyncOutcome{reply.sync_done().reached(), reply.sync_done().known(), reply.sync_done().quiet()};
    case CourierReply::kDoorOpened: {
      KITH_TRY(auto address, address_of(reply.door_opened().address()));
      return DoorOpened{std::move(address)};
    }
    case CourierReply::kDoorFrame:
      return DoorFrame{to_bytes(as_bytes(reply.door_frame().frame())), reply.door_frame().attempt()};
    case CourierReply::kDoorClosed:
      return DoorClosed{};
    case CourierReply::kFailure: {
      const std::uint32_t code = reply.failure().code();
      return CourierFailed{code <= static_cast<std::uint32_t>(Errc::io) ? static_cast<Errc>(code) : Errc::io};
    }
    case CourierReply::KIND_NOT_SET:
      break;
  }
  return fail(Errc::malformed, "an unknown answer of the courier");
}

}  // namespace kith::cli
