// The consent gate: what may be confirmed, by what digest, and what still stops it afterwards.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>
#include <type_traits>

#include "core/sharing/pen.h"
#include "tests/sharing/world.h"

namespace kith::test {
namespace {

using namespace sharing;

// Nobody but the gate makes something that may leave.
static_assert(!std::is_default_constructible_v<Outgoing>);
static_assert(!std::is_constructible_v<Outgoing, const GroupId&, Bytes, std::vector<MemberId>>);
static_assert(!std::is_constructible_v<Pen, Node&, keyring::DeviceKeys, std::optional<keyring::OwnHead>,
                                       std::uint64_t, Digest>);

struct AbsentRow {
  const char* text;
  To to;
  std::vector<std::string> people;
  bool refused;
  std::optional<PauseKind> pause;
};

class Gate : public testing::Test {
 protected:
  Gate() : world({"Lena", "Ana", "Ben", "Cleo"}) { world.everybody(); }

  Result<Confirmed> confirm(const std::string& from, const Draft& draft) {
    ConsentGate gate(world[from]);
    const auto preview = must(gate.preview(world.group, draft));
    return gate.confirm(world.group, draft, preview.digest);
  }
  World world;
};

TEST_F(Gate, ADeviceWhoseLogIsFullStillWithdrawsAndLeaves) {
  Node& ana = world["Ana"].node();
  const auto stand_at = [&](std::uint64_t seq) {  // as after so many events
    auto update = must(ana.journal().prepare("UPDATE own_head SET seq = ?1"));
    must(update.bind(1, static_cast<std::int64_t>(seq)).run());
  };
  const auto writes = [&](mail::Kind kind) {
    auto pen = must(Pen::take(ana, world.group));
    const Bytes body = mail::encode(mail::Tomb{{EventId::zero()}, 0});
    const auto event =
        kind == mail::Kind::env ? pen.write_envelope(ItemPk::zero(), 4624) : pen.write(kind, body);
    if (!event) {
      EXPECT_STREQ(event.error().what.text(), kDeviceFull.text());
    }
    return event.has_value();
  };
  stand_at(mail::kMaxLogEvents - 1'026);
  for (const auto kind : {mail::Kind::env, mail::Kind::dev, mail::Kind::ctl, mail::Kind::tomb})
    EXPECT_TRUE(writes(kind));
  stand_at(mail::kMaxLogEvents - 1'025);
  EXPECT_FALSE(writes(mail::Kind::env));
  EXPECT_FALSE(writes(mail::Kind::dev));
  EXPECT_TRUE(writes(mail::Kind::ctl));
  EXPECT_TRUE(writes(mail::Kind::tomb));
  stand_at(mail::kMaxLogEvents - 1);
  EXPECT_FALSE(writes(mail::Kind::tomb));
}

TEST_F(Gate, NamingSomebodyAbsent) {
  const std::vector<AbsentRow> table = {
      {"I am angry with @ben.", To::leaders, {}, false, PauseKind::about_somebody},
      {"I am angry with @ben.", To::one, {"Cleo"}, false, PauseKind::about_somebody},
      {"I am angry with @ben.", To::one, {"Ben"}, false, PauseKind::say_in_the_room},
      {"I am angry with @Ben.", To::group, {}, false, PauseKind::names_a_reader},
      {"Mail me at a@ben please.", To::one, {"Cleo"}, false, std::nullopt},
      {"Nobody is named.", To::group, {}, false, std::nullopt},
      {"@zoe is nobody here.", To::one, {"Cleo"}, false, std::nullopt},
  };
  for (const auto& row : table) {
    const auto preview =
        must(ConsentGate(world["Ana"]).preview(world.group, world.draft(row.text, row.to, row.people)));
    EXPECT_EQ(preview.refusal.has_value(), row.refused) << row.text;
    EXPECT_EQ(preview.pauses.size(), row.pause ? 1U : 0U) << row.text;
    if (row.pause && !preview.pauses.empty()) {
      EXPECT_EQ(preview.pauses[0].kind, *row.pause) << row.text;
    }
  }
}

TEST_F(Gate, SeveralPeopleNeedTheAgreementAndThoseTheyTalkAbout) {
  const auto some = world.draft("About @ben, to two.", To::some, {"Lena", "Cleo"});
  auto preview = must(ConsentGate(world["Ana"]).preview(world.group, some));
  ASSERT_TRUE(preview.refusal.has_value());
  EXPECT_EQ(preview.refusal->rule, Rule::some_not_agreed);
  Agreements lena(world["Lena"]);
  must(lena.edit(world.group, "some", "We may write to some of us."));
  must(lena.propose(world.group));
  world.settle();
  for (const auto& name : {"Ana", "Ben", "Cleo"}) world.sign(name);
  world.settle();
  preview = must(ConsentGate(world["Ana"]).preview(world.group, some));
  ASSERT_TRUE(preview.refusal.has_value());
  EXPECT_EQ(preview.refusal->rule, Rule::absent_member);
  ASSERT_EQ(preview.refusal->about.size(), 1U);
  EXPECT_EQ(preview.refusal->about[0].name, "Ben");
  EXPECT_TRUE(fails(confirm("Ana", some), Errc::refused));
  EXPECT_TRUE(ok(confirm("Ana", world.draft("About @ben, with @ben.", To::some, {"Ben", "Cleo"}))));
  must(Groups(world["Ben"]).leave_now(world.group, {}));
  world.clock.advance(700s);
  world.settle();
  EXPECT_TRUE(ok(confirm("Ana", some))) << "who left may be named";
}

TEST_F(Gate, OtherRules) {
  const auto refused = [&](const Draft& draft, Rule rule) {
    const auto preview = must(ConsentGate(world["Ana"]).preview(world.group, draft));
    ASSERT_TRUE(preview.refusal.has_value()) << text_of(rule);
    EXPECT_EQ(preview.refusal->rule, rule);
    EXPECT_TRUE(fails(confirm("Ana", draft), Errc::refused));
  };
  refused(world.draft("  \n", To::group), Rule::empty);
  refused(world.draft("Today.\n@ben ~ my brother\n", To::group), Rule::private_link);
  refused(world.draft("To myself.", To::one, {"Ana"}), Rule::nobody);
  auto unasked = world.draft("You are distant.", To::one, {"Ben"});
  unasked.what = BodyType::feedback;
  unasked.refs = {{world.member("Ben"), world["Ana"].random.draw<ItemId>()}};
  refused(unasked, Rule::no_open_request);
  auto foreign = world.draft("Not mine.", To::group);
  foreign.item = world["Ana"].random.draw<ItemId>();
  refused(foreign, Rule::not_mine);
  auto bad = world.draft("\xff", To::group);
  EXPECT_TRUE(fails(ConsentGate(world["Ana"]).preview(world.group, bad), Errc::usage));
  EXPECT_TRUE(fails(
      ConsentGate(world["Ana"]).preview(world.group, world.draft(std::string(kMaxText + 1, 'a'), To::group)),
      Errc::too_large));
  EXPECT_TRUE(
      ok(ConsentGate(world["Ana"]).preview(world.group, world.draft(std::string(kMaxText, 'a'), To::group))));
}

TEST_F(Gate, AnEditAfterApprovalIsRefused) {
  ConsentGate gate(world["Ana"]);
  const auto shown = world.draft("What I saw.", To::group);
  const auto digest = must(gate.preview(world.group, shown)).digest;
  for (int change = 0; change < 7; ++change) {
    Draft other = shown;
    if (change == 0) other.text += " ";
    if (change == 1) other.audience.to = To::leaders;
    if (change == 2) other.until = world["Ana"].node().today() + 1;
    if (change == 3) other.responses = Responses::open;
    if (change == 4) other.tender = true;
    if (change == 5) other.content_note = "loss";
    if (change == 6) other.kind = "notice";
    EXPECT_TRUE(fails(gate.confirm(world.group, other, digest), Errc::refused)) << change;
  }
  EXPECT_TRUE(ok(gate.confirm(world.group, shown, digest)));
  EXPECT_EQ(must(gate.outbox()).size(), 1U);
}

TEST_F(Gate, ApprovedInTwoPlacesAtOnceCountsOnce) {
  const auto draft = world.draft("Said once.", To::group);
  const auto digest = must(ConsentGate(world["Ana"]).preview(world.group, draft)).digest;
  world["Ana"].close();
  int go[2];
  ASSERT_EQ(pipe(go), 0);
  std::vector<pid_t> places;
  for (int place = 0; place < 4; ++place) {  // the page, terminals
    places.push_back(fork());
    if (places.back() != 0) continue;
    close(go[1]);
    if (!world["Ana"].open()) _exit(3);
    char wait = 0;
    if (read(go[0], &wait, 1) != 0) _exit(4);
    const auto confirmed = ConsentGate(world["Ana"]).confirm(world.group, draft, digest);
    _exit(confirmed ? 0 : confirmed.error().code == Errc::refused ? 1 : 2);
  }
  close(go[0]);
  std::this_thread::sleep_for(200ms);  // until all have opened: without it they only meet less often
  close(go[1]);
  std::array<int, 2> said{};
  for (const pid_t place : places) {
    int status = 0;
    ASSERT_EQ(waitpid(place, &status, 0), place);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) < 2) << status;
    ++said.at(static_cast<std::size_t>(WEXITSTATUS(status)));
  }
  EXPECT_EQ(said[0], 1) << "one decision";
  EXPECT_EQ(said[1], 3) << "the others are told";
  must(world["Ana"].open());
  ConsentGate gate(world["Ana"]);
  EXPECT_EQ(must(gate.outbox()).size(), 1U);
  must(gate.release_now(must(gate.outbox()).front().consent));
  EXPECT_TRUE(fails(gate.confirm(world.group, draft, digest), Errc::refused)) << "it has just left";
  world.clock.advance(61s);
  EXPECT_TRUE(ok(gate.confirm(world.group, draft, digest))) << "meant a second time";
}

TEST_F(Gate, AThousandQuestionsOfOnePersonAreListedAsAFew) {
  constexpr std::size_t kMany = 40;
  const Ask wanted{AskKind::come_across, world["Ana"].node().today() + 7, false};
  const auto ask = [&](const char* who, const std::string& text) {
    const auto draft = Feedback(world[who]).ask({To::one, {world.member("Ben")}}, wanted, text);
    must(confirm(who, draft));
  };
  ask("Cleo", "And I?");
  must(confirm("Ben", Feedback(world["Ben"]).ask({To::one, {world.member("Ana")}}, wanted, "And you?")));
  for (std::size_t i = 0; i < kMany; ++i) ask("Ana", "Question " + std::to_string(i));
  world.clock.advance(601s);
  world.settle();
  const auto listed = must(Feedback(world["Ben"]).requests_to_me(world.group));
  ASSERT_EQ(listed.size(), kMaxRequestsOfOne + 1);
  EXPECT_EQ(std::ranges::count(listed, "And I?", &RequestToMe::text), 1) << "nobody's crowd hides another";
  const auto newest = std::ranges::find(listed, "Question " + std::to_string(kMany - 1), &RequestToMe::text);
  ASSERT_NE(newest, listed.end());
  EXPECT_EQ(std::ranges::count(listed, "Question 0", &RequestToMe::text), 0) << "the oldest made room";
  EXPECT_EQ(must(Feedback(world["Ben"]).requests_of_mine(world.group)).size(), 1U) << "his own never";
  must(Feedback(world["Ben"]).pass(world.group, newest->ref));
  EXPECT_EQ(must(Feedback(world["Ben"]).requests_to_me(world.group)).size(), kMaxRequestsOfOne + 2);
}

TEST_F(Gate, TheOutboxHoldsUntilItsTimeAndCanBeEmptied) {
  ConsentGate gate(world["Ana"]);
  const auto to_be_had = [&] { return must(world["Ana"].mail().offers(world.group, 0, 1'000)).size(); };
  const auto before = to_be_had();
  const auto stopped = must(confirm("Ana", world.draft("Stop this.", To::group)));
  const auto sent = must(confirm("Ana", world.draft("Send this.", To::group)));
  world.tick("Ana");
  EXPECT_EQ(must(gate.outbox()).size(), 2U) << "a sync hurries nothing that may still be stopped";
  EXPECT_EQ(to_be_had(), before) << "and there is no id yet under which anybody could ask for it";
  must(gate.take_back(stopped.consent));
  must(gate.release_now(sent.consent));
  EXPECT_EQ(to_be_had(), before + 1);
  EXPECT_TRUE(fails(gate.take_back(sent.consent), Errc::refused));
  EXPECT_TRUE(fails(gate.take_back(9999), Errc::not_found));
  world.clock.advance(3600s);
  world.settle();
  const auto items = must(Items(world["Ben"]).received(world.group));
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].text, "Send this.");
  EXPECT_TRUE(fails(world["Ana"].node().set_outbox(3601s), Errc::usage));
  EXPECT_TRUE(fails(world["Ana"].node().set_outbox(-1s), Errc::usage));
  must(world["Ana"].node().set_outbox(0s));
  must(confirm("Ana", world.draft("At once.", To::group)));
  EXPECT_EQ(world.tick("Ana").released, 1U);
}

TEST_F(Gate, BatchesKeepHalfAnHourApartUnlessAskedFor) {
  world.clock.advance(3600s);
  must(world["Ana"].node().set_outbox(0s));
  must(confirm("Ana", world.draft("One.", To::group)));
  EXPECT_EQ(world.tick("Ana", Occasion::timer).released, 1U);
  must(confirm("Ana", world.draft("Two.", To::group)));
  const auto report = world.tick("Ana", Occasion::timer);
  EXPECT_EQ(report.released, 0U);
  EXPECT_LE(report.next_due, world.clock.now() + 30min);
  EXPECT_EQ(world.tick("Ana", Occasion::sync).released, 1U);
}

TEST_F(Gate, AChangedAgreementAsksAgain) {
  must(confirm("Ana", world.draft("Under the old words.", To::group)));
  Agreements lena(world["Lena"]);
  must(lena.edit(world.group, "leaving", "Otherwise."));
  must(lena.propose(world.group));
  world.settle();
  for (const auto& name : {"Ana", "Ben", "Cleo"}) world.sign(name);
  world.settle();
  world.clock.advance(700s);
  world.settle();
  const auto outbox = must(ConsentGate(world["Ana"]).outbox());
  ASSERT_EQ(outbox.size(), 1U);
  EXPECT_EQ(outbox[0].state, ConsentState::ask_again);
  EXPECT_EQ(outbox[0].why, Rule::not_agreed);
  EXPECT_TRUE(must(Items(world["Ben"]).received(world.group)).empty());
}

TEST_F(Gate, NothingIsSealedToWhoHasNotSigned) {
  World small({"Lena", "Ana", "Dan"});
  small.found();
  small.join("Ana");
  small.sign("Ana");
  small.settle();
  small.join("Dan");
  small.meet("Lena", "Ana");
  small.tick("Ana");
  const auto draft = small.draft("Only for who signed.", To::group);
  const auto preview = must(ConsentGate(small["Ana"]).preview(small.group, draft));
  ASSERT_EQ(preview.cannot_read_yet.size(), 1U);
  EXPECT_EQ(preview.readers.size(), 1U);
  small.share("Ana", draft);
  small.settle();
  small.sign("Dan");
  small.settle();
  EXPECT_TRUE(must(Items(small["Dan"]).received(small.group)).empty());
  EXPECT_EQ(must(Items(small["Lena"]).received(small.group)).size(), 1U);
}

}  // namespace
}  // namespace kith::test
