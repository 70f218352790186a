// Who may what, beyond the worked cases; the agreement's coming into force; devices, paper keys and the
// roster.
#include "tests/group/rules.h"

namespace kith::group::test {
namespace {

TEST_F(Rules, SessionsAreNumberedAndOpenedByWhoLeads) {
  EXPECT_FALSE(counts(m, Session{1, true}));
  EXPECT_FALSE(counts(l, Session{2, true}));
  EXPECT_TRUE(counts(l, Session{1, true}));
  EXPECT_TRUE(w.state().session_open);
  EXPECT_TRUE(counts(x, Session{1, false}));
  EXPECT_FALSE(counts(x, Session{1, false}));
  EXPECT_EQ(w.state().sessions, 1);
  EXPECT_FALSE(w.state().session_open);
}

TEST_F(Rules, APlainMemberMayNotLead) {
  for (const Act& act : std::vector<Act>{
           Invite{*InvitePk::parse(p.sign.pk.view()), kToday, Role::member}, Promote{m.member, Role::leader},
           Remove{n.member, cuts(n)}, Suspend{n.member, cuts(n)}, Demote{x.member, cuts(x)},
           Policy{{}, 0, 1, 1}, AgreementAct{2, Digest::zero()}, DeviceRevoke{n.id, w.cut(n), {}}}) {
    EXPECT_FALSE(may(w.state(), m.member, act));
    EXPECT_FALSE(counts(m, act)) << act.index();
  }
}

TEST_F(Rules, WhatMayHappenIsSaidBeforeItIsWritten) {
  const State s = w.state();
  EXPECT_TRUE(may(s, l.member, Remove{m.member, cuts(m)}));
  EXPECT_TRUE(may(s, x.member, Suspend{m.member, cuts(m)}));
  EXPECT_FALSE(may(s, x.member, Remove{m.member, cuts(m)}));
  EXPECT_FALSE(may(s, p.member, Leave{}));
  const auto why = may(s, l.member, Suspend{l.member, {}});
  ASSERT_FALSE(why);
  EXPECT_EQ(why.error().code, Errc::refused);
}

TEST_F(Rules, AnAgreementIsInForceOnceEverybodyThenActiveHasSigned) {
  EXPECT_EQ(w.state().agreement->version, 1);
  EXPECT_EQ(members_to_seal_to(w.state()), std::vector{l.member});  // newcomers have not signed yet
  const Digest first = w.state().agreement->text;
  const EventId first_event = w.state().agreement->event;
  for (auto* one : {&x, &m, &n}) w.act(*one, Agree{first_event, first, Digest::zero()});
  EXPECT_EQ(members_to_seal_to(w.state()).size(), 4);

  const Digest text = w.random.draw<Digest>();
  const auto proposed = w.act(l, AgreementAct{2, text});
  w.join(l, p);  // not active when it was proposed: need not sign for it to come into force
  for (auto* one : {&l, &x, &m}) w.act(*one, Agree{proposed.id(), text, Digest::zero()});
  EXPECT_EQ(w.state().agreement->version, 1);
  EXPECT_EQ(w.state().proposed->version, 2);
  EXPECT_FALSE(counts(n, Agree{proposed.id(), first, Digest::zero()}));  // another text
  w.act(n, Agree{proposed.id(), text, Digest::zero()});
  EXPECT_EQ(w.state().agreement->version, 2);
  EXPECT_FALSE(w.state().proposed.has_value());
  EXPECT_TRUE(w.state().has_agreed(m.member));
  EXPECT_FALSE(w.state().has_agreed(p.member));
  EXPECT_FALSE(counts(n, Agree{proposed.id(), text, Digest::zero()})) << "once is enough";
  EXPECT_TRUE(counts(p, Agree{proposed.id(), text, Digest::zero()}));
}

TEST_F(Rules, SigningOneOfTwoConcurrentTextsNeverCountsForTheOther) {
  const auto seen = w.heads();
  const Digest one = w.random.draw<Digest>(), two = w.random.draw<Digest>();
  const auto first = w.act(l, AgreementAct{2, one}, seen);
  w.add_device(l, p, ids({first}));
  const auto second =
      w.act(p, AgreementAct{2, two}, ids({w.events.back()}));  // version 2 is taken in its past
  EXPECT_FALSE(counts(second));
  for (auto* who : {&l, &x, &m}) w.act(*who, Agree{first.id(), one, Digest::zero()});
  EXPECT_EQ(w.state().agreement->version, 1);
  w.act(l, Remove{n.member, cuts(n)});  // the last one missing is gone
  EXPECT_EQ(w.state().agreement->text, one);
  EXPECT_FALSE(counts(x, Agree{first.id(), two, Digest::zero()}));
}

// One leader on two devices proposes the same words on each, without having seen the other.
TEST_F(Rules, WhoSignedTheSameWordsElsewhereSignsAgain) {
  const auto at = w.add_device(l, p, w.heads());
  const auto seen = w.heads();
  const Digest words = w.random.draw<Digest>();
  std::vector<mail::Event> proposed;
  for (auto* device : {&l, &p}) {
    proposed.push_back(w.act(*device, AgreementAct{2, words}, seen));
    w.act(*device, Agree{proposed.back().id(), words, Digest::zero()}, ids({proposed.back()}));
  }
  ASSERT_TRUE(counts(proposed[0]) && counts(proposed[1]) && counts(at));
  for (auto* who : {&x, &m, &n}) w.act(*who, Agree{w.state().proposed->event, words, Digest::zero()});
  EXPECT_EQ(w.state().agreement->text, words);
  EXPECT_FALSE(w.state().proposed.has_value());
  for (const auto& one : proposed) EXPECT_FALSE(counts(l, Agree{one.id(), words, Digest::zero()}));
  for (const auto& one : proposed) w.act(m, Agree{one.id(), words, Digest::zero()});
  EXPECT_TRUE(w.state().agreements.at(proposed[0].id()).agreed.contains(m.member));
  EXPECT_TRUE(w.state().agreements.at(proposed[1].id()).agreed.contains(m.member));
}

TEST_F(Rules, AProposalLapsesAfterTwoSessions) {
  const auto proposed = w.act(l, AgreementAct{2, w.random.draw<Digest>()});
  for (std::uint64_t number = 1; number <= 2; ++number) {
    EXPECT_TRUE(w.state().proposed.has_value());
    w.act(l, Session{number, true});
    w.act(l, Session{number, false});
  }
  EXPECT_FALSE(w.state().proposed.has_value());
  EXPECT_TRUE(w.state().agreements.at(proposed.id()).lapsed);
  EXPECT_FALSE(
      counts(m, Agree{proposed.id(), w.state().agreements.at(proposed.id()).version.text, Digest::zero()}));
}

TEST_F(Rules, NobodyIsInvitedBeforeAnAgreement) {
  World other(5);
  Device only = other.device();
  other.found({&only}, Mode::led);
  other.invite(only, other.heads());
  EXPECT_TRUE(other.state().invites.empty());
}

TEST_F(Rules, NoSigningOrDhKeyTwiceInTheRoster) {  // I22
  Device twin = w.device();
  twin.dh = {m.dh.pk, m.dh.secret.clone()};
  twin.id = mail::device_id_of(twin.sign.pk, twin.dh.pk);
  const auto open = w.invite(l, w.heads());
  EXPECT_FALSE(counts(w.admit(l, open, twin, w.heads())));
  twin = w.device();
  twin.sign = {n.sign.pk, n.sign.seed.clone()};
  twin.id = mail::device_id_of(twin.sign.pk, twin.dh.pk);
  EXPECT_FALSE(counts(w.add_device(m, twin, w.heads())));
  // Two admissions of one key beside each other: one stands.
  const auto first = w.invite(l, w.heads()), second = w.invite(l, w.heads());
  const auto seen = w.heads();
  const auto a = w.admit(l, first, p, seen);
  const auto b = w.admit(x, second, p, seen);
  EXPECT_NE(counts(a), counts(b));
}

TEST_F(Rules, DevicesAreAddedByTheirOwnerAndCounted) {
  std::vector<Device> more;
  for (int i = 0; i < 4; ++i) more.push_back(w.device());
  const auto forged = w.device_add(l, more[0]);
  auto stolen = forged;
  stolen.member = m.member;
  EXPECT_FALSE(counts(l, stolen));  // a leader adds no device to a member
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(counts(w.add_device(m, more[static_cast<std::size_t>(i)], w.heads())));
  EXPECT_FALSE(counts(w.add_device(m, more[3], w.heads())));  // four at one time
  EXPECT_TRUE(counts(m, DeviceRevoke{more[0].id, w.cut(more[0]), {}}));
  EXPECT_TRUE(counts(w.add_device(m, more[3], w.heads())));
  EXPECT_FALSE(counts(more[1], DeviceRevoke{more[1].id, w.cut(more[1]), {}}));  // another device, not itself
}

TEST_F(Rules, WhenAThiefRevokesFirstBothDevicesDieAndThePaperKeyHeals) {
  Device two = w.device();
  w.add_device(l, two, w.heads());
  const auto seen = w.heads();
  const auto thief = w.act(two, DeviceRevoke{l.id, w.cut(l), {}}, seen);
  const auto owner = w.act(l, DeviceRevoke{two.id, World::cut_at(thief), {}}, ids({thief}));
  EXPECT_TRUE(counts(thief));
  EXPECT_TRUE(counts(owner));
  EXPECT_FALSE(w.state().active(l.id));
  EXPECT_FALSE(w.state().active(two.id));
  DeviceRevoke by_paper{two.id, {two.id, std::nullopt, Link::zero()}, {}};
  by_paper.recovery_signature = crypto::sign(paper.seed, "recovery", w.group, recovery_message(by_paper));
  EXPECT_TRUE(counts(w.act(m, by_paper, seen)));  // M carries it, beside the thief's act
  EXPECT_FALSE(counts(thief));
  EXPECT_TRUE(w.state().active(l.id));
}

TEST_F(Rules, APaperKeyAloneEnrolsNobody) {
  const auto mine = crypto::sign_keypair(w.random);
  Device q = w.device(), fresh = w.device();
  w.join(l, q, *RecoveryPk::parse(mine.pk.view()));
  DeviceAdd add{sign_join(w.body_of(fresh, {}, false), fresh.sign.seed, nullptr), q.member, {}, {}};
  add.recovery_signature = crypto::sign(mine.seed, "recovery", w.group, recovery_message(add));
  EXPECT_FALSE(counts(m, add));
  EXPECT_TRUE(counts(x, add));
}

TEST_F(Rules, APlainMemberWritesSixteenActsADay) {
  const auto quiet = [&] { return counts(m, Endorse{Digest::zero()}); };
  for (int i = 0; i < 16; ++i) EXPECT_TRUE(quiet()) << i;
  EXPECT_FALSE(quiet());
  w.day = kToday + 1;
  EXPECT_TRUE(quiet());
}

// Who has the keys of a device can show forks of it at as many places as they like.
TEST_F(Rules, ProofsOfForksAreNoneOfTheSixteen) {
  const Place copy = m.at;
  const auto proof = [&](std::uint64_t seq) {
    m.at = {seq, w.random.draw<Link>()};
    const auto one = w.act(m, StepBack{}, {}),
               two = (m.at = {seq, w.random.draw<Link>()}, w.act(m, Return{}, {}));
    w.events.erase(w.events.end() - 2, w.events.end());
    m.at = copy;
    const auto head = [](const mail::Event& event) {
      return to_bytes(event.wire().first(mail::kSignedSize));
    };
    return ForkEvidence{head(one), head(two)};
  };
  for (std::uint64_t i = 0; i < 20; ++i) EXPECT_TRUE(counts(n, proof(1000 - i))) << i;
  for (int i = 0; i < 16; ++i) EXPECT_TRUE(counts(n, Endorse{Digest::zero()})) << i;
  EXPECT_FALSE(counts(n, Endorse{Digest::zero()}));
  EXPECT_TRUE(counts(n, proof(900))) << "a full day keeps no proof back";
  EXPECT_EQ(w.state().device(m.id)->forked_at, 900U);
}

TEST_F(Rules, AHandoverNeedsTheStandInsIfThereAreAny) {
  w.act(l, Policy{{{x.member, {}}, {m.member, {}}}, 1, 1, 90});
  const Act to_x = Promote{x.member, Role::leader};
  EXPECT_FALSE(counts(l, to_x));
  w.act(m, Endorse{act_hash_of(to_x)});
  EXPECT_TRUE(counts(l, to_x));
  EXPECT_EQ(w.state().members.at(x.member).role, Role::leader);
  EXPECT_EQ(w.state().members.at(l.member).role, Role::co_leader);
}

TEST_F(Rules, AStateStaysAsItWasWhileItsRosterLearnsOn) {
  GroupRoster roster(w.group, w.events);
  const auto before = roster.state();
  const auto members = before->members.size();
  w.join(l, p);
  roster.learn(w.events);
  const auto after = roster.state();
  EXPECT_EQ(before->members.size(), members);
  EXPECT_EQ(after->members.size(), members + 1);
}

TEST_F(Rules, TheRosterKnowsKeysAtOnceAndWhatMayBeStored) {
  GroupRoster roster(w.group, {});
  EXPECT_FALSE(roster.sign_key(l.id).has_value());
  roster.learn(std::span(w.events).first(1));
  EXPECT_EQ(roster.sign_key(l.id), l.sign.pk);
  EXPECT_FALSE(roster.sign_key(m.id).has_value());
  roster.learn(w.events);
  EXPECT_EQ(roster.sign_key(m.id), m.sign.pk);
  EXPECT_TRUE(roster.may_connect(m.id, m.link));
  EXPECT_FALSE(roster.may_connect(m.id, l.link));
  EXPECT_TRUE(roster.same_member(m.id, m.id));
  EXPECT_FALSE(roster.same_member(m.id, n.id));

  const auto seen = w.heads();
  const auto kept = w.act(m, StepBack{}, seen);
  const auto removal = w.act(l, Remove{m.member, {World::cut_at(kept)}}, ids({kept}));
  const auto late = w.act(m, Return{}, ids({kept}));
  const auto later = w.act(m, Return{}, ids({late}));
  roster.learn(std::vector{kept, removal});
  mail::Header tomb = late.header();
  tomb.kind = mail::Kind::tomb;
  EXPECT_TRUE(roster.storable(kept.header(), kept.link()));
  EXPECT_FALSE(roster.storable(kept.header(), late.link()));  // another branch at the cut
  EXPECT_FALSE(roster.storable(late.header(), late.link()));
  EXPECT_TRUE(roster.storable(tomb, late.link()));
  EXPECT_FALSE(roster.may_connect(m.id, m.link));
  EXPECT_EQ(roster.sign_key(m.id), m.sign.pk);  // what it wrote before still verifies
  const auto built_on = w.act(n, LeaveNotice{kToday}, ids({late}));
  roster.learn(std::span(&built_on, 1));
  EXPECT_FALSE(roster.storable(late.header(), late.link()));
  EXPECT_EQ(mail::storable_run(roster, std::span(&late, 1)), 1U) << "N waits for it";
  EXPECT_EQ(mail::storable_run(roster, std::span(&later, 1)), 0U) << "and for nothing else";
  roster.learn(std::span(&late, 1));
  const auto now = roster.state();
  EXPECT_TRUE(now->accepted.contains(built_on.id()));
}

TEST_F(Rules, WhatLiesBeyondACutIsInNoHeadUnlessSomebodyBuiltOnIt) {
  const auto kept = w.act(m, StepBack{}, w.heads());
  const auto late = w.act(m, Return{}, ids({kept}));
  const auto removal = w.act(l, Remove{m.member, {World::cut_at(kept)}}, ids({kept}));
  GroupRoster heard_both(w.group, w.events), never(w.group, w.events);
  heard_both.learn(std::vector{kept, late, removal});
  never.learn(std::vector{kept, removal});
  const auto both = heard_both.state(), one = never.state();
  EXPECT_EQ(both->control_heads, one->control_heads);
  EXPECT_EQ(both->control_heads, ids({removal}));
  const auto built_on = w.act(n, LeaveNotice{kToday}, ids({late}));
  heard_both.learn(std::span(&built_on, 1));
  const auto after = heard_both.state();
  EXPECT_EQ(after->control_heads.size(), 2U);
}

// Somebody removes on one branch of a forked log and goes on the other. Who heard of both tells of both.
TEST_F(Rules, WhatCountsIsInTheHeadsThoughItLiesBeyondACut) {
  const auto before = w.heads();
  const Place here = l.at;
  const auto removal = w.act(l, Remove{n.member, cuts(n)}, before);
  l.at = here;
  const auto going = w.act(l, Leave{}, before);
  EXPECT_EQ(status(n), Status::removed);
  EXPECT_EQ(status(l), Status::left);
  auto both = ids({removal, going});
  std::ranges::sort(both);
  EXPECT_EQ(w.heads(), both);
}

// Leaving ends the device that wrote it; what the other one then does can be ended, too.
TEST_F(Rules, WhoLeftOnOneDeviceCanBeRemovedFromTheOther) {
  w.act(l, Promote{m.member, Role::co_leader});
  Device m2 = w.device();
  w.add_device(m, m2, w.heads());
  const auto before = w.heads();
  std::vector<Cut> both = {w.cut(m2)};
  w.act(m, Leave{});
  EXPECT_EQ(status(m), Status::left);
  both.push_back(w.cut(m));
  std::ranges::sort(both, {}, &Cut::device);
  w.act(l, Remove{m.member, both});
  EXPECT_EQ(status(m), Status::removed);
  const auto open = w.invite(m2, before);
  const auto admitted = w.admit(m2, open, p, {open.event});
  EXPECT_FALSE(w.state().accepted.contains(admitted.id()));
  EXPECT_FALSE(w.state().members.contains(p.member));
}

// Whatever stands on the branch that the author of the removal does not name.
TEST_F(Rules, TheLongerBranchOfAForkedLogShieldsNobody) {
  const Place here = m.at;
  const auto known = w.act(m, StepBack{});
  m.at = here;
  w.act(m, LeaveNotice{kToday}, {});
  m.at.next += 1'000'000;  // and words between, as far as anybody can tell
  w.act(m, LeaveNotice{kToday + 1}, {});
  w.act(l, Remove{m.member, {World::cut_at(known)}});
  EXPECT_EQ(status(m), Status::removed);
}

// A place between two acts, where words stood as far as anybody can tell, is filled later.
// Whoever holds the founder's key, a thief of an old computer of theirs, signs the same beginning again.
TEST_F(Rules, AGroupBeginsOnce) {
  const mail::Event genesis = w.events.front();
  w.add_device(l, p, w.heads());
  w.act(p, DeviceRevoke{l.id, w.cut(l), {}});  // which names the true branch
  const auto before = w.state();
  for (std::uint32_t i = 1; i < 40; ++i) {
    mail::Header header = genesis.header();
    if (i % 2 == 0) header.day = header.day + i;
    if (i % 2 == 1) header.lamport += i;
    const auto again = mail::Event::sign(header, to_bytes(genesis.body()), l.sign.seed);
    GroupRoster late(w.group, w.events);
    late.learn(std::span(&again, 1));
    std::vector<mail::Event> first{again};
    first.insert(first.end(), w.events.begin(), w.events.end());
    const GroupRoster early(w.group, first);
    for (const auto& after : {late.state(), early.state()}) {
      EXPECT_EQ(state_digest(*after), state_digest(before));
      EXPECT_FALSE(after->accepted.contains(again.id()));
    }
  }
}

TEST_F(Rules, WhatIsSignedBelowAnActTakesNothingBack) {
  w.act(m, StepBack{});
  m.at.next += 3;
  const auto act = w.act(m, Return{});
  const auto built_on = w.act(l, Session{1, true});
  m.at = {act.header().seq - 2, w.random.draw<Link>()};
  w.act(m, LeaveNotice{kToday}, {w.random.draw<EventId>()});
  EXPECT_TRUE(counts(act));
  EXPECT_TRUE(counts(built_on));
  EXPECT_EQ(w.state().sessions, 1U);
  m.at = {act.header().seq - 1, w.random.draw<Link>()};
  w.act(m, LeaveNotice{kToday}, ids({built_on}));  // names what follows it
  EXPECT_TRUE(counts(built_on));
}

// As many heads as it likes, by naming none of its own acts.
TEST_F(Rules, NobodyCrowdsOthersOutOfWhatAnActNames) {
  const auto heads = w.heads();
  for (int i = 0; i < 300; ++i) {
    m.at.last.reset();
    w.act(m, LeaveNotice{kToday + static_cast<std::uint32_t>(i)}, heads);
  }
  const auto promotion = w.act(l, Promote{n.member, Role::co_leader}, heads);
  const GroupRoster roster(w.group, w.events);
  EXPECT_GT(w.heads().size(), 300U);
  const auto causes = roster.causes_for(n.id);
  EXPECT_EQ(causes.size(), kMaxDeps);
  EXPECT_TRUE(std::ranges::is_sorted(causes));
  n.at.last.reset();
  EXPECT_TRUE(counts(w.act(n, Session{1, true}, causes))) << "by the rank that the promotion gave";
  EXPECT_TRUE(std::ranges::count(roster.causes_for(l.id), promotion.id()));
}

TEST_F(Rules, WhoHasLeftDoesNotGoOnAsIfTheyHadNot) {
  const auto before = w.heads();
  w.act(x, Leave{});
  x.at.last.reset();
  EXPECT_FALSE(counts(w.act(x, Session{1, true}, before)));
}

TEST_F(Rules, AGoingSignedBelowAnEnrolmentLeavesTheKeyKnown) {
  const Place below = m.at;
  m.at.next += 3;
  const auto enrolled = w.add_device(m, p, w.heads());
  w.act(p, StepBack{});
  const auto built_on = w.act(l, Session{1, true});
  GroupRoster told(w.group, w.events);
  m.at = below;
  const auto going = w.act(m, Leave{});
  told.learn(std::span(&going, 1));
  const GroupRoster fresh(w.group, w.events);
  std::vector<mail::Event> backwards(w.events.rbegin(), w.events.rend());
  const GroupRoster late(w.group, backwards);
  const auto expected = fresh.state();
  for (const GroupRoster* roster : std::initializer_list<const GroupRoster*>{&told, &fresh, &late}) {
    const auto state = roster->state();
    EXPECT_TRUE(roster->sign_key(p.id).has_value());
    EXPECT_TRUE(state->accepted.contains(built_on.id()));
    EXPECT_EQ(state_digest(*state), state_digest(*expected));
    EXPECT_EQ(state->control_heads, w.heads());
  }
}

TEST_F(Rules, TheRosterSaysWhoWaitsForAnAct) {
  const Place mine = m.at;
  const auto missing = w.act(m, StepBack{}, w.heads());
  const auto other = w.act(m, Return{}, ids({missing}));
  m.at = mine;
  const auto aside = w.act(m, LeaveNotice{kToday + 1}, {});
  GroupRoster roster(w.group, std::span(w.events).first(w.events.size() - 3));
  using Waiting = std::vector<DeviceId>;
  const auto waiting = [&](const mail::Event& act) { return roster.waiting_for(std::span(&act, 1)).front(); };
  EXPECT_EQ(waiting(missing), Waiting{});
  m.at = mine;
  const auto own = w.act(m, LeaveNotice{kToday}, ids({missing, aside}));
  roster.learn(std::span(&own, 1));
  EXPECT_EQ(waiting(missing), Waiting{}) << "its own devices' acts crowd out nobody's";
  const auto theirs = w.act(n, LeaveNotice{kToday}, ids({missing}));
  roster.learn(std::span(&theirs, 1));
  EXPECT_EQ(waiting(missing), Waiting{n.id});
  EXPECT_EQ(waiting(aside), Waiting{});
  roster.learn(std::span(&missing, 1));
  EXPECT_EQ(waiting(missing), Waiting{m.id}) << "it counts here";
  EXPECT_EQ(waiting(other), Waiting{});
}

TEST_F(Rules, WhoWaitsForAnActWaitsForWhatItStandsOn) {
  const std::vector<mail::Event> acts = {w.act(m, StepBack{}), w.act(m, Return{}), w.act(m, StepBack{})};
  const auto theirs = w.act(n, LeaveNotice{kToday});
  GroupRoster roster(w.group, std::span(w.events).first(w.events.size() - 4));
  roster.learn(std::span(&theirs, 1));
  using Waiting = std::vector<DeviceId>;
  EXPECT_EQ(roster.waiting_for(std::span(acts).first(2)), std::vector<Waiting>(2)) << "nobody knows yet";
  EXPECT_EQ(roster.waiting_for(acts), std::vector<Waiting>(3, Waiting{n.id}));
  roster.learn(std::span(acts).last(1));
  EXPECT_EQ(roster.waiting_for(std::span(acts).first(2)), std::vector<Waiting>(2, Waiting{n.id}));
}

TEST_F(Rules, AnotherStateUnderTheSameHeadsIsAnAlarm) {  // I30
  const State s = w.state();
  DeviceBody body{s.control_heads, {m.prekey, 1}, m.link, {}, {}, ctl_digest(s), state_digest(s)};
  w.sign(m, mail::Kind::dev, encode(body));
  EXPECT_FALSE(w.state().split);
  EXPECT_EQ(w.state().device(m.id)->checkpoint_seq, m.at.next - 1);
  body.state_digest = Digest::zero();
  w.sign(m, mail::Kind::dev, encode(body));
  EXPECT_TRUE(w.state().split);
  w.act(l, Session{1, true});  // other heads: nothing to compare
  EXPECT_FALSE(w.state().split);
}

TEST_F(Rules, TheDigestCoversMembersRolesDevicesAndTermsButNoPrekey) {
  std::set<Digest> seen{state_digest(w.state())};
  const auto changes = [&](Device& by, const Act& what) {
    w.act(by, what);
    return seen.insert(state_digest(w.state())).second;
  };
  EXPECT_TRUE(changes(l, Promote{m.member, Role::secretary}));
  EXPECT_TRUE(changes(l, Policy{{{x.member, {}}}, 1, 1, 90}));
  EXPECT_TRUE(changes(l, Policy{{{x.member, {}}}, 1, 1, 30}));
  EXPECT_TRUE(changes(x, Suspend{n.member, cuts(n)}));
  w.add_device(m, p, w.heads());
  EXPECT_TRUE(seen.insert(state_digest(w.state())).second);
  EXPECT_FALSE(changes(l, Session{1, true}));
  const State s = w.state();
  w.sign(m, mail::Kind::dev,
         encode(DeviceBody{s.control_heads, {l.prekey, 9}, l.link, {}, {}, Digest::zero(), Digest::zero()}));
  EXPECT_FALSE(seen.insert(state_digest(w.state())).second);
  EXPECT_EQ(w.state().device(m.id)->prekey.number, 9);
}

}  // namespace
}  // namespace kith::group::test
