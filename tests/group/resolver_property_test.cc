#include <array>
#include <cstdio>

#include "tests/group/random_group.h"
#include "tests/group/state_text.h"
#include "tests/support/bound.h"

namespace kith::group::test {
namespace {

// KITH_BOUND: how many graphs of each mode, in a long run.
std::uint64_t graphs(std::size_t usual) { return kith::test::bound(usual); }

void shuffle(std::vector<mail::Event>& events, Seeded& random) {
  for (std::size_t i = events.size(); i > 1; --i)
    std::swap(events[i - 1], events[random.below(static_cast<std::uint32_t>(i))]);
}

class InEachMode : public ::testing::TestWithParam<Mode> {};

// I4: the state depends on the set alone, however it arrives and whatever was asked in between.
TEST_P(InEachMode, AnyOrderWithAnyQuestionsBetweenComesToTheSameState) {
  std::array<std::size_t, std::variant_size_v<Act>> accepted{};
  std::size_t forked = 0, out = 0;
  for (std::uint64_t seed = 1; seed <= graphs(40); ++seed) {
    RandomGroup group(GetParam(), seed, (GetParam() == Mode::led ? 8 : 16) + seed % 12);
    auto& w = group.w;
    const auto whole = resolve(w.group, w.events);
    ASSERT_TRUE(whole) << seed;
    const std::string expected = text_of(*whole);
    auto events = w.events;
    shuffle(events, w.random);
    const auto other = resolve(w.group, events);
    ASSERT_TRUE(other);
    ASSERT_EQ(text_of(*other), expected) << "seed " << seed;
    ASSERT_EQ(state_digest(*other), state_digest(*whole));
    const bool in_log_order = seed % 2 == 0;  // as mail brings it, or as nobody should
    GroupRoster roster(w.group, {});
    const auto& arriving = in_log_order ? w.events : events;
    for (std::size_t i = 0; i < arriving.size();) {
      const std::size_t some = std::min<std::size_t>(1 + w.random.below(6), arriving.size() - i);
      roster.learn(std::span(arriving).subspan(i, some));
      i += some;
      if (i >= group.trunk && w.random.below(5) == 0) static_cast<void>(roster.state());
      if (w.random.below(20) == 0) roster.learn(std::span(arriving).first(i));  // again
    }
    const auto now = roster.state();
    ASSERT_EQ(text_of(*now), expected) << "seed " << seed;
    for (std::size_t i = group.trunk; i < w.events.size(); ++i)
      if (w.events[i].header().kind == mail::Kind::ctl && whole->accepted.contains(w.events[i].id()))
        ++accepted[parse_control(w.events[i].body())->act.index()];
    for (const auto& [id, device] : whole->devices) forked += device.forked ? 1 : 0;
    for (const auto& [id, member] : whole->members) out += member.status == Status::active ? 0 : 1;
  }
  std::size_t kinds = 0;  // the generator must reach most of the acts that this mode knows
  for (std::size_t kind = 1; kind + 2 < accepted.size(); ++kind) kinds += accepted[kind] > 0 ? 1 : 0;
  EXPECT_GE(kinds, GetParam() == Mode::led ? 11 : 8) << kinds;
  std::printf("%zu graphs: %zu forked devices, %zu out\n", static_cast<std::size_t>(graphs(40)), forked, out);
  EXPECT_GE(forked, 2);
  EXPECT_GE(out, 4);
}
INSTANTIATE_TEST_SUITE_P(Resolver, InEachMode, ::testing::Values(Mode::led, Mode::pair, Mode::peer));

std::string now(const GroupRoster& roster) {
  const auto state = roster.state();
  return text_of(*state);
}

// What a failed append taught: whatever it was, and whatever was asked before, it leaves nothing behind.
TEST_P(InEachMode, WhatIsUnlearnedIsAsIfItHadNeverCome) {
  std::size_t differed = 0;
  for (std::uint64_t seed = 7'000; seed < 7'000 + graphs(20); ++seed) {
    RandomGroup group(GetParam(), seed, 12 + seed % 8);
    auto& w = group.w;
    GroupRoster roster(w.group, w.events);
    const std::string whole = now(roster);
    ASSERT_TRUE(roster.learn(w.events).empty()) << "everything was known";
    std::set<Link> gone;
    std::vector<mail::Event> rest;
    for (std::size_t i = 0; i < w.events.size(); ++i) {
      const bool goes = i > 0 && w.random.below(i < group.trunk ? 12 : 3) == 0;
      if (goes) gone.insert(w.events[i].link());
      if (!goes) rest.push_back(w.events[i]);
    }
    roster.unlearn(gone);
    const GroupRoster never(w.group, rest);
    const std::string expected = now(never);
    ASSERT_EQ(now(roster), expected) << "seed " << seed;
    ASSERT_EQ(roster.past_bytes(), never.past_bytes());
    ASSERT_EQ(roster.waiting_for(w.events), never.waiting_for(w.events)) << "seed " << seed;
    for (const auto& device : group.devices)
      ASSERT_EQ(roster.sign_key(device.id), never.sign_key(device.id)) << "seed " << seed;
    differed += expected == whole ? 0 : 1;
    ASSERT_EQ(roster.learn(w.events), gone);
    ASSERT_EQ(now(roster), whole) << "seed " << seed;
    roster.unlearn(std::set<Link>{w.events.front().link()});  // the beginning
    ASSERT_FALSE(roster.sign_key(group.devices[0].id)) << "seed " << seed;
    roster.learn(std::span(w.events).first(1));
    ASSERT_EQ(now(roster), whole) << "seed " << seed;
  }
  EXPECT_GT(differed, graphs(20) / 2);
}

int class_of(const State& state, const mail::Event& event) {
  const auto found = state.accepted_class.find(event.id());
  return found == state.accepted_class.end() ? -1 : found->second;
}

// I5: what a class decided is not undone by more acts of lower classes.
TEST(Resolver, NoProtectiveActIsUndoneButByAStrictlyHigherClass) {
  std::size_t undone = 0;
  for (std::uint64_t seed = 5'000; seed < 5'000 + graphs(30); ++seed) {
    RandomGroup group(seed % 3 == 0 ? Mode::pair : Mode::led, seed, 20, true);
    auto& w = group.w;
    const auto after = resolve(w.group, w.events);
    ASSERT_TRUE(after);
    for (std::size_t size = group.trunk + 4; size + 1 < w.events.size(); size += 5) {
      const auto before = resolve(w.group, std::span(w.events).first(size));
      ASSERT_TRUE(before);
      int highest = -1;  // class of the best act that was added
      for (std::size_t i = size; i < w.events.size(); ++i)
        highest = std::max(highest, class_of(*after, w.events[i]));
      for (std::size_t i = 0; i < size; ++i) {
        if (w.events[i].header().kind != mail::Kind::ctl) continue;
        const auto body = parse_control(w.events[i].body());
        const bool protects =
            std::holds_alternative<Remove>(body->act) || std::holds_alternative<Suspend>(body->act) ||
            std::holds_alternative<Demote>(body->act) || std::holds_alternative<DeviceRevoke>(body->act) ||
            std::holds_alternative<Leave>(body->act);
        const int was = class_of(*before, w.events[i]);
        if (!protects || was < 0 || class_of(*after, w.events[i]) >= was) continue;
        ++undone;
        EXPECT_GT(highest, was) << "seed " << seed << " at " << size;
      }
    }
  }
  std::printf("%zu graphs: %zu undone\n", static_cast<std::size_t>(graphs(30)), undone);
  EXPECT_GT(undone, 0);  // the generator does reach what the rule is about
}

}  // namespace
}  // namespace kith::group::test
