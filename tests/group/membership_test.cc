// What people or their nodes might try on a group's membership, and what everybody then holds.
#include <malloc.h>

#include "tests/group/kit.h"

#if defined(__SANITIZE_ADDRESS__)
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();  // of its allocator_interface.h
#endif

namespace kith::group::test {
namespace {

class Membership : public ::testing::Test {
 protected:
  Membership() {
    w.found({&l}, Mode::led);
    w.agree(l, {&l});
    for (auto* one : {&x, &m, &n}) w.join(l, *one);
    w.act(l, Promote{x.member, Role::co_leader});
  }
  bool counts(const mail::Event& event) const { return w.state().accepted.contains(event.id()); }
  bool knows(const Device& device) const { return w.state().device(device.id) != nullptr; }
  Status status(const Device& d) const { return w.state().members.at(d.member).status; }
  Role role(const Device& d) const { return w.state().members.at(d.member).role; }
  std::vector<Cut> cuts(const Device& device) const { return {w.cut(device)}; }
  void stand_ins(std::initializer_list<const Device*> who, std::uint32_t need) {
    std::vector<Trustee> trustees;
    for (const auto* one : who) trustees.push_back({one->member, {}});
    w.act(l, Policy{std::move(trustees), need, 1, 90});
  }
  // A group has at most one leader, whoever hears what first.
  std::vector<MemberId> leaders(const State& state) const {
    std::vector<MemberId> found;
    for (const auto& [id, member] : state.members)
      if (state.leads(id)) found.push_back(id);
    return found;
  }
  State backwards() const {
    auto events = w.events;
    std::ranges::reverse(events);
    return *resolve(w.group, events);
  }

  World w{33};
  Device l = w.device(), x = w.device(), m = w.device(), n = w.device(), p = w.device(), q = w.device();
};

TEST_F(Membership, NobodyAddsThemselvesNorDoesAPlainMemberOrARelay) {
  const auto open = w.invite(l, w.heads());
  const Admit what{open.event, sign_join(w.body_of(p, open.pk(), false), p.sign.seed, &open.key.seed)};
  p.at = {0, *Link::parse(w.group.view())};
  w.act(p, what);  // by the newcomer
  EXPECT_FALSE(knows(p));
  EXPECT_FALSE(counts(w.act(m, what)));  // by a member
  EXPECT_FALSE(knows(p));

  Device posing = w.device();  // a relay writes into the leader's log
  posing.id = l.id;
  posing.at = l.at;
  w.act(posing, what);
  EXPECT_FALSE(knows(p));
  w.events.pop_back();
  EXPECT_TRUE(counts(w.act(l, what)));
  EXPECT_TRUE(knows(p));
}

TEST_F(Membership, WhoWasRemovedAdmitsNobodyAndReturnsOnlyAsSomebodyNew) {
  const auto open = w.invite(x, w.heads());
  const MemberId before = x.member;
  w.act(l, Remove{x.member, cuts(x)});
  EXPECT_FALSE(counts(w.admit(x, open, p, w.heads())));  // knows of it and goes on
  EXPECT_FALSE(counts(w.act(x, Suspend{m.member, cuts(m)})));
  EXPECT_FALSE(counts(w.act(x, Return{})));

  const auto again = w.invite(l, w.heads());
  EXPECT_FALSE(counts(w.admit(l, again, x, w.heads()))) << "with the old keys";
  x.member = before;
  EXPECT_EQ(status(x), Status::removed);
  w.admit(l, again, q, w.heads());
  EXPECT_EQ(status(q), Status::active);
  EXPECT_NE(q.member, before);
  EXPECT_EQ(status(x), Status::removed);
}

TEST_F(Membership, TwoOnOneInvitationWaitUntilTheLeaderSaysWhoStays) {
  const auto open = w.invite(l, w.heads());
  const auto seen = w.heads();
  const auto first = w.admit(l, open, p, seen);
  const auto second = w.admit(x, open, q, seen);
  EXPECT_EQ(status(p), Status::on_hold);
  EXPECT_EQ(status(q), Status::on_hold);
  EXPECT_FALSE(counts(w.act(x, ResolveInvite{open.event, second.id()}))) << "a co-leader does not decide";
  EXPECT_FALSE(counts(w.act(l, ResolveInvite{open.event, open.event})));
  EXPECT_TRUE(counts(w.act(l, ResolveInvite{open.event, first.id()})));
  EXPECT_EQ(status(p), Status::active);
  EXPECT_EQ(status(q), Status::removed);
  EXPECT_EQ(state_digest(backwards()), state_digest(w.state()));
}

TEST_F(Membership, ALeaderNeitherRemovesNorIsRemovedAlone) {
  EXPECT_FALSE(counts(w.act(l, Remove{l.member, cuts(l)})));
  EXPECT_FALSE(counts(w.act(x, Remove{l.member, cuts(l)})));
  EXPECT_FALSE(counts(w.act(l, Demote{l.member, cuts(l)})));
  stand_ins({&x, &m}, 2);
  EXPECT_FALSE(counts(w.act(x, Remove{l.member, cuts(l)})));
  EXPECT_EQ(leaders(w.state()), std::vector{l.member});
}

TEST_F(Membership, RemovingEachOtherLeavesWhoWasAbove) {
  stand_ins({&x, &m}, 2);
  const Act out = Remove{l.member, cuts(l)};
  w.act(m, Endorse{act_hash_of(out)});
  const auto seen = w.heads();
  const auto by_stand_ins = w.act(x, out, seen);
  const auto by_leader = w.act(l, Remove{x.member, cuts(x)}, seen);
  EXPECT_TRUE(counts(by_stand_ins));
  EXPECT_FALSE(counts(by_leader));
  EXPECT_EQ(status(x), Status::active);
  EXPECT_EQ(state_digest(backwards()), state_digest(w.state()));
  // Nobody leads; the stand-ins are there, so the group can still decide.
  const Act next = Promote{x.member, Role::leader};
  w.act(m, Endorse{act_hash_of(next)});
  EXPECT_TRUE(counts(w.act(x, next)));
  EXPECT_EQ(leaders(w.state()), std::vector{x.member});
}

TEST_F(Membership, WhoRemovesEverybodyIsLeftAloneWithAGroup) {
  for (auto* one : {&x, &m, &n}) w.act(l, Remove{one->member, cuts(*one)});
  EXPECT_EQ(leaders(w.state()), std::vector{l.member});
  w.join(l, p);
  EXPECT_EQ(status(p), Status::active);
}

TEST_F(Membership, AGroupHandedOverTwoWaysHasOneLeaderOnEveryNode) {
  Device l2 = w.device();
  w.add_device(l, l2, w.heads());
  const auto seen = w.heads();
  w.act(l, Promote{x.member, Role::leader}, seen);
  w.act(l2, Promote{m.member, Role::leader}, seen);
  const State now = w.state();
  EXPECT_EQ(leaders(now).size(), 1U);
  EXPECT_EQ(leaders(backwards()), leaders(now));
  EXPECT_EQ(state_digest(backwards()), state_digest(now));
}

TEST_F(Membership, AfterALeaderLeftTheStandInsDecide) {
  stand_ins({&x, &m}, 2);
  EXPECT_TRUE(counts(w.act(l, Leave{})));
  EXPECT_EQ(status(l), Status::left);
  EXPECT_FALSE(counts(w.act(l, Return{})));
  const Act next = Promote{x.member, Role::leader};
  EXPECT_FALSE(counts(w.act(x, next)));
  w.act(m, Endorse{act_hash_of(next)});
  EXPECT_TRUE(counts(w.act(x, next)));
  EXPECT_EQ(role(x), Role::leader);
}

TEST_F(Membership, SixtyFourMembersAndNoMore) {
  std::vector<Device> more;
  for (std::size_t i = w.state().members.size(); i <= kMaxMembers; ++i) more.push_back(w.device());
  for (auto& one : more) {  // the leader's own log is all that these acts have seen
    const auto open = w.invite(l, {});
    w.admit(l, open, one, {});
  }
  const State full = w.state();
  EXPECT_EQ(full.members.size(), kMaxMembers);
  EXPECT_TRUE(full.device(more[more.size() - 2].id) != nullptr);
  EXPECT_TRUE(full.device(more.back().id) == nullptr);
  w.act(l, Remove{n.member, cuts(n)});
  w.join(l, p);
  EXPECT_EQ(status(p), Status::active) << "a place is free again";
}

// A key is known once an act with authority enrols it: else one plain member's made-up devices fill every
// node's logs, and newcomers find no place.
TEST_F(Membership, AnActWithoutAuthorityMakesNoKeyKnown) {
  const auto open = w.invite(l, w.heads());
  std::vector<mail::Event> junk;
  std::vector<Device> made_up;
  for (int i = 0; i < 40; ++i) made_up.push_back(w.device());
  for (auto& one : made_up) {
    junk.push_back(w.admit(m, open, one, w.heads()));
    w.act(one, LeaveNotice{kToday}, {});
  }
  const GroupRoster roster(w.group, w.events);
  for (const auto& one : made_up) EXPECT_FALSE(roster.sign_key(one.id));
  w.admit(l, open, p, w.heads());
  const GroupRoster later(w.group, w.events);
  EXPECT_TRUE(later.sign_key(p.id));
  for (std::size_t i = 0; i < 40; ++i) EXPECT_FALSE(later.sign_key(made_up[i].id));
}

TEST_F(Membership, WhoseKeyIsKnownDoesNotDependOnWhatCameFirst) {
  Device d2 = w.device(), d3 = w.device();
  w.add_device(m, d2, w.heads());
  w.add_device(d2, d3, {});  // before it knows of its own enrolment
  w.act(d3, LeaveNotice{kToday}, {});
  w.join(l, p);
  w.act(p, LeaveNotice{kToday});
  const GroupRoster forth(w.group, w.events);
  auto events = w.events;
  std::ranges::reverse(events);
  const GroupRoster back(w.group, events);
  GroupRoster one_by_one(w.group, {});
  for (const auto& event : events) {
    one_by_one.learn(std::span(&event, 1));
    static_cast<void>(one_by_one.sign_key(p.id));
  }
  for (const auto* one : {&l, &x, &m, &n, &d2, &d3, &p}) {
    EXPECT_EQ(forth.sign_key(one->id), back.sign_key(one->id));
    EXPECT_EQ(forth.sign_key(one->id), one_by_one.sign_key(one->id));
  }
  EXPECT_TRUE(forth.sign_key(p.id) && forth.sign_key(d2.id));
  EXPECT_FALSE(forth.sign_key(d3.id));
  const auto first = forth.state(), second = back.state(), third = one_by_one.state();
  EXPECT_EQ(state_digest(*first), state_digest(*second));
  EXPECT_EQ(first->control_heads, second->control_heads);
  EXPECT_EQ(first->control_heads, third->control_heads);
}

// A log at its bound, and what it costs whoever holds it: eight such logs, all of one member, leave a courier
// room (core/mail/README.md has the sums).
std::size_t heap_now() {
#if defined(__SANITIZE_ADDRESS__)
  return __sanitizer_get_current_allocated_bytes();
#else
  return mallinfo2().uordblks;
#endif
}

TEST_F(Membership, ALogAtItsBoundCostsAFewMegabytes) {
  constexpr std::size_t kMost = 8 * 1024 * 1024;  // bytes, beside what its bodies say
  std::vector<mail::Event> log;
  const Bytes nothing{0};  // no act that anybody knows
  w.events.reserve(w.events.size() + mail::kMaxLogActs);
  for (std::size_t i = 0; i < mail::kMaxLogActs; ++i)
    log.push_back(i % 2 == 0 ? w.sign(m, mail::Kind::ctl, nothing) : w.sign(m, mail::Kind::dev, nothing));
  w.events.resize(w.events.size() - log.size(), w.events.front());
  GroupRoster roster(w.group, w.events);
  const auto before = roster.state();
  const std::size_t heap = heap_now();
  roster.learn(log);
  const auto after = roster.state();
  const std::size_t cost = heap_now() - heap;
  EXPECT_LT(cost, kMost);
  RecordProperty("bytes", std::to_string(cost));
  EXPECT_EQ(state_digest(*after), state_digest(*before));
}

// A device that names none of its own acts, and another that names all of those, 32 at a time.
TEST_F(Membership, WhoNamesNoneOfTheirOwnActsCostsOthersABitForEach) {
  constexpr std::size_t kMost = 8 * 1024 * 1024;  // bytes of pasts, for two logs at their bounds
  const auto of_a_newer_kith = [](std::vector<EventId> deps) {
    std::ranges::sort(deps);
    Bytes body;
    for (const auto& id : deps) {
      append(body, std::array<std::uint8_t, 2>{0x0a, 32});
      append(body, id.view());
    }
    append(body, std::array<std::uint8_t, 5>{0x12, 3, 0xfa, 1, 0});  // an act of kind 31
    return body;
  };
  const auto heads = w.heads();
  const std::size_t begin = w.events.size();
  for (std::size_t i = 0; i < mail::kMaxLogActs; ++i) w.sign(m, mail::Kind::ctl, of_a_newer_kith(heads));
  for (std::size_t i = 0; i + 31 < mail::kMaxLogActs; ++i) {
    std::vector<EventId> deps;
    for (std::size_t at = i / 31 * 31; at < i / 31 * 31 + 31; ++at) deps.push_back(w.events[begin + at].id());
    if (i > 0) deps.push_back(w.events.back().id());
    w.sign(n, mail::Kind::ctl, of_a_newer_kith(deps));
  }
  const GroupRoster roster(w.group, w.events);
  EXPECT_GT(roster.past_bytes(), mail::kMaxLogActs * mail::kMaxLogActs / 8 / 4) << "the case itself";
  EXPECT_LT(roster.past_bytes(), kMost);
}

}  // namespace
}  // namespace kith::group::test
