// A small group of real keys, each member with a mail.db and a kith-courier process of its own on loopback.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/group/resolver.h"
#include "core/mail/mail_store.h"
#include "crypto/envelope.h"
#include "crypto/sign.h"
#include "proto/local.pb.h"
#include "tests/db/scratch.h"
#include "tests/support/seeded_random.h"

namespace kith::net::test {

using namespace std::chrono_literals;
using kith::test::SeededRandom;

// kith's side of courier.sock.
class Client {
 public:
  explicit Client(const std::string& path);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(const proto::CourierRequest& request);
  void send_raw(ByteView bytes);
  // The next reply; kind unset: the courier closed the connection, or nothing came.
  proto::CourierReply receive(std::chrono::milliseconds patience = 10s);
  proto::CourierReply ask(const proto::CourierRequest& request) {
    send(request);
    return receive();
  }
  bool ended(std::chrono::milliseconds patience = 3s);  // the courier closed it

 private:
  int socket_;
};

std::uint16_t free_port();

// One member: keys, database, process.
class Node {
 public:
  Node(SeededRandom& random, bool has_address);
  ~Node() { kill(); }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  void start();  // and give it the key
  void start_without_key();
  void stop();
  void kill();
  int wait();  // exit code
  pid_t guardian() const { return process_; }
  pid_t process() const;  // the courier, the guardian's child
  // Waits until another courier than `fallen` runs; its process.
  pid_t courier_after(pid_t fallen) const;
  std::unique_ptr<Client> client() const;
  proto::CourierReply give_key(Client& client, std::uint8_t key_seed = 7) const;
  proto::CourierStatus status() const;
  proto::SyncDone sync(std::uint32_t seconds = 15) const;
  void wake() const;
  bool becomes(const std::function<bool(const proto::CourierStatus&)>& wanted,
               std::chrono::milliseconds patience = 10s) const;
  mail::MailStore store() const;
  std::string socket_path() const { return scratch_ / "run/courier.sock"; }
  std::string mail_directory() const { return scratch_ / "mail"; }
  std::string file(const std::string& name) const { return scratch_ / name; }

  crypto::SignKeypair sign;
  crypto::DhKeypair dh;
  crypto::LinkKeypair link;
  crypto::PreKeypair prekey;
  DeviceId id;
  MemberId member = MemberId::zero();
  std::uint16_t port;
  std::vector<mail::Address> addresses;
  std::uint64_t next = 0;
  kith::Link prev = kith::Link::zero();
  std::string program = KITH_COURIER;
  std::string log;  // where the courier's stderr goes; empty: where ours does

 private:
  kith::test::Scratch scratch_;
  pid_t process_ = -1;
};

struct Written {
  mail::Event event;
  Bytes payload;  // empty unless ENV
};

// The first node founds and leads; the others are admitted. Every mail.db holds all of that.
class Circle {
 public:
  // `reachable[i]`: member i says where it listens.
  explicit Circle(std::vector<bool> reachable, std::uint64_t seed = 42);

  Node& operator[](std::size_t i) { return *nodes_[i]; }
  mail::Event control(Node& by, const group::Act& act);
  Written envelope(Node& by, std::string_view words = "a word in confidence");
  void store(Node& at, const Written& written);  // as kith does: appended to its own mail.db
  void remove(Node& by, Node& whom);             // the act, in by's mail.db
  static bool holds(const Node& node, const Written& written);

  SeededRandom random;
  GroupId group = GroupId::zero();
  Day today;

 private:
  mail::Event write(Node& by, mail::Kind kind, Bytes body, const Digest& bind, std::uint32_t length);
  group::JoinRecord join_record(const Node& node, const crypto::SignKeypair* invite) const;

  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<mail::Event> control_;
};

}  // namespace kith::net::test
