// The profile against real sockets: who gets in, as whom, and what becomes of the rest.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "net/limits.h"
#include "net/member_port.h"
#include "net/self_test.h"
#include "tests/net/port_fixture.h"
#include "tests/net/tcp.h"

namespace kith::net {
namespace {

class PortTest : public PortFixture {};

TEST_F(PortTest, AMemberIsHeardUnderTheKeyItProved) {
  const auto ana = member();
  auto line = dial(ana);
  ASSERT_EQ(outcome(line)->event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
  ASSERT_EQ(send_plain(line.socket.raw(), as_bytes("frame")), Sent::yes);
  const auto incoming = receive(2s);
  ASSERT_TRUE(incoming);
  EXPECT_EQ(incoming->parts, 1U);
  EXPECT_EQ(as_text(incoming->body.view()), "frame");
  EXPECT_EQ(incoming->body.user(), ana.pk);
  EXPECT_GE(incoming->body.descriptor(), 0);
  ASSERT_EQ(send_routed(port_->socket.raw(), incoming->route, as_bytes("answer")), Sent::yes);
  std::optional<Incoming> answer;
  EXPECT_TRUE(run(2s, [&] { return (answer = receive_plain(line.socket.raw())).has_value(); }));
  EXPECT_EQ(as_text(answer->body.view()), "answer");
}

TEST_F(PortTest, AStrangerIsToldToTryLater) {
  const auto stranger = crypto::link_keypair(random_);
  auto line = dial(stranger);
  const auto event = outcome(line, kHandshake + 1s);  // libzmq lets a 300 wait for the interval's end
  ASSERT_TRUE(event);
  EXPECT_TRUE(event->handshake_failed());
  EXPECT_NE(event->event, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) << "300 closes without a word";
  EXPECT_FALSE(receive(100ms));
  EXPECT_EQ(zap_->refused(), 1U);
}

TEST_F(PortTest, ARemovedKeyIsToldForGood) {
  const auto gone = crypto::link_keypair(random_);
  judged_.emplace(gone.pk, Admission::removed);
  auto line = dial(gone);
  const auto event = outcome(line);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->event, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
  EXPECT_EQ(event->value, 400);
}

TEST_F(PortTest, AWrongServerKeyNeverShakesHands) {
  const auto ana = member();
  const auto other = crypto::link_keypair(random_);
  auto line = dial_line(context_, {.key = ana, .server = other.pk, .to = port_->address}).value();
  const auto event = outcome(line, kHandshake + 2s);
  ASSERT_TRUE(event);
  EXPECT_NE(event->event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
}

TEST_F(PortTest, ARoutingIdIsWorthNothing) {
  const auto ana = member(), ben = member();
  auto first = dial(ana);
  ASSERT_EQ(outcome(first)->event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
  send_plain(first.socket.raw(), as_bytes("I am Ana"));
  const auto real = receive(2s);
  ASSERT_TRUE(real);
  // Ben claims the very id under which Ana's connection is known, and one of his own choosing.
  for (const Bytes& claimed : {real->route, to_bytes(as_bytes("anything")), Bytes(255, 'x')}) {
    void* squatter = zmq_socket(context_.raw(), ZMQ_DEALER);
    const int off = 0;
    zmq_setsockopt(squatter, ZMQ_LINGER, &off, sizeof off);
    zmq_setsockopt(squatter, ZMQ_ROUTING_ID, claimed.data(), claimed.size());
    zmq_setsockopt(squatter, ZMQ_CURVE_SERVERKEY, server_.pk.data(), 32);
    zmq_setsockopt(squatter, ZMQ_CURVE_PUBLICKEY, ben.pk.data(), 32);
    zmq_setsockopt(squatter, ZMQ_CURVE_SECRETKEY, ben.secret.reveal().data(), 32);
    const std::string place = "tcp://" + mail::text_of(port_->address);
    ASSERT_EQ(zmq_connect(squatter, place.c_str()), 0);
    zmq_send(squatter, "I am Ana", 8, ZMQ_DONTWAIT);
    const auto lie = receive(400ms);
    if (lie) {
      EXPECT_EQ(lie->body.user(), ben.pk) << "whatever it calls itself";
    }
    zmq_close(squatter);
  }
  send_plain(first.socket.raw(), as_bytes("still here"));
  const auto again = receive(2s);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->body.user(), ana.pk);
  EXPECT_EQ(again->route, real->route);
}

TEST_F(PortTest, PartsAreCountedAndOnlyOneIsKept) {
  const auto ana = member();
  auto line = dial(ana);
  ASSERT_EQ(outcome(line)->event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
  for (int i = 0; i < 2'001; ++i)
    ASSERT_GE(zmq_send(line.socket.raw(), "part", 4, i < 2'000 ? ZMQ_SNDMORE : 0), 0);
  const auto incoming = receive(3s);
  ASSERT_TRUE(incoming);
  EXPECT_EQ(incoming->parts, 2'001U);
  EXPECT_FALSE(receive(100ms)) << "the rest was drained with it";
}

TEST_F(PortTest, AFrameAtTheLimitPassesAndALargerMessageCutsTheConnection) {
  const auto ana = member();
  auto line = dial(ana);
  ASSERT_EQ(outcome(line)->event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
  ASSERT_EQ(send_plain(line.socket.raw(), Bytes(mail::kMaxFrame, 1)), Sent::yes);
  const auto incoming = receive(3s);
  ASSERT_TRUE(incoming);
  EXPECT_EQ(incoming->body.view().size(), mail::kMaxFrame);
  ASSERT_EQ(send_plain(line.socket.raw(), Bytes(mail::kMaxFrame + kCurveOverhead + 1, 1)), Sent::yes);
  EXPECT_FALSE(receive(300ms));
  EXPECT_EQ(outcome(line, 2s)->event, ZMQ_EVENT_DISCONNECTED);
}

TEST_F(PortTest, ShuttingTheDupCutsThatConnectionAlone) {
  const auto ana = member(), ben = member();
  auto first = dial(ana), second = dial(ben);
  ASSERT_EQ(outcome(first)->event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
  ASSERT_EQ(outcome(second)->event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
  send_plain(first.socket.raw(), as_bytes("a"));
  const auto from_ana = receive(2s);
  ASSERT_TRUE(from_ana);
  const int copy = fcntl(from_ana->body.descriptor(), F_DUPFD_CLOEXEC, 0);
  shut_connection(copy);
  close(copy);
  EXPECT_EQ(outcome(first)->event, ZMQ_EVENT_DISCONNECTED);
  EXPECT_EQ(send_routed(port_->socket.raw(), from_ana->route, as_bytes("x")), Sent::gone);
  send_plain(second.socket.raw(), as_bytes("b"));
  const auto from_ben = receive(2s);
  ASSERT_TRUE(from_ben);
  EXPECT_EQ(from_ben->body.user(), ben.pk);
}

TEST_F(PortTest, ASecondHandlerOrASecondPortIsRefused) {
  EXPECT_FALSE(bind_zap(context_));
  PortSpec taken = spec();
  taken.at = port_->address;
  const auto again = bind_port(context_, *zap_, taken);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::busy);
}

TEST_F(PortTest, ListensAndDialsOverIpv6) {
  const mail::Address here{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "", 0};
  PortSpec at = spec();
  at.at = here;
  auto bound = bind_port(context_, *zap_, at);
  if (!bound) GTEST_SKIP() << "this machine has no IPv6 loopback: " << bound.error().detail;
  EXPECT_EQ(bound->address.ip, here.ip);
  EXPECT_NE(bound->address.port, 0);
  port_.reset();
  port_.emplace(std::move(*bound));
  const auto ana = member();
  auto line = dial(ana);
  ASSERT_EQ(outcome(line)->event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
  send_plain(line.socket.raw(), as_bytes("frame"));
  const auto incoming = receive(2s);
  ASSERT_TRUE(incoming);
  EXPECT_EQ(incoming->body.user(), ana.pk);
}

TEST_F(PortTest, OnlyNumericAddressesAreDialled) {
  const auto ana = member();
  for (const mail::Address& bad :
       {mail::Address{{127, 0, 0, 1}, "", 0}, mail::Address{{}, "", 4000}, mail::Address{{1, 2, 3}, "", 4000},
        mail::Address{{0, 0, 0, 0}, "", 4000}, mail::Address{{}, "ipc:///tmp/x", 4000},
        mail::Address{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1}, "", 4000}})
    EXPECT_FALSE(dial_line(context_, {.key = ana, .server = server_.pk, .to = bad}));
}

// libzmq's I/O thread writes what a socket's monitor reads; if the reader goes first it waits for ever.
TEST_F(PortTest, LinesClosedInMidHandshakeLeaveTheOthersAlive) {
  const auto ana = member(), stranger = crypto::link_keypair(random_);
  for (int i = 0; i < 30; ++i) {
    auto closed = dial(i % 2 == 0 ? ana : stranger);
    run(std::chrono::milliseconds(i), [] { return false; });
  }
  auto line = dial(ana);
  const auto event = outcome(line);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
}

// ---- self-test -------------------------------------------------------------------------------------------

TEST_F(PortTest, TheSelfTestPassesOnASoundPort) {
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(self_test(context_, *zap_, spec(), random_));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
}

TEST(SelfTest, FailsWhereEverybodyIsLetIn) {
  crypto::start();
  crypto::SystemRandom random;
  Context context;
  auto open = ZapHandler::start(context, [](auto, const auto&) { return Admission::welcome; }).value();
  const auto key = crypto::link_keypair(random);
  const auto tested = self_test(
      context, open, {.key = key, .domain = "kith.member.test", .at = {{127, 0, 0, 1}, "", 0}}, random);
  ASSERT_FALSE(tested);
  EXPECT_EQ(tested.error().code, Errc::unauthentic);
}

// A computer that has much to do says neither yes nor no in time: that is no proof of an open port.
TEST_F(PortTest, ASelfTestWithoutAnAnswerInTimeIsTriedAgain) {
  const auto tested = self_test(context_, *zap_, spec(), random_, 0ms);
  ASSERT_FALSE(tested);
  EXPECT_EQ(tested.error().code, Errc::waiting);
  EXPECT_TRUE(self_test(context_, *zap_, spec(), random_));
}

// ---- noise -----------------------------------------------------------------------------------------------

// A ZMTP 3.x greeting (RFC 23): signature, version, mechanism, as-server.
Bytes greeting(std::uint8_t major, std::string_view mechanism) {
  Bytes bytes = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, major, 0};
  bytes.resize(64, 0);
  std::copy(mechanism.begin(), mechanism.end(), bytes.begin() + 12);
  return bytes;
}

TEST_F(PortTest, NoiseAndOtherProtocolsAreCutAtOnce) {
  const std::pair<const char*, Bytes> noises[] = {
      {"NULL", greeting(3, "NULL")},
      {"PLAIN", greeting(3, "PLAIN")},
      {"ZMTP 2", {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 1, 5, 0, 0}},
      {"ZMTP 1", {1, 0, 5, 0, 'h', 'e', 'l', 'l'}},
      {"HTTP", to_bytes(as_bytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))},
      {"TLS", {0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 9, 9, 9, 9, 9}},
      {"4 KiB", Bytes(4096, 0xa5)},
  };
  for (const auto& [name, bytes] : noises) {
    Tcp tcp(port_->address.port);
    tcp.say(bytes);
    std::optional<std::chrono::milliseconds> ended;
    std::thread waiter([&] { ended = tcp.ended_within(1000ms); });
    EXPECT_FALSE(receive(150ms)) << name;
    waiter.join();
    EXPECT_TRUE(ended) << name << " was not cut";
  }
  EXPECT_EQ(zap_->refused(), 0U) << "none got so far as to be judged";
}

TEST_F(PortTest, SlowHandshakesEndAtTheHandshakeInterval) {
  Tcp silent(port_->address.port), greeted(port_->address.port), dripping(port_->address.port);
  greeted.say(greeting(3, "CURVE"));
  std::optional<std::chrono::milliseconds> ended[3];
  std::thread threads[3] = {std::thread([&] { ended[0] = silent.ended_within(kHandshake + 1s); }),
                            std::thread([&] { ended[1] = greeted.ended_within(kHandshake + 1s); }),
                            std::thread([&] { ended[2] = dripping.ended_within(kHandshake + 1s); })};
  const Bytes hello = greeting(3, "CURVE");
  std::size_t dripped = 0;
  run(kHandshake + 1s, [&] {
    if (dripped < hello.size()) dripping.say(ByteView(hello).subspan(dripped++, 1));
    std::this_thread::sleep_for(45ms);
    return false;
  });
  for (auto& thread : threads) thread.join();
  for (const auto& one : ended) {
    ASSERT_TRUE(one) << "a connection was left open";
    EXPECT_GE(*one, kHandshake - 500ms);
    EXPECT_LE(*one, kHandshake + 500ms);
  }
}

TEST_F(PortTest, AFrameThatAnnouncesTooMuchIsCutOnItsHeader) {
  const std::array<std::uint64_t, 4> sizes = {1ULL << 62, 8ULL << 30, 64ULL << 20,
                                              mail::kMaxFrame + kCurveOverhead + 1};
  for (const std::uint64_t size : sizes) {
    Tcp tcp(port_->address.port);
    tcp.say(greeting(3, "CURVE"));
    Bytes command = {6};  // a long command frame
    for (int shift = 56; shift >= 0; shift -= 8) command.push_back(static_cast<std::uint8_t>(size >> shift));
    tcp.say(command);
    std::optional<std::chrono::milliseconds> ended;
    std::thread waiter([&] { ended = tcp.ended_within(1500ms); });
    EXPECT_FALSE(receive(100ms));
    waiter.join();
    EXPECT_TRUE(ended) << size;
  }
}

// Stands between a line and the port, as somebody on the path does; keeps what the line said, may change it.
class Wiretap {
 public:
  // Flips a bit of the `damaged`-th byte that the line says.
  Wiretap(std::uint16_t port, std::optional<std::size_t> damaged)
      : port_(port), damaged_(damaged), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    socklen_t size = sizeof at;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    here_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { pass(); });
  }
  ~Wiretap() { finish(); }
  std::uint16_t port() const { return here_; }
  const Bytes& finish() {  // what the line said
    over_ = true;
    if (thread_.joinable()) thread_.join();
    if (listener_ >= 0) close(std::exchange(listener_, -1));
    return said_;
  }

 private:
  void pass() {
    pollfd wait{listener_, POLLIN, 0};
    while (!over_ && poll(&wait, 1, 20) == 0) continue;
    if (over_) return;
    const int line = accept(listener_, nullptr, nullptr);
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port_);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(server, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    pollfd both[2] = {{line, POLLIN, 0}, {server, POLLIN, 0}};
    while (!over_) {
      if (poll(both, 2, 20) <= 0) continue;
      if ((both[0].revents != 0 && !forward(line, server, true)) ||
          (both[1].revents != 0 && !forward(server, line, false)))
        break;
    }
    close(line);
    close(server);
  }
  bool forward(int from, int to, bool tapped) {
    std::array<std::uint8_t, 4096> buffer;
    const auto got = recv(from, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    const auto size = static_cast<std::size_t>(got);
    if (tapped) {
      if (damaged_ && *damaged_ >= said_.size() && *damaged_ < said_.size() + size)
        buffer[*damaged_ - said_.size()] ^= 1;
      append(said_, ByteView(buffer.data(), size));
    }
    return ::send(to, buffer.data(), size, MSG_NOSIGNAL) == got;
  }

  std::uint16_t port_, here_ = 0;
  std::optional<std::size_t> damaged_;
  int listener_;
  Bytes said_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

constexpr std::size_t kGreeting = 64, kCurveHello = 202;  // with the frame's own two bytes (RFC 26)

TEST_F(PortTest, ARecordedSessionBringsNothingWhenItIsReplayed) {
  const auto ana = member();
  Bytes session;
  {
    Wiretap tap(port_->address.port, std::nullopt);
    auto line =
        dial_line(context_, {.key = ana, .server = server_.pk, .to = {{127, 0, 0, 1}, "", tap.port()}})
            .value();
    ASSERT_EQ(outcome(line)->event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    ASSERT_EQ(send_plain(line.socket.raw(), as_bytes("once")), Sent::yes);
    ASSERT_TRUE(receive(2s));
    session = tap.finish();
  }
  ASSERT_GT(session.size(), kGreeting + kCurveHello);
  Tcp again(port_->address.port);
  again.say(session);
  std::optional<std::chrono::milliseconds> ended;
  std::thread waiter([&] { ended = again.ended_within(kHandshake + 2s); });
  EXPECT_FALSE(receive(300ms)) << "a cookie serves one handshake";
  waiter.join();
  EXPECT_TRUE(ended);
}

TEST_F(PortTest, ABitFlippedOnTheWayBringsNothing) {
  const auto ana = member();
  // The mechanism in the greeting, the boxes of HELLO and INITIATE, the message that follows.
  for (const std::size_t at :
       {std::size_t{12}, kGreeting + 130, kGreeting + kCurveHello + 120, std::size_t{0}}) {
    const bool message = at == 0;
    std::size_t place = at;
    if (message) {  // the handshake's length is known from an undamaged one
      Wiretap tap(port_->address.port, std::nullopt);
      auto line =
          dial_line(context_, {.key = ana, .server = server_.pk, .to = {{127, 0, 0, 1}, "", tap.port()}})
              .value();
      ASSERT_EQ(outcome(line)->event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
      place = tap.finish().size() + 30;
    }
    Wiretap tap(port_->address.port, place);
    auto line =
        dial_line(context_, {.key = ana, .server = server_.pk, .to = {{127, 0, 0, 1}, "", tap.port()}})
            .value();
    const auto event = outcome(line, 2s);
    EXPECT_EQ(event && event->event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED, message) << at;
    if (message) send_plain(line.socket.raw(), as_bytes("a message of some length"));
    EXPECT_FALSE(receive(message ? 1000ms : 100ms)) << at;
  }
}

}  // namespace
}  // namespace kith::net
