#include "core/mail/mail_store.h"

#include <gtest/gtest.h>

#include "core/mail/frame.h"
#include "crypto/carrier.h"
#include "tests/support/toy_store.h"

namespace kith::mail {
namespace {

using test::Author;
using test::fails;
using test::kToyDay;
using test::kToyGroup;
using test::ok;
using test::ToyStore;

constexpr Day kToday{kToyDay};

class Store : public testing::Test {
 protected:
  Store() {
    node.roster.add(ana);
    node.roster.add(ben);
  }
  Put put(const EventId& event, ByteView payload, const std::optional<DeviceId>& giver = {}) {
    const PayloadOf item{event, payload};
    const auto answers = node.store.put_payloads(kToyGroup, std::span(&item, 1), giver);
    EXPECT_TRUE(ok(answers));
    return answers->front();
  }
  std::vector<Event> envelopes(Author& author, std::size_t count) {
    std::vector<Event> events;
    for (std::size_t i = 0; i < count; ++i) events.push_back(author.envelope());
    return events;
  }
  Stop only_stop(const Appended& appended) {
    EXPECT_EQ(appended.stopped.size(), 1U);
    return appended.stopped.at(0).why;
  }

  Author ana{1}, ben{2}, stranger{3}, cara{4};
  ToyStore node;
};

TEST_F(Store, KeepsThisNodesPlaceInAGroup) {
  crypto::SystemRandom random;
  const auto link = crypto::link_keypair(random);
  EXPECT_TRUE(node.store.groups()->empty());
  EXPECT_TRUE(fails(node.store.link_key(kToyGroup), Errc::not_found));
  EXPECT_TRUE(ok(node.store.add_group({kToyGroup, ana.id, 4000}, link)));
  ASSERT_EQ(node.store.groups()->size(), 1U);
  EXPECT_EQ(node.store.groups()->at(0).port, 4000);
  const auto back = node.store.link_key(kToyGroup);
  ASSERT_TRUE(ok(back));
  EXPECT_EQ(back->pk, link.pk);
  EXPECT_TRUE(equal(back->secret.reveal(), link.secret.reveal()));
}

TEST_F(Store, KeepsALogAndServesItAsItCame) {
  std::vector<Event> events = {ana.control("1"), ana.envelope(), ana.device_record(), ana.envelope()};
  const Appended appended = node.append(events);
  EXPECT_EQ(appended.stored, 4U);
  EXPECT_EQ(appended.control.size(), 2U);
  EXPECT_EQ(node.roster.learnt.size(), 2U);
  const auto wires = node.store.wire_after(kToyGroup, ana.id, std::nullopt, 1 << 20);
  ASSERT_EQ(wires->size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(equal(wires->at(i), events[i].wire()));
  EXPECT_EQ(node.store.wire_after(kToyGroup, ana.id, 2, 1 << 20)->size(), 1U);
  EXPECT_EQ(node.store.wire_after(kToyGroup, ana.id, std::nullopt, 600)->size(), 2U);
  EXPECT_EQ(node.store.arrivals(kToyGroup, 0, 100)->size(), 4U);
  EXPECT_EQ(node.store.control_events(kToyGroup)->size(), 2U);
  EXPECT_EQ(node.store.event(events[1].id())->value().id(), events[1].id());
  EXPECT_EQ(node.store.event_at(kToyGroup, ana.id, 3)->value().id(), events[3].id());
  EXPECT_EQ(node.store.link_at(kToyGroup, ana.id, 3)->value(), events[3].link());
  const auto head = node.store.head(kToyGroup, ana.id);
  EXPECT_EQ(head->value().seq, 3U);
  EXPECT_EQ(head->value().checked, 4U);
  EXPECT_EQ(node.append(events).known, 4U);  // again: nothing grows
  EXPECT_EQ(node.store.arrivals(kToyGroup, 0, 100)->size(), 4U);
}

TEST_F(Store, RefusesWhatDoesNotBelong) {
  EXPECT_EQ(only_stop(node.append(stranger.control())), Stop::stranger);
  const Event first = ana.control("1"), second = ana.control("2"), third = ana.control("3");
  EXPECT_EQ(only_stop(node.append(second)), Stop::gap);
  node.append(first);
  EXPECT_EQ(only_stop(node.append(third)), Stop::gap);

  Header forged = second.header();
  forged.device = ben.id;  // Ana writes in Ben's log
  forged.seq = 0;
  forged.prev = *Link::parse(kToyGroup.view());
  EXPECT_EQ(only_stop(node.append(ana.sign(forged, to_bytes(second.body())))), Stop::bad_signature);

  Header elsewhere = second.header();
  elsewhere.group = crypto::H_as<GroupId>("test.group2", {});
  EXPECT_EQ(only_stop(node.append(ana.sign(elsewhere, to_bytes(second.body())))), Stop::other_group);

  Header other_branch = second.header();
  other_branch.prev = Link::zero();
  EXPECT_EQ(only_stop(node.append(ana.sign(other_branch, to_bytes(second.body())))), Stop::broken_chain);

  Header tomorrow = second.header();
  tomorrow.day = Day{kToyDay + 3};
  EXPECT_EQ(only_stop(node.append(ana.sign(tomorrow, to_bytes(second.body())))), Stop::ahead);

  node.roster.cut(ana.id, 0);
  EXPECT_EQ(only_stop(node.append(second)), Stop::not_storable);
  EXPECT_EQ(node.store.head(kToyGroup, ana.id)->value().seq, 0U);
}

TEST_F(Store, LearnsWhoIsWhoBeforeTheNextLog) {
  const Event admission = ana.control("admit");
  node.roster.enrolled_by(stranger, admission.id());
  const std::vector<Event> events = {admission, stranger.control("hello")};
  EXPECT_EQ(node.append(events).stored, 2U);
  EXPECT_EQ(node.store.heads(kToyGroup)->at(0).device, ana.id);  // in order of arrival
  EXPECT_EQ(node.store.heads(kToyGroup)->at(1).device, stranger.id);
}

TEST_F(Store, TakesALongRunOnItsLastSignatureAndChecksItLater) {
  const auto events = envelopes(ana, 100);
  EXPECT_EQ(node.append(events).stored, 100U);
  EXPECT_EQ(node.store.head(kToyGroup, ana.id)->value().checked, 0U);
  EXPECT_TRUE(node.store.wire_after(kToyGroup, ana.id, std::nullopt, 1 << 20)->empty());
  EXPECT_TRUE(node.store.arrivals(kToyGroup, 0, 100)->empty());
  EXPECT_EQ(*node.store.check_pending(kToyGroup, node.roster, 30), 30U);
  EXPECT_EQ(node.store.wire_after(kToyGroup, ana.id, std::nullopt, 1 << 20)->size(), 30U);
  node.check_all();
  EXPECT_EQ(node.store.arrivals(kToyGroup, 0, 1000)->size(), 100U);
  EXPECT_EQ(*node.store.check_pending(kToyGroup, node.roster, 30), 0U);
}

// One whose signature is wrong, in a chain that its author signed all the same.
std::vector<Event> run_with_a_bad_signature(Author& author, std::size_t size, std::size_t bad) {
  std::vector<Event> events;
  Link prev = author.next().prev;
  for (std::size_t i = 0; i < size; ++i) {
    Header header = author.next();
    header.kind = Kind::env;
    header.length = 64 + 8 * 48 + 4096 + 16 + 64;
    header.seq = i;
    header.prev = prev;
    Bytes wire = to_bytes(author.sign(header, {}).wire());
    if (i == bad) wire[200] ^= 1;
    events.push_back(*Event::parse(wire));
    prev = events.back().link();
  }
  return events;
}

TEST_F(Store, EndsALogBeforeABadSignatureInsideARun) {
  const auto events = run_with_a_bad_signature(ana, 60, 41);
  EXPECT_EQ(node.append(events).stored, 60U);
  node.check_all();
  EXPECT_EQ(node.store.head(kToyGroup, ana.id)->value().seq, 40U);
  EXPECT_EQ(node.store.head(kToyGroup, ana.id)->value().link, events[40].link());
  EXPECT_EQ(node.store.arrivals(kToyGroup, 0, 1000)->size(), 41U);
  EXPECT_EQ(node.store.missing_payloads(kToyGroup, 0, 1000)->size(), 41U);
  node.append(events);  // brought again, it goes the same way
  node.check_all();
  EXPECT_EQ(node.store.head(kToyGroup, ana.id)->value().seq, 40U);
}

TEST_F(Store, EndsALogAtItsVeryFirstEvent) {
  const auto events = run_with_a_bad_signature(ana, 60, 0);
  node.append(events);
  node.check_all();
  EXPECT_FALSE(node.store.head(kToyGroup, ana.id)->has_value());
  EXPECT_TRUE(node.store.missing_payloads(kToyGroup, 0, 1000)->empty());
}

TEST_F(Store, EndsALogWhereSomebodyMovedItsRows) {
  const std::vector<db::Sql> edits = {
      // An end so far away that going there place by place would never end.
      "UPDATE event SET seq = 4611686018427387904 WHERE seq = 59",
      "UPDATE event SET seq = seq + 4611686018427387000 WHERE seq > 20",
  };
  for (const auto& edit : edits) {
    ToyStore edited;
    edited.roster.add(ana);
    Author author{1};
    edited.append(envelopes(author, 60));
    ASSERT_TRUE(ok(edited.store.database().execute(edit)));
    ASSERT_TRUE(ok(edited.store.database().execute("UPDATE head SET seq = 4611686018427387904")));
    std::size_t rounds = 0;
    while (rounds < 10) {
      ++rounds;
      if (*edited.store.check_pending(kToyGroup, edited.roster, 64) == 0) break;
    }
    EXPECT_LT(rounds, 10U) << edit.text();
    const auto head = edited.store.head(kToyGroup, author.id)->value();
    EXPECT_EQ(head.checked, head.seq + 1) << edit.text();
    EXPECT_EQ(head.link, edited.store.link_at(kToyGroup, author.id, head.seq)->value()) << edit.text();
  }
}

TEST_F(Store, LooksAtEverySignatureWhenTheLastOneIsBad) {
  auto events = run_with_a_bad_signature(ana, 60, 59);
  const Appended appended = node.append(events);
  EXPECT_EQ(appended.stored, 59U);
  EXPECT_EQ(only_stop(appended), Stop::bad_signature);
  EXPECT_EQ(node.store.head(kToyGroup, ana.id)->value().checked, 59U);
}

TEST_F(Store, ChecksEverythingBelowAControlEventFirst) {
  const auto events = envelopes(ana, 50);
  node.append(events);
  EXPECT_EQ(node.store.head(kToyGroup, ana.id)->value().checked, 0U);
  EXPECT_EQ(node.append(ana.control()).control.size(), 1U);
  EXPECT_EQ(node.store.head(kToyGroup, ana.id)->value().checked, 51U);

  const auto bad = run_with_a_bad_signature(ben, 60, 41);
  node.append(bad);
  Header header = bad.back().header();
  header.kind = Kind::ctl;
  header.seq = 60;
  header.prev = bad.back().link();
  header.length = 0;
  header.bind = body_bind({});
  EXPECT_EQ(only_stop(node.append(ben.sign(header, {}))), Stop::bad_signature);
  EXPECT_EQ(node.store.head(kToyGroup, ben.id)->value().seq, 40U);
}

TEST_F(Store, TakesAPayloadThatItsEventBinds) {
  const Event event = ana.envelope();
  EXPECT_EQ(put(event.id(), ana.payload(event.id())), Put::unknown_event);
  node.append(event);
  const auto missing = node.store.missing_payloads(kToyGroup, 0, 10);
  ASSERT_EQ(missing->size(), 1U);
  EXPECT_EQ(missing->at(0).event, event.id());
  Bytes altered = ana.payload(event.id());
  altered[500] ^= 1;
  EXPECT_EQ(put(event.id(), altered), Put::bad);
  EXPECT_EQ(put(event.id(), ByteView(altered).first(100)), Put::bad);
  EXPECT_EQ(put(event.id(), ana.payload(event.id())), Put::stored);
  EXPECT_EQ(put(event.id(), ana.payload(event.id())), Put::known);
  EXPECT_TRUE(node.store.missing_payloads(kToyGroup, 0, 10)->empty());
  EXPECT_EQ(node.store.payloads(event.id())->at(0), ana.payload(event.id()));
  const auto offers = node.store.offers(kToyGroup, 0, 10);
  ASSERT_EQ(offers->size(), 1U);
  EXPECT_EQ(offers->at(0).digest, crypto::payload_digest(ana.payload(event.id())));
  EXPECT_EQ(*node.store.last_payload_row(kToyGroup), offers->at(0).row);
  const Event control = ana.control();
  node.append(control);
  EXPECT_EQ(put(control.id(), {}), Put::unknown_event);
  EXPECT_TRUE(fails(node.store.put_payload(control.id(), {}), Errc::not_found));
}

TEST_F(Store, NeverHoldsAPayloadAfterItsTombstone) {
  const Event first = ana.envelope(), tomb = ana.tomb({first.id()});
  node.append(first);
  EXPECT_EQ(put(first.id(), ana.payload(first.id())), Put::stored);
  node.append(tomb);
  EXPECT_TRUE(*node.store.tombstoned(first.id()));
  EXPECT_TRUE(node.store.payloads(first.id())->empty());
  EXPECT_EQ(put(first.id(), ana.payload(first.id())), Put::tombstoned);
  EXPECT_TRUE(node.held().empty());
  EXPECT_TRUE(node.store.missing_payloads(kToyGroup, 0, 10)->empty());
}

TEST_F(Store, RemembersATombstoneForAnEventThatItDoesNotKnow) {
  Author second_device(4);
  second_device.member = ana.member;
  node.roster.add(second_device);
  const Event event = ana.envelope();
  node.append(second_device.tomb({event.id()}));
  node.append(event);
  EXPECT_TRUE(*node.store.tombstoned(event.id()));
  EXPECT_EQ(put(event.id(), ana.payload(event.id())), Put::tombstoned);
}

TEST_F(Store, IgnoresATombstoneOfAnotherMember) {
  const Event early = ana.envelope(), late = ana.envelope();
  node.append(early);
  node.append(ben.tomb({early.id(), late.id()}));
  node.append(late);
  EXPECT_FALSE(*node.store.tombstoned(early.id()));
  EXPECT_FALSE(*node.store.tombstoned(late.id()));
  EXPECT_EQ(put(early.id(), ana.payload(early.id())), Put::stored);
}

TEST_F(Store, HoldsThreeVariantsAndMakesRoomForABetterOne) {
  const Event event = ana.envelope();
  node.append(event);
  std::vector<Bytes> variants;
  for (int i = 0; i < 5; ++i) variants.push_back(ana.variant(event.id()));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(put(event.id(), variants[static_cast<std::size_t>(i)]), Put::stored);
  EXPECT_EQ(put(event.id(), variants[3]), Put::too_many);
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(ok(node.store.judge(event.id(), crypto::payload_digest(variants[static_cast<std::size_t>(i)]),
                                    Verdict::bad)));
  const auto missing = node.store.missing_payloads(kToyGroup, 0, 10);
  ASSERT_EQ(missing->size(), 1U);
  EXPECT_EQ(missing->at(0).except.size(), 3U);
  EXPECT_EQ(put(event.id(), variants[3]), Put::stored);
  EXPECT_EQ(put(event.id(), variants[0]), Put::known);  // remembered, though its bytes went
  EXPECT_TRUE(ok(node.store.judge(event.id(), crypto::payload_digest(variants[3]), Verdict::good)));
  EXPECT_EQ(node.store.payloads(event.id())->size(), 1U);
  EXPECT_EQ(node.store.payloads(event.id())->at(0), variants[3]);
  EXPECT_TRUE(node.store.missing_payloads(kToyGroup, 0, 10)->empty());
  EXPECT_TRUE(fails(node.store.judge(event.id(), Digest::zero(), Verdict::good), Errc::not_found));
}

TEST_F(Store, RemembersEightUselessVariantsAtMost) {
  const Event event = ana.envelope();
  node.append(event);
  for (std::size_t i = 0; i < kMaxBadDigests; ++i) {
    const Bytes variant = ana.variant(event.id());
    ASSERT_EQ(put(event.id(), variant), Put::stored) << i;
    ASSERT_TRUE(ok(node.store.judge(event.id(), crypto::payload_digest(variant), Verdict::bad)));
  }
  EXPECT_EQ(put(event.id(), ana.variant(event.id())), Put::too_many);
  EXPECT_TRUE(node.store.missing_payloads(kToyGroup, 0, 10)->empty());
}

// Who reads an envelope can make copies of it in which others find no slot: as many as they like, and first.
TEST_F(Store, NobodysUselessVariantsKeepOutWhatOthersHave) {
  const Event event = ana.envelope();
  node.append(event);
  const auto asked = [&](const DeviceId& whom) {
    return node.store.missing_payloads(kToyGroup, 0, 10, whom)->size() == 1 &&
           node.store.missing_among(kToyGroup, std::array{event.id()}, whom)->size() == 1;
  };
  const auto useless = [&](const DeviceId& by) {
    const Bytes variant = ana.variant(event.id());
    const Put answer = put(event.id(), variant, by);
    if (answer == Put::stored) {
      EXPECT_TRUE(ok(node.store.judge(event.id(), crypto::payload_digest(variant), Verdict::bad)));
    }
    return answer;
  };
  for (std::size_t i = 0; i < kMaxBadOfOne; ++i) {
    EXPECT_TRUE(asked(ben.id)) << i;
    EXPECT_EQ(useless(ben.id), Put::stored) << i;
  }
  EXPECT_FALSE(asked(ben.id)) << "of Ben that is enough";
  EXPECT_EQ(useless(ben.id), Put::too_many);
  for (std::size_t i = 0; i < kMaxBadOfOne; ++i) EXPECT_EQ(useless(stranger.id), Put::stored) << i;
  EXPECT_TRUE(asked(ana.id)) << "and nothing against Ana";
  for (std::size_t i = 0; i < kMaxBadOfOne - 1; ++i) EXPECT_EQ(useless(cara.id), Put::stored) << i;
  const auto missing = node.store.missing_payloads(kToyGroup, 0, 10, cara.id);
  ASSERT_EQ(missing->size(), 1U);
  EXPECT_EQ(missing->at(0).except.size(), kMaxExcept) << "as many as one WANT names";
  EXPECT_EQ(put(event.id(), ana.payload(event.id()), ana.id), Put::stored);
  EXPECT_TRUE(
      ok(node.store.judge(event.id(), crypto::payload_digest(ana.payload(event.id())), Verdict::good)));
  EXPECT_EQ(node.store.payloads(event.id())->size(), 1U);
  EXPECT_FALSE(asked(ana.id));
}

// It opens here, and was perhaps made so that it opens nowhere else: the other may be the author's own.
TEST_F(Store, KeepsASecondGoodVariantForThoseWhomTheFirstDoesNotServe) {
  const Event event = ana.envelope();
  node.append(event);
  const Bytes first = ana.variant(event.id());
  EXPECT_EQ(put(event.id(), first, ben.id), Put::stored);
  EXPECT_EQ(put(event.id(), ana.payload(event.id()), ana.id), Put::stored);
  for (const Bytes& copy : {first, ana.payload(event.id())})
    EXPECT_TRUE(ok(node.store.judge(event.id(), crypto::payload_digest(copy), Verdict::good)));
  const std::vector<Digest> except = {crypto::payload_digest(first)};
  EXPECT_EQ(*node.store.payload_but(kToyGroup, event.id(), std::nullopt, except), ana.payload(event.id()));
  EXPECT_FALSE(node.store.missing_payload(kToyGroup, event.id())->has_value());
}

TEST_F(Store, PurgesByAgeAndComesBackWhenTheClockWasWrong) {
  ana.set_day(kToyDay - 100);
  const Event old = ana.envelope();
  ana.set_day(kToyDay - 90);
  const Event due = ana.envelope();
  node.append({std::vector{old, due}});
  put(old.id(), ana.payload(old.id()));
  put(due.id(), ana.payload(due.id()));
  EXPECT_EQ(*node.store.purge_expired(kToyGroup, kToday, 90), 1U);
  EXPECT_EQ(put(old.id(), ana.payload(old.id())), Put::expired);
  EXPECT_EQ(node.store.payloads(due.id())->size(), 1U);
  EXPECT_TRUE(node.store.missing_payloads(kToyGroup, 0, 10)->empty());

  EXPECT_EQ(*node.store.purge_expired(kToyGroup, kToday + 3650, 90), 1U);
  ana.set_day(kToyDay);
  const Event fresh = ana.envelope();
  node.append(fresh);
  EXPECT_TRUE(node.store.missing_payloads(kToyGroup, 0, 10)->empty());
  EXPECT_EQ(*node.store.purge_expired(kToyGroup, kToday, 90), 0U);
  EXPECT_EQ(node.store.missing_payloads(kToyGroup, 0, 10)->size(), 2U);
  EXPECT_EQ(put(due.id(), ana.payload(due.id())), Put::stored);
  EXPECT_EQ(put(fresh.id(), ana.payload(fresh.id())), Put::stored);
}

TEST_F(Store, KeepsAMembersPayloadsWithinTheQuota) {
  const Event event = ana.envelope(), other = ben.envelope();
  node.append(event);
  node.append(other);
  const auto size = static_cast<std::int64_t>(ana.payload(event.id()).size());
  const auto fill = [&](std::int64_t bytes) {
    auto update = node.store.database().prepare("UPDATE head SET payload_bytes = ?1 WHERE device_id = ?2");
    ASSERT_TRUE(ok(update->bind(1, bytes).bind(2, ana.id.view()).run()));
  };
  fill(kMaxMemberPayload - size + 1);
  EXPECT_EQ(put(event.id(), ana.payload(event.id())), Put::over_quota);
  EXPECT_EQ(node.store.missing_payloads(kToyGroup, 0, 10)->size(), 1U);  // Ben's alone is asked for
  EXPECT_EQ(put(other.id(), ben.payload(other.id())), Put::stored);
  fill(kMaxMemberPayload - size);
  EXPECT_EQ(put(event.id(), ana.payload(event.id())), Put::stored);
}

TEST_F(Store, ProvesAForkOnceAndAtItsLowestPlace) {
  Author twin(1);  // the same keys: a restored copy
  const Event common = ana.control("common");
  twin.control("common");
  node.append(common);
  const Event ours = ana.control("ours"), theirs = twin.control("theirs");
  const Event our_next = ana.control("ours 2"), their_next = twin.control("theirs 2");
  node.append(ours);
  node.append(our_next);
  const auto high = node.store.add_fork(kToyGroup, *parse_signed_header(our_next.signed_bytes()),
                                        *parse_signed_header(their_next.signed_bytes()), node.roster);
  ASSERT_TRUE(ok(high));
  EXPECT_TRUE(high->has_value());
  EXPECT_TRUE(node.roster.forked.contains(ana.id));
  const Appended low = node.append(theirs);
  EXPECT_EQ(only_stop(low), Stop::broken_chain);
  ASSERT_EQ(low.forks.size(), 1U);
  EXPECT_EQ(low.forks[0].first.header.seq, 1U);
  EXPECT_TRUE(node.append(theirs).forks.empty());
  ASSERT_EQ(node.store.forks(kToyGroup, 0, 10)->size(), 1U);
  EXPECT_EQ(node.store.forks(kToyGroup, 0, 10)->at(0).first.header.seq, 1U);
  EXPECT_EQ(node.store.head(kToyGroup, ana.id)->value().link, our_next.link());  // what came first stays
}

TEST_F(Store, KeepsTheActsOfAnotherBranchBesideTheLog) {
  Author twin(1);
  const Event common = ana.control("common");
  twin.control("common");
  node.append(common);
  const Event ours = ana.control("ours"), our_words = ana.envelope(), our_next = ana.control("ours 2");
  node.append(std::vector{ours, our_words});
  const Event theirs = twin.control("theirs"), their_words = twin.envelope(),
              their_next = twin.control("theirs 2"), their_third = twin.control("theirs 3");

  EXPECT_EQ(only_stop(node.append(their_next)), Stop::broken_chain) << "no fork is proved by a gap";
  EXPECT_EQ(only_stop(node.append(theirs)), Stop::broken_chain) << "it is said once that there are two";
  const Appended again = node.append(std::vector{theirs, their_next});
  EXPECT_TRUE(again.stopped.empty());
  EXPECT_EQ(again.known, 1U);
  EXPECT_EQ(again.stored, 1U);
  EXPECT_EQ(node.append(their_third).stored, 1U) << "what lies between need not come";
  EXPECT_EQ(only_stop(node.append(their_words)), Stop::broken_chain);

  EXPECT_EQ(node.store.head(kToyGroup, ana.id)->value().link, our_words.link());
  EXPECT_EQ(node.store.control_events(kToyGroup)->size(), 5U);
  EXPECT_EQ(node.store.beside(kToyGroup, 0, 1000)->size(), 3U);
  EXPECT_EQ(node.roster.learnt.size(), 5U);
  EXPECT_EQ(node.store.wire_after(kToyGroup, ana.id, std::nullopt, 1 << 20)->size(), 3U);
  EXPECT_TRUE(node.append(our_next).stopped.empty()) << "the log itself goes on";

  const Event tomb = ana.tomb({theirs.id()});
  EXPECT_TRUE(node.append(tomb).stopped.empty());
  EXPECT_EQ(node.store.beside(kToyGroup, 0, 1000)->size(), 3U) << "no act is ever taken back";
}

TEST_F(Store, MovesAnActIntoItsLogWhenWhatWasBeforeItComes) {
  Author twin(1);
  const Event first = ana.control("ours"), second = ana.envelope(), third = ana.control("later");
  node.append(first);
  node.append(twin.control("theirs"));
  EXPECT_EQ(node.append(third).stored, 1U);
  EXPECT_EQ(node.store.beside(kToyGroup, 0, 1000)->size(), 2U);
  EXPECT_TRUE(node.append(std::vector{second, third}).stopped.empty());
  EXPECT_EQ(node.store.head(kToyGroup, ana.id)->value().link, third.link());
  EXPECT_EQ(node.store.beside(kToyGroup, 0, 1000)->size(), 1U);
  EXPECT_EQ(node.store.control_events(kToyGroup)->size(), 3U);
}

TEST_F(Store, KeepsNoActAheadOfItsLogUntilAForkIsProved) {
  Author twin(1);
  const Event common = ana.control("common");
  twin.control("common");
  node.append(common);
  const Event between = ana.control("between"), ahead = ana.control("ahead");
  node.roster.wants.insert(ahead.id());
  EXPECT_EQ(only_stop(node.append(ahead)), Stop::gap) << "its turn comes";
  EXPECT_TRUE(node.store.control_events(kToyGroup)->size() == 1);
  node.append(twin.control("another"));
  node.append(between);
  EXPECT_EQ(node.append(ahead).beside.size(), 1U) << "its log may never come";
}

TEST_F(Store, KeepsNoForgedActBesideALog) {
  Author twin(1), third(1);
  node.append(ana.control("ours"));
  node.append(twin.control("theirs"));
  ASSERT_EQ(node.store.beside(kToyGroup, 0, 1000)->size(), 1U);
  const Event genuine = twin.control("theirs 2");
  const auto forged = [](const Event& event) {
    Bytes wire = to_bytes(event.wire());
    wire[200] ^= 1;  // in the signature
    return *Event::parse(wire);
  };
  const Event in_place = forged(third.control("in our place")), beyond = forged(twin.control("theirs 3"));
  for (const Event& event : {forged(genuine), in_place, beyond}) {
    node.roster.wants.insert(event.id());
    EXPECT_FALSE(node.append(event).stopped.empty());
  }
  EXPECT_EQ(node.store.beside(kToyGroup, 0, 1000)->size(), 1U);
  EXPECT_EQ(node.append(genuine).stored, 1U) << "there is room, and the signature is all that was missing";
}

TEST_F(Store, HoldsSoManyActsBesideALogAndForEachWhoWaitsSoMany) {
  Author twin(1);
  node.append(ana.control("ours"));
  std::vector<Event> theirs;
  for (std::size_t i = 0; i < kMaxBeside + kMaxBesideWanted + 3; ++i) {
    twin.set_day(static_cast<std::uint32_t>(i / kMaxEventsPerDay));
    theirs.push_back(twin.control("theirs " + std::to_string(i)));
  }
  const std::size_t last = theirs.size() - 1;
  const auto held = [&] { return node.store.beside(kToyGroup, 0, 1000)->size(); };
  EXPECT_EQ(node.append(theirs).stopped.size(), 1U) << "of a run it is told once";
  EXPECT_EQ(held(), kMaxBeside);
  node.roster.wants.insert(theirs[last].id());
  EXPECT_EQ(node.append(theirs).stored, 1U) << "the last of a run, though those before it find no place";
  EXPECT_EQ(held(), kMaxBeside + 1);
  for (const Event& event : theirs) node.roster.wants.insert(event.id());
  node.append(theirs);
  EXPECT_EQ(held(), kMaxBeside + kMaxBesideWanted);
  node.roster.waiting = ben.id;
  EXPECT_EQ(node.append(theirs).stored, 3U) << "nobody fills the place of another";
  EXPECT_EQ(held(), theirs.size());
}

TEST_F(Store, TakesNoFalseProofOfAFork) {
  const Event a = ana.control("a"), b = ana.control("b"), c = ben.control("c");
  const auto header = [](const Event& event) { return *parse_signed_header(event.signed_bytes()); };
  Bytes flipped = to_bytes(a.signed_bytes());
  flipped[255] ^= 1;
  for (const auto& [first, second] :
       {std::pair(header(a), header(a)), std::pair(header(a), header(b)), std::pair(header(a), header(c)),
        std::pair(header(a), *parse_signed_header(flipped))})
    EXPECT_TRUE(fails(node.store.add_fork(kToyGroup, first, second, node.roster), Errc::unauthentic));
  EXPECT_TRUE(node.store.forks(kToyGroup, 0, 10)->empty());
}

TEST_F(Store, HoldsSeveralGroupsApart) {
  const GroupId other = crypto::H_as<GroupId>("test.group2", {});
  Author elsewhere(9, other);
  test::ToyRoster roster;
  roster.add(elsewhere);
  const Event event = elsewhere.envelope();
  EXPECT_EQ(node.store.append(other, std::span(&event, 1), roster, kToday)->stored, 1U);
  node.append(ana.envelope());
  EXPECT_EQ(node.store.heads(kToyGroup)->size(), 1U);
  EXPECT_EQ(node.store.arrivals(other, 0, 10)->size(), 1U);
  EXPECT_EQ(node.store.missing_payloads(other, 0, 10)->size(), 1U);
  EXPECT_EQ(put(event.id(), elsewhere.payload(event.id())), Put::unknown_event);
}

TEST(MailStore, RefusesAForeignSchema) {
  test::Scratch scratch;
  const auto open = [&] {
    return db::Database::open(scratch / "mail.db", test::key_of(7), {.create = true});
  };
  ASSERT_TRUE(ok(MailStore::open(*open())));
  ASSERT_TRUE(ok(MailStore::open(*open())));
  ASSERT_TRUE(ok(open()->execute("CREATE TABLE more(x)")));
  EXPECT_TRUE(fails(MailStore::open(*open()), Errc::damaged));
  ASSERT_TRUE(ok(open()->execute("DROP TABLE more; DROP INDEX missing_group")));
  EXPECT_TRUE(fails(MailStore::open(*open()), Errc::damaged));
}

}  // namespace
}  // namespace kith::mail
