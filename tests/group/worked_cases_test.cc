// The fourteen worked cases of core/group/README.md: L leads, X and Y are co-leaders, M and N members,
// stand-ins {X, Y, M}, two of three.
#include "tests/group/kit.h"

namespace kith::group::test {
namespace {

class WorkedCase : public ::testing::Test {
 protected:
  WorkedCase() {
    w.found({&l}, Mode::led);
    w.agree(l, {&l});
    for (auto* one : {&x, &y, &m, &n}) w.join(l, *one);
    w.act(l, Promote{x.member, Role::co_leader});
    w.act(l, Promote{y.member, Role::co_leader});
    w.act(l, Policy{{{x.member, {}}, {y.member, {}}, {m.member, {}}}, 2, 1, 90});
    w.add_device(l, l2, w.heads());
    before = w.heads();
  }
  Role role(const Device& d) const { return w.state().members.at(d.member).role; }
  Status status(const Device& d) const { return w.state().members.at(d.member).status; }
  bool member(const Device& d) const { return w.state().members.contains(d.member); }
  bool accepted(const mail::Event& e) const { return w.state().accepted.contains(e.id()); }
  std::vector<Cut> cuts(std::initializer_list<const Device*> devices) const {
    std::vector<Cut> all;
    for (const auto* device : devices) all.push_back(w.cut(*device));
    std::ranges::sort(all, {}, &Cut::device);
    return all;
  }

  World w{14};
  Device l = w.device(), l2 = w.device(), x = w.device(), y = w.device(), m = w.device(), n = w.device(),
         p = w.device(), q = w.device();
  std::vector<EventId> before;
};

TEST_F(WorkedCase, BeforeAnyEverybodyIsIn) {
  const State s = w.state();
  EXPECT_EQ(s.members.size(), 5);
  EXPECT_EQ(role(l), Role::leader);
  EXPECT_EQ(role(x), Role::co_leader);
  EXPECT_EQ(role(m), Role::member);
  EXPECT_EQ(s.threshold, 2);
  EXPECT_TRUE(s.agreement.has_value());
  EXPECT_EQ(s.members.at(l.member).devices.size(), 2);
  EXPECT_EQ(s.control_heads.size(), 1);
  EXPECT_EQ(s.accepted.size(), w.events.size());
}

TEST_F(WorkedCase, C01_RemovalBesideAnAdmissionLeavesBoth) {
  const auto open = w.invite(x, before);
  w.act(l, Remove{m.member, cuts({&m})}, before);
  w.admit(x, open, p, ids({w.events[w.events.size() - 2]}));
  EXPECT_EQ(status(m), Status::removed);
  EXPECT_EQ(status(p), Status::active);
}

TEST_F(WorkedCase, C02_WhoARemovedCoLeaderAdmittedBeyondTheCutWasNeverIn) {
  const auto open = w.invite(l, before);
  const auto seen = w.heads();
  const auto cut = cuts({&x});
  w.admit(x, open, p, seen);
  const auto admitted = w.events.back();
  const auto said = w.act(p, StepBack{}, ids({admitted}));
  const auto dropped = w.act(p, Leave{}, ids({said}));
  w.act(l, Remove{x.member, cut}, seen);
  EXPECT_EQ(status(x), Status::removed);
  EXPECT_FALSE(member(p));
  EXPECT_FALSE(accepted(admitted));
  EXPECT_FALSE(accepted(said));
  EXPECT_FALSE(accepted(dropped));
}

TEST_F(WorkedCase, C03_WhoWasAdmittedInsideTheCutStays) {
  const auto open = w.invite(x, before);
  w.admit(x, open, p, w.heads());
  w.act(l, Remove{x.member, cuts({&x})}, w.heads());
  EXPECT_EQ(status(x), Status::removed);
  EXPECT_EQ(status(p), Status::active);
}

TEST_F(WorkedCase, C04_ScorchedEarthIsVoid) {
  const auto cut = cuts({&x});
  const auto one = w.act(x, Suspend{m.member, cuts({&m})}, before);
  const auto two = w.act(x, Suspend{n.member, cuts({&n})}, before);
  EXPECT_EQ(status(m), Status::suspended);
  w.act(l, Remove{x.member, cut}, before);
  EXPECT_FALSE(accepted(one));
  EXPECT_FALSE(accepted(two));
  EXPECT_EQ(status(m), Status::active);
  EXPECT_EQ(status(n), Status::active);
}

TEST_F(WorkedCase, C05_TwoCoLeadersSuspendTwo) {
  const auto one = w.act(x, Suspend{m.member, cuts({&m})}, before);
  w.act(y, Suspend{n.member, cuts({&n})}, before);
  EXPECT_EQ(status(m), Status::suspended);
  EXPECT_EQ(status(n), Status::suspended);
  w.act(l, Unsuspend{m.member, {one.id()}, {}}, w.heads());
  EXPECT_EQ(status(m), Status::active);
}

TEST_F(WorkedCase, C06_StandInsPrevailOverTheLeader) {
  std::vector<Cut> both = cuts({&l, &l2});
  const Act out = Remove{l.member, both};
  const auto endorsed = w.act(y, Endorse{act_hash_of(out)}, before);
  auto deps = ids({endorsed});
  const auto cut_y = std::vector{World::cut_at(endorsed)};
  w.act(x, out, deps);
  const auto back = w.act(l, Remove{y.member, cuts({})}, before);  // had not seen Y's endorsement
  EXPECT_EQ(status(l), Status::removed);
  EXPECT_EQ(status(y), Status::active);
  EXPECT_FALSE(accepted(back));
}

TEST_F(WorkedCase, C07_OneStandInAloneDoesNothing) {
  const auto out = w.act(x, Remove{l.member, cuts({&l, &l2})}, before);
  EXPECT_FALSE(accepted(out));
  EXPECT_EQ(status(l), Status::active);
}

TEST_F(WorkedCase, C08_OneInvitationForTwoPeopleHoldsBoth) {
  const auto open = w.invite(l, before);
  const auto seen = w.heads();
  const auto first = w.admit(x, open, p, seen);
  w.admit(y, open, q, seen);
  EXPECT_EQ(status(p), Status::on_hold);
  EXPECT_EQ(status(q), Status::on_hold);
  w.act(l, ResolveInvite{open.event, first.id()}, w.heads());
  EXPECT_EQ(status(p), Status::active);
  EXPECT_EQ(status(q), Status::removed);
}

TEST_F(WorkedCase, C09_AThiefsActsGoWithTheDevice) {
  const auto cut = w.cut(l);
  const auto out = w.act(l, Remove{m.member, cuts({&m})}, before);
  const auto up = w.act(l, Promote{n.member, Role::secretary}, ids({out}));
  EXPECT_EQ(status(m), Status::removed);
  GroupRoster roster(w.group, w.events);
  const auto deps = roster.heads_without(cut);
  EXPECT_EQ(deps, before);
  w.act(l2, DeviceRevoke{l.id, cut, {}}, deps);
  EXPECT_FALSE(accepted(out));
  EXPECT_FALSE(accepted(up));
  EXPECT_EQ(status(m), Status::active);
  EXPECT_EQ(role(n), Role::member);
  EXPECT_TRUE(w.state().device(l.id)->revoked);
  EXPECT_EQ(status(l), Status::active);
}

TEST_F(WorkedCase, C10_AForkIsHeldUntilACutNamesTheTrueBranch) {
  const auto open = w.invite(l, before);
  const auto seen = w.heads();
  const Place copy = x.at;
  const auto admitted = w.admit(x, open, p, seen);
  const auto true_end = x.at;
  x.at = copy;
  const auto stray = w.act(x, Suspend{m.member, cuts({&m})}, seen);  // on the other branch
  EXPECT_TRUE(w.state().device(x.id)->forked);
  EXPECT_FALSE(w.state().active(x.id));
  EXPECT_FALSE(member(p));                  // held
  EXPECT_EQ(status(m), Status::suspended);  // stands
  x.at = true_end;
  w.act(l, DeviceRevoke{x.id, World::cut_at(admitted), {}}, ids({admitted}));
  EXPECT_EQ(status(p), Status::active);
  EXPECT_FALSE(accepted(stray));
  EXPECT_EQ(status(m), Status::active);
  EXPECT_EQ(status(x), Status::active);
  EXPECT_FALSE(w.state().active(x.id));
}

TEST_F(WorkedCase, C11_AnUnsuspensionLiftsOnlyWhatItFollows) {
  const auto first = w.act(l, Suspend{m.member, cuts({&m})}, before);
  const auto lifted = w.act(l, Unsuspend{m.member, {first.id()}, {}}, ids({first}));
  EXPECT_EQ(status(m), Status::active);
  w.act(x, Suspend{m.member, cuts({&m})}, before);  // beside it
  EXPECT_TRUE(accepted(lifted));
  EXPECT_EQ(status(m), Status::suspended);
}

TEST_F(WorkedCase, C12_ADemotionBesideAPromotionWins) {
  w.act(l, Demote{x.member, cuts({&x})}, before);
  const auto down = w.heads();
  EXPECT_EQ(role(x), Role::member);
  w.act(l2, Promote{x.member, Role::secretary}, before);
  EXPECT_EQ(role(x), Role::member);
  w.act(l, Promote{x.member, Role::secretary}, w.heads());
  EXPECT_EQ(role(x), Role::secretary);
}

TEST_F(WorkedCase, C13_WritingUnawareOfASuspensionIsVoidAwareItIsUnauthorised) {
  const auto cut = cuts({&m});
  const auto unaware = w.act(m, LeaveNotice{Day{1}}, before);
  const auto suspend = w.act(l, Suspend{m.member, cut}, before);
  const auto aware = w.act(m, Endorse{Digest::zero()}, ids({suspend, unaware}));
  EXPECT_FALSE(accepted(unaware));
  EXPECT_FALSE(accepted(aware));
  const auto lift = w.act(l, Unsuspend{m.member, {suspend.id()}, {{m.id, m.at.next}}}, ids({suspend}));
  const auto after = w.act(m, Endorse{Digest::zero()}, ids({lift}));
  EXPECT_FALSE(accepted(unaware));
  EXPECT_FALSE(accepted(aware));
  EXPECT_TRUE(accepted(after));
  const State s = w.state();
  EXPECT_TRUE(s.counts(m.id, after.header().seq));
  EXPECT_FALSE(s.counts(m.id, unaware.header().seq));
  EXPECT_TRUE(s.counts(m.id, unaware.header().seq, mail::Kind::tomb));
}

TEST_F(WorkedCase, C14_ADemotionTakesOnlyWhatNeededTheRank) {
  const auto open = w.invite(l, before);
  const auto seen = w.heads();
  const auto cut = cuts({&x});
  const auto note = w.act(x, LeaveNotice{Day{3}}, seen);
  const auto admitted = w.admit(x, open, p, ids({note}));
  w.act(l, Demote{x.member, cut}, seen);
  EXPECT_TRUE(accepted(note));
  EXPECT_FALSE(accepted(admitted));
  EXPECT_EQ(role(x), Role::member);
}

}  // namespace
}  // namespace kith::group::test
