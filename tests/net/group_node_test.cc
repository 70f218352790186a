// One group of the courier, without its process.
#include "net/group_node.h"

#include <netinet/in.h>
#include <poll.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include <thread>

#include "core/mail/exchange.h"
#include "net/limits.h"
#include "tests/net/circle.h"
#include "tests/net/tcp.h"

namespace kith::net {
namespace {

using namespace std::chrono_literals;
using test::Circle;

class GroupNodeTest : public testing::Test {
 protected:
  GroupNodeTest() : store_(circle_[0].store()) {
    const auto locals = store_.groups();
    KITH_ASSERT(locals && locals->size() == 1);
    node_ = GroupNode::open(context_, store_, locals->front(), {{127, 0, 0, 1}, "", 0}, circle_.random, now_)
                .value();
  }
  void break_the_store() { ASSERT_TRUE(store_.database().execute("DROP TABLE head").has_value()); }
  tl::expected<void, mail::Reject> give(Link& link, const mail::Frame& frame) {
    return link.receive(mail::encode_frame(frame), circle_.today, now_);
  }
  // A link on which Ben has said who he is and what he has.
  std::unique_ptr<Link> met() {
    auto link = node_->make_link(ben_.link.pk, now_);
    KITH_ASSERT(give(*link, mail::frame::Hello{1, {1}, ben_.id, ben_.link.pk}).has_value());
    KITH_ASSERT(give(*link, mail::frame::Frontier{}).has_value());
    return link;
  }

  Circle circle_{{true, true}};
  test::Node& ben_ = circle_[1];
  mail::MailStore store_;
  Context context_;
  Instant now_ = SystemClock().steady();
  std::unique_ptr<GroupNode> node_;
};

TEST_F(GroupNodeTest, ADiskThatStaysBrokenIsNotAskedAgainAndAgain) {
  ASSERT_TRUE(node_->unchecked()) << "a node that has just looked has something to check";
  break_the_store();
  EXPECT_FALSE(node_->check_some().has_value());
  EXPECT_FALSE(node_->unchecked()) << "or the loop would never sleep";
}

TEST_F(GroupNodeTest, ChecksAgainWhenThereIsNews) {
  EXPECT_FALSE(node_->check_some().value());
  EXPECT_FALSE(node_->unchecked());
  ASSERT_TRUE(node_->look(now_).has_value());
  EXPECT_TRUE(node_->unchecked());
}

TEST_F(GroupNodeTest, WhatALinkCountedStaysCountedWhenItIsGone) {
  auto link = met();
  const Bytes of_a_newer_kith = {0xfa, 0x07, 0x01, 'x'};  // field 127, one byte
  ASSERT_TRUE(link->receive(of_a_newer_kith, circle_.today, now_).has_value());
  EXPECT_EQ(node_->rejected(mail::Reject::unsupported), 0U) << "it is on no port and no line";
  link.reset();
  EXPECT_EQ(node_->rejected(mail::Reject::unsupported), 1U);
  link = met();
  ASSERT_FALSE(link->receive(Bytes(100, 0xff), circle_.today, now_).has_value());
  link.reset();
  EXPECT_EQ(node_->rejected(mail::Reject::malformed), 1U) << "what ended it counts once";
}

TEST_F(GroupNodeTest, OurOwnBrokenDiskBarsNobody) {
  auto link = met();
  const auto word = circle_.envelope(ben_);
  break_the_store();
  const auto received = give(*link, mail::frame::Events{{std::string(as_text(word.event.wire()))}});
  ASSERT_FALSE(received.has_value());
  EXPECT_EQ(received.error(), mail::Reject::store_failed);
  node_->misbehaved(ben_.link.pk, received.error(), now_);
  EXPECT_TRUE(node_->welcome(ben_.link.pk, now_));
  node_->misbehaved(ben_.link.pk, mail::Reject::malformed, now_);
  EXPECT_FALSE(node_->welcome(ben_.link.pk, now_));
}

// A commit that failed may stand: the folder could not be synced after the rollback journal was gone.
TEST_F(GroupNodeTest, LooksAgainAfterTheStoreFailed) {
  auto link = met();
  const auto leaving = circle_.control(ben_, group::Leave{});
  sqlite3_busy_timeout(store_.database().handle(), 1);
  {
    auto other = circle_[0].store();
    auto reading = other.database().prepare("SELECT name FROM sqlite_master").value();
    ASSERT_TRUE(reading.step().value());
    ASSERT_FALSE(give(*link, mail::frame::Events{{std::string(as_text(leaving.wire()))}}).has_value());
  }
  link.reset();
  circle_.store(circle_[0], {leaving, {}});
  EXPECT_TRUE(node_->welcome(ben_.link.pk, now_)) << "nobody told it";
  node_->pump(0, circle_.today, now_);
  EXPECT_FALSE(node_->welcome(ben_.link.pk, now_));
}

TEST_F(GroupNodeTest, TwoThousandFramesAtOnceAndNotOneMore) {
  auto link = met();  // two frames
  const Bytes nothing = mail::encode_frame(mail::frame::Credit{0});
  for (int i = 2; i < static_cast<int>(kFrameBurst); ++i)
    ASSERT_TRUE(link->receive(nothing, circle_.today, now_).has_value()) << i;
  const auto late = link->receive(nothing, circle_.today, now_ + 4ms);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error(), mail::Reject::too_fast);
  EXPECT_TRUE(link->receive(nothing, circle_.today, now_ + 5ms).has_value()) << "200 a second";
}

TEST_F(GroupNodeTest, SoManyBytesAtOnceAndNotOneMore) {
  auto link = met();
  Bytes large = {0xfa, 0x07};  // field 127: of a newer kith, read past
  const std::size_t size = mail::kMaxFrame - 5;
  for (std::size_t rest = size;; rest >>= 7) {
    large.push_back(static_cast<std::uint8_t>((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0)));
    if (rest <= 0x7f) break;
  }
  large.resize(large.size() + size, 'x');
  ASSERT_EQ(large.size(), mail::kMaxFrame);
  const auto whole = static_cast<std::size_t>(kByteBurst) / large.size();  // HELLO took a little of it
  for (std::size_t i = 1; i < whole; ++i)
    ASSERT_TRUE(link->receive(large, circle_.today, now_).has_value()) << i;
  const auto late = link->receive(large, circle_.today, now_);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error(), mail::Reject::too_fast);
}

// Who never spoke goes before who did, and the oldest of them first.
TEST_F(GroupNodeTest, ShedsTheSilentFirst) {
  auto zap =
      ZapHandler::start(context_, [&](auto, const auto& key) { return node_->judge(key, now_); }).value();
  ASSERT_TRUE(node_->announce(zap, now_).has_value());
  const auto run_until = [&](const std::function<bool()>& done) {
    const auto until = std::chrono::steady_clock::now() + 8s;
    while (std::chrono::steady_clock::now() < until) {
      zap.pump();
      node_->pump(0, circle_.today, SystemClock().steady());
      if (done()) return true;
      std::this_thread::sleep_for(5ms);
    }
    return false;
  };
  const auto connections = [&](std::size_t count) {
    return run_until([&] { return node_->connections() == count; });
  };
  auto line = dial_line(context_, {.key = ben_.link,
                                   .server = circle_[0].link.pk,
                                   .to = {{127, 0, 0, 1}, "", node_->address().port}})
                  .value();
  const auto over = [&](Line& which) {
    while (const auto event = next_event(which.monitor.raw()))
      if (event->event == ZMQ_EVENT_DISCONNECTED) return true;
    return false;
  };
  const auto hello = mail::encode_frame(mail::frame::Hello{1, {1}, ben_.id, ben_.link.pk});
  ASSERT_TRUE(run_until([&] { return send_plain(line.socket.raw(), hello) == Sent::yes; }));
  ASSERT_TRUE(run_until([&] { return node_->counts().reached == 1; }));
  Tcp first(node_->address().port);
  ASSERT_TRUE(connections(2));
  Tcp second(node_->address().port);
  ASSERT_TRUE(connections(3));
  node_->shed_one();
  EXPECT_TRUE(run_until([&] { return first.ended(); }));
  EXPECT_FALSE(second.ended());
  node_->shed_one();
  EXPECT_TRUE(run_until([&] { return second.ended(); }));
  EXPECT_EQ(node_->counts().reached, 1U);
  node_->shed_one();
  EXPECT_TRUE(run_until([&] { return over(line); }));
}

// Ben says twenty things that are not read, and hangs up; libzmq gives the number of his connection to the
// next one. His frames may then neither be answered there nor cut it.
TEST_F(GroupNodeTest, FramesThatOutliveTheirConnectionTouchNoOther) {
  auto zap =
      ZapHandler::start(context_, [&](auto, const auto& key) { return node_->judge(key, now_); }).value();
  ASSERT_TRUE(node_->announce(zap, now_).has_value());
  const auto dial = [&](const test::Node& as) {
    return dial_line(context_, {.key = as.link,
                                .server = circle_[0].link.pk,
                                .to = {{127, 0, 0, 1}, "", node_->address().port}})
        .value();
  };
  const auto shakes_hands = [&](Line& line) {
    for (int i = 0; i < 2'000; ++i) {
      zap.pump();  // and nothing is read
      while (const auto event = next_event(line.monitor.raw()))
        if (event->event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) return true;
      std::this_thread::sleep_for(5ms);
    }
    return false;
  };
  const auto credit = mail::encode_frame(mail::frame::Credit{0});  // before HELLO: ends a connection
  for (const int frames : {0, 20}) {  // twice: what libzmq opens once only, it has opened then
    {
      auto first = dial(ben_);
      ASSERT_TRUE(shakes_hands(first));
      for (int i = 0; i < frames; ++i) ASSERT_EQ(send_plain(first.socket.raw(), credit), Sent::yes);
      std::this_thread::sleep_for(150ms);
    }
    std::this_thread::sleep_for(150ms);
  }
  auto second = dial(ben_);
  ASSERT_TRUE(shakes_hands(second));
  const auto hello = mail::encode_frame(mail::frame::Hello{1, {1}, ben_.id, ben_.link.pk});
  ASSERT_EQ(send_plain(second.socket.raw(), hello), Sent::yes);
  for (int i = 0; i < 400 && node_->counts().reached == 0; ++i) {
    node_->pump(0, circle_.today, SystemClock().steady());
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_EQ(node_->counts().reached, 1U);
  EXPECT_EQ(node_->rejected(mail::Reject::protocol), 0U);
}

TEST_F(GroupNodeTest, OffersAreLookedUpSoOftenAndNotMore) {
  auto link = met();
  mail::frame::Offer offer;
  for (std::size_t i = 0; i < mail::kMaxFrameItems; ++i) {
    std::array<std::uint8_t, 32> id{};
    id[0] = static_cast<std::uint8_t>(i);
    offer.items.push_back({EventId(id), Digest(id), 5'000});
  }
  const auto full = static_cast<int>(kLookupBurst / static_cast<double>(mail::kMaxFrameItems));
  for (int i = 0; i < full; ++i) ASSERT_TRUE(give(*link, offer).has_value()) << i;
  const auto late = give(*link, offer);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error(), mail::Reject::too_fast);
}

// Whatever fails while a frame of a peer is looked at, the process lives and the frame is dropped.
TEST_F(GroupNodeTest, AnExceptionOnAPeersFrameCutsThatPeerAlone) {
  struct Failing final : mail::Roster {
    [[noreturn]] static void fail() { throw std::bad_alloc(); }
    std::optional<SignPk> sign_key(const DeviceId&) const override { fail(); }
    bool same_member(const DeviceId&, const DeviceId&) const override { fail(); }
    bool storable(const mail::Header&, const kith::Link&) const override { fail(); }
    bool tells(const mail::Header&, const kith::Link&) const override { fail(); }
    std::vector<std::vector<DeviceId>> waiting_for(std::span<const mail::Event>) const override { fail(); }
    bool counts(const DeviceId&) const override { fail(); }
    bool may_connect(const DeviceId&, const LinkPk&) const override { fail(); }
    std::set<kith::Link> learn(std::span<const mail::Event>) override { fail(); }
    void unlearn(const std::set<kith::Link>&) override { fail(); }
  } failing;
  Tally past{};
  {
    Link link(store_, failing, {circle_.group, circle_[0].id, circle_[0].link.pk}, ben_.link.pk, past,
              std::make_shared<Allowance>(now_), now_);
    const auto received = give(link, mail::frame::Hello{1, {1}, ben_.id, ben_.link.pk});
    ASSERT_FALSE(received.has_value());
    EXPECT_EQ(received.error(), mail::Reject::protocol);
  }
  EXPECT_EQ(past.at(static_cast<std::size_t>(mail::Reject::protocol)), 1U);
  EXPECT_EQ(met()->device(), ben_.id) << "another link of the same node goes on";
}

TEST_F(GroupNodeTest, AFrameAtTheLimitAndOneByteMore) {
  auto link = met();
  const auto above = link->receive(Bytes(mail::kMaxFrame + 1, 0), circle_.today, now_);
  ASSERT_FALSE(above.has_value());
  EXPECT_EQ(above.error(), mail::Reject::too_large);
}

}  // namespace
}  // namespace kith::net
