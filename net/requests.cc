// What kith asks over courier.sock, and what it is told (proto/local.proto).
#include <algorithm>
#include <thread>

#include "net/courier.h"
#include "net/limits.h"
#include "net/log.h"
#include "net/request_bytes.h"
#include "proto/local.pb.h"

namespace kith::net {
namespace {

Result<mail::Address> read_address(const proto::Address& from, bool port_may_be_unset) {
  if (from.port() > 0xffff) return fail(Errc::malformed, "a port beyond 65535");
  mail::Address address{to_bytes(as_bytes(from.ip())), from.onion(), static_cast<std::uint16_t>(from.port())};
  mail::Address checked = address;
  if (port_may_be_unset && checked.port == 0) checked.port = 1;
  KITH_CHECK(mail::check_address(checked));
  return address;
}

void write_address(const mail::Address& address, proto::Address& to) {
  to.set_ip(address.ip.data(), address.ip.size());
  to.set_onion(address.onion);
  to.set_port(address.port);
}

const mail::Address kLoopback{{127, 0, 0, 1}, "", 0};

}  // namespace

void Courier::handle(ClientId client, ByteView message, Instant now) {
  proto::CourierRequest request;
  if (!parse_request(message, request)) {
    say(log::Id::local_refused, now);
    return server_.drop(client);
  }
  answer(client, request, now);
  if (request.has_key()) {
    auto& key = *request.mutable_key()->mutable_mail_key();
    sodium_memzero(key.data(), key.size());
  }
}

void Courier::answer(ClientId client, const proto::CourierRequest& request, Instant now) {
  using Kind = proto::CourierRequest::KindCase;
  const auto conclude = [&](const Result<void>& done) {
    done ? reply_ok(client) : reply_failure(client, done.error(), now);
  };
  const Kind kind = request.kind_case();
  const bool needs_key = kind == Kind::kWake || kind == Kind::kSync || kind == Kind::kWatch ||
                         kind == Kind::kDoorOpen || kind == Kind::kDoorDial;
  if (needs_key && !store_)
    return reply_failure(client, Error{Errc::locked, "the courier has no key yet"}, now);
  switch (kind) {
    case Kind::kKey:
      return conclude(take_key(request.key(), now));
    case Kind::kWake:
      return conclude(wake(now));
    case Kind::kSync:
      return begin_sync(client, request.sync().wait_seconds(), now);
    case Kind::kStatus:
      return report(client);
    case Kind::kStop:
      stopping_ = true;
      return reply_ok(client);
    case Kind::kDoorOpen: {
      const auto address = open_door(client, request.door_open());
      if (!address) return reply_failure(client, address.error(), now);
      proto::CourierReply opened;
      write_address(*address, *opened.mutable_door_opened()->mutable_address());
      return reply(client, opened);
    }
    case Kind::kDoorDial:
      return conclude(dial_door(client, request.door_dial(), now));
    case Kind::kDoorSend:
      return conclude(send_door(client, request.door_send().frame(), request.door_send().attempt()));
    case Kind::kDoorClose:
      close_door(client, now);
      return reply_ok(client);
    case Kind::kWatch:
      watchers_.insert(client);
      return reply_ok(client);
    case Kind::KIND_NOT_SET:
      break;
  }
  server_.drop(client);
}

// ---- key, wake, sync, status -----------------------------------------------------------------------------

Result<void> Courier::take_key(const proto::Key& request, Instant now) {
  KITH_TRY(auto key, crypto::MailKey::copy_of(as_bytes(request.mail_key())));
  mail::Address listen = kLoopback;
  if (request.has_listen()) {
    KITH_TRY(listen, read_address(request.listen(), true));
    if (listen.ip.empty()) return fail(Errc::usage, "an onion cannot be listened on");
  }
  if (store_) {
    const bool same = sodium_memcmp(key_->reveal().data(), key.reveal().data(), key.size) == 0;
    if (!same || (request.has_listen() && !(listen == listen_)))
      return fail(Errc::refused, "it runs with another key or address");
    return {};
  }
  return begin_with(key, listen, now);
}

Result<void> Courier::begin_with(const crypto::MailKey& key, const mail::Address& listen, Instant now) {
  KITH_CHECK(open_store(key, listen, now));
  key_.emplace(key.clone());
  estate_.leave(key, listen);
  say(log::Id::courier_key, now, static_cast<std::int64_t>(groups_.size()));
  return {};
}

Result<void> Courier::wake(Instant now) {
  KITH_CHECK(open_groups(now));
  for (const auto& [id, node] : groups_)
    if (const auto looked = node->look(now); !looked && !node->too_full()) return looked;
  leave_at_rest(now);
  return {};
}

void Courier::begin_sync(ClientId client, std::uint32_t wait_seconds, Instant now) {
  if (const auto woken = wake(now); !woken) return reply_failure(client, woken.error(), now);
  for (const auto& [id, node] : groups_) node->dial_now(now);
  const seconds wait = std::clamp(seconds{wait_seconds}, seconds{1}, kMaxSyncWait);
  syncs_.push_back({client, now + wait});
}

void Courier::answer_syncs(Instant now) {
  if (syncs_.empty()) return;
  const Counts all = counts();
  const bool done = all.tried && all.quiet;
  std::erase_if(syncs_, [&](const Sync& sync) {
    if (!done && now < sync.until) return false;
    proto::CourierReply message;
    auto& answer = *message.mutable_sync_done();
    answer.set_reached(static_cast<std::uint32_t>(all.reached));
    answer.set_known(static_cast<std::uint32_t>(all.known));
    answer.set_quiet(all.quiet);
    reply(sync.client, message);
    return true;
  });
}

void Courier::report(ClientId client) {
  proto::CourierReply message;
  auto& status = *message.mutable_status();
  const Counts all = counts();
  status.set_has_key(store_.has_value());
  status.set_connected(static_cast<std::uint32_t>(all.reached));
  status.set_known(static_cast<std::uint32_t>(all.known));
  status.set_seccomp(confinement_.seccomp);
  status.set_landlock(confinement_.landlock_abi > 0);
  status.set_landlock_abi(static_cast<std::uint32_t>(confinement_.landlock_abi));
  status.set_memory_limit_bytes(confinement_.memory_limit);
  status.set_resident_bytes(meter_.bytes());
  status.set_falls_today(estate_.falls(day_of(clock_.now())));
  bool announced = store_.has_value();
  std::size_t connections = 0;
  for (const auto& [id, node] : groups_) {
    auto& port = *status.add_ports();
    port.set_group_id(id.str());
    write_address(node->address(), *port.mutable_address());
    announced = announced && node->announced();
    connections += node->connections();
  }
  for (const auto& group : at_rest_) status.add_at_rest(group.str());
  status.set_announced(announced);
  status.set_connections(static_cast<std::uint32_t>(connections));
  for (std::uint32_t reason = 1; reason < mail::kRejects; ++reason) {
    std::uint64_t count = 0;
    for (const auto& [id, node] : groups_) count += node->rejected(static_cast<mail::Reject>(reason));
    if (count == 0) continue;
    auto& rejected = *status.add_rejected();
    rejected.set_reason(reason);
    rejected.set_count(count);
  }
  reply(client, message);
}

// ---- doors -----------------------------------------------------------------------------------------------

Courier::OpenDoor* Courier::door_of(ClientId client) {
  const auto found =
      std::ranges::find_if(doors_, [&](const auto& open) { return open.owner == client && !open.until; });
  return found == doors_.end() ? nullptr : &*found;
}

Result<mail::Address> Courier::open_door(ClientId client, const proto::DoorOpen& request) {
  if (door_of(client) != nullptr) return fail(Errc::busy, "one door a connection");
  KITH_TRY(const auto secret, crypto::InviteSecret::copy_of(as_bytes(request.secret())));
  std::erase_if(doors_, [](const auto& open) { return open.until.has_value(); });  // one may hold the port
  auto opened = InviterDoor::open_at(context_, *zap_, group::invite_keys(secret), listen_);
  for (int i = 0; i < kDoorBindTries && !opened && opened.error().code == Errc::busy; ++i) {
    std::this_thread::sleep_for(milliseconds{20});
    opened = InviterDoor::open_at(context_, *zap_, group::invite_keys(secret), listen_);
  }
  KITH_TRY(auto door, std::move(opened));
  const mail::Address address = door->address();
  doors_.push_back({std::move(door), client, std::nullopt});
  return address;
}

Result<void> Courier::dial_door(ClientId client, const proto::DoorDial& request, Instant now) {
  if (door_of(client) != nullptr) return fail(Errc::busy, "one door a connection");
  KITH_TRY(const auto secret, crypto::InviteSecret::copy_of(as_bytes(request.secret())));
  if (request.addresses_size() > static_cast<int>(mail::kMaxAddresses))
    return fail(Errc::too_large, "too many addresses");
  std::vector<mail::Address> addresses;
  for (const auto& one : request.addresses()) {
    KITH_TRY(auto address, read_address(one, false));
    if (!address.ip.empty() && (!address.loopback() || listen_.loopback()))
      addresses.push_back(std::move(address));
  }
  if (addresses.empty()) return fail(Errc::not_found, "no address that this node can dial");
  doors_.push_back(
      {std::make_unique<JoinerDoor>(context_, group::invite_keys(secret), std::move(addresses), random_, now),
       client, std::nullopt});
  return {};
}

Result<void> Courier::send_door(ClientId client, std::string_view frame, std::uint32_t attempt) {
  OpenDoor* open = door_of(client);
  if (frame.size() > kMaxDoorFrame) return fail(Errc::too_large, "a door frame has at most 511 KiB");
  if (open == nullptr || !open->door->send(to_bytes(as_bytes(frame)), attempt))
    return fail(Errc::not_found, "nobody is at the door");
  server_.pause(client, open->door->queued() > kMaxDoorQueue);
  return {};
}

void Courier::close_door(ClientId client, Instant now) {
  if (OpenDoor* open = door_of(client)) open->until = now + kDoorCloses;
  server_.pause(client, false);
}

void Courier::client_gone(ClientId client, Instant now) {
  close_door(client, now);
  watchers_.erase(client);
  std::erase_if(syncs_, [&](const Sync& sync) { return sync.client == client; });
}

// ---- replies ---------------------------------------------------------------------------------------------

void Courier::reply(ClientId client, const proto::CourierReply& message) {
  server_.send(client, as_bytes(message.SerializeAsString()));
}

void Courier::reply_ok(ClientId client) {
  proto::CourierReply message;
  message.mutable_ok();
  reply(client, message);
}

void Courier::reply_failure(ClientId client, const Error& error, Instant now) {
  say(log::Id::request_failed, now, static_cast<int>(error.code), error.detail);
  proto::CourierReply message;
  message.mutable_failure()->set_code(static_cast<std::uint32_t>(error.code));
  message.mutable_failure()->set_what(error.what.text());
  reply(client, message);
}

void Courier::reply_door_frame(ClientId client, ByteView frame, std::uint32_t attempt) {
  proto::CourierReply message;
  message.mutable_door_frame()->set_frame(frame.data(), frame.size());
  message.mutable_door_frame()->set_attempt(attempt);
  reply(client, message);
}

void Courier::reply_door_closed(ClientId client, bool used_up) {
  proto::CourierReply message;
  message.mutable_door_closed()->set_used_up(used_up);
  reply(client, message);
}

void Courier::push_arrived() {
  proto::CourierReply message;
  message.mutable_arrived();
  for (const ClientId client : watchers_) reply(client, message);
}

}  // namespace kith::net
