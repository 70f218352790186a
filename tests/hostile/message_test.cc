// What a member's key can say once it is in: broken boxes, endless parts, commands, frames that are none, and
// frames that lie. Each case has a key of its own, because who misbehaves is kept out for a while.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <thread>

#include "core/mail/exchange.h"
#include "net/limits.h"
#include "tests/hostile/scene.h"

namespace kith::hostile {
namespace {

using namespace std::chrono_literals;
using mail::Reject;
namespace frame = mail::frame;

constexpr auto kSoon = 5s;

struct Said {
  Attacker& by;
  Node& as;
  Scene& scene;

  void bytes(ByteView plain, std::uint8_t inner = 0) const { by.say(by.message(plain, inner)); }
  void frame(const mail::Frame& what) const { bytes(mail::encode_frame(what)); }
  void hello() const { bytes(hello_of(as)); }
  void met() const {  // and then any frame may follow
    hello();
    frame(frame::Frontier{});
  }
  // Waits until Ana's node has read what was said.
  bool heard() const { return by.hear(kSoon).has_value(); }
};

enum class End { cut, stands };
struct Case {
  const char* name;
  End end;
  std::map<Reject, std::uint64_t> rose;
  std::function<void(Said)> act;
};

Bytes flipped(Bytes bytes, std::size_t at) {
  bytes.at(at) ^= 1;
  return bytes;
}

// Below the frames: nothing of it reaches a counter, libzmq ends the connection.
std::vector<Case> broken_boxes() {
  return {
      {"the same nonce again",
       End::cut,
       {},
       [](Said said) {
         said.hello();
         --said.by.nonce;
         said.hello();
       }},
      {"a nonce that goes back",
       End::cut,
       {},
       [](Said said) {
         said.hello();
         said.by.nonce = 1;
         said.hello();
       }},
      {"a flipped bit in a box",
       End::cut,
       {},
       [](Said said) { said.by.say(framed(0, flipped(said.by.message_body(as_bytes("words")), 20))); }},
      {"a box without its flags",
       End::cut,
       {},
       [](Said said) { said.by.say(framed(0, ByteView(said.by.message_body({})).first(32))); }},
      {"a plain message", End::cut, {}, [](Said said) { said.by.say(framed(0, hello_of(said.as))); }},
      {"another name on the box",
       End::cut,
       {},
       [](Said said) { said.by.say(framed(0, flipped(said.by.message_body(hello_of(said.as)), 3))); }},
      {"the handshake anew", End::cut, {}, [](Said said) { said.by.say(said.by.hello()); }},
      {"2^62 bytes announced",
       End::cut,
       {},
       [](Said said) {
         said.by.say(Bytes{kLong, 0x40, 0, 0, 0, 0, 0, 0, 0});
       }},
      {"one byte above the largest message",
       End::cut,
       {},
       [](Said said) { said.bytes(Bytes(mail::kMaxFrame + 1, 'x')); }},
  };
}

std::vector<Case> broken_messages() {
  return {
      {"two parts",
       End::cut,
       {{Reject::parts, 1}},
       [](Said said) {
         said.bytes(as_bytes("a"), kInnerMore);
         said.bytes(as_bytes("b"));
       }},
      {"2,001 parts",
       End::cut,
       {{Reject::parts, 1}},
       [](Said said) {
         for (int i = 0; i < 2'000; ++i) said.bytes(as_bytes("part"), kInnerMore);
         said.bytes(as_bytes("the last"));
       }},
      {"no bytes at all", End::cut, {{Reject::malformed, 1}}, [](Said said) { said.bytes({}); }},
      {"noise", End::cut, {{Reject::malformed, 1}}, [](Said said) { said.bytes(Bytes(1'000, 0xff)); }},
      {"a frame before HELLO",
       End::cut,
       {{Reject::protocol, 1}},
       [](Said said) { said.frame(frame::Frontier{}); }},
      {"HELLO twice",
       End::cut,
       {{Reject::protocol, 1}},
       [](Said said) {
         said.hello();
         said.hello();
       }},
      {"HELLO as somebody else",
       End::cut,
       {{Reject::wrong_hello, 1}},
       [](Said said) { said.bytes(hello_of(said.scene.ben)); }},
      {"HELLO with another's device and one's own key",
       End::cut,
       {{Reject::stranger, 1}},
       [](Said said) {
         said.frame(frame::Hello{1, {1}, said.scene.ben.id, said.as.link.pk});
       }},
      {"HELLO as Ana herself",
       End::cut,
       {{Reject::wrong_hello, 1}},
       [](Said said) {
         said.frame(frame::Hello{1, {1}, said.scene.ana.id, said.as.link.pk});
       }},
      {"HELLO of another version",
       End::cut,
       {{Reject::wrong_hello, 1}},
       [](Said said) {
         said.frame(frame::Hello{2, {1}, said.as.id, said.as.link.pk});
       }},
      {"a kind of a newer kith",
       End::stands,
       {{Reject::unsupported, 1}},
       [](Said said) {
         said.met();
         said.bytes(Bytes{0xfa, 0x07, 0x01, 'x'});
       }},
  };
}

std::vector<Case> lies() {
  return {
      {"Ben's word with a flipped bit",
       End::cut,
       {{Reject::unauthentic, 1}},
       [](Said said) {
         Circle& circle = said.scene.circle;
         const auto sequence = said.scene.ben.next;
         const auto before = said.scene.ben.prev;
         const auto word = circle.envelope(said.scene.ben);
         said.scene.ben.next = sequence;  // it was never sent: Ben goes on where he was
         said.scene.ben.prev = before;
         said.met();
         said.frame(frame::Events{{std::string(as_text(flipped(to_bytes(word.event.wire()), 250)))}});
       }},
      {"half an event",
       End::cut,
       {{Reject::malformed, 1}},
       [](Said said) {
         said.met();
         said.frame(frame::Events{{std::string(100, 'x')}});
       }},
      {"a payload nobody asked for",
       End::cut,
       {{Reject::protocol, 1}},
       [](Said said) {
         said.met();
         said.frame(frame::Payloads{{{EventId::zero(), "x"}}, 1});
       }},
      {"a claim of 2^63 events",
       End::stands,
       {},
       [](Said said) {
         said.hello();
         said.frame(frame::Frontier{{{said.scene.ben.id, (1ULL << 63) - 1, Link::zero()}}});
       }},
      {"a request for 256 things that are not there",
       End::stands,
       {},
       [](Said said) {
         said.met();
         frame::Want want;
         for (std::uint8_t i = 0; i < 255; ++i) {
           std::array<std::uint8_t, 32> id{};
           id[0] = i;
           want.items.push_back({EventId(id), std::nullopt, {}});
         }
         said.frame(want);
       }},
      {"false proof of a fork",
       End::stands,
       {{Reject::unauthentic, 1}},
       [](Said said) {
         Circle& circle = said.scene.circle;
         auto store = said.scene.ana.store();
         const auto first = store.event_at(circle.group, said.scene.ben.id, 0).value();
         const auto second = store.event_at(circle.group, said.scene.ben.id, 1).value();
         KITH_ASSERT(first && second);
         said.met();
         said.frame(frame::ForkProof{to_bytes(ByteView(first->wire()).first(256)),
                                     to_bytes(ByteView(second->wire()).first(256))});
       }},
  };
}

class Messages : public testing::Test {
 protected:
  void run(const std::vector<Case>& cases) {
    Scene scene(cases.size());
    std::size_t at = 0;
    for (const Case& one : cases) {
      SCOPED_TRACE(one.name);
      Node& mallory = scene.member(at++);
      Attacker by = scene.attacker(mallory.link);
      ASSERT_TRUE(by.shake_hands());
      one.act({by, mallory, scene});
      EXPECT_EQ(by.cut_within(one.end == End::cut ? kSoon : 700ms), one.end == End::cut);
      by.leave();
      scene.check(one.name, {.rose = one.rose}, {&by});
    }
  }
};

TEST_F(Messages, BrokenBoxesEndTheConnection) { run(broken_boxes()); }
TEST_F(Messages, BrokenFramesAreCountedAndCut) { run(broken_messages()); }
TEST_F(Messages, LiesAreCountedAndChangeNothing) { run(lies()); }

// PING may carry sixteen bytes; what brings 8 MiB of longer ones is cut. libzmq hands SUBSCRIBE over like a
// frame, and it is none.
TEST_F(Messages, CommandsAreBoundedOrEndIt) {
  const Expected silent, much{.rose = {{Reject::too_fast, 1}}},
      refused{.rose = {{Reject::malformed, 1}, {Reject::not_authorised, 0}}, .at_least = true};
  const struct {
    const char* name;
    Bytes command;
    const Expected& expected;
  } commands[] = {
      {"PING with 100 KiB", named("PING", joined({Bytes{0, 100}, Bytes(100 << 10, 'p')})), much},
      {"PING cut short", named("PING", {}), silent},
      {"a name longer than the command", Bytes{200}, silent},
      {"SUBSCRIBE", named("SUBSCRIBE", Bytes(1'000, 's')), refused},
      {"one nobody knows", named("HURRAY", Bytes(1'000, 'h')), silent},
  };
  Scene scene(std::size(commands));
  std::size_t at = 0;
  for (const auto& [name, command, expected] : commands) {
    SCOPED_TRACE(name);
    Attacker by = scene.attacker(scene.member(at++).link);
    ASSERT_TRUE(by.shake_hands());
    int said = 0;
    while (said < 2'000 && by.say(by.message(command, kInnerCommand))) ++said;
    by.reset();
    scene.check(name, expected, {&by});
  }
}

// 1,500 frames are within what a key may send at once. Hanging up and calling again gives no more.
TEST_F(Messages, CallingAgainGivesNoNewAllowance) {
  Scene scene(1);
  Node& mallory = scene.member(0);
  const Bytes nothing = mail::encode_frame(frame::Credit{0});
  for (int call = 0; call < 4; ++call) {
    Attacker by = scene.attacker(mallory.link);
    if (!by.shake_hands()) break;  // kept out, as it should be
    Said{by, mallory, scene}.met();
    for (int i = 0; i < 1'500 && !by.closed(); ++i) by.say(by.message(nothing));
    by.hear(300ms);
    by.leave();
  }
  scene.check("four calls", {.rose = {{Reject::too_fast, 1}, {Reject::not_authorised, 0}}, .at_least = true},
              {});
}

// Nobody but the readers can tell a request from other words, so what bounds them is the day: its first two
// hundred of a member are taken, however often the others are brought.
TEST_F(Messages, AThousandWordsOfADayEndAtTwoHundred) {
  Scene scene(1);
  Node& mallory = scene.member(0);
  frame::Events first, others;
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    const auto word = scene.circle.envelope(mallory);
    (i < mail::kMaxEventsPerDay ? first : others).events.emplace_back(as_text(word.event.wire()));
  }
  for (const auto* part : {&first, &others, &others}) {
    Attacker by = scene.attacker(mallory.link);
    ASSERT_TRUE(by.shake_hands());
    const Said said{by, mallory, scene};
    said.met();
    said.frame(*part);
    EXPECT_FALSE(by.cut_within(700ms));
    by.leave();
  }
  const auto head = scene.ana.store().head(scene.circle.group, mallory.id).value();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->seq + 1, mail::kMaxEventsPerDay);
  scene.check("a thousand words", {.rose = {{Reject::too_many, 2}}, .same_picture = false}, {});
}

// A member opens many connections and talks on all: its own give way, nobody else's.
TEST_F(Messages, ManyConnectionsOfOneKeyCrowdOutNobody) {
  Scene scene(1);
  Node& mallory = scene.member(0);
  std::vector<std::unique_ptr<Attacker>> all;
  for (int i = 0; i < 40; ++i) {
    all.push_back(std::make_unique<Attacker>(scene.ana.port, scene.ana.link.pk, mallory.link));
    ASSERT_TRUE(all.back()->shake_hands());
    Said{*all.back(), mallory, scene}.met();
    ASSERT_TRUE(all.back()->hear(kSoon));
  }
  const auto open = [&] {
    return std::ranges::count_if(all, [](const auto& one) { return !one->cut_within(20ms); });
  };
  EXPECT_TRUE(eventually([&] { return open() <= static_cast<long>(net::kMaxLinksOfOneKey); }, kSoon))
      << open();
  EXPECT_EQ(scene.ana.status().connected(), 2U) << "Ben and this one";
  for (const auto& one : all) one->leave();
  scene.check("forty connections", {}, {});
}

// It asks for all there is and reads nothing of it. What it is owed waits within its bounds; the others are
// served.
TEST_F(Messages, APeerThatReadsNothingHoldsUpNobody) {
  Scene scene(1);
  Node& mallory = scene.member(0);
  std::vector<frame::WantItem> all;
  for (int i = 0; i < 40; ++i) {
    const auto word = scene.circle.envelope(scene.ana);
    scene.circle.store(scene.ana, word);
    all.push_back({word.event.id(), std::nullopt, {}});
  }
  scene.ana.wake();
  scene.honest_sync();
  Attacker by = scene.attacker(mallory.link);
  by.read_nothing_more();
  ASSERT_TRUE(by.shake_hands());
  const Said said{by, mallory, scene};
  said.met();
  for (int i = 0; i < 300; ++i) said.frame(frame::Want{all, 0});
  scene.honest_sync();
  scene.honest_sync();
  by.reset();
  scene.check(
      "reads nothing",
      {.rose = {{Reject::too_many, 0}, {Reject::not_authorised, 0}}, .at_least = true, .same_picture = false},
      {&by});
}

}  // namespace
}  // namespace kith::hostile
