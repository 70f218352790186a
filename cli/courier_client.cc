#include "cli/courier_client.h"

#include <unistd.h>

#include "cli/spawn.h"
#include "proto/local.pb.h"

namespace kith::cli {
namespace {

using namespace std::chrono_literals;
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

// What is left until then, for a wait that several answers share.
std::chrono::milliseconds left_until(std::chrono::steady_clock::time_point until) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
  return std::max(left, 0ms);
}

Result<CourierAnswer> receive(Channel& channel, std::chrono::milliseconds patience) {
  KITH_TRY(const auto bytes, channel.receive(patience));
  return decode_courier(bytes.reveal());
}

// The courier's words are not printed: only its code crosses this border.
tl::unexpected<Error> failure(const CourierFailed& failed) {
  return fail(failed.code, "the courier could not do it");
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

}  // namespace

Result<CourierClient> CourierClient::connect(const Home& home) {
  KITH_TRY(auto channel, Channel::connect(home.courier_socket()));
  return CourierClient(std::move(channel));
}

// Sends and waits for the answer wanted, no longer than `patience` in all; door frames that come between are
// kept.
template <class Wanted>
Result<Wanted> CourierClient::ask(const CourierRequest& request, std::chrono::milliseconds patience) {
  KITH_CHECK(send(channel_, request));
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto answer = receive(channel_, left_until(until));
    if (!answer) return tl::unexpected<Error>(answer.error());
    if (auto* wanted = std::get_if<Wanted>(&*answer)) return std::move(*wanted);
    KITH_CHECK(keep(*answer));
  }
}

Result<void> CourierClient::keep(CourierAnswer& answer) {
  if (const auto* failed = std::get_if<CourierFailed>(&answer)) return failure(*failed);
  if (std::holds_alternative<DoorClosed>(answer)) door_closed_ = true;
  auto* frame = std::get_if<DoorFrame>(&answer);
  if (frame == nullptr) return {};
  if (frames_.size() == kMaxKeptFrames) return fail(Errc::malformed, "the courier says more than was asked");
  frames_.push_back(std::move(*frame));
  return {};
}

Result<void> CourierClient::key(const crypto::MailKey& key, const std::optional<mail::Address>& listen) {
  auto request = key_request(key, listen);
  const auto reply = ask<CourierDid>(request, kPatience);
  wipe_key(request);
  KITH_CHECK(reply);
  return {};
}

Result<void> CourierClient::wake() {
  CourierRequest request;
  request.mutable_wake();
  KITH_CHECK(ask<CourierDid>(request, kPatience));
  return {};
}

Result<SyncOutcome> CourierClient::sync(std::chrono::seconds wait) {
  CourierRequest request;
  request.mutable_sync()->set_wait_seconds(static_cast<std::uint32_t>(wait.count()));
  return ask<SyncOutcome>(request, wait + kPatience);
}

Result<CourierState> CourierClient::status() {
  CourierRequest request;
  request.mutable_status();
  return ask<CourierState>(request, kPatience);
}

Result<void> CourierClient::stop() {
  CourierRequest request;
  request.mutable_stop();
  KITH_CHECK(send(channel_, request));
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    const auto answer = receive(channel_, left_until(until));
    if (answer) continue;
    if (answer.error().code == Errc::not_found) return {};
    return tl::unexpected<Error>(answer.error());
  }
  return fail(Errc::busy, "the courier talks on");
}

Result<mail::Address> CourierClient::door_open(const crypto::InviteSecret& secret, const GroupId& group) {
  CourierRequest request;
  const auto bytes = secret.reveal();
  request.mutable_door_open()->set_secret(bytes.data(), bytes.size());
  request.mutable_door_open()->set_group_id(group.str());
  KITH_TRY(auto opened, ask<DoorOpened>(request, kPatience));
  return std::move(opened.address);
}

Result<void> CourierClient::door_dial(const crypto::InviteSecret& secret,
                                      std::span<const mail::Address> addresses) {
  CourierRequest request;
  const auto bytes = secret.reveal();
  request.mutable_door_dial()->set_secret(bytes.data(), bytes.size());
  for (const auto& address : addresses) put_address(*request.mutable_door_dial()->add_addresses(), address);
  KITH_CHECK(ask<CourierDid>(request, kDialPatience));
  return {};
}

Result<void> CourierClient::door_send(ByteView frame, std::uint32_t caller) {
  CourierRequest request;
  request.mutable_door_send()->set_frame(frame.data(), frame.size());
  request.mutable_door_send()->set_attempt(caller);
  KITH_CHECK(ask<CourierDid>(request, kPatience));
  return {};
}

Result<std::optional<DoorFrame>> CourierClient::door_receive(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (frames_.empty() && !door_closed_) {
    auto answer = receive(channel_, left_until(until));
    if (!answer) return tl::unexpected<Error>(answer.error());
    KITH_CHECK(keep(*answer));
  }
  if (frames_.empty()) return std::optional<DoorFrame>();
  DoorFrame frame = std::move(frames_.front());
  frames_.erase(frames_.begin());
  return std::optional(std::move(frame));
}

Result<void> CourierClient::door_close() {
  CourierRequest request;
  request.mutable_door_close();
  KITH_CHECK(ask<CourierDid>(request, kPatience));
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
  const auto answer = receive(channel_, patience);
  if (!answer) return tl::unexpected<Error>(answer.error());
  return std::holds_alternative<CourierArrived>(*answer);
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
