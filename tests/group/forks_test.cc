// Logs with two events on one place: how that is shown, and which cut says which branch is true.
#include "tests/group/rules.h"

namespace kith::group::test {
namespace {

class Forks : public Rules {
 protected:
  void suspend_and_lift(const Device& device) {
    const auto suspend = w.act(l, Suspend{device.member, cuts(device)}, w.heads());
    w.act(l, Unsuspend{device.member, {suspend.id()}, {{device.id, device.at.next}}});
  }
};

// A suspension that was lifted said nothing of what came after it.
TEST_F(Forks, ACutBelowAForkDoesNotNameABranch) {
  const auto first = w.act(x, LeaveNotice{kToday});
  suspend_and_lift(x);
  const auto seen = w.heads();
  const Place place = x.at;
  const auto one = w.invite(x, seen).event;
  x.at = place;
  const auto other = w.invite(x, seen).event;
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
  const auto seen = w.heads();
  const Place place = x.at;
  const auto stray = w.invite(x, seen).event;
  x.at = place;
  const auto kept = w.invite(x, seen).event;
  suspend_and_lift(x);
  EXPECT_FALSE(w.state().device(x.id)->forked);
  const auto lifted = w.heads();
  const Place again = x.at;
  const auto one = w.invite(x, lifted).event;
  x.at = again;
  const auto other = w.invite(x, lifted).event;
  const auto state = w.state();
  EXPECT_TRUE(state.device(x.id)->forked);
  EXPECT_TRUE(state.accepted.contains(kept));
  EXPECT_FALSE(state.accepted.contains(stray));
  EXPECT_FALSE(state.accepted.contains(one) || state.accepted.contains(other));
}

TEST_F(Forks, AForkIsProvedByTheTwoHeaders) {
  const Place copy = m.at;
  const auto one = w.act(m, StepBack{}, w.heads());
  m.at = copy;
  const auto two = w.act(m, Return{}, {});
  w.events.pop_back();  // nobody but N holds the other end
  EXPECT_FALSE(w.state().device(m.id)->forked);
  const auto head = [](const mail::Event& event) { return to_bytes(event.wire().first(mail::kSignedSize)); };
  EXPECT_FALSE(counts(n, ForkEvidence{head(one), head(one)}));
  EXPECT_FALSE(counts(n, ForkEvidence{head(one), head(w.events.front())}));
  EXPECT_TRUE(counts(n, ForkEvidence{head(one), head(two)}));
  EXPECT_FALSE(counts(x, ForkEvidence{head(one), head(two)})) << "once is enough";
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

}  // namespace
}  // namespace kith::group::test
