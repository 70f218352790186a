// The handshake broken at every step, by somebody without a key, with a stolen public key, and with a
// member's.
#include <gtest/gtest.h>
#include <sodium.h>

#include <functional>
#include <memory>
#include <thread>

#include "net/limits.h"
#include "tests/hostile/scene.h"

namespace kith::hostile {
namespace {

using namespace std::chrono_literals;

// The listening side gives a handshake five seconds; then, whatever else, the connection must be gone.
constexpr auto kCut = net::kHandshake + 1500ms;

using Step = std::function<void(Attacker&)>;
struct Case {
  const char* name;
  Step act;
};

// Up to the WELCOME, as it should be.
bool welcomed(Attacker& by) { return by.greet() && by.say(by.hello()) && by.take_welcome(); }

Step greet_as(Bytes bytes) {
  return [bytes](Attacker& by) {
    by.say(bytes);
    by.say(by.hello());
  };
}
Step hello_changed(std::function<void(Bytes&)> change, std::uint8_t flags = kCommand) {
  return [=](Attacker& by) {
    by.greet();
    Bytes body = by.hello_body();
    change(body);
    by.say(framed(flags, body));
  };
}
Step initiate_changed(std::function<void(Bytes&)> change, std::uint8_t flags = kCommand) {
  return [=](Attacker& by) {
    if (!welcomed(by)) return;
    Bytes body = by.initiate_body(usual_metadata());
    change(body);
    by.say(framed(flags, body));
  };
}
Step initiate_with(Bytes metadata) {
  return [=](Attacker& by) {
    if (welcomed(by)) by.say(framed(kCommand, by.initiate_body(metadata)));
  };
}
Step instead_of_hello(Bytes bytes) {
  return [=](Attacker& by) {
    by.greet();
    by.say(bytes);
  };
}

constexpr std::size_t kHelloKey = 80, kHelloBox = 120;         // where they begin in a HELLO's body
constexpr std::size_t kCookie = 9, kInitiateBox = 9 + 96 + 8;  // in an INITIATE's

std::vector<Case> broken_steps(const crypto::LinkKeypair& stolen_pk) {
  const auto flip = [](std::size_t at) { return [at](Bytes& body) { body.at(at) ^= 1; }; };
  return {
      {"greeting: a wrong signature", greet_as([] {
         Bytes bytes = greeting();
         bytes[9] = 0x7e;
         return bytes;
       }())},
      {"greeting: ZMTP 2", greet_as(greeting("CURVE", 2))},
      {"greeting: NULL, then a HELLO", greet_as(greeting("NULL"))},
      {"greeting: a mechanism of twenty letters", greet_as(greeting("CURVECURVECURVECURVE"))},
      {"HELLO: one byte short", hello_changed([](Bytes& body) { body.pop_back(); })},
      {"HELLO: one byte long", hello_changed([](Bytes& body) { body.push_back(0); })},
      {"HELLO: version 2", hello_changed([](Bytes& body) { body.at(6) = 2; })},
      {"HELLO: a key of zeros",
       hello_changed([](Bytes& body) { std::fill_n(body.begin() + kHelloKey, 32, std::uint8_t{0}); })},
      {"HELLO: a key of low order", hello_changed([](Bytes& body) {
         std::fill_n(body.begin() + kHelloKey, 32, std::uint8_t{0});
         body.at(kHelloKey) = 1;
       })},
      {"HELLO: a flipped bit in its box", hello_changed(flip(kHelloBox + 3))},
      {"HELLO: as a message", hello_changed([](Bytes&) {}, 0)},
      {"HELLO: as the first of several parts", hello_changed([](Bytes&) {}, kMore)},
      {"HELLO: twice",
       [](Attacker& by) {
         by.greet();
         const Bytes hello = by.hello();
         by.say(hello);
         by.say(hello);
       }},
      {"no HELLO but a READY", instead_of_hello(framed(kCommand, named("READY", usual_metadata())))},
      {"no HELLO but an ERROR", instead_of_hello(framed(kCommand, named("ERROR", Bytes{3, '4', '0', '0'})))},
      {"no HELLO but an empty command", instead_of_hello(framed(kCommand, {}))},
      {"no HELLO but reserved flags", instead_of_hello(framed(0xf8, Bytes(200)))},
      {"INITIATE: before any WELCOME",
       [](Attacker& by) {
         by.greet();
         by.cookie = Bytes(96);
         by.say(by.initiate());
       }},
      {"INITIATE: a forged cookie", initiate_changed(flip(kCookie + 20))},
      {"INITIATE: a flipped bit in its box", initiate_changed(flip(kInitiateBox + 40))},
      {"INITIATE: cut short", initiate_changed([](Bytes& body) { body.resize(kInitiateBox + 10); })},
      {"INITIATE: as a message", initiate_changed([](Bytes&) {}, 0)},
      {"INITIATE: the vouch is for another server",
       [stolen_pk = stolen_pk.pk](Attacker& by) {
         if (welcomed(by)) by.say(framed(kCommand, by.initiate_body(usual_metadata(), by.vouch(stolen_pk))));
       }},
      {"INITIATE: the vouch is zeros",
       [](Attacker& by) {
         if (welcomed(by)) by.say(framed(kCommand, by.initiate_body(usual_metadata(), Bytes(96))));
       }},
      {"INITIATE: a member's key that is only known",
       [stolen_pk = stolen_pk.pk](Attacker& by) {
         by.claims = stolen_pk;
         if (welcomed(by)) by.say(by.initiate());
       }},
      {"INITIATE: 200 KiB of properties", initiate_with([] {
         Bytes metadata = usual_metadata();
         for (int i = 0; i < 800; ++i) append(metadata, property("X-" + std::to_string(i), Bytes(256, 'x')));
         return metadata;
       }())},
      {"a MESSAGE before INITIATE",
       [](Attacker& by) {
         if (welcomed(by)) by.say(by.message(as_bytes("let me in")));
       }},
      {"a MESSAGE right behind INITIATE",
       [](Attacker& by) {
         if (!welcomed(by)) return;
         by.say(by.initiate());
         by.say(by.message(as_bytes("let me in")));
       }},
      {"a stranger, all as it should be", [](Attacker& by) { by.shake_hands(); }},
  };
}

// Every case at once, each on a connection of its own; the listening side must end them all.
TEST(Handshake, BrokenAtAnyStepItEndsAndNothingIsHeard) {
  Scene scene(1);
  crypto::SystemRandom random;
  const auto stranger = crypto::link_keypair(random);
  const auto cases = broken_steps(scene.member(0).link);
  std::vector<std::unique_ptr<Attacker>> attackers;
  std::vector<std::thread> threads;
  std::vector<char> cut(cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    attackers.push_back(std::make_unique<Attacker>(scene.ana.port, scene.ana.link.pk, stranger));
    threads.emplace_back([&, i] {
      cases[i].act(*attackers[i]);
      cut[i] = attackers[i]->cut_within(kCut);
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_TRUE(cut[i]) << cases[i].name << ": the connection stands";
    EXPECT_EQ(attackers[i]->messages_heard(), 0U) << cases[i].name;
    EXPECT_FALSE(holds_canary(attackers[i]->heard())) << cases[i].name;
  }
  scene.check("all of them", {}, {});
}

// A member's key and odd properties: the connection ends or the properties are ignored, and it is that
// member, no other.
TEST(Handshake, PropertiesOfAMemberChangeNothing) {
  const std::pair<const char*, Bytes> all[] = {
      {"none", {}},
      {"another socket type", property("Socket-Type", as_bytes("PUB"))},
      {"the socket type twice", joined({usual_metadata(), property("Socket-Type", as_bytes("ROUTER"))})},
      {"a user id of its own", joined({usual_metadata(), property("User-Id", as_bytes("ben"))})},
      {"a name of no letters", joined({usual_metadata(), property("", as_bytes("x"))})},
      {"the identity of 255 bytes",
       joined({property("Socket-Type", as_bytes("DEALER")), property("Identity", Bytes(255, 'i'))})},
      {"the identity of 300 bytes",
       joined({property("Socket-Type", as_bytes("DEALER")), property("Identity", Bytes(300, 'i'))})},
      {"an identity that begins with zero",
       joined({property("Socket-Type", as_bytes("DEALER")), property("Identity", Bytes{0, 1, 2, 3, 4})})},
      {"a length beyond the end", joined({usual_metadata(), named("X", Bytes{0x7f, 0xff, 0xff, 0xff})})},
      {"200 KiB", joined({usual_metadata(), property("X", Bytes(200 << 10, 'x'))})},
      {"noise", Bytes(500, 0xff)},
  };
  Scene scene(std::size(all));
  std::size_t at = 0;
  std::uint64_t heard_as_itself = 0;
  for (const auto& [name, metadata] : all) {
    SCOPED_TRACE(name);
    Node& mallory = scene.member(at++);
    Attacker by = scene.attacker(mallory.link);
    ASSERT_TRUE(welcomed(by));
    by.say(framed(kCommand, by.initiate_body(metadata)));
    if (!by.take_ready(1s)) continue;
    // It claims to be Ben. The port knows whose key it proved.
    by.say(by.message(hello_of(scene.ben)));
    EXPECT_TRUE(by.cut_within(5s));
    EXPECT_FALSE(holds_canary(by.heard()));
    ++heard_as_itself;
  }
  EXPECT_GE(heard_as_itself, 1U) << "or nobody got so far";
  scene.check("all of them", {.rose = {{mail::Reject::wrong_hello, heard_as_itself}}}, {});
}

// What a removed member's key is told: no, and for good. Nothing follows.
TEST(Handshake, ARemovedMembersKeyEndsAtInitiate) {
  Scene scene(1);
  scene.circle.remove(scene.ana, scene.member(0));
  scene.ana.wake();
  const auto known = [&] { return scene.ana.status().known() == 1; };
  ASSERT_TRUE(eventually(known, 5s));
  Attacker by = scene.attacker(scene.member(0).link);
  EXPECT_FALSE(by.shake_hands());
  by.say(by.message(hello_of(scene.member(0))));
  EXPECT_TRUE(by.cut_within(kCut));
  EXPECT_EQ(by.messages_heard(), 0U);
  scene.check("removed", {.same_picture = false}, {&by});
}

}  // namespace
}  // namespace kith::hostile
