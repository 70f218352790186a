// What a member with a changed program, or a device whose log forked, can do to the nodes of the others: cost
// them a place, a day or a copy, and never a duty, a withdrawal or the node itself.
#include "core/sharing/pen.h"
#include "crypto/envelope.h"
#include "crypto/sign.h"
#include "tests/sharing/world.h"

namespace kith::test {
namespace {

using namespace sharing;

group::Snapshot state_of(World& world, TestNode& node) {
  return must(node.node().book(world.group))->state();
}

DeviceId device_of(World& world, TestNode& node) { return must(node.node().book(world.group))->device; }

// Two different events that this device signed for one place of its log.
mail::Fork forked_at(World& world, TestNode& node, std::uint64_t seq) {
  const auto keys = must(node.node().keyring().device(world.group));
  const auto one = [&] {
    Bytes body = mail::encode(mail::Tomb{{node.random.draw<EventId>()}, 0});
    const mail::Header header{.kind = mail::Kind::tomb,
                              .retention = 0,
                              .group = world.group,
                              .device = keys->device,
                              .seq = seq,
                              .prev = node.random.draw<Link>(),
                              .day = node.node().today(),
                              .length = static_cast<std::uint32_t>(body.size()),
                              .bind = mail::body_bind(body),
                              .ctl_digest = Digest::zero(),
                              .lamport = 1};
    return must(mail::parse_signed_header(mail::Event::sign(header, body, keys->sign).signed_bytes()));
  };
  return {0, one(), one()};
}

void show_fork(World& world, TestNode& to, const mail::Fork& fork) {
  must(to.mail().add_fork(world.group, fork.first, fork.second, *must(to.node().book(world.group))->roster));
}

std::size_t evidence_by(World& world, TestNode& node) {
  std::size_t count = 0;
  for (const auto& event : must(node.mail().control_events(world.group))) {
    if (event.header().device != device_of(world, node) || event.header().kind != mail::Kind::ctl) continue;
    const auto body = must(group::parse_control(event.body()));
    count += std::holds_alternative<group::ForkEvidence>(body.act) ? 1 : 0;
  }
  return count;
}

// ---- forks -----------------------------------------------------------------------------------------------

TEST(HostileMember, WhoseAdmissionIsHeldByAForkIsToldSo) {
  World world({"Lena", "Ana", "Ben"});
  world.found();
  auto &lena = world["Lena"], &ben = world["Ben"];
  lena.snapshot("copy.db");
  const std::string mail_before = read_file(lena.folder / "mail.db");
  world.join("Ben");
  world.sign("Ben");
  world.carry(ben, lena);
  world.tick("Lena");
  world.carry(lena, ben);
  world.tick("Ben");
  world.share("Ben", world.draft("Mine.", To::group));
  ASSERT_EQ(must(Items(ben).mine(world.group)).size(), 1U);
  write_file(lena.folder / "mail.db", mail_before);
  lena.restore_journal("copy.db");
  world.act(lena, group::LeaveNotice{lena.node().today()});
  world.carry(lena, ben);
  world.tick("Ben");
  const auto held = state_of(world, ben);
  ASSERT_EQ(held->member_of(device_of(world, ben)), nullptr) << "the case itself";
  EXPECT_EQ(must(Items(ben).mine(world.group)).size(), 1U) << "what he shared is still his";
  EXPECT_TRUE(ok(Items(ben).received(world.group)));
  EXPECT_TRUE(ok(Feedback(ben).answers(world.group)));
  EXPECT_TRUE(ok(Feedback(ben).requests_to_me(world.group)));
  const auto groups = must(Groups(ben).list());
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups.front().me.status, group::Status::on_hold);
  EXPECT_FALSE(groups.front().may_share);
}

TEST(HostileMember, ProofsOfForksUseUpNobodysDay) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  auto &lena = world["Lena"], &ana = world["Ana"], &ben = world["Ben"];
  constexpr std::uint64_t kLowest = 1000;
  for (std::uint64_t i = 0; i < 17; ++i) {
    show_fork(world, ben, forked_at(world, ana, kLowest + 17 - i));
    world.tick("Ben", Occasion::timer);
  }
  EXPECT_EQ(evidence_by(world, ben), 1U) << "one a day for each device";
  const auto forked = state_of(world, ben);
  EXPECT_TRUE(forked->device(device_of(world, ana))->forked);

  must(Agreements(lena).edit(world.group, "own-words", "We say it anew."));
  must(Agreements(lena).propose(world.group));
  world.tick("Lena");
  world.carry(lena, ben);
  world.tick("Ben", Occasion::timer);
  world.sign("Ben");
  const auto agreed = state_of(world, ben);
  EXPECT_TRUE(agreed->members.at(world.member("Ben")).agreed.contains(2)) << "it counts";

  show_fork(world, ben, forked_at(world, ana, kLowest));
  world.clock.advance(24h);
  world.tick("Ben", Occasion::timer);
  world.tick("Ben", Occasion::timer);
  EXPECT_EQ(evidence_by(world, ben), 2U);
  const auto next_day = state_of(world, ben);
  EXPECT_EQ(next_day->device(device_of(world, ana))->forked_at, kLowest) << "the lowest by then";
}

// A day that is full, or a retired device: what needs no signature goes on.
TEST(HostileMember, ADutyThatIsRefusedKeepsNoOtherWaiting) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  auto &ana = world["Ana"], &ben = world["Ben"];
  auto draft = world.draft("Until tomorrow.", To::group);
  draft.until = ana.node().today() + 1;
  world.share("Ana", draft);
  world.carry(ana, ben);
  world.tick("Ben");
  ASSERT_FALSE(must(Items(ben).received(world.group)).at(0).text.empty());
  world.clock.advance(24h * 3);
  auto full = must(ben.journal().prepare("UPDATE own_head SET day = ?1, events = 200"));
  full.bind(1, static_cast<std::int64_t>(number(ben.node().today())));
  must(full.run());
  show_fork(world, ben, forked_at(world, ana, 1000));
  world.tick("Ben", Occasion::timer);
  EXPECT_EQ(evidence_by(world, ben), 0U) << "there was no place left on this day";
  EXPECT_EQ(must(Items(ben).received(world.group)).at(0).state, ItemState::expired);
  world.clock.advance(24h);
  world.tick("Ben", Occasion::timer);
  EXPECT_EQ(evidence_by(world, ben), 1U);
}

// ---- copies ----------------------------------------------------------------------------------------------

struct Sealed {
  mail::Event event;
  std::vector<Bytes> copies;
};

// Envelopes as a changed program seals them: for the readers it likes, and with as many bodies as it likes
// under one key.
Sealed seal(World& world, TestNode& by, const std::vector<Body>& bodies,
            const std::vector<std::string>& slots) {
  auto* book = must(by.node().book(world.group));
  const auto state = book->state();
  auto transaction = must(db::Transaction::begin(by.journal()));
  auto pen = must(Pen::take(by, world.group));
  const crypto::EnvelopeAuthor author{world.group, pen.keys().device, pen.keys().dh_pk, pen.keys().dh};
  std::vector<crypto::EnvelopeReader> readers;
  for (const auto& name : slots) {
    const auto* device = state->device(device_of(world, world[name]));
    readers.push_back({device->id, device->prekey.pk, true});
  }
  std::optional<mail::Event> event;
  std::vector<Bytes> copies;
  for (const auto& body : bodies) {
    SeededRandom same(4711);  // the same key for each
    auto draft =
        must(crypto::EnvelopeDraft::begin(author, pen.next_seq(), encode(body, 3), readers.size(), same));
    if (!event) event = must(pen.write_envelope(draft.item_pk(), draft.payload_size()));
    copies.push_back(std::move(draft).finish(event->id(), author, readers, by.random));
  }
  must(pen.keep(*event, {LedgerKind::share, "forged"}, copies.front()));
  must(transaction.commit());
  must(Publisher(by).flush());
  return {*event, copies};
}

Body item_of(World& world, TestNode& by, const std::string& text) {
  Body body;
  body.type = BodyType::item;
  body.kind = "reflection";
  body.item = by.random.draw<ItemId>();
  for (const auto& node : world.nodes) body.audience.push_back(world.member(node->name));
  std::ranges::sort(body.audience);
  const auto state = state_of(world, by);
  body.agreement = state->agreement->text;
  body.responses = Responses::none;
  body.leader_may = LeaderMay::ask_first;
  body.text = text;
  return body;
}

// The journal noted that a copy is of no use; that mail.db should ask for another was lost: by a crash
// between the two, or with an older mail.db.
TEST(HostileMember, AnotherCopyIsAskedForThoughTheVerdictWasLost) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  auto &ana = world["Ana"], &lena = world["Lena"];
  const auto sealed = seal(world, ana, {item_of(world, ana, "Not for Lena's slot.")}, {"Ana", "Ben"});
  world.carry(ana, lena);
  const std::string mail_before = read_file(lena.folder / "mail.db");
  world.tick("Lena");
  ASSERT_TRUE(must(lena.mail().missing_payload(world.group, sealed.event.id())).has_value());
  write_file(lena.folder / "mail.db", mail_before);
  lena.reopen();
  ASSERT_FALSE(must(lena.mail().missing_payload(world.group, sealed.event.id())).has_value());
  must(tick(lena, Occasion::start));
  EXPECT_TRUE(must(lena.mail().missing_payload(world.group, sealed.event.id())).has_value());
}

// Two that open, with two bodies: said to the reader, once, and no trouble for anything else that arrives.
TEST(HostileMember, TwoBodiesUnderOneEventAreNotedAndFailNothing) {
  World world({"Lena", "Ana"});
  world.everybody();
  auto &ana = world["Ana"], &lena = world["Lena"];
  Body one = item_of(world, ana, "To you I say this.");
  Body other = one;
  other.text = "To you I say that.";
  const auto sealed = seal(world, ana, {one, other}, {"Lena", "Ana"});
  world.carry(ana, lena);
  const mail::PayloadOf second{sealed.event.id(), sealed.copies.at(1)};
  ASSERT_EQ(must(lena.mail().put_payloads(world.group, std::span(&second, 1))).front(), mail::Put::stored);
  const auto ticked = tick(lena, Occasion::timer);
  EXPECT_TRUE(ok(ticked));
  const auto items = must(Items(lena).received(world.group));
  ASSERT_EQ(items.size(), 1U);
  EXPECT_TRUE(items[0].two_versions);
}

// ---- answers nobody asked for ----------------------------------------------------------------------------

Body answer_to(World& world, TestNode& by, const ItemRef& request) {
  Body body = item_of(world, by, "Since you ask.");
  body.type = BodyType::feedback;
  body.kind.clear();
  body.responses.reset();
  body.leader_may.reset();
  body.refs = {request};
  return body;
}

std::int64_t parked_at(TestNode& node) {
  auto count = must(node.journal().prepare("SELECT count(*) FROM share_event WHERE state = 7"));
  must(count.step());
  return count.integer(0);
}

// To requests of somebody else that never were: they wait, but not without bound.
TEST(HostileMember, AnswersToRequestsThatNeverWereAreBounded) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  auto &lena = world["Lena"], &ben = world["Ben"];
  for (int i = 0; i < 70; ++i)
    seal(world, ben, {answer_to(world, ben, {world.member("Ana"), ben.random.draw<ItemId>()})},
         {"Lena", "Ana", "Ben"});
  world.carry(ben, lena);
  EXPECT_EQ(world.tick("Lena").intake.tried, 70U);
  EXPECT_EQ(parked_at(lena), 64);
  world.share("Ana", world.draft("Something else.", To::group));
  world.carry(world["Ana"], lena);
  EXPECT_EQ(world.tick("Lena").intake.tried, 1U) << "what waits is not opened again meanwhile";
  EXPECT_EQ(parked_at(lena), 64);
  world.clock.advance(24h * 100);
  world.tick("Lena");
  EXPECT_EQ(parked_at(lena), 0) << "nobody waits for them for ever";
}

TEST(HostileMember, AnAnswerThatComesBeforeItsRequestIsShownOnceThatIsThere) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  auto &lena = world["Lena"], &ana = world["Ana"], &ben = world["Ben"];
  const Ask ask{AskKind::come_across, ana.node().today() + 7, true};
  const auto asked = world.share("Ana", Feedback(ana).ask({To::group, {}}, ask, "How was I?"));
  const ItemRef request{world.member("Ana"), asked.item};
  seal(world, ben, {answer_to(world, ben, request)}, {"Lena", "Ana", "Ben"});
  world.carry(ben, lena);
  world.tick("Lena");
  EXPECT_EQ(parked_at(lena), 1);
  EXPECT_TRUE(must(Feedback(lena).answers(world.group)).empty());
  world.carry(ana, lena);
  world.tick("Lena");
  EXPECT_EQ(parked_at(lena), 0);
  EXPECT_EQ(must(Feedback(lena).answers(world.group)).size(), 1U);
}

// ---- texts of agreements
// -----------------------------------------------------------------------------------

// What one device signed, and what it sealed; nothing that it heard.
void carry_own(World& world, TestNode& from, TestNode& to) {
  std::vector<mail::Event> events;
  for (const auto& stored : must(from.mail().arrivals(world.group, 0, 1000)))
    if (stored.event.header().device == device_of(world, from)) events.push_back(stored.event);
  must(to.mail().append(world.group, events, *must(to.node().book(world.group))->roster, to.node().today()));
  for (const auto& event : events)
    for (const auto& payload : must(from.mail().payloads(event.id()))) {
      const mail::PayloadOf one{event.id(), payload};
      must(to.mail().put_payloads(world.group, std::span(&one, 1)));
    }
}

Body text_of_nothing(World& world, TestNode& by, const std::string& words) {
  Body body = item_of(world, by, "");
  body.type = BodyType::agreement;
  body.kind.clear();
  body.responses.reset();
  body.leader_may.reset();
  body.agreement = Digest::zero();
  body.agreement_version = 9;
  body.agreement_text = group::encode(group::Agreement{9, {{"limits", words}}});
  return body;
}

// The proposal builds on something that has not come; its text has. Nobody else fills its place meanwhile.
TEST(HostileMember, TheTextOfAnAgreementThatWaitsIsThereOnceItCounts) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  auto &lena = world["Lena"], &ana = world["Ana"], &ben = world["Ben"];
  world.act(ben, group::LeaveNotice{ben.node().today()});
  world.carry(ben, lena);
  world.tick("Lena");
  must(Agreements(lena).edit(world.group, "own-words", "We say it anew."));
  must(Agreements(lena).propose(world.group));
  world.tick("Lena");

  for (int i = 0; i < 12; ++i)
    seal(world, ben, {text_of_nothing(world, ben, "Words " + std::to_string(i))}, {"Lena", "Ana", "Ben"});
  carry_own(world, lena, ana);
  world.tick("Ana");
  EXPECT_EQ(Agreements(ana).to_sign(world.group).error().code, Errc::not_found) << "the act waits";
  carry_own(world, ben, ana);
  world.tick("Ana");
  const auto next = Agreements(ana).to_sign(world.group);
  ASSERT_TRUE(ok(next));
  EXPECT_TRUE(ok(Agreements(ana).sign(world.group, next->hash)));
  auto count = must(ana.journal().prepare("SELECT count(*) FROM share_agreement WHERE author = ?1"));
  count.bind(1, world.member("Ben").view());
  KITH_ASSERT(must(count.step()));
  EXPECT_EQ(count.integer(0), 8) << "of texts that nobody proposed a few are kept";
}

// ---- logs beyond a cut
// -------------------------------------------------------------------------------------

// So many envelopes of this member, on days that are not over, and then an act, as events of one log.
std::vector<mail::Event> long_log(World& world, TestNode& by, std::size_t envelopes) {
  const auto keys = must(by.node().keyring().device(world.group));
  const auto head = must(by.node().keyring().own_head(world.group));
  const auto state = state_of(world, by);
  std::vector<mail::Event> events;
  std::uint64_t seq = head->seq;
  Link prev = head->link;
  const auto write = [&](mail::Kind kind, const Bytes& body, const Digest& bind, std::size_t length) {
    const mail::Header header{.kind = kind,
                              .retention = 0,
                              .group = world.group,
                              .device = keys->device,
                              .seq = ++seq,
                              .prev = prev,
                              .day = head->day + 1 + static_cast<std::uint32_t>(events.size() / 190),
                              .length = static_cast<std::uint32_t>(length),
                              .bind = bind,
                              .ctl_digest = Digest::zero(),
                              .lamport = head->lamport + 1 + events.size()};
    events.push_back(mail::Event::sign(header, body, keys->sign));
    prev = events.back().link();
  };
  std::size_t length = 0;  // as that of some other envelope
  for (const auto& stored : must(by.mail().arrivals(world.group, 0, 1000)))
    if (stored.event.header().kind == mail::Kind::env) length = stored.event.header().length;
  for (std::size_t i = 0; i < envelopes; ++i) write(mail::Kind::env, {}, by.random.draw<Digest>(), length);
  const Bytes body =
      group::encode(group::ControlBody{state->control_heads, group::LeaveNotice{by.node().today()}});
  write(mail::Kind::ctl, body, mail::body_bind(body), body.size());
  return events;
}

// Ana built on Ben's act before she heard of his removal; in Lena's mail it stands beyond the cut, and in no
// run that is looked at together with where the cut is.
TEST(HostileMember, AnActFarBeyondACutIsTakenIfSomebodyBuiltOnIt) {
  World world({"Dora", "Lena", "Ana", "Ben"});
  world.everybody();
  auto &dora = world["Dora"], &lena = world["Lena"], &ana = world["Ana"];
  world.clock.advance(24h * 7);
  const auto events = long_log(world, world["Ben"], 600);
  for (auto* to : {&lena, &ana})
    ASSERT_EQ(must(to->mail().append(world.group, events, *must(to->node().book(world.group))->roster,
                                     to->node().today()))
                  .stored,
              events.size());
  world.tick("Ana", Occasion::timer);
  const auto built_on = world.act(ana, group::LeaveNotice{ana.node().today()});
  const auto heard = state_of(world, ana);
  ASSERT_TRUE(heard->accepted.contains(events.back().id()));
  must(Groups(dora).remove_member(world.group, world.member("Ben")));
  world.carry(dora, lena);
  world.tick("Lena", Occasion::timer);
  carry_own(world, ana, lena);
  lena.reopen();  // what she knows is what her journal has
  world.tick("Lena", Occasion::start);
  const auto state = state_of(world, lena);
  EXPECT_EQ(state->members.at(world.member("Ben")).status, group::Status::removed);
  EXPECT_TRUE(state->accepted.contains(built_on));
}

// ---- terms -----------------------------------------------------------------------------------------------

TEST(HostileMember, ATermBeyondReasonErasesNothing) {
  World world({"Lena", "Ana"});
  world.everybody();
  world.share("Lena", world.draft("It stays.", To::group));
  world.settle();
  world.act(world["Lena"], group::Policy{{}, 0, 1, 0xffffffff});
  world.carry(world["Lena"], world["Ana"]);
  world.tick("Ana");
  world.clock.advance(24h);
  world.tick("Ana");
  const auto items = must(Items(world["Ana"]).received(world.group));
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].text, "It stays.");
}

// ---- another device --------------------------------------------------------------------------------------

// A second device of one of them, and its log.
class Second {
 public:
  Second(World& world, TestNode& of) : world_(world), of_(of) {
    const group::JoinBody join{.invite = {},
                               .group = world.group,
                               .sign = sign_.pk,
                               .dh = crypto::dh_keypair(of.random).pk,
                               .link = crypto::link_keypair(of.random).pk,
                               .prekey = {crypto::pre_keypair(of.random).pk, 0},
                               .recovery = {},
                               .addresses = {}};
    id_ = mail::device_id_of(join.sign, join.dh);
    auto record = group::sign_join(join, sign_.seed, nullptr);
    const auto keys = must(of.node().keyring().device(world.group));
    const auto old = crypto::sign(keys->sign, "device-link", world.group, record.body);
    add_ = group::DeviceAdd{std::move(record), world.member(of.name), std::nullopt, old};
  }

  const group::DeviceAdd& enrolment() const { return *add_; }
  mail::Event tomb(const EventId& target) {
    Bytes body = mail::encode(mail::Tomb{{target}, 0});
    const mail::Header header{.kind = mail::Kind::tomb,
                              .retention = 0,
                              .group = world_.group,
                              .device = id_,
                              .seq = 0,
                              .prev = *Link::parse(world_.group.view()),
                              .day = of_.node().today(),
                              .length = static_cast<std::uint32_t>(body.size()),
                              .bind = mail::body_bind(body),
                              .ctl_digest = Digest::zero(),
                              .lamport = 1};
    return mail::Event::sign(header, body, sign_.seed);
  }

 private:
  World& world_;
  TestNode& of_;
  crypto::SignKeypair sign_ = crypto::sign_keypair(of_.random);
  DeviceId id_ = DeviceId::zero();
  std::optional<group::DeviceAdd> add_;
};

EventId newest_item(TestNode& node) {
  auto select = must(node.journal().prepare("SELECT event FROM share_item ORDER BY number DESC LIMIT 1"));
  KITH_ASSERT(must(select.step()));
  return *EventId::parse(select.blob_view(0));
}

// The withdrawal comes while what it takes to place the enrolment of its device is still on its way.
TEST(HostileMember, AWithdrawalByADeviceThatIsNotEnrolledYetCountsOnceItIs) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  auto &ana = world["Ana"], &lena = world["Lena"], &ben = world["Ben"];
  world.share("Ana", world.draft("To be taken back.", To::group));
  world.carry(ana, lena);
  world.tick("Lena");
  const EventId shared = newest_item(lena);
  ASSERT_FALSE(must(lena.mail().payloads(shared)).empty());

  world.act(ben, group::LeaveNotice{ben.node().today()});
  world.carry(ben, ana);
  world.tick("Ana");
  Second second(world, ana);
  world.act(ana, second.enrolment());
  const auto tomb = second.tomb(shared);
  std::vector<mail::Event> events;
  for (const auto& stored : must(ana.mail().arrivals(world.group, 0, 1000)))
    if (stored.event.header().device == device_of(world, ana)) events.push_back(stored.event);
  events.push_back(tomb);
  const auto append = [&] {
    must(lena.mail().append(world.group, events, *must(lena.node().book(world.group))->roster,
                            lena.node().today()));
    world.tick("Lena");
  };
  append();
  EXPECT_FALSE(must(Items(lena).received(world.group)).at(0).text.empty()) << "nobody of hers says so yet";
  world.carry(ben, lena);
  world.tick("Lena");
  append();
  EXPECT_EQ(must(Items(lena).received(world.group)).at(0).state, ItemState::withdrawn);
  EXPECT_TRUE(must(lena.mail().payloads(shared)).empty());
}

}  // namespace
}  // namespace kith::test
