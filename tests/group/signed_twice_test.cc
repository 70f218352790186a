// One event with two valid signatures is two acts of one id. Whoever has the keys can make any number of
// them, at any time: what rests on the event must not change with that.
#include <functional>

#include "tests/group/random_group.h"
#include "tests/group/rules.h"
#include "tests/group/signed_again.h"
#include "tests/group/state_text.h"

namespace kith::group::test {
namespace {

std::string now(const GroupRoster& roster) {
  const auto state = roster.state();
  return text_of(*state);
}

void shuffle(std::vector<mail::Event>& events, Seeded& random) {
  for (std::size_t i = events.size(); i > 1; --i)
    std::swap(events[i - 1], events[random.below(static_cast<std::uint32_t>(i))]);
}

// A random group, of whose acts some were signed twice.
struct Mixed {
  Mixed(Mode mode, std::uint64_t seed) : group(mode, seed, 14 + seed % 10), events(group.w.events) {
    auto& w = group.w;
    for (std::size_t i = group.trunk; i < w.events.size(); ++i) {
      if (w.random.below(4) != 0) continue;
      const auto by = std::ranges::find(group.devices, w.events[i].header().device, &Device::id);
      events.push_back(again(w.events[i], by->sign.seed, w.random.below(2) == 0));
    }
  }
  RandomGroup group;
  std::vector<mail::Event> events;
};

class SignedTwice : public ::testing::TestWithParam<Mode> {};

TEST_P(SignedTwice, ComesToTheSameInAnyOrder) {
  for (std::uint64_t seed = 500; seed < 508; ++seed) {
    Mixed mixed(GetParam(), seed);
    auto& w = mixed.group.w;
    const GroupRoster whole(w.group, mixed.events);
    for (int round = 0; round < 3; ++round) {
      shuffle(mixed.events, w.random);
      GroupRoster roster(w.group, {});
      for (const auto& event : mixed.events) {
        roster.learn(std::span(&event, 1));
        if (w.random.below(8) == 0) static_cast<void>(roster.state());
      }
      ASSERT_EQ(now(roster), now(whole)) << "seed " << seed;
      for (const auto& device : mixed.group.devices)
        ASSERT_EQ(roster.sign_key(device.id), whole.sign_key(device.id)) << "seed " << seed;
    }
  }
}

TEST_P(SignedTwice, IsUnlearnedAsIfItHadNeverCome) {
  for (std::uint64_t seed = 100; seed < 108; ++seed) {
    Mixed mixed(GetParam(), seed);
    auto& w = mixed.group.w;
    GroupRoster roster(w.group, {});
    std::set<Link> in;
    for (int round = 0; round < 6; ++round) {
      shuffle(mixed.events, w.random);
      for (const auto& event : mixed.events) {
        if (in.contains(event.link()) || w.random.below(2) != 0) continue;
        in.insert(event.link());
        roster.learn(std::span(&event, 1));
        if (w.random.below(6) == 0) static_cast<void>(roster.state());
      }
      std::vector<mail::Event> rest;
      std::set<Link> gone;
      for (const auto& event : mixed.events) {
        if (!in.contains(event.link())) continue;
        if (w.random.below(5) == 0) {
          gone.insert(event.link());
          in.erase(event.link());
        } else {
          rest.push_back(event);
        }
      }
      roster.unlearn(gone);
      const GroupRoster never(w.group, rest);
      ASSERT_EQ(now(roster), now(never)) << "seed " << seed << " round " << round;
      ASSERT_EQ(roster.waiting_for(mixed.events), never.waiting_for(mixed.events)) << "seed " << seed;
      for (const auto& device : mixed.group.devices)
        ASSERT_EQ(roster.sign_key(device.id), never.sign_key(device.id)) << "seed " << seed;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Modes, SignedTwice, ::testing::Values(Mode::led, Mode::pair, Mode::peer));

class Resigned : public Rules {
 protected:
  // Two acts on one place; returns the second.
  template <class Second>
  mail::Event fork(Device& device, const Second& second) {
    const auto seen = w.heads();
    const Place place = device.at;
    w.act(device, StepBack{}, seen);
    device.at = place;
    return second(seen);
  }
  // What a running program knows, to which `late` came last, and one that was started with all of it.
  void expect_the_same(const mail::Event& late, const std::function<void(const GroupRoster&)>& expect) {
    GroupRoster running(w.group, w.events);
    static_cast<void>(running.state());
    running.learn(std::span(&late, 1));
    auto all = w.events;
    all.insert(all.begin(), late);
    const GroupRoster started(w.group, all);
    for (const auto* device : {&p, &x, &m, &n})
      EXPECT_EQ(running.sign_key(device->id), started.sign_key(device->id));
    EXPECT_EQ(now(running), now(started));
    expect(running);
    expect(started);
  }
};

// A co-leader's log forked, a cut named the branch, and the co-leader signs the named act again.
TEST_F(Resigned, TheActThatACutNamedKeepsWhatRestsOnIt) {
  const auto named = fork(x, [&](const auto& seen) { return w.act(x, Return{}, seen); });
  const auto suspend = w.act(l, Suspend{x.member, {World::cut_at(named)}}, w.heads());
  w.act(l, Unsuspend{x.member, {suspend.id()}, {{x.id, x.at.next}}});
  w.admit(x, w.invite(x, w.heads()), p, w.heads());
  ASSERT_TRUE(w.state().active(p.member));
  w.act(p, StepBack{});
  const auto honest = w.act(l, Session{1, true});  // built on that
  for (const bool smaller : {true, false})
    expect_the_same(again(named, x.sign.seed, smaller), [&](const GroupRoster& roster) {
      const auto state = roster.state();
      EXPECT_TRUE(state->active(p.member));
      EXPECT_TRUE(state->accepted.contains(honest.id())) << "the leader's act would wait for ever";
    });
}

// A plain member, with devices of their own alone.
TEST_F(Resigned, NobodyUndoesTheirRemovalByASecondSignature) {
  Device m2 = w.device(), m3 = w.device(), m4 = w.device();
  w.act(m, Return{});
  w.add_device(m, m2, w.heads());
  const auto named = fork(m, [&](const auto& seen) { return w.add_device(m, m3, seen); });
  w.act(m2, DeviceRevoke{m.id, World::cut_at(named), {}}, w.heads());
  w.add_device(m3, m4, w.heads());
  ASSERT_TRUE(w.state().active(m4.id));
  w.act(m4, StepBack{});
  std::vector<Cut> all_of_m{World::cut_at(named), w.cut(m2), w.cut(m3), w.cut(m4)};
  std::ranges::sort(all_of_m, {}, &Cut::device);
  const auto removal = w.act(l, Remove{m.member, all_of_m});
  ASSERT_TRUE(counts(removal));
  for (const bool smaller : {true, false})
    expect_the_same(again(named, m.sign.seed, smaller), [&](const GroupRoster& roster) {
      const auto state = roster.state();
      EXPECT_EQ(state->members.at(m.member).status, Status::removed);
      EXPECT_TRUE(state->accepted.contains(removal.id()));
    });
}

// Who heard another signature first needs the one that the cut names, and whoever forked the log would fill
// the places for what nobody waits for.
TEST_F(Resigned, TheNamedSignatureIsWantedByWhoNamedIt) {
  const auto named = fork(x, [&](const auto& seen) { return w.act(x, Return{}, seen); });
  w.act(l, Suspend{x.member, {World::cut_at(named)}}, w.heads());
  const auto other = again(named, x.sign.seed, true);
  std::ranges::replace_if(
      w.events, [&](const auto& event) { return event.link() == named.link(); }, other);
  const GroupRoster roster(w.group, w.events);
  EXPECT_EQ(roster.waiting_for(std::span(&named, 1)).front(), (std::vector<DeviceId>{l.id, x.id}));
  const auto third = again(named, x.sign.seed, false);
  EXPECT_EQ(roster.waiting_for(std::span(&third, 1)).front(), std::vector<DeviceId>{x.id});
}

// A second signature is in nobody's past: who undid the act could not have known of it.
TEST_F(Resigned, ALiftedSuspensionStaysLifted) {
  const auto suspend = w.act(x, Suspend{m.member, cuts(m)});
  w.act(l, Unsuspend{m.member, {suspend.id()}, {{m.id, m.at.next}}});
  w.act(l, Remove{x.member, cuts(x)});
  ASSERT_EQ(status(m), Status::active);
  for (const bool smaller : {true, false}) {
    w.events.push_back(again(suspend, x.sign.seed, smaller));
    EXPECT_EQ(status(m), Status::active) << smaller;
    w.events.pop_back();
  }
}

TEST_F(Resigned, ADemotionUndoesNoLaterPromotion) {
  Device l2 = w.device();
  w.add_device(l, l2, w.heads());
  const auto demote = w.act(l, Demote{x.member, cuts(x)});
  w.act(l2, DeviceRevoke{l.id, w.cut(l), {}}, w.heads());
  w.act(l2, Promote{x.member, Role::co_leader}, w.heads());
  ASSERT_EQ(w.state().members.at(x.member).role, Role::co_leader);
  for (const bool smaller : {true, false}) {
    w.events.push_back(again(demote, l.sign.seed, smaller));
    EXPECT_EQ(w.state().members.at(x.member).role, Role::co_leader) << smaller;
    w.events.pop_back();
  }
}

}  // namespace
}  // namespace kith::group::test
