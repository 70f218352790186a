#include "cli/courier_client.h"

#include <unistd.h>

#include "cli/spawn.h"
#include "proto/local.pb.h"

namespace kith::cli {
namespace {

using namespace std::chrono_literals;
using proto::CourierReply;
using proto::CourierRequest;

constexpr auto kPatience = 10s;
constexpr auto kStartPatience = 10s;
constexpr auto kDialPatience = 60s;  // a joiner's courier tries several addresses

Result<void> send(Channel& channel, const CourierRequest& request) {
  crypto::SecretBytes bytes(request.ByteSizeLong());
  if (bytes.size() > kMaxLocalMessage) return fail(Errc::too_large, "a request to the courier is too large");
  KITH_ASSERT(request.SerializeToArray(bytes.reveal().data(), static_cast<int>(bytes.size())));
  return channel.send(bytes.reveal());
}

Result<CourierReply> receive(Channel& channel, std::chrono::milliseconds patience) {
  KITH_TRY(const auto bytes, channel.receive(patience));
  CourierReply reply;
  if (!reply.ParseFromArray(bytes.reveal().data(), static_cast<int>(bytes.size())))
    return fail(Errc::malformed, "the courier gave no proper answer");
  return reply;
}

tl::unexpected<Error> failure(const CourierReply& reply) {
  const std::uint32_t code = reply.failure().code();
  // The courier's words are not printed: only its code crosses this border.
  if (code <= static_cast<std::uint32_t>(Errc::io))
    return fail(static_cast<Errc>(code), "the courier could not do it");
  return fail(Errc::io, "the courier could not do it");
}

// The courier runs as this user, but it talks to strangers: what it says is checked like a peer's.
Result<mail::Address> address_of(const proto::Address& from) {
  mail::Address address;
  address.ip = to_bytes(as_bytes(from.ip()));
  address.onion = from.onion();
  if (from.port() == 0 || from.port() > 0xffff) return fail(Errc::malformed, "a port is out of range");
  address.port = static_cast<std::uint16_t>(from.port());
  KITH_CHECK(mail::check_address(address));
  return address;
}

void put_address(proto::Address& to, const mail::Address& address) {
  to.set_ip(std::string(as_text(address.ip)));
  to.set_onion(address.onion);
  to.set_port(address.port);
}

CourierRequest key_request(const crypto::MailKey& key, const std::optional<mail::Address>& listen) {
  CourierRequest request;
  const auto bytes = key.reveal();
  request.mutable_key()->set_mail_key(bytes.data(), bytes.size());
  if (listen) put_address(*request.mutable_key()->mutable_listen(), *listen);
  return request;
}
void wipe_key(CourierRequest& request) {
  auto& bytes = *request.mutable_key()->mutable_mail_key();
  sodium_memzero(bytes.data(), bytes.size());
}

// Sends and waits for an answer of `wanted` kind; door frames that come between are kept.
Result<CourierReply> ask(Channel& channel, const CourierRequest& request, CourierReply::KindCase wanted,
                         std::chrono::milliseconds patience, std::vector<DoorFrame>& frames,
                         bool& door_closed) {
  KITH_CHECK(send(channel, request));
  while (true) {
    KITH_TRY(auto reply, receive(channel, patience));
    if (reply.kind_case() == CourierReply::kFailure) return failure(reply);
    if (reply.kind_case() == wanted) return reply;
    if (reply.kind_case() == CourierReply::kDoorFrame)
      frames.push_back({to_bytes(as_bytes(reply.door_frame().frame())), reply.door_frame().attempt()});
    if (reply.kind_case() == CourierReply::kDoorClosed) door_closed = true;
  }
}

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
  return state;
}

}  // namespace

Result<CourierClient> CourierClient::connect(const Home& home) {
  KITH_TRY(auto channel, Channel::connect(home.courier_socket()));
  return CourierClient(std::move(channel));
}

Result<void> CourierClient::key(const crypto::MailKey& key, const std::optional<mail::Address>& listen) {
  auto request = key_request(key, listen);
  const auto reply = ask(channel_, request, CourierReply::kOk, kPatience, frames_, door_closed_);
  wipe_key(request);
  KITH_CHECK(reply);
  return {};
}

Result<void> CourierClient::wake() {
  CourierRequest request;
  request.mutable_wake();
  KITH_CHECK(ask(channel_, request, CourierReply::kOk, kPatience, frames_, door_closed_));
  return {};
}

Result<SyncOutcome> CourierClient::sync(std::chrono::seconds wait) {
  CourierRequest request;
  request.mutable_sync()->set_wait_seconds(static_cast<std::uint32_t>(wait.count()));
  KITH_TRY(const auto reply,
           ask(channel_, request, CourierReply::kSyncDone, wait + kPatience, frames_, door_closed_));
  return SyncOutcome{reply.sync_done().reached(), reply.sync_done().known(), reply.sync_done().quiet()};
}

Result<CourierState> CourierClient::status() {
  CourierRequest request;
  request.mutable_status();
  KITH_TRY(const auto reply, ask(channel_, request, CourierReply::kStatus, kPatience, frames_, door_closed_));
  return state_of(reply.status());
}

Result<void> CourierClient::stop() {
  CourierRequest request;
  request.mutable_stop();
  KITH_CHECK(send(channel_, request));
  auto reply = receive(channel_, kPatience);
  while (reply) reply = receive(channel_, kPatience);
  if (reply.error().code != Errc::not_found) return tl::unexpected(reply.error());
  return {};
}

Result<mail::Address> CourierClient::door_open(const crypto::InviteSecret& secret, const GroupId& group) {
  CourierRequest request;
  const auto bytes = secret.reveal();
  request.mutable_door_open()->set_secret(bytes.data(), bytes.size());
  request.mutable_door_open()->set_group_id(group.str());
  KITH_TRY(const auto reply,
           ask(channel_, request, CourierReply::kDoorOpened, kPatience, frames_, door_closed_));
  return address_of(reply.door_opened().address());
}

Result<void> CourierClient::door_dial(const crypto::InviteSecret& secret,
                                      std::span<const mail::Address> addresses) {
  CourierRequest request;
  const auto bytes = secret.reveal();
  request.mutable_door_dial()->set_secret(bytes.data(), bytes.size());
  for (const auto& address : addresses) put_address(*request.mutable_door_dial()->add_addresses(), address);
  KITH_CHECK(ask(channel_, request, CourierReply::kOk, kDialPatience, frames_, door_closed_));
  return {};
}

Result<void> CourierClient::door_send(ByteView frame, std::uint32_t caller) {
  CourierRequest request;
  request.mutable_door_send()->set_frame(frame.data(), frame.size());
  request.mutable_door_send()->set_attempt(caller);
  KITH_CHECK(ask(channel_, request, CourierReply::kOk, kPatience, frames_, door_closed_));
  return {};
}

Result<std::optional<DoorFrame>> CourierClient::door_receive(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (frames_.empty() && !door_closed_) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    KITH_TRY(auto reply, receive(channel_, std::max(left, 0ms)));
    if (reply.kind_case() == CourierReply::kFailure) return failure(reply);
    if (reply.kind_case() == CourierReply::kDoorClosed) door_closed_ = true;
    if (reply.kind_case() == CourierReply::kDoorFrame)
      frames_.push_back({to_bytes(as_bytes(reply.door_frame().frame())), reply.door_frame().attempt()});
  }
  if (frames_.empty()) return std::optional<DoorFrame>();
  DoorFrame frame = std::move(frames_.front());
  frames_.erase(frames_.begin());
  return std::optional(std::move(frame));
}

Result<void> CourierClient::door_close() {
  CourierRequest request;
  request.mutable_door_close();
  KITH_CHECK(ask(channel_, request, CourierReply::kOk, kPatience, frames_, door_closed_));
  return {};
}

Result<void> CourierClient::ask_key(const crypto::MailKey& key, const std::optional<mail::Address>& listen) {
  auto request = key_request(key, listen);
  const auto sent = send(channel_, request);
  wipe_key(request);
  return sent;
}

Result<void> CourierClient::ask_wake() {
  CourierRequest request;
  request.mutable_wake();
  return send(channel_, request);
}

Result<void> CourierClient::ask_watch() {
  CourierRequest request;
  request.mutable_watch();
  return send(channel_, request);
}

Result<bool> CourierClient::arrived(std::chrono::milliseconds patience) {
  KITH_TRY(const auto reply, receive(channel_, patience));
  return reply.kind_case() == CourierReply::kArrived;
}

Result<void> start_courier(const Home& home) {
  KITH_TRY(const std::string program, program_beside("kith-courier"));
  KITH_CHECK(
      spawn_background({program, "--mail", home.mail_dir(), "--socket", home.courier_socket()}, nullptr));
  const auto until = std::chrono::steady_clock::now() + kStartPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (CourierClient::connect(home)) return {};
    usleep(10'000);
  }
  return fail(Errc::io, "the courier did not start");
}

}  // namespace kith::cli
