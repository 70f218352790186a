#include "tests/hostile/cases.h"

#include <gtest/gtest.h>

namespace kith::hostile {
namespace {

using namespace std::chrono_literals;
using mail::Reject;
namespace frame = mail::frame;

Bytes flipped(Bytes bytes, std::size_t at) {
  bytes.at(at) ^= 1;
  return bytes;
}

}  // namespace

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

void run_cases(Scene& scene, const std::vector<Case>& cases, const Caller& caller) {
  std::size_t at = 0;
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    Node& mallory = scene.member(at);
    const auto by = caller(at++);
    ASSERT_TRUE(by->shake_hands());
    one.act({*by, mallory, scene});
    EXPECT_EQ(by->cut_within(one.end == End::cut ? kSoon : 700ms), one.end == End::cut);
    by->leave();
    scene.check(one.name, {.rose = one.rose}, {by.get()});
  }
}

}  // namespace kith::hostile
