#include "core/mail/exchange.h"

#include <gtest/gtest.h>

#include "crypto/carrier.h"
#include "tests/support/toy_link.h"

namespace kith::mail {
namespace {

using test::Author;
using test::kToyDay;
using test::kToyGroup;
using test::ok;
using test::SeededRandom;
using test::ToyLink;
using test::ToyStore;

class Exchanges : public testing::Test {
 protected:
  Exchanges() {
    for (ToyStore* node : {&a, &b})
      for (const Author* author : {&ana, &ben, &cleo}) node->roster.add(*author);
  }
  void put(ToyStore& node, Author& author, const Event& event) {
    node.append(event);
    if (event.header().kind != Kind::env) return;
    ASSERT_TRUE(ok(node.store.put_payload(event.id(), author.payload(event.id()))));
  }
  static std::vector<Event> write(ToyStore& node, Author& author, std::size_t count) {
    return node.write(author, count);
  }
  static Bytes hello(const Author& author) {
    return encode_frame(frame::Hello{1, {1}, author.id, author.link});
  }
  Exchange at_a() { return {a.store, a.roster, {kToyGroup, ana.id, ana.link}, ben.link}; }
  static tl::expected<void, Reject> give(Exchange& exchange, const Frame& frame) {
    return exchange.receive(encode_frame(frame), Day{kToyDay}, Instant{});
  }
  static void drain(Exchange& exchange) {
    while (exchange.next_frame(Instant{})) {
    }
  }
  // An exchange of node `a` that has met Ben.
  Exchange met() {
    Exchange exchange = at_a();
    EXPECT_TRUE(exchange.receive(hello(ben), Day{kToyDay}, Instant{}));
    EXPECT_TRUE(give(exchange, frame::Frontier{}));
    drain(exchange);
    return exchange;
  }

  Author ana{1}, ben{2}, cleo{3};
  ToyStore a, b;
  SeededRandom random{1};
};

TEST_F(Exchanges, MakeTwoNodesEqual) {
  write(a, ana, 30);
  write(a, cleo, 3);
  write(b, ben, 20);
  put(b, ben, ben.control());
  ToyLink link(a, ana, b, ben);
  link.run(random);
  EXPECT_FALSE(link.cut);
  EXPECT_EQ(a.heads(), b.heads());
  EXPECT_EQ(a.held(), b.held());
  EXPECT_EQ(a.held().size(), 53U);
  EXPECT_TRUE(link.a().quiet());
  EXPECT_TRUE(link.b().quiet());
  EXPECT_EQ(link.a().peer(), ben.id);
}

TEST_F(Exchanges, AreQuietAtOnceWhenNothingIsNew) {
  write(a, ana, 10);
  ToyLink(a, ana, b, ben).run(random);
  ToyLink again(a, ana, b, ben);
  again.run(random);
  EXPECT_TRUE(again.a().quiet() && again.b().quiet());
  EXPECT_LE(again.crossed[0].size() + again.crossed[1].size(),
            8U);  // HELLO, FRONTIER, DONE, an empty WANT each
}

TEST_F(Exchanges, BringWhatIsNewWhileTheyStandOpen) {
  ToyLink link(a, ana, b, ben);
  link.run(random);
  const auto events = write(a, ana, 2);
  link.a().store_grew();
  EXPECT_FALSE(link.a().quiet());
  link.run(random);
  EXPECT_EQ(b.held().size(), 2U);
  EXPECT_TRUE(link.b().grew());
  EXPECT_FALSE(link.b().grew());

  const Event late = ana.envelope();  // the event first, its payload when it comes
  a.append(late);
  link.a().store_grew();
  link.run(random);
  EXPECT_EQ(b.heads(), a.heads());
  EXPECT_EQ(b.held().size(), 2U);
  ASSERT_TRUE(ok(a.store.put_payload(late.id(), ana.payload(late.id()))));
  link.a().store_grew();
  link.run(random);
  EXPECT_EQ(b.held().size(), 3U);
  EXPECT_TRUE(link.a().quiet() && link.b().quiet());
}

TEST_F(Exchanges, CarryFarMoreThanOneWindowOfCredit) {
  for (int day = 0; day < 3; ++day) {
    ana.set_day(kToyDay - 10 + static_cast<std::uint32_t>(day));
    write(a, ana, 200);
  }
  ToyLink link(a, ana, b, ben);
  link.run(random);
  EXPECT_EQ(b.held().size(), 600U);  // 2.8 MB
  for (const Bytes& frame : link.crossed[0]) EXPECT_LE(frame.size(), kMaxFrame);
}

TEST_F(Exchanges, FetchAnotherVariantWhenKithSaysThatOneIsUseless) {
  const Event event = ana.envelope();
  a.append(event);
  b.append(event);
  const Bytes first = ana.variant(event.id()), second = ana.variant(event.id());
  ASSERT_TRUE(ok(a.store.put_payload(event.id(), first)));
  ToyLink link(a, ana, b, ben);
  link.run(random);
  ASSERT_EQ(b.store.payloads(event.id())->size(), 1U);
  ASSERT_TRUE(ok(b.store.judge(event.id(), crypto::payload_digest(first), Verdict::bad)));
  ASSERT_TRUE(ok(a.store.put_payload(event.id(), second)));
  link.a().store_grew();
  link.b().store_grew();
  link.run(random);
  EXPECT_EQ(b.store.payloads(event.id())->at(0), second);
}

TEST_F(Exchanges, BringTombstonesBeforePayloads) {
  const auto events = write(a, ana, 5);
  put(a, ana, ana.tomb({events[0].id(), events[1].id()}));
  ToyLink link(a, ana, b, ben);
  link.run(random);
  EXPECT_EQ(b.held(), (std::set{events[2].id(), events[3].id(), events[4].id()}));
  bool payloads_seen = false;
  for (const Bytes& bytes : link.crossed[0]) {
    const auto frame = parse_frame(bytes);
    ASSERT_TRUE(frame);
    payloads_seen |= std::holds_alternative<frame::Payloads>(*frame);
    EXPECT_FALSE(payloads_seen && std::holds_alternative<frame::Events>(*frame));
  }
  EXPECT_TRUE(payloads_seen);
}

TEST_F(Exchanges, TellBeyondACutWhatStandsAndWhatIsBelowIt) {
  std::vector<Event> log;
  for (int i = 0; i < 6; ++i) log.push_back(cleo.control("act " + std::to_string(i)));
  a.append(log);
  b.append(log.front());
  for (ToyStore* node : {&a, &b}) node->roster.cut(cleo.id, 0);
  a.roster.stands.insert(log[3].link());
  b.roster.wants.insert(log[3].id());
  ToyLink link(a, ana, b, ben);
  link.run(random);
  EXPECT_EQ(b.store.head(kToyGroup, cleo.id)->value().seq, 3U);
  EXPECT_TRUE(link.a().quiet());
}

TEST_F(Exchanges, KeepBackWhatLiesBeyondACut) {
  write(a, cleo, 10);
  a.roster.cut(cleo.id, 3);
  ToyLink link(a, ana, b, ben);
  link.run(random);
  EXPECT_EQ(b.store.head(kToyGroup, cleo.id)->value().seq, 3U);
  EXPECT_TRUE(link.a().quiet());
  a.roster.cut(cleo.id, 6);
  link.a().store_grew();
  link.run(random);
  EXPECT_EQ(b.store.head(kToyGroup, cleo.id)->value().seq, 6U);
}

TEST_F(Exchanges, AskAgainForALogWhoseAuthorWasAStranger) {
  Author dora(4);
  const Event admission = ana.control("admit Dora");
  a.roster.add(dora);
  b.roster.enrolled_by(dora, admission.id());
  write(a, dora, 3);  // arrived first in this store, so it is sent first
  a.append(admission);
  ToyLink link(a, ana, b, ben);
  link.run(random);
  EXPECT_GE(link.b().rejected(Reject::stranger), 1U);
  EXPECT_EQ(a.heads(), b.heads());
  EXPECT_EQ(b.held().size(), 3U);
}

TEST_F(Exchanges, ProveAForkToBothSidesAtItsFirstPlace) {
  Author twin(1);
  for (int i = 0; i < 20; ++i) put(a, ana, ana.control(std::to_string(i < 7 ? i : 100 + i)));
  for (int i = 0; i < 33; ++i) put(b, twin, twin.control(std::to_string(i < 7 ? i : 200 + i)));
  write(b, ben, 4);
  ToyLink link(a, ana, b, ben);
  link.run(random);
  EXPECT_FALSE(link.cut);
  for (ToyStore* node : {&a, &b}) {
    const auto forks = node->store.forks(kToyGroup, 0, 10);
    ASSERT_EQ(forks->size(), 1U);
    EXPECT_EQ(forks->at(0).first.header.seq, 7U);
    EXPECT_TRUE(node->roster.forked.contains(ana.id));
  }
  EXPECT_EQ(a.store.forks(kToyGroup, 0, 10)->at(0).first.bytes,
            b.store.forks(kToyGroup, 0, 10)->at(0).first.bytes);
  EXPECT_EQ(a.store.head(kToyGroup, ben.id)->value().seq, 3U);  // the others go on
  EXPECT_TRUE(link.a().quiet() && link.b().quiet());
}

TEST_F(Exchanges, SeeAForkThatHappensWhileTheyStandOpen) {
  Author twin(1);
  put(a, ana, ana.control("common"));
  twin.control("common");
  ToyLink link(a, ana, b, ben);
  link.run(random);
  put(b, twin, twin.control("theirs"));
  put(a, ana, ana.control("ours"));
  put(a, ana, ana.control("ours too"));
  link.a().store_grew();
  link.b().store_grew();
  link.run(random);
  for (ToyStore* node : {&a, &b}) {
    ASSERT_EQ(node->store.forks(kToyGroup, 0, 10)->size(), 1U);
    EXPECT_EQ(node->store.forks(kToyGroup, 0, 10)->at(0).first.header.seq, 1U);
  }
}

TEST_F(Exchanges, SayNothingAgainOfAForkedLogToWhoHasIt) {
  Author twin(1);
  for (int i = 0; i < 6; ++i) {
    put(a, ana, ana.control(std::to_string(i < 2 ? i : 100 + i)));
    put(b, twin, twin.control(std::to_string(i < 2 ? i : 200 + i)));
  }
  ToyLink(a, ana, b, ben).run(random);
  EXPECT_EQ(a.store.control_events(kToyGroup)->size(), 10U);
  EXPECT_EQ(b.store.control_events(kToyGroup)->size(), 10U);
  const auto events_of = [](const ToyLink& link) {
    std::size_t count = 0;
    for (const auto& frames : link.crossed)
      for (const auto& frame : frames)
        count += std::holds_alternative<frame::Events>(*parse_frame(frame)) ? 1 : 0;
    return count;
  };
  ToyLink again(a, ana, b, ben);
  again.run(random);
  EXPECT_TRUE(again.a().quiet() && again.b().quiet());
  EXPECT_EQ(events_of(again), 0U);

  put(b, twin, twin.control("one more"));
  again.b().store_grew();
  again.run(random);
  EXPECT_EQ(a.store.control_events(kToyGroup)->size(), 11U) << "while it stands open";
  put(b, twin, twin.control("and one"));
  ToyLink third(a, ana, b, ben);
  third.run(random);
  EXPECT_EQ(a.store.control_events(kToyGroup)->size(), 12U) << "and by the next connection";
}

TEST_F(Exchanges, PassAForkOnToAThirdNode) {
  Author twin(1);
  put(a, ana, ana.control("ours"));
  put(b, twin, twin.control("theirs"));
  ToyLink(a, ana, b, ben).run(random);
  ToyStore c;
  for (const Author* author : {&ana, &ben, &cleo}) c.roster.add(*author);
  ToyLink(a, ana, c, cleo).run(random);
  EXPECT_TRUE(c.roster.forked.contains(ana.id));
}

TEST_F(Exchanges, CarryTheActsOfBothBranchesAndGoOn) {
  Author twin(1);
  for (int i = 0; i < 4; ++i) {
    put(a, ana, ana.control("ours " + std::to_string(i)));
    put(a, ana, ana.envelope());
    put(b, twin, twin.control("theirs " + std::to_string(i)));
    put(b, twin, twin.envelope());
  }
  ToyStore c;
  for (const Author* author : {&ana, &ben, &cleo}) c.roster.add(*author);
  const auto acts = [](ToyStore& node) {
    std::set<EventId> ids;
    const auto control = node.store.control_events(kToyGroup);
    EXPECT_TRUE(ok(control));
    if (control)
      for (const Event& event : *control) ids.insert(event.id());
    return ids;
  };
  ToyLink ab(a, ana, b, ben);
  ab.run(random);
  EXPECT_EQ(acts(a).size(), 8U);
  EXPECT_EQ(acts(a), acts(b));
  ToyLink(b, ben, c, cleo).run(random);
  EXPECT_EQ(acts(c), acts(a));

  put(b, twin, twin.control("theirs, while they stand open"));
  put(a, ana, ana.control("ours, while they stand open"));
  ab.a().store_grew();
  ab.b().store_grew();
  ab.run(random);
  EXPECT_EQ(acts(a).size(), 10U);
  EXPECT_EQ(acts(a), acts(b));
  EXPECT_TRUE(ab.a().quiet() && ab.b().quiet());
  EXPECT_FALSE(ab.cut);
}

TEST_F(Exchanges, OpenWithAHelloOrNotAtAll) {
  const auto opened = [&](const frame::Hello& hello) {
    Exchange exchange = at_a();
    return give(exchange, hello);
  };
  EXPECT_TRUE(opened({1, {1}, ben.id, ben.link}));
  EXPECT_TRUE(opened({1, {9, 1}, ben.id, ben.link}));
  EXPECT_EQ(opened({2, {1}, ben.id, ben.link}).error(), Reject::wrong_hello);
  EXPECT_EQ(opened({1, {2}, ben.id, ben.link}).error(), Reject::wrong_hello);
  EXPECT_EQ(opened({1, {}, ben.id, ben.link}).error(), Reject::wrong_hello);
  EXPECT_EQ(opened({1, {1}, ben.id, cleo.link}).error(), Reject::wrong_hello);
  EXPECT_EQ(opened({1, {1}, cleo.id, ben.link}).error(), Reject::stranger);  // Ben's link, Cleo's name
  EXPECT_EQ(opened({1, {1}, ana.id, ben.link}).error(), Reject::wrong_hello);
  Exchange early = at_a();
  EXPECT_EQ(give(early, frame::Frontier{}).error(), Reject::protocol);
  Exchange twice = met();
  EXPECT_EQ(give(twice, frame::Hello{1, {1}, ben.id, ben.link}).error(), Reject::protocol);
  Exchange no_frontier = at_a();
  EXPECT_TRUE(give(no_frontier, frame::Hello{1, {1}, ben.id, ben.link}));
  EXPECT_EQ(give(no_frontier, frame::Want{}).error(), Reject::protocol);
}

TEST_F(Exchanges, EndWhenTheRosterDropsThePeer) {
  test::ToyRoster roster;
  roster.add(ben);
  Exchange exchange{a.store, roster, {kToyGroup, ana.id, ana.link}, ben.link};
  EXPECT_TRUE(give(exchange, frame::Hello{1, {1}, ben.id, ben.link}));
  roster = {};
  EXPECT_FALSE(exchange.may_stay());
  EXPECT_FALSE(exchange.next_frame(Instant{}));
  EXPECT_EQ(give(exchange, frame::Frontier{}).error(), Reject::not_authorised);
}

TEST_F(Exchanges, CutAPeerThatSendsMoreThanItsCredit) {
  Exchange exchange = met();
  // 4 MiB of junk that parses as events of nobody.
  Author stranger(77);
  frame::Events junk;
  while (junk.events.size() < 7)
    junk.events.emplace_back(as_text(stranger.control(std::string(kMaxBody, 'x')).wire()));
  tl::expected<void, Reject> got;
  int frames = 0;
  while (frames < 10 && got) {
    got = give(exchange, junk);
    ++frames;
  }
  EXPECT_EQ(frames, 3);  // two frames of 449 KiB fit into a mebibyte
  EXPECT_EQ(got.error(), Reject::too_fast);
}

TEST_F(Exchanges, GiveCreditBackWhenItIsDurable) {
  Exchange exchange = met();
  frame::Events events;
  events.events.emplace_back(as_text(ben.control(std::string(kMaxBody, 'x')).wire()));
  events.events.emplace_back(as_text(ben.control(std::string(kMaxBody, 'x')).wire()));
  const std::size_t size = encode_frame(events).size();
  ASSERT_TRUE(give(exchange, events));
  std::size_t given = 0;
  while (auto bytes = exchange.next_frame(Instant{})) {
    const auto frame = parse_frame(*bytes);
    if (const auto* credit = std::get_if<frame::Credit>(&*frame)) given += credit->bytes;
  }
  EXPECT_EQ(given, size);
}

TEST_F(Exchanges, SendNoMoreThanTheirCredit) {
  for (int day = 0; day < 5; ++day) {
    ana.set_day(kToyDay - 10 + static_cast<std::uint32_t>(day));
    write(a, ana, 200);
  }
  Exchange exchange = at_a();
  ASSERT_TRUE(exchange.receive(hello(ben), Day{kToyDay}, Instant{}));
  ASSERT_TRUE(give(exchange, frame::Frontier{}));
  std::size_t bytes = 0;
  const auto drain_counted = [&] {
    while (auto frame = exchange.next_frame(Instant{})) {
      const auto parsed = parse_frame(*frame);
      if (std::holds_alternative<frame::Events>(*parsed) || std::holds_alternative<frame::Payloads>(*parsed))
        bytes += frame->size();
    }
  };
  drain_counted();
  frame::Want want;
  const auto offers = a.store.offers(kToyGroup, 0, 1000);
  for (std::size_t i = 0; i < 512; ++i) {
    want.items.push_back({offers->at(i).event, std::nullopt, {}});
    if (want.items.size() == kMaxFrameItems) {
      ASSERT_TRUE(give(exchange, want));
      want.items.clear();
    }
  }
  drain_counted();
  EXPECT_LE(bytes, 1024U * 1024);
  EXPECT_GT(bytes, 512U * 1024);
  want.items.push_back({offers->at(0).event, std::nullopt, {}});
  for (int i = 0; i < 300; ++i) {
    const auto asked_too_much = give(exchange, want);
    if (!asked_too_much) {
      EXPECT_EQ(asked_too_much.error(), Reject::too_many);
      return;
    }
  }
  FAIL() << "it took more than 512 open items";
}

TEST_F(Exchanges, CountWhatAnHonestPeerMaySendAndCutWhatItCannot) {
  Author stranger(77);
  {
    Exchange exchange = met();
    EXPECT_TRUE(give(exchange, frame::Events{{std::string(as_text(stranger.control().wire()))}}));
    EXPECT_EQ(exchange.rejected(Reject::stranger), 1U);
  }
  {
    Exchange exchange = met();
    Bytes newer = to_bytes(ben.envelope().wire());
    newer[4] = 2;
    EXPECT_TRUE(give(exchange, frame::Events{{std::string(as_text(newer))}}));
    EXPECT_EQ(exchange.rejected(Reject::unsupported), 1U);
  }
  {
    Exchange exchange = met();
    Author fresh(2);
    Bytes forged = to_bytes(fresh.control("hello").wire());
    forged[220] ^= 1;  // in the signature
    EXPECT_EQ(give(exchange, frame::Events{{std::string(as_text(forged))}}).error(), Reject::unauthentic);
    EXPECT_FALSE(a.store.head(kToyGroup, ben.id)->has_value());
  }
  {
    Exchange exchange = met();
    EXPECT_EQ(give(exchange, frame::Events{{std::string(256, 'x')}}).error(), Reject::malformed);
  }
  {
    Exchange exchange = met();
    Author elsewhere(2, crypto::H_as<GroupId>("test.group2", {}));
    EXPECT_EQ(give(exchange, frame::Events{{std::string(as_text(elsewhere.control().wire()))}}).error(),
              Reject::unauthentic);
  }
  {
    Exchange exchange = met();
    EXPECT_EQ(give(exchange, frame::Payloads{{}, 1}).error(), Reject::protocol);  // nobody asked
  }
  {
    Exchange exchange = met();
    EXPECT_TRUE(exchange.receive(Bytes{0x5a, 0x00}, Day{kToyDay}, Instant{}));  // kind 11 of a newer kith
    EXPECT_EQ(exchange.rejected(Reject::unsupported), 1U);
  }
}

TEST_F(Exchanges, TakeTheSameEventsAThousandTimesAndHoldThemOnce) {
  std::vector<std::string> wires;
  for (int i = 0; i < 3; ++i) wires.emplace_back(as_text(ben.envelope().wire()));
  const auto files = [&] { return test::read_file(a.scratch / "mail.db").size(); };
  Exchange exchange = met();
  ASSERT_TRUE(give(exchange, frame::Events{wires}));
  exchange.grew();
  const auto size = files();
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_TRUE(give(exchange, frame::Events{wires})) << i;
    EXPECT_FALSE(exchange.grew());
    while (exchange.next_frame(Instant{})) continue;  // gives credit back
  }
  EXPECT_EQ(a.store.arrivals(kToyGroup, 0, 100)->size(), 3U);
  EXPECT_EQ(files(), size);
}

// Ends that cannot be, of every log and of strangers; places that nobody has; events that nobody wrote.
TEST_F(Exchanges, AnswerImpossibleClaimsWithNothing) {
  write(a, ana, 3);
  Exchange exchange = at_a();
  ASSERT_TRUE(exchange.receive(hello(ben), Day{kToyDay}, Instant{}));
  frame::Frontier claims{{{ana.id, std::uint64_t{1} << 62, random.draw<Link>()},
                          {cleo.id, (std::uint64_t{1} << 63) - 1, random.draw<Link>()}},
                         false};
  while (claims.heads.size() < kMaxFrontier)
    claims.heads.push_back({random.draw<DeviceId>(), std::uint64_t{1} << 40, random.draw<Link>()});
  ASSERT_TRUE(give(exchange, claims));
  frame::Want want;
  for (std::size_t i = 0; i < kMaxFrameItems; ++i)
    want.items.push_back({random.draw<EventId>(), std::nullopt, {}});
  ASSERT_TRUE(give(exchange, want));
  ASSERT_TRUE(give(exchange, want));
  EXPECT_EQ(give(exchange, want).error(), Reject::too_many) << "512 may wait, not 768";
  std::size_t bytes = 0, frames = 0;
  while (const auto frame = exchange.next_frame(Instant{})) {
    bytes += frame->size();
    ASSERT_LT(++frames, 20U);
  }
  EXPECT_LT(bytes, 1'000U) << "nothing of it costs an answer of size";
}

// To the byte: nobody learns by asking what there was.
TEST_F(Exchanges, AnswerForWhatWasWithdrawnAsForWhatNeverWas) {
  const auto events = write(a, ana, 2);
  put(a, ana, ana.tomb({events[0].id()}));
  const auto answer = [&](const EventId& id) {
    Exchange exchange = met();
    EXPECT_TRUE(give(exchange, frame::Want{{{id, std::nullopt, {}}}, 0}));
    std::vector<Bytes> frames;
    while (auto frame = exchange.next_frame(Instant{})) frames.push_back(std::move(*frame));
    return frames;
  };
  const auto nothing = answer(random.draw<EventId>());
  EXPECT_EQ(answer(events[0].id()), nothing);
  EXPECT_NE(answer(events[1].id()), nothing) << "what is there is given";
}

TEST_F(Exchanges, RefusePayloadsThatNobodyAskedForOrThatAreFalse) {
  for (int i = 0; i < 12; ++i) a.append(ben.envelope());
  Exchange exchange = at_a();
  ASSERT_TRUE(exchange.receive(hello(ben), Day{kToyDay}, Instant{}));
  ASSERT_TRUE(give(exchange, frame::Frontier{}));
  ASSERT_TRUE(give(exchange, frame::Done{}));
  std::vector<frame::WantItem> wanted;
  while (auto bytes = exchange.next_frame(Instant{}))
    if (const auto frame = parse_frame(*bytes); std::holds_alternative<frame::Want>(*frame))
      wanted = std::get<frame::Want>(*frame).items;
  ASSERT_EQ(wanted.size(), 12U);
  const auto payload = [&](const EventId& event) { return std::string(as_text(ben.payload(event))); };
  EXPECT_TRUE(give(exchange, frame::Payloads{{{wanted[5].event, payload(wanted[5].event)}}, 1}));
  EXPECT_EQ(exchange.rejected(Reject::unknown_payload), 1U);  // not the one in turn
  EXPECT_TRUE(a.held().empty());
  EXPECT_TRUE(give(exchange, frame::Payloads{{{wanted[1].event, payload(wanted[2].event)}}, 1}));
  EXPECT_EQ(exchange.rejected(Reject::bad_payload), 1U);
  EXPECT_TRUE(give(exchange, frame::Payloads{{{wanted[2].event, payload(wanted[2].event)}}, 1}));
  EXPECT_EQ(a.held().size(), 1U);
  frame::Payloads lies{{}, 9};
  for (std::size_t i = 3; i < 12; ++i) lies.items.push_back({wanted[i].event, payload(wanted[2].event)});
  EXPECT_EQ(give(exchange, lies).error(), Reject::bad_payload);
}

TEST_F(Exchanges, WaitWhileThePeerIsBusy) {
  Exchange exchange = met();
  ASSERT_TRUE(give(exchange, frame::Busy{1'000'000}));
  write(a, ana, 1);
  exchange.store_grew();
  EXPECT_FALSE(exchange.next_frame(Instant{std::chrono::seconds(59)}));
  EXPECT_TRUE(exchange.next_frame(Instant{std::chrono::seconds(60)}));
}

TEST_F(Exchanges, AskForTheSamePayloadsWhoeverMayReadThem) {
  // The same events; the payloads differ in what their slots and bodies hold, which only recipients can tell.
  const auto crossed_with = [&](int variant) {
    ToyStore from, to;
    Author author(1);
    for (ToyStore* node : {&from, &to})
      for (const Author* known : {&author, &ben}) node->roster.add(*known);
    std::vector<Event> events;
    for (int i = 0; i < 5; ++i) events.push_back(author.envelope());
    from.append(events);
    for (const Event& event : events) {
      Bytes payload = author.payload(event.id());
      for (int j = 0; j < variant; ++j) payload = author.variant(event.id());
      EXPECT_TRUE(ok(from.store.put_payload(event.id(), payload)));
    }
    ToyLink link(from, author, to, ben);
    SeededRandom same(5);
    link.run(same);
    EXPECT_EQ(to.held().size(), 5U);
    std::vector<std::size_t> sizes;
    for (const Bytes& frame : link.crossed[0]) sizes.push_back(frame.size());
    return std::pair(link.crossed[1], sizes);
  };
  const auto one = crossed_with(0), other = crossed_with(3);
  EXPECT_EQ(one.first, other.first);    // what is asked for, byte for byte
  EXPECT_EQ(one.second, other.second);  // how much is given, in which order
}

}  // namespace
}  // namespace kith::mail
