// Whole couriers as processes, over CURVE on loopback.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <thread>

#include "core/group/invitation.h"
#include "core/mail/exchange.h"
#include "net/limits.h"
#include "net/message.h"
#include "net/sockets.h"
#include "tests/net/circle.h"

namespace kith::net::test {
namespace {

bool eventually(const std::function<bool()>& wanted, std::chrono::milliseconds patience = 8s) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < until) {
    if (wanted()) return true;
    std::this_thread::sleep_for(100ms);
  }
  return false;
}

// A line as a member's courier would open it, held by the test.
struct Impostor {
  Impostor(const crypto::LinkKeypair& key, const Node& to)
      : line(dial_line(context, {.key = key, .server = to.link.pk, .to = {{127, 0, 0, 1}, "", to.port}})
                 .value()) {}
  bool sees(int event, std::chrono::milliseconds patience) {
    return eventually(
        [&] {
          while (const auto seen = next_event(line.monitor.raw()))
            if ((seen->event & event) != 0) return true;
          return false;
        },
        patience);
  }
  Context context;
  Line line;
};

std::uint64_t rejected(const proto::CourierStatus& status, mail::Reject reason) {
  for (const auto& one : status.rejected())
    if (one.reason() == static_cast<std::uint32_t>(reason)) return one.count();
  return 0;
}

TEST(Courier, TwoNodesExchangeWhatTheyHaveAndTellWhoWatches) {
  Circle circle({true, true});
  Node &ana = circle[0], &ben = circle[1];
  const auto from_ana = circle.envelope(ana), from_ben = circle.envelope(ben);
  circle.store(ana, from_ana);
  circle.store(ben, from_ben);
  ben.start();
  const auto watcher = ben.client();
  proto::CourierRequest watch;
  watch.mutable_watch();
  ASSERT_TRUE(watcher->ask(watch).has_ok());
  ana.start();
  const auto done = ana.sync();
  EXPECT_EQ(done.known(), 1U);
  EXPECT_EQ(done.reached(), 1U);
  EXPECT_TRUE(done.quiet());
  EXPECT_TRUE(watcher->receive().has_arrived());
  EXPECT_TRUE(eventually([&] { return Circle::holds(ana, from_ben) && Circle::holds(ben, from_ana); }));

  // Live: written, stored, woken, there.
  const auto later = circle.envelope(ben);
  circle.store(ben, later);
  ben.wake();
  EXPECT_TRUE(eventually([&] { return Circle::holds(ana, later); }));
  const auto status = ana.status();
  EXPECT_TRUE(status.has_key());
  EXPECT_TRUE(status.announced());
  EXPECT_TRUE(status.seccomp());
  EXPECT_EQ(status.ports_size(), 1);
  EXPECT_EQ(status.ports(0).address().port(), ana.port);
  ana.stop();
  ben.stop();
}

TEST(Courier, AThirdNodeCarriesBetweenTwoThatNeverMeet) {
  Circle circle({true, true, true});
  const auto word = circle.envelope(circle[0]);
  circle.store(circle[0], word);
  circle[0].start();
  circle[1].start();
  EXPECT_TRUE(eventually([&] { return Circle::holds(circle[1], word); }));
  circle[0].stop();
  circle[2].start();
  circle[2].sync();
  EXPECT_TRUE(eventually([&] { return Circle::holds(circle[2], word); }));
  circle[1].stop();
  circle[2].stop();
}

// As many acts as no courier holds. Nothing but their number is looked at.
void fill(const Node& node, const GroupId& group) {
  auto store = node.store();
  auto acts = store.database().prepare(
      "INSERT INTO event(log, grp, seq, control, gone, id, wire) WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL "
      "SELECT i + 1 FROM n WHERE i < ?2) SELECT 999999, (SELECT grp FROM place WHERE group_id = ?1), i, 1, "
      "0, "
      "randomblob(32), x'00' FROM n");
  ASSERT_TRUE(acts.has_value());
  acts->bind(1, group.view()).bind(2, static_cast<std::int64_t>(kMaxActs));
  ASSERT_TRUE(acts->run().has_value());
}

// A node in two groups, of which the one grows above what a courier holds while it runs.
class TwoGroups : public testing::Test {
 protected:
  TwoGroups() {
    auto store = ana.store();
    const auto& also = other[0];
    auto control = also.store().control_events(other.group).value();
    group::GroupRoster roster(other.group, control);
    KITH_ASSERT(store.add_group({other.group, also.id, also.port}, also.link).has_value());
    KITH_ASSERT(store.append(other.group, control, roster, other.today).has_value());
    ana.start();
    ben.start();
    carl.start();
    KITH_ASSERT(ana.becomes([](const auto& status) { return status.connected() == 2; }));
  }
  // What is written in the second group crosses, and the first has no port any more.
  void expect_the_other_goes_on() {
    const auto word = other.envelope(other[0]);
    other.store(ana, word);
    ana.wake();
    EXPECT_TRUE(eventually([&] { return Circle::holds(carl, word); }));
    EXPECT_TRUE(ana.becomes([&](const auto& status) {
      return status.ports_size() == 1 && status.ports(0).group_id() == other.group.str() &&
             status.at_rest_size() == 1 && status.at_rest(0) == circle.group.str();
    }));
  }

  Circle circle{{true, true}}, other{{true, true}, 43};
  Node &ana = circle[0], &ben = circle[1], &carl = other[1];
};

TEST_F(TwoGroups, OneThatGrewTooLargeRestsWhenKithSaysSoAndTheOtherGoesOn) {
  fill(ana, circle.group);
  expect_the_other_goes_on();
}

TEST_F(TwoGroups, OneThatGrewTooLargeRestsWhenNewsComesAndTheOtherGoesOn) {
  fill(ana, circle.group);
  circle.store(ben, circle.envelope(ben));
  ben.wake();
  EXPECT_TRUE(ana.becomes([](const auto& status) { return status.ports_size() == 1; }));
  expect_the_other_goes_on();
}

TEST(Courier, KilledAndStartedAgainItGoesOn) {
  Circle circle({true, true});
  const auto first = circle.envelope(circle[0]);
  circle.store(circle[0], first);
  circle[0].start();
  circle[1].start();
  EXPECT_TRUE(eventually([&] { return Circle::holds(circle[1], first); }));
  circle[1].kill();
  const auto second = circle.envelope(circle[0]);
  circle.store(circle[0], second);
  circle[0].wake();
  circle[1].start();
  EXPECT_TRUE(eventually([&] { return Circle::holds(circle[1], second); }));
  EXPECT_TRUE(Circle::holds(circle[1], first));
}

TEST(Courier, ARemovedMemberIsCutWhileConnected) {
  Circle circle({true, false});
  Node &ana = circle[0], &ben = circle[1];
  ana.start();
  Impostor line(ben.link, ana);
  ASSERT_TRUE(line.sees(ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 10s));
  ben.start();  // the honest one has a line too
  ASSERT_TRUE(ana.becomes([](const auto& status) { return status.connected() == 1; }));
  circle.remove(ana, ben);
  ana.wake();
  EXPECT_TRUE(
      ana.becomes([](const auto& status) { return status.connected() == 0 && status.known() == 0; }, 3s));
  // The silent line cannot be told from a stranger's until it speaks; then it is cut unheard.
  send_plain(line.line.socket.raw(), as_bytes("too late"));
  EXPECT_TRUE(line.sees(ZMQ_EVENT_DISCONNECTED, 3s));
  EXPECT_GE(rejected(ana.status(), mail::Reject::not_authorised), 1U);
  const auto late = circle.envelope(ben);
  circle.store(ben, late);
  ben.wake();
  EXPECT_EQ(ben.sync(3).reached(), 0U);
  EXPECT_FALSE(Circle::holds(ana, late));
  Impostor again(ben.link, ana);
  EXPECT_TRUE(again.sees(ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, 5s)) << "400, for good";
}

TEST(Courier, AMessageOfSeveralPartsCutsAndBars) {
  Circle circle({true, false});
  circle[0].start();
  Impostor line(circle[1].link, circle[0]);
  ASSERT_TRUE(line.sees(ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 10s));
  zmq_send(line.line.socket.raw(), "a", 1, ZMQ_SNDMORE);
  zmq_send(line.line.socket.raw(), "b", 1, 0);
  EXPECT_TRUE(line.sees(ZMQ_EVENT_DISCONNECTED, 5s));
  EXPECT_EQ(rejected(circle[0].status(), mail::Reject::parts), 1U);
  Impostor again(circle[1].link, circle[0]);
  EXPECT_FALSE(again.sees(ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 1s)) << "barred for a while";
}

// libzmq keeps a message until its last part is there: the process's own limit is what ends that.
TEST(Courier, AMessageWithoutEndCostsTheProcessAtMostAndNothingThatWasStored) {
  Circle circle({true, false});
  Node &ana = circle[0], &ben = circle[1];
  const auto word = circle.envelope(ana);
  circle.store(ana, word);
  ana.start();
  const std::uint64_t more = 48ULL << 20;
  rlimit limit{};
  ASSERT_EQ(prlimit(ana.process(), RLIMIT_DATA, nullptr, &limit), 0);
  ASSERT_NE(limit.rlim_max, RLIM_INFINITY) << "the courier limits itself";
  limit.rlim_cur = limit.rlim_max = limit.rlim_max - kMemoryHeadroom + more;  // or the test would need it all
  ASSERT_EQ(prlimit(ana.process(), RLIMIT_DATA, &limit, nullptr), 0);
  {
    Impostor line(ben.link, ana);
    ASSERT_TRUE(line.sees(ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 10s));
    const Bytes part(64 << 10, 'x');
    for (int parts = 2'000; parts > 0; --parts)
      zmq_send(line.line.socket.raw(), part.data(), part.size(), parts > 1 ? ZMQ_SNDMORE : 0);
    EXPECT_TRUE(line.sees(ZMQ_EVENT_DISCONNECTED, 30s));
  }
  ben.start();
  EXPECT_TRUE(eventually([&] { return ben.sync().reached() == 1; })) << "it was cut, or started again";
  EXPECT_TRUE(eventually([&] { return Circle::holds(ben, word); }));
}

// 300 strangers who connect and say nothing: the limit holds, and a member still gets in.
TEST(Courier, ShedsSilentConnectionsAboveItsLimit) {
  Circle circle({true, false});
  Node &ana = circle[0], &ben = circle[1];
  const auto word = circle.envelope(ana);
  circle.store(ana, word);
  ana.start();
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(ana.port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::vector<pollfd> strangers;
  const auto began = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < kMaxConnections + 44; ++i) {
    strangers.push_back({socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), POLLRDHUP, 0});
    ASSERT_EQ(connect(strangers.back().fd, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  }
  const auto cut = [&] {
    poll(strangers.data(), strangers.size(), 0);
    return std::ranges::count_if(strangers, [](const pollfd& one) { return one.revents != 0; });
  };
  EXPECT_TRUE(eventually([&] { return cut() >= 44; }, kHandshake - 1s));
  EXPECT_LT(std::chrono::steady_clock::now() - began, kHandshake) << "or the handshake interval did it";
  ben.start();
  EXPECT_EQ(ben.sync().reached(), 1U);
  EXPECT_TRUE(eventually([&] { return Circle::holds(ben, word); }));
  for (const auto& one : strangers) close(one.fd);
}

TEST(Courier, AFrameThatIsNoneCuts) {
  Circle circle({true, false});
  circle[0].start();
  Impostor line(circle[1].link, circle[0]);
  ASSERT_TRUE(line.sees(ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 10s));
  send_plain(line.line.socket.raw(), Bytes(1000, 0xff));
  EXPECT_TRUE(line.sees(ZMQ_EVENT_DISCONNECTED, 5s));
}

// Something else answers at the peer's address (a captive portal, a re-used port), then the right peer does.
TEST(Courier, TheDiallerRecoversFromAWrongGreeting) {
  Circle circle({false, true});
  Node &ana = circle[0], &ben = circle[1];
  const auto word = circle.envelope(ana);
  circle.store(ana, word);
  const int portal = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(portal, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(ben.port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(portal, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  ASSERT_EQ(listen(portal, 4), 0);
  ana.start();
  const int caller = accept(portal, nullptr, nullptr);
  ASSERT_GE(caller, 0) << "it was dialled";
  const std::string_view page = "HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n";
  EXPECT_EQ(::send(caller, page.data(), page.size(), MSG_NOSIGNAL), static_cast<ssize_t>(page.size()));
  close(caller);
  close(portal);
  ben.start();
  EXPECT_TRUE(eventually([&] { return Circle::holds(ben, word); }));
}

TEST(Courier, RefusesWhatKithMayNotAsk) {
  Circle circle({true});
  Node& node = circle[0];
  node.start_without_key();
  const auto client = node.client();
  proto::CourierRequest wake;
  wake.mutable_wake();
  EXPECT_EQ(client->ask(wake).failure().code(), static_cast<std::uint32_t>(Errc::locked));
  EXPECT_EQ(node.give_key(*client, 8).failure().code(), static_cast<std::uint32_t>(Errc::damaged))
      << "wrong key";
  EXPECT_TRUE(node.give_key(*client).has_ok());
  EXPECT_TRUE(node.give_key(*client).has_ok()) << "the same again";
  EXPECT_EQ(node.give_key(*client, 8).failure().code(), static_cast<std::uint32_t>(Errc::refused));
  client->send_raw(Bytes{0xff, 0xff, 0xff, 0x7f});
  EXPECT_TRUE(client->ended());
  const auto noise = node.client();
  noise->send_raw(Bytes{4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff});
  EXPECT_TRUE(noise->ended());
  EXPECT_TRUE(node.status().has_key()) << "it lives on";
}

TEST(Courier, OneForEachMailDirectory) {
  Circle circle({true});
  circle[0].start();
  std::string words[] = {KITH_COURIER, "--mail", circle[0].mail_directory(), "--socket",
                         circle[0].socket_path() + "2"};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(),
                       words[3].data(), words[4].data(), nullptr};
  pid_t second = -1;
  ASSERT_EQ(posix_spawn(&second, KITH_COURIER, nullptr, nullptr, arguments, environ), 0);
  int status = 0;
  waitpid(second, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 9);
}

// ---- doors -----------------------------------------------------------------------------------------------

// The door's port follows from the secret: one that no test beside this one has.
Bytes fresh_secret() {
  Bytes secret(crypto::InviteSecret::size);
  crypto::SystemRandom().fill(secret);
  return secret;
}

proto::CourierRequest door_open(const Bytes& secret) {
  proto::CourierRequest request;
  request.mutable_door_open()->set_secret(secret.data(), secret.size());
  return request;
}
proto::CourierRequest door_dial(const Bytes& secret, const proto::Address& to) {
  proto::CourierRequest request;
  request.mutable_door_dial()->set_secret(secret.data(), secret.size());
  *request.mutable_door_dial()->add_addresses() = to;
  return request;
}
proto::CourierRequest door_send(std::string_view frame, std::uint32_t attempt = 0) {
  proto::CourierRequest request;
  request.mutable_door_send()->set_frame(frame.data(), frame.size());
  request.mutable_door_send()->set_attempt(attempt);
  return request;
}

TEST(Door, PipesFramesBothWaysAndCountsCallers) {
  Circle circle({true, true});
  circle[0].start();
  circle[1].start();
  const Bytes secret = fresh_secret();
  const auto inviter = circle[0].client();
  const auto opened = inviter->ask(door_open(secret));
  ASSERT_TRUE(opened.has_door_opened());
  const auto address = opened.door_opened().address();
  EXPECT_NE(address.port(), circle[0].port);
  EXPECT_EQ(inviter->ask(door_send("to nobody")).failure().code(),
            static_cast<std::uint32_t>(Errc::not_found));

  for (std::uint32_t attempt = 1; attempt <= 3; ++attempt) {
    const auto joiner = circle[1].client();
    ASSERT_TRUE(joiner->ask(door_dial(secret, address)).has_ok());
    ASSERT_TRUE(joiner->ask(door_send("commit")).has_ok());
    const auto commit = inviter->receive();
    EXPECT_EQ(commit.door_frame().frame(), "commit");
    EXPECT_EQ(commit.door_frame().attempt(), attempt);
    const std::string large(300 * 1024, 'x');
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(inviter->ask(door_send(large)).has_ok());
    const auto other = inviter->ask(door_send("for another", attempt % 3 + 1));
    EXPECT_EQ(other.failure().code(), static_cast<std::uint32_t>(Errc::not_found));
    for (int i = 0; i < 8; ++i) EXPECT_EQ(joiner->receive().door_frame().frame().size(), large.size());
  }
  const auto fourth = circle[1].client();
  ASSERT_TRUE(fourth->ask(door_dial(secret, address)).has_ok());
  ASSERT_TRUE(fourth->ask(door_send("commit")).has_ok());
  const auto closed = inviter->receive();
  EXPECT_TRUE(closed.has_door_closed());
  EXPECT_TRUE(closed.door_closed().used_up());
}

TEST(Door, WhatWasSentBeforeClosingStillArrives) {
  Circle circle({true, true});
  circle[0].start();
  circle[1].start();
  const Bytes secret = fresh_secret();
  const auto inviter = circle[0].client(), joiner = circle[1].client();
  const auto address = inviter->ask(door_open(secret)).door_opened().address();
  ASSERT_TRUE(joiner->ask(door_dial(secret, address)).has_ok());
  ASSERT_TRUE(joiner->ask(door_send("hello")).has_ok());
  ASSERT_EQ(inviter->receive().door_frame().frame(), "hello");
  for (int i = 0; i < 6; ++i) inviter->send(door_send(std::string(256 * 1024, 'y')));
  proto::CourierRequest close;
  close.mutable_door_close();
  inviter->send(close);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(joiner->receive().door_frame().frame().size(), 256U * 1024) << i;
  EXPECT_TRUE(joiner->receive().has_door_closed());
}

TEST(Door, OpensAgainAtOnce) {
  Circle circle({true});
  circle[0].start();
  const Bytes secret = fresh_secret();
  proto::CourierRequest close;
  close.mutable_door_close();
  for (int i = 0; i < 5; ++i) {
    const auto inviter = circle[0].client();
    ASSERT_TRUE(inviter->ask(door_open(secret)).has_door_opened()) << i;
    if (i % 2 == 0) {
      ASSERT_TRUE(inviter->ask(close).has_ok());
    }
  }
}

TEST(Door, TheWrongSecretAndAMembersKeyStayOutside) {
  Circle circle({true, true});
  circle[0].start();
  const auto inviter = circle[0].client();
  const Bytes bytes = fresh_secret();
  const auto secret = crypto::InviteSecret::copy_of(bytes).value();
  const auto address = inviter->ask(door_open(bytes)).door_opened().address();
  const auto keys = group::invite_keys(secret);
  const mail::Address at{{127, 0, 0, 1}, "", static_cast<std::uint16_t>(address.port())};
  Context context;
  const auto knock = [&](const crypto::LinkKeypair& key, const LinkPk& server, const mail::Address& to) {
    auto line = dial_line(context, {.key = key, .server = server, .to = to}).value();
    return eventually(
        [&] {
          while (const auto seen = next_event(line.monitor.raw()))
            if (seen->event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) return true;
          return false;
        },
        1500ms);
  };
  EXPECT_FALSE(knock(circle[1].link, keys.door_server.pk, at)) << "a member at the door";
  EXPECT_FALSE(knock(keys.door_client, circle[0].link.pk, {{127, 0, 0, 1}, "", circle[0].port}))
      << "a joiner at the member port";
  const auto wrong = group::invite_keys(crypto::InviteSecret::copy_of(Bytes(16, 9)).value());
  EXPECT_FALSE(knock(wrong.door_client, wrong.door_server.pk, at));
  EXPECT_FALSE(knock(wrong.door_client, keys.door_server.pk, at));
  EXPECT_TRUE(knock(keys.door_client, keys.door_server.pk, at));
}

}  // namespace
}  // namespace kith::net::test
