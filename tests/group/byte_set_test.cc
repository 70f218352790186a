// Byte-set determinism: the same wire bytes in any order, with junk, forks and second signatures among them,
// come to the same accepted acts, the same state and the same evidence. Every order of so many strings.
#include <cstdio>
#include <cstdlib>

#include "tests/group/kit.h"
#include "tests/group/state_text.h"
#include "tests/support/sign_again.h"
#include "tests/support/toy_store.h"

namespace kith {
namespace {

// KITH_BOUND: how many strings change places, in a long run; at most as many as there are.
std::size_t bound(std::size_t usual, std::size_t most) {
  const char* given = std::getenv("KITH_BOUND");
  return std::min(most, given == nullptr ? usual : static_cast<std::size_t>(std::atoi(given)));
}

mail::Event with_a_flipped_bit(const mail::Event& event) {
  Bytes wire = to_bytes(event.wire());
  wire[mail::kHeaderSize + 5] ^= 4;
  return *mail::Event::parse(wire);
}

// Calls `visit` for every order of 0..count-1.
template <class Visit>
void every_order(std::size_t count, Visit visit) {
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  do visit(order);
  while (std::next_permutation(order.begin(), order.end()));
}

// ---- acts ------------------------------------------------------------------------------------------------

// L leads and says two things on one place; X is a co-leader; M leaves while being removed.
struct Quarrel {
  Quarrel() {
    w.found({&l}, group::Mode::led);
    w.agree(l, {&l});
    w.join(l, x);
    w.join(l, m);
    w.act(l, group::Promote{x.member, group::Role::co_leader});
    const auto heads = w.heads();
    trunk = w.events;
    const group::Cut of_m = w.cut(m), of_x = w.cut(x);
    const auto before = l.at;
    const auto removal = w.act(l, group::Remove{m.member, {of_m}}, heads);
    const auto demotion = w.act(l, group::Demote{x.member, {of_x}}, {removal.id()});
    l.at = before;
    const auto other = w.act(l, group::Suspend{x.member, {of_x}}, heads);
    const auto again = test::signed_again(removal, l.sign.seed, 7);
    EXPECT_TRUE(again.verify(l.sign.pk)) << "as good a signature as the first";
    EXPECT_NE(again.link(), removal.link());
    const auto leaving = w.act(m, group::Leave{}, heads);
    const auto suspension = w.act(x, group::Suspend{m.member, {of_m}}, heads);
    group::test::World elsewhere(99);
    group::test::Device stranger = elsewhere.device();
    strings = {removal,
               other,
               again,
               leaving,
               demotion,
               with_a_flipped_bit(leaving),
               suspension,
               elsewhere.found({&stranger}, group::Mode::peer),
               with_a_flipped_bit(other)};
    proofs = {{removal, other}, {removal, again}, {other, again}};
  }
  group::test::World w{62};
  group::test::Device l = w.device(), x = w.device(), m = w.device();
  std::vector<mail::Event> trunk, strings;
  std::vector<std::pair<mail::Event, mail::Event>> proofs;
};

std::string evidence(const group::GroupRoster& roster) {
  std::string text;
  for (const auto& proof : roster.uncarried()) {
    const auto first = mail::parse_signed_header(proof.first);
    text += "fork " + first->header.device.hex() + " at " + std::to_string(first->header.seq) + "\n";
  }
  return text;
}

TEST(ByteSet, OfActsHasOneStateInEveryOrder) {
  const Quarrel quarrel;
  const std::size_t moving = bound(5, quarrel.strings.size());
  std::string expected;
  std::size_t orders = 0;
  const auto header = [](const mail::Event& event) {
    return *mail::parse_signed_header(event.signed_bytes());
  };
  every_order(moving, [&](const std::vector<std::size_t>& order) {
    if (testing::Test::HasFailure()) return;
    std::vector<mail::Event> events;
    for (const std::size_t i : order) events.push_back(quarrel.strings[i]);
    events.insert(events.end(), quarrel.strings.begin() + static_cast<std::ptrdiff_t>(moving),
                  quarrel.strings.end());
    const bool trunk_last = orders % 2 == 1;
    events.insert(trunk_last ? events.end() : events.begin(), quarrel.trunk.begin(), quarrel.trunk.end());
    group::GroupRoster roster(quarrel.w.group, {});
    for (std::size_t i = 0; i < events.size(); ++i) {
      roster.learn(std::span(events).subspan(i, 1));
      if (i == orders % events.size()) static_cast<void>(roster.state());  // whoever asks changes nothing
    }
    for (std::size_t i = 0; i < quarrel.proofs.size(); ++i) {
      const auto& [first, second] = quarrel.proofs[(i + orders) % quarrel.proofs.size()];
      roster.fork(header(first), header(second));
    }
    const auto state = roster.state();
    std::string accepted;
    for (const auto& id : state->accepted) accepted += id.hex() + "\n";
    const std::string now = group::test::text_of(*state) + accepted + evidence(roster);
    if (orders++ == 0) expected = now;
    ASSERT_EQ(now, expected) << "order " << orders;
  });
  std::printf("%zu orders of %zu strings of acts\n", orders, moving);
  const auto l = "device " + quarrel.l.id.hex().substr(0, 10);
  const auto line =
      expected.substr(expected.find(l), expected.find('\n', expected.find(l)) - expected.find(l));
  EXPECT_NE(line.find("forked 1"), std::string::npos) << expected;
  EXPECT_GE(orders, 120U);
}

// ---- logs ------------------------------------------------------------------------------------------------

struct Mail {
  Mail() {
    const auto word = ana.envelope();
    const auto taken_back = ana.tomb({word.id()});
    const auto said = ben.envelope();
    const auto before = cleo.next();
    const auto one = cleo.control("one");
    auto other = before;
    const Bytes body = to_bytes(as_bytes("two"));
    other.bind = mail::body_bind(body);
    other.length = static_cast<std::uint32_t>(body.size());
    strings = {word,
               cleo.sign(other, body),
               one,
               taken_back,
               test::signed_again(one, cleo.keys.seed, 9),
               said,
               with_a_flipped_bit(said),
               with_a_flipped_bit(word)};
  }
  test::Author ana{1}, ben{2}, cleo{3};
  std::vector<mail::Event> strings;
};

TEST(ByteSet, OfLogsHasOneStoreInEveryOrder) {
  const Mail mail;
  const std::size_t moving = bound(6, mail.strings.size() + 1) - 1;
  std::string expected;
  std::size_t orders = 0;
  every_order(moving, [&](const std::vector<std::size_t>& order) {
    if (testing::Test::HasFailure()) return;
    test::ToyStore node;
    for (const auto* author : {&mail.ana, &mail.ben, &mail.cleo}) node.roster.add(*author);
    std::vector<mail::Event> events;
    for (const std::size_t i : order) events.push_back(mail.strings[i]);
    events.insert(events.end(), mail.strings.begin() + static_cast<std::ptrdiff_t>(moving),
                  mail.strings.end());
    for (std::size_t stored = 1; stored > 0;) {  // as peers send again what was not taken
      stored = 0;
      for (const auto& event : events) stored += node.append(event).stored;
      node.check_all();
    }
    std::string now;
    for (const auto& [device, head] : node.heads())
      now += device.hex() + " " + std::to_string(head.first) + " " +
             (device == mail.cleo.id ? "forked" : head.second.hex()) + "\n";
    const auto forks = node.store.forks(test::kToyGroup, 0, 10).value();
    for (const auto& fork : forks)
      now += "fork " + fork.first.header.device.hex() + " at " + std::to_string(fork.first.header.seq) + "\n";
    now += "erased " + std::to_string(node.store.tombstoned(mail.strings[0].id()).value());
    now += " judged " + std::to_string(node.roster.forked.contains(mail.cleo.id));
    if (orders++ == 0) expected = now;
    ASSERT_EQ(now, expected) << "order " << orders;
  });
  std::printf("%zu orders of %zu strings of logs\n", orders, moving);
  EXPECT_NE(expected.find("fork " + mail.cleo.id.hex() + " at 0"), std::string::npos) << expected;
  EXPECT_NE(expected.find("erased 1 judged 1"), std::string::npos) << expected;
}

}  // namespace
}  // namespace kith
