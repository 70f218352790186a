#include "tests/net/circle.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <thread>

#include "core/base/endian.h"
#include "core/group/agreement.h"
#include "tests/support/child.h"

extern char** environ;

namespace kith::net::test {
namespace {

using kith::test::key_of;

bool read_all(int socket, std::uint8_t* to, std::size_t size, std::chrono::steady_clock::time_point until) {
  while (size > 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd wait{socket, POLLIN, 0};
    if (left.count() <= 0 || poll(&wait, 1, static_cast<int>(left.count())) <= 0) return false;
    const ssize_t got = recv(socket, to, size, 0);
    if (got <= 0) return false;
    to += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

// ---- client ----------------------------------------------------------------------------------------------

Client::Client(const std::string& path) : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, path.data(), path.size());
  for (int i = 0; i < 500; ++i) {
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return;
    std::this_thread::sleep_for(20ms);
  }
  ADD_FAILURE() << "the courier does not listen";
}
Client::~Client() { close(socket_); }

void Client::send_raw(ByteView bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t sent = ::send(socket_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) return;
    done += static_cast<std::size_t>(sent);
  }
}

void Client::send(const proto::CourierRequest& request) {
  const std::string message = request.SerializeAsString();
  Bytes bytes;
  append(bytes, little_endian(static_cast<std::uint32_t>(message.size())));
  append(bytes, as_bytes(message));
  send_raw(bytes);
}

proto::CourierReply Client::receive(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  proto::CourierReply reply;
  std::array<std::uint8_t, 4> size{};
  if (!read_all(socket_, size.data(), size.size(), until)) return reply;
  Bytes message(read_little_endian<std::uint32_t>(size));
  if (!read_all(socket_, message.data(), message.size(), until)) return reply;
  EXPECT_TRUE(reply.ParseFromArray(message.data(), static_cast<int>(message.size())));
  return reply;
}

bool Client::ended(std::chrono::milliseconds patience) {
  pollfd wait{socket_, POLLIN, 0};
  char byte = 0;
  return poll(&wait, 1, static_cast<int>(patience.count())) > 0 && recv(socket_, &byte, 1, 0) <= 0;
}

// ---- node ------------------------------------------------------------------------------------------------

std::uint16_t free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  EXPECT_EQ(bind(probe, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  EXPECT_EQ(getsockname(probe, reinterpret_cast<sockaddr*>(&at), &size), 0);
  close(probe);
  return ntohs(at.sin_port);
}

Node::Node(SeededRandom& random, bool has_address)
    : sign(crypto::sign_keypair(random)),
      dh(crypto::dh_keypair(random)),
      link(crypto::link_keypair(random)),
      prekey(crypto::pre_keypair(random)),
      id(mail::device_id_of(sign.pk, dh.pk)),
      port(free_port()) {
  if (has_address) addresses.push_back({{127, 0, 0, 1}, "", port});
  mkdir((scratch_ / "mail").c_str(), 0700);
  mkdir((scratch_ / "run").c_str(), 0700);
}

mail::MailStore Node::store() const {
  auto database = db::Database::open(scratch_ / "mail/mail.db", key_of(7), {.create = true});
  KITH_ASSERT(database.has_value());
  auto store = mail::MailStore::open(std::move(*database));
  KITH_ASSERT(store.has_value());
  return std::move(*store);
}

void Node::start_without_key() {
  const std::string mail = scratch_ / "mail", socket = socket_path();
  std::string words[] = {program, "--mail", mail, "--socket", socket};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(),
                       words[3].data(), words[4].data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (!log.empty())
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                     0600);
  const int spawned = posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  ASSERT_EQ(spawned, 0);
}

void Node::start() {
  start_without_key();
  const auto asked = client();
  ASSERT_TRUE(give_key(*asked).has_ok());
}

proto::CourierReply Node::give_key(Client& to, std::uint8_t key_seed) const {
  proto::CourierRequest request;
  const auto key = key_of(key_seed);
  request.mutable_key()->set_mail_key(key.data(), key.size());
  return to.ask(request);
}

std::unique_ptr<Client> Node::client() const { return std::make_unique<Client>(socket_path()); }

int Node::wait() {
  if (process_ < 0) return -1;
  int status = 0;
  waitpid(std::exchange(process_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t Node::process() const { return courier_after(-1); }

pid_t Node::courier_after(pid_t fallen) const {
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < until) {
    const pid_t child = kith::test::child_of(process_);
    if (child > 0 && child != fallen) return child;
    std::this_thread::sleep_for(5ms);
  }
  ADD_FAILURE() << "the guardian has no courier";
  return -1;
}

void Node::stop() {
  proto::CourierRequest request;
  request.mutable_stop();
  EXPECT_TRUE(client()->ask(request).has_ok());
  EXPECT_EQ(wait(), 0);
}

void Node::kill() {
  if (process_ < 0) return;
  const pid_t courier = kith::test::child_of(process_);
  ::kill(process_, SIGKILL);
  wait();
  while (courier > 0 && ::kill(courier, 0) == 0)
    std::this_thread::sleep_for(1ms);  // it goes with its guardian
}

proto::CourierStatus Node::status() const {
  proto::CourierRequest request;
  request.mutable_status();
  return client()->ask(request).status();
}

proto::SyncDone Node::sync(std::uint32_t seconds) const {
  proto::CourierRequest request;
  request.mutable_sync()->set_wait_seconds(seconds);
  const auto asked = client();
  asked->send(request);
  return asked->receive(std::chrono::seconds(seconds + 10)).sync_done();
}

void Node::wake() const {
  proto::CourierRequest request;
  request.mutable_wake();
  EXPECT_TRUE(client()->ask(request).has_ok());
}

bool Node::becomes(const std::function<bool(const proto::CourierStatus&)>& wanted,
                   std::chrono::milliseconds patience) const {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < until) {
    if (wanted(status())) return true;
    std::this_thread::sleep_for(50ms);
  }
  return false;
}

// ---- circle ----------------------------------------------------------------------------------------------

Circle::Circle(std::vector<bool> reachable, std::uint64_t seed)
    : random(seed), today(day_of(SystemClock().now())) {
  crypto::start();
  for (const bool has_address : reachable) nodes_.push_back(std::make_unique<Node>(random, has_address));
  Node& founder = *nodes_[0];
  group::Genesis genesis;
  random.fill(genesis.random);
  genesis.founders.push_back({join_record(founder, nullptr), group::Role::leader});
  const Bytes body = encode(group::ControlBody{{}, genesis});
  group = mail::group_id_of(body);
  for (auto& node : nodes_) node->prev = *Link::parse(group.view());
  control_.push_back(
      write(founder, mail::Kind::ctl, body, mail::body_bind(body), static_cast<std::uint32_t>(body.size())));
  founder.member = mail::member_id_of(control_[0].id(), founder.sign.pk);
  const Digest text = group::text_hash(as_bytes("agreement"));
  const auto agreement = control(founder, group::AgreementAct{1, text});
  control(founder, group::Agree{agreement.id(), text, Digest::zero()});
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    const auto key = crypto::sign_keypair(random);
    const auto pk = *InvitePk::parse(key.pk.view());
    const auto invite = control(founder, group::Invite{pk, today + 7, group::Role::member});
    const auto admit = control(founder, group::Admit{invite.id(), join_record(*nodes_[i], &key)});
    nodes_[i]->member = mail::member_id_of(admit.id(), nodes_[i]->sign.pk);
  }
  for (auto& node : nodes_) {
    auto store = node->store();
    KITH_ASSERT(store.add_group({group, node->id, node->port}, node->link).has_value());
    group::GroupRoster roster(group, std::span(control_).first(1));
    const auto appended = store.append(group, control_, roster, today);
    KITH_ASSERT(appended.has_value() && appended->stored == control_.size());
  }
}

group::JoinRecord Circle::join_record(const Node& node, const crypto::SignKeypair* invite) const {
  group::JoinBody body{.invite = std::nullopt,
                       .group = std::nullopt,
                       .sign = node.sign.pk,
                       .dh = node.dh.pk,
                       .link = node.link.pk,
                       .prekey = {node.prekey.pk, 0},
                       .recovery = std::nullopt,
                       .addresses = node.addresses};
  if (invite != nullptr) {
    body.invite = *InvitePk::parse(invite->pk.view());
    body.group = group;
  }
  return group::sign_join(body, node.sign.seed, invite == nullptr ? nullptr : &invite->seed);
}

mail::Event Circle::write(Node& by, mail::Kind kind, Bytes body, const Digest& bind, std::uint32_t length) {
  const mail::Header header{.kind = kind,
                            .group = group,
                            .device = by.id,
                            .seq = by.next,
                            .prev = by.prev,
                            .day = today,
                            .length = length,
                            .bind = bind,
                            .ctl_digest = Digest::zero(),
                            .lamport = by.next + 1};
  auto event = mail::Event::sign(header, std::move(body), by.sign.seed);
  ++by.next;
  by.prev = event.link();
  return event;
}

mail::Event Circle::control(Node& by, const group::Act& act) {
  const auto state = group::resolve(group, control_);
  KITH_ASSERT(state.has_value());
  const Bytes body = encode(group::ControlBody{state->control_heads, act});
  control_.push_back(
      write(by, mail::Kind::ctl, body, mail::body_bind(body), static_cast<std::uint32_t>(body.size())));
  return control_.back();
}

Written Circle::envelope(Node& by, std::string_view words) {
  const crypto::EnvelopeAuthor author{group, by.id, by.dh.pk, by.dh.secret};
  auto draft = crypto::EnvelopeDraft::begin(author, by.next, as_bytes(words), nodes_.size(), random);
  KITH_ASSERT(draft.has_value());
  auto event = write(by, mail::Kind::env, {}, *Digest::parse(draft->item_pk().view()), draft->payload_size());
  std::vector<crypto::EnvelopeReader> readers;
  for (const auto& node : nodes_) readers.push_back({node->id, node->prekey.pk, true});
  Bytes payload = std::move(*draft).finish(event.id(), author, readers, random);
  return {std::move(event), std::move(payload)};
}

void Circle::store(Node& at, const Written& written) {
  auto store = at.store();
  const auto control = store.control_events(group);
  KITH_ASSERT(control.has_value());
  group::GroupRoster roster(group, *control);
  const auto appended = store.append(group, std::span(&written.event, 1), roster, today);
  KITH_ASSERT(appended.has_value() && appended->stored == 1);
  if (!written.payload.empty())
    KITH_ASSERT(store.put_payload(written.event.id(), written.payload).has_value());
}

void Circle::remove(Node& by, Node& whom) {
  group::Remove act{whom.member, {{whom.id, std::nullopt, Link::zero()}}};
  if (whom.next > 0) act.cuts = {{whom.id, whom.next - 1, whom.prev}};
  store(by, {control(by, act), {}});
}

bool Circle::holds(const Node& node, const Written& written) {
  auto store = node.store();
  const auto payloads = store.payloads(written.event.id());
  return payloads && !payloads->empty() && payloads->front() == written.payload;
}

}  // namespace kith::net::test
