// Logs with two events on one place: how that is shown, and which cut says which branch is true.
#include <functional>
#include <optional>

#include "tests/group/rules.h"

namespace kith::group::test {
namespace {

class Forks : public Rules {
 protected:
  void suspend_and_lift(const Device& device) { suspend_and_lift(device, w.cut(device)); }
  void suspend_and_lift(const Device& device, const Cut& cut) {
    const auto suspend = w.act(l, Suspend{device.member, {cut}}, w.heads());
    w.act(l, Unsuspend{device.member, {suspend.id()}, {{device.id, device.at.next}}});
  }
  mail::Event words(Device& device) {  // stands for any event that is no act
    return w.sign(
        device, mail::Kind::dev,
        encode(DeviceBody{
            w.heads(), {device.prekey, 1}, device.link, {}, {}, w.random.draw<Digest>(), Digest::zero()}));
  }
  struct Fork {
    EventId stray, kept;
  };
  // Two invitations on one place; the log goes on from the second.
  Fork fork(Device& device) {
    const auto seen = w.heads();
    const Place place = device.at;
    const EventId stray = w.invite(device, seen).event;
    device.at = place;
    return {stray, w.invite(device, seen).event};
  }
  ForkEvidence evidence(const mail::Event& one, const mail::Event& other) {
    const auto head = [](const mail::Event& event) {
      return to_bytes(event.wire().first(mail::kSignedSize));
    };
    return {head(one), head(other)};
  }
  // Ids and links decide ties: what must hold, holds for all of them.
  void each_round(const std::function<void()>& once) {
    for (int round = 0; round < 12; ++round) {
      SCOPED_TRACE(round);
      const auto events = w.events;
      const Place of_x = x.at, of_l = l.at;
      once();
      w.events = events;
      x.at = of_x;
      l.at = of_l;
    }
  }
};

// A suspension that was lifted said nothing of what came after it.
TEST_F(Forks, ACutBelowAForkDoesNotNameABranch) {
  const auto first = w.act(x, LeaveNotice{kToday});
  suspend_and_lift(x);
  const auto [one, other] = fork(x);
  const auto state = w.state();
  EXPECT_TRUE(state.accepted.contains(first.id()));
  EXPECT_TRUE(state.device(x.id)->forked);
  EXPECT_FALSE(state.accepted.contains(one) || state.accepted.contains(other));
}

TEST_F(Forks, ACutBelowAForkLeavesItToOneThatNamesABranch) {
  const auto first = w.act(m, LeaveNotice{kToday});
  suspend_and_lift(m);
  const auto seen = w.heads();
  const Place place = m.at;
  const auto stray = w.act(m, StepBack{}, seen);
  m.at = place;
  const auto kept = w.act(m, Return{}, seen);
  EXPECT_FALSE(counts(stray) || counts(kept));
  w.act(x, Suspend{m.member, {World::cut_at(kept)}}, w.heads());  // by a lower class than the first
  EXPECT_TRUE(counts(first) && counts(kept));
  EXPECT_FALSE(counts(stray));
}

TEST_F(Forks, ALogThatForksAgainBeyondTheCutIsHeldAgain) {
  const auto [stray, kept] = fork(x);
  suspend_and_lift(x);
  EXPECT_FALSE(w.state().device(x.id)->forked);
  const auto [one, other] = fork(x);
  const auto state = w.state();
  EXPECT_TRUE(state.device(x.id)->forked);
  EXPECT_TRUE(state.accepted.contains(kept));
  EXPECT_FALSE(state.accepted.contains(stray));
  EXPECT_FALSE(state.accepted.contains(one) || state.accepted.contains(other));
}

// The copy wrote more than the log; the cut denied it. What the log writes later is no new fork.
TEST_F(Forks, ALongerBranchThatWasDeniedHoldsNobodyLater) {
  const auto seen = w.heads();
  const Place place = x.at;
  const auto stray = w.invite(x, seen).event, longer = w.invite(x, {}).event;
  x.at = place;
  const auto kept = w.act(x, LeaveNotice{kToday}, seen);
  suspend_and_lift(x, World::cut_at(kept));
  EXPECT_FALSE(w.state().device(x.id)->forked);
  const auto next = w.invite(x, w.heads()).event;
  const auto state = w.state();
  EXPECT_FALSE(state.accepted.contains(stray) || state.accepted.contains(longer));
  EXPECT_TRUE(state.accepted.contains(kept.id()) && state.accepted.contains(next));
  EXPECT_FALSE(state.device(x.id)->forked) << "the cut says which branch is the log";
}

TEST_F(Forks, AnActOfADeniedBranchThatComesToLightLaterHoldsNobody) {
  each_round([this] {
    const auto seen = w.heads();
    const Place place = x.at;
    w.act(x, LeaveNotice{kToday}, seen);
    const auto hidden = w.act(x, LeaveNotice{kToday}, {});
    w.events.pop_back();
    x.at = place;
    w.invite(x, seen);
    suspend_and_lift(x);
    const auto next = w.invite(x, w.heads()).event;
    w.events.push_back(hidden);
    const auto state = w.state();
    EXPECT_TRUE(state.accepted.contains(next));
    EXPECT_FALSE(state.device(x.id)->forked);
  });
}

TEST_F(Forks, WhatADeviceWritesAfterTheLiftCounts) {
  each_round([this] {
    fork(x);
    suspend_and_lift(x);
    const auto next = w.invite(x, w.heads()).event;
    EXPECT_TRUE(w.state().accepted.contains(next)) << "both branches are its past";
    EXPECT_FALSE(w.state().device(x.id)->forked);
  });
}

// Who decided the first fork knew nothing of the second, and has it the smaller link.
TEST_F(Forks, ASecondCutDecidesASecondFork) {
  each_round([this] {
    const auto first = fork(x).kept;
    suspend_and_lift(x);
    const auto second = fork(x).kept;
    EXPECT_TRUE(w.state().device(x.id)->forked);
    suspend_and_lift(x);
    const auto state = w.state();
    EXPECT_FALSE(state.device(x.id)->forked);
    EXPECT_TRUE(state.accepted.contains(first));
    EXPECT_TRUE(state.accepted.contains(second));
  });
}

TEST_F(Forks, ARevocationDecidesASecondForkWhateverDecidedTheFirst) {
  each_round([this] {
    const auto first = fork(x).kept;
    suspend_and_lift(x);
    const auto second = fork(x).kept;
    w.act(l, DeviceRevoke{x.id, w.cut(x), {}});
    const auto state = w.state();
    EXPECT_TRUE(state.accepted.contains(first));
    EXPECT_TRUE(state.accepted.contains(second));
  });
}

// A lower class decided the first fork; for a higher one both its branches are the past.
TEST_F(Forks, AHigherClassDecidesASecondForkAndLeavesTheFirst) {
  each_round([this] {
    const auto seen = w.heads();
    const Place place = n.at;
    const auto stray = w.act(n, StepBack{}, seen);
    n.at = place;
    const auto kept = w.act(n, Return{}, seen);
    const auto suspend = w.act(x, Suspend{n.member, {w.cut(n)}}, w.heads());
    w.act(l, Unsuspend{n.member, {suspend.id()}, {{n.id, n.at.next}}});
    ASSERT_TRUE(counts(kept) && !counts(stray));
    const auto lifted = w.heads();
    const Place again = n.at;
    const auto one = w.act(n, StepBack{}, lifted);
    n.at = again;
    const auto other = w.act(n, LeaveNotice{kToday}, lifted);
    w.act(l, DeviceRevoke{n.id, w.cut(n), {}});
    EXPECT_TRUE(counts(kept) && counts(other));
    EXPECT_FALSE(counts(stray) || counts(one));
    n.at = place;
  });
}

// Words are in no graph: their place alone says nothing of the acts beside it, and a thief's may be higher.
TEST_F(Forks, ACutThatNamesWordsOfOneBranchDoesNotNameTheOther) {
  const auto seen = w.heads();
  const Place place = x.at;
  w.invite(x, seen);
  words(x);
  words(x);
  const Cut cut = w.cut(x);
  x.at = place;
  const auto one = w.invite(x, seen).event, two = w.invite(x, {}).event;
  w.act(l, DeviceRevoke{x.id, cut, {}});
  EXPECT_FALSE(w.state().accepted.contains(one) || w.state().accepted.contains(two));
}

TEST_F(Forks, ACutThatNamesWordsBesideTheOnlyActDoesNotNameIt) {
  const Place place = x.at;
  const auto one = words(x);
  words(x);
  words(x);
  const Cut cut = w.cut(x);
  x.at = place;
  const auto two = words(x);
  const auto thief = w.invite(x, w.heads()).event;
  w.act(l, evidence(one, two));
  w.act(l, DeviceRevoke{x.id, cut, {}});
  EXPECT_FALSE(w.state().accepted.contains(thief));
}

TEST_F(Forks, ACutThatNamesWordsDoesNotMakeBothBranchesCount) {
  w.act(x, StepBack{});
  w.act(x, Return{});
  const auto seen = w.heads();
  const Place place = x.at;
  const auto one = w.invite(x, seen).event;
  words(x);
  const Cut cut = w.cut(x);
  const Place after = x.at;
  x.at = place;
  const auto other = w.invite(x, seen).event;
  ASSERT_TRUE(w.state().device(x.id)->forked);
  x.at = after;
  suspend_and_lift(x, cut);
  const auto state = w.state();
  EXPECT_FALSE(state.accepted.contains(one) || state.accepted.contains(other));
  EXPECT_FALSE(state.device(x.id)->forked) << "from here on its acts know of the decision";
  const auto next = w.invite(x, w.heads()).event;
  EXPECT_TRUE(w.state().accepted.contains(next));
}

TEST_F(Forks, ADeviceWithoutActsBelowTheCutGoesOnAfterTheLift) {
  const Place place = m.at;
  const auto one = words(m);
  w.events.pop_back();
  m.at = place;
  const auto two = words(m);
  ASSERT_TRUE(counts(n, evidence(one, two)));
  suspend_and_lift(m);
  EXPECT_TRUE(counts(m, StepBack{}));
  EXPECT_FALSE(w.state().device(m.id)->forked);
}

// Two of its people could keep everybody's programs busy with one fork and one decision after the other.
TEST_F(Forks, ALogThatForksAgainAndAgainStaysHeld) {
  for (int fork_number = 1; fork_number <= 9; ++fork_number) {
    fork(x);
    suspend_and_lift(x);
    EXPECT_EQ(w.state().device(x.id)->forked, fork_number > 8) << fork_number;
  }
}

TEST_F(Forks, AForkIsProvedByTheTwoHeaders) {
  const Place copy = m.at;
  const auto one = w.act(m, StepBack{}, w.heads());
  m.at = copy;
  const auto two = w.act(m, Return{}, {});
  w.events.pop_back();  // nobody but N holds the other end
  EXPECT_FALSE(w.state().device(m.id)->forked);
  EXPECT_FALSE(counts(n, evidence(one, one)));
  EXPECT_FALSE(counts(n, evidence(one, w.events.front())));
  EXPECT_TRUE(counts(n, evidence(one, two)));
  EXPECT_FALSE(counts(x, evidence(one, two))) << "once is enough";
  EXPECT_TRUE(w.state().device(m.id)->forked);
  EXPECT_FALSE(counts(one));
  EXPECT_EQ(status(m), Status::active);
}

TEST_F(Forks, AShownForkWaitsForAnActAndChangesNoStateBefore) {
  GroupRoster roster(w.group, w.events);
  const Place copy = m.at;
  const auto one = w.act(m, StepBack{}, w.heads());
  m.at = copy;
  const auto two = w.act(m, Return{}, {});
  const auto head = [](const mail::Event& event) {
    return *mail::parse_signed_header(event.wire().first(mail::kSignedSize));
  };
  auto forged = head(two);
  forged.bytes[forged.bytes.size() - 1] ^= 1;
  if (const auto read = mail::parse_signed_header(forged.bytes)) forged = *read;
  roster.fork(head(one), head(one));
  roster.fork(head(one), forged);
  roster.fork(head(one), head(w.events.front()));
  EXPECT_TRUE(roster.uncarried().empty());

  const auto before = roster.state();
  roster.fork(head(one), head(two));
  ASSERT_EQ(roster.uncarried().size(), 1U);
  const auto still = roster.state();
  EXPECT_EQ(state_digest(*still), state_digest(*before));
  EXPECT_TRUE(roster.may_connect(m.id, m.link));

  const ForkEvidence evidence = roster.uncarried().front();
  const auto carried = w.act(n, evidence, before->control_heads);
  roster.learn(std::span(&carried, 1));
  const auto after = roster.state();
  EXPECT_TRUE(after->accepted.contains(carried.id()));
  EXPECT_TRUE(after->device(m.id)->forked);
  EXPECT_EQ(after->device(m.id)->forked_at, one.header().seq);
  EXPECT_TRUE(after->active(m.member)) << "the person stays";
  EXPECT_FALSE(after->active(m.id)) << "the device is out";
  EXPECT_FALSE(roster.may_connect(m.id, m.link));
  EXPECT_TRUE(roster.uncarried().empty());
  roster.fork(head(one), head(two));
  EXPECT_TRUE(roster.uncarried().empty());
}

// A denied branch has words, too: they show no fork of the log that goes on.
TEST_F(Forks, WordsOfADeniedBranchHoldNobody) {
  const auto seen = w.heads();
  const Place place = x.at;
  w.act(x, StepBack{}, seen);
  const auto lost = words(x);
  w.events.pop_back();
  x.at = place;
  w.act(x, Return{}, seen);
  suspend_and_lift(x);
  const auto honest = words(x);
  const auto next = w.invite(x, w.heads()).event;
  w.act(n, evidence(lost, honest), seen);  // by somebody who dates back
  const auto state = w.state();
  EXPECT_TRUE(state.accepted.contains(next));
  EXPECT_FALSE(state.device(x.id)->forked);
}

// X has two devices. One wrote two acts on one place, of which a removal names the first.
class RemovedWithTwo : public Forks {
 protected:
  template <class Hidden>
  mail::Event hide(const Hidden& hidden) {
    w.add_device(x, x2, w.heads());
    open.emplace(w.invite(x, w.heads()));
    seen = w.heads();
    const Place place = x.at;
    shown = w.act(x, StepBack{}, seen);
    std::vector<Cut> of_x{World::cut_at(*shown), w.cut(x2)};
    std::ranges::sort(of_x, {}, &Cut::device);
    EXPECT_TRUE(counts(w.act(l, Remove{x.member, of_x})));
    x.at = place;
    return hidden();
  }
  Device x2 = w.device();
  std::optional<World::Open> open;
  std::vector<EventId> seen;
  std::optional<mail::Event> shown;
};

TEST_F(RemovedWithTwo, NobodySuspendsBelowTheCutByARevocationOfTheirOwn) {
  const auto hidden = hide([this] { return w.act(x, Suspend{n.member, cuts(n)}, seen); });
  EXPECT_FALSE(counts(hidden)) << "denied by the removal";
  w.act(x2, DeviceRevoke{x.id, World::cut_at(hidden), {}}, ids({hidden}));
  EXPECT_FALSE(counts(hidden));
  EXPECT_EQ(status(n), Status::active);
}

TEST_F(RemovedWithTwo, NobodyLetsSomebodyInByARevocationOfTheirOwn) {
  const auto hidden = hide([this] { return w.admit(x, *open, p, seen); });
  w.act(x2, DeviceRevoke{x.id, World::cut_at(hidden), {}}, ids({hidden}));
  EXPECT_FALSE(counts(hidden) || w.state().active(p.member));
}

TEST_F(RemovedWithTwo, NobodyCrowdsOutTheRemoval) {
  const auto hidden = hide([this] { return w.act(x, Suspend{n.member, cuts(n)}, seen); });
  const auto both = w.act(x, Return{}, ids({*shown, hidden}));
  for (int i = 0; i < 9; ++i) {
    x2.at.last.reset();
    w.act(x2, DeviceRevoke{x.id, World::cut_at(both), {}}, seen);
  }
  EXPECT_FALSE(counts(hidden));
  EXPECT_EQ(status(n), Status::active);
}

}  // namespace
}  // namespace kith::group::test
