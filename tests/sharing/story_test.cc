// Whole stories between nodes: what people would see, and nothing below it.
#include <algorithm>

#include "core/base/look.h"
#include "tests/sharing/world.h"

namespace kith::test {
namespace {

using namespace sharing;

std::vector<std::string> texts(World& world, const std::string& reader) {
  std::vector<std::string> found;
  for (const auto& item : must(Items(world[reader]).received(world.group))) found.push_back(item.text);
  std::ranges::sort(found);
  return found;
}

TEST(Story, FoundingNeedsAWholeAgreementBeforeAnybodyIsInvited) {
  World world({"Lena"});
  Founding founding;
  founding.name = "Tuesdays";
  founding.me = {"Lena", ""};
  auto& lena = world["Lena"];
  const auto founded = must(Groups(lena).create(founding));
  const auto text = as_text(founded.recovery_words.reveal());
  EXPECT_EQ(std::ranges::count(text, ' '), 23);
  Agreements agreements(lena);
  EXPECT_TRUE(fails(Joining(lena).invite(founded.group, {}, lena.node().today() + 7, {}), Errc::refused));
  EXPECT_TRUE(fails(agreements.propose(founded.group), Errc::refused));
  EXPECT_TRUE(fails(agreements.edit(founded.group, "jokes", "x"), Errc::usage));
  for (const auto& section : must(agreements.missing(founded.group)))
    must(agreements.edit(founded.group, section, "We said so."));
  EXPECT_EQ(must(agreements.propose(founded.group)), 1U);
  EXPECT_TRUE(must(Groups(lena).show(founded.group)).may_share);
  EXPECT_TRUE(fails(agreements.propose(founded.group), Errc::refused)) << "nothing changed";
}

TEST(Story, JoiningGivesNamesAndTheSamePhraseToAll) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  const auto phrase = must(Groups(world["Lena"]).phrase(world.group));
  for (const auto& name : {"Lena", "Ana", "Ben"}) {
    const auto people = must(Groups(world[name]).members(world.group));
    ASSERT_EQ(people.size(), 3U) << name;
    for (const auto& who : {"lena", "ana", "ben"})
      EXPECT_NE(find_handle(people, who), nullptr) << name << who;
    EXPECT_EQ(must(Groups(world[name]).phrase(world.group)), phrase);
    const auto view = must(Groups(world[name]).show(world.group));
    EXPECT_TRUE(view.may_share && !view.alarm && !view.waiting_for_my_signature) << name;
  }
}

// Nobody asked for a sync: the batches of the others wait, and a share of mine that is due waits with them.
TEST(Story, WhoOpenedTheDoorIsNamedAtOnceAndTheOthersWithTheirNextPost) {
  World world({"Lena", "Ben", "Ana"});
  world.found();
  world.join("Ben");
  world.sign("Ben");
  world.settle();
  for (const auto& name : {"Lena", "Ben"}) {  // and something of theirs has just left
    world.share(name, world.draft("Before she came.", To::group));
    world.tick(name);
  }
  world.join("Ana");
  world.sign("Ana");
  const auto settle_by_timers = [&] {
    for (int round = 0; round < 3; ++round) {
      for (const auto& name : {"Lena", "Ben", "Ana"}) world.tick(name, Occasion::timer);
      for (const auto& [a, b] : {std::pair{"Lena", "Ana"}, {"Lena", "Ben"}, {"Ben", "Ana"}}) world.meet(a, b);
    }
    for (const auto& name : {"Lena", "Ben", "Ana"}) world.tick(name, Occasion::timer);
  };
  settle_by_timers();
  const auto named = [&](const std::string& name) {
    const auto people = must(Groups(world["Ana"]).members(world.group));
    return !find(people, world.member(name))->name.empty();
  };
  EXPECT_TRUE(named("Lena"));
  EXPECT_FALSE(named("Ben"));
  world.clock.advance(31min);
  settle_by_timers();
  EXPECT_TRUE(named("Ben"));
}

TEST(Story, NamesThatLookAlikeAreMarkedAndNeverShareAHandle) {
  World world({"Lena", "Ruth", "Ben"});
  world.everybody();
  const auto people = [&](const char* who) { return must(Groups(world[who]).members(world.group)); };
  for (const auto& person : people("Lena")) EXPECT_FALSE(person.alike) << person.name;
  for (const char* name : {"Ru\u0442h", "RUTH", "R u\u200bth", "\uff32\uff55\uff54\uff48", "Ruth"}) {
    SCOPED_TRACE(name);
    must(Groups(world["Ben"]).set_profile(world.group, {name, ""}));
    world.settle();
    for (const char* who : {"Lena", "Ruth", "Ben"}) {
      const auto there = people(who);
      const auto* ruth = find(there, world.member("Ruth"));
      const auto* ben = find(there, world.member("Ben"));
      ASSERT_TRUE(ruth != nullptr && ben != nullptr);
      EXPECT_TRUE(ruth->alike && ben->alike);
      EXPECT_FALSE(find(there, world.member("Lena"))->alike);
      EXPECT_NE(look_of(ruth->handle), look_of(ben->handle)) << ruth->handle << " " << ben->handle;
    }
  }
  const auto preview =
      must(ConsentGate(world["Lena"]).preview(world.group, world.draft("Good evening.", To::group)));
  EXPECT_EQ(std::ranges::count(preview.readers, true, &Person::alike), 2)
      << "where it is decided who gets it";
  must(Groups(world["Ben"]).set_profile(world.group, {"Ben \u0411\u0435\u043d", ""}));
  world.settle();
  for (const auto& person : people("Lena")) EXPECT_FALSE(person.alike) << person.name;
  must(Groups(world["Ben"]).set_profile(world.group, {"B\u0435n", ""}));
  world.settle();
  EXPECT_TRUE(find(people("Lena"), world.member("Ben"))->alike) << "two alphabets in one word";
}

// Nobody else gets a handle that somebody once had, so nobody may have had very many.
TEST(Story, WhoChangesNamesAllTheTimeKeepsAHandleInTheEnd) {
  World world({"Lena", "Ana"});
  world.everybody();
  auto& lena = world["Lena"];
  for (int i = 0; i < 40; ++i)
    must(Groups(lena).set_profile(world.group, {"Ana" + std::to_string(i), "she"}));
  const auto me = must(Groups(lena).show(world.group)).me;
  EXPECT_EQ(me.name, "Ana39");
  EXPECT_EQ(me.handle, "ana30") << "she was lena before";
  must(Groups(lena).set_profile(world.group, {"Ana7", "she"}));
  EXPECT_EQ(must(Groups(lena).show(world.group)).me.handle, "ana7") << "one that was hers already";
}

TEST(Story, ANameInAnyScriptCanBeNamed) {
  World world({"Lena", "Ana"});
  world.everybody();
  for (const auto& [name, handle] : std::vector<std::pair<const char*, const char*>>{
           {"\xd7\xa0\xd7\x95\xd7\xa2\xd7\x94",
            "\xd7\xa0\xd7\x95\xd7\xa2\xd7\x94"},  // Hebrew: kept in isolates
           {"\xd9\x84\xd9\x8a\xd9\x84\xd9\x89 K", "\xd9\x84\xd9\x8a\xd9\x84\xd9\x89"},  // Arabic
           {"\xe2\x80\x9cJo\xe2\x80\x9d", "jo"},                                        // in quotes
           {"<b>Eve</b> \xd7\x90", "b"}}) {
    must(Groups(world["Ana"]).set_profile(world.group, {name, ""}));
    world.settle();
    for (const char* who : {"Ana", "Lena"})
      EXPECT_NE(find_handle(must(Groups(world[who]).members(world.group)), handle), nullptr) << who << name;
  }
  for (const char* name : {"", "...", "\xe2\x81\xa8\xe2\x81\xa9", "\xe2\x80\x9c\xe2\x80\x9d"})
    EXPECT_TRUE(fails(Groups(world["Ana"]).set_profile(world.group, {name, ""}), Errc::usage)) << name;
}

TEST(Story, ShareToTheLeaderThenLetMorePeopleInThenTakeItBack) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  const auto shared = world.share("Ana", world.draft("I went quiet again.", To::leaders));
  world.settle();
  EXPECT_EQ(texts(world, "Lena"), std::vector<std::string>{"I went quiet again."});
  EXPECT_TRUE(texts(world, "Ben").empty());

  const auto wider = must(Items(world["Ana"]).widen(world.group, shared.item, {To::group, {}}));
  world.share("Ana", wider);
  world.settle();
  EXPECT_EQ(texts(world, "Ben"), std::vector<std::string>{"I went quiet again."});
  EXPECT_EQ(texts(world, "Lena").size(), 1U) << "one item, in its second version";
  EXPECT_EQ(must(Items(world["Ben"]).find(world.group, "quiet")).size(), 1U);

  const auto taken = must(Items(world["Ana"]).withdraw(world.group, shared.item));
  EXPECT_EQ(taken.envelopes, 2U);
  EXPECT_FALSE(taken.never_left);
  world.settle();
  for (const auto& reader : {"Lena", "Ben"}) {
    const auto items = must(Items(world[reader]).received(world.group));
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].state, ItemState::withdrawn);
    EXPECT_TRUE(items[0].text.empty());
    EXPECT_TRUE(must(Items(world[reader]).find(world.group, "quiet")).empty());
  }
  const auto mine = must(Items(world["Ana"]).mine(world.group));
  ASSERT_EQ(mine.size(), 1U);
  EXPECT_EQ(mine[0].readers, 2U);
  EXPECT_EQ(mine[0].erased, 2U) << "both have said that they erased it";
  EXPECT_TRUE(fails(Items(world["Ben"]).widen(world.group, shared.item, {To::group, {}}), Errc::refused));
}

TEST(Story, AskAnswerPassRoomAndThanks) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  Feedback ana(world["Ana"]), ben(world["Ben"]), lena(world["Lena"]);
  EXPECT_TRUE(
      fails(ben.give(world.group, {world.member("Ana"), ItemId::zero()}, "You should."), Errc::refused));

  const Ask ask{AskKind::come_across, world["Ana"].node().today() + 7, false};
  const auto request =
      world.share("Ana", ana.ask({To::group, {}}, ask, "How do I come across when I am quiet?"));
  world.settle();
  const auto to_ben = must(ben.requests_to_me(world.group));
  ASSERT_EQ(to_ben.size(), 1U);
  EXPECT_EQ(to_ben[0].asker.name, "Ana");
  world.share("Ben", must(ben.give(world.group, to_ben[0].ref, "I felt further away from you.")));
  const auto to_lena = must(lena.requests_to_me(world.group));
  ASSERT_EQ(to_lena.size(), 1U);
  const auto before =
      must(world["Lena"].mail().head(world.group, must(world["Lena"].node().book(world.group))->device));
  must(lena.pass(world.group, to_lena[0].ref));
  const auto after =
      must(world["Lena"].mail().head(world.group, must(world["Lena"].node().book(world.group))->device));
  EXPECT_EQ(before->seq, after->seq) << "to pass sends nothing";
  EXPECT_EQ(must(lena.requests_to_me(world.group))[0].state, RequestState::passed);
  world.settle();

  auto answers = must(ana.answers(world.group));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].request.item, request.item);
  EXPECT_TRUE(answers[0].text.empty()) << "closed until opened";
  EXPECT_EQ(must(ana.open_answer(world.group, answers[0].number)).text, "I felt further away from you.");
  EXPECT_TRUE(must(lena.answers(world.group)).empty()) << "answers went to Ana alone";
  EXPECT_TRUE(texts(world, "Lena").empty());

  world.share("Lena", must(lena.say_in_the_room(world.group, to_lena[0].ref)));
  world.share("Ana", ana.thank(world.member("Ben"), "Thank you."));
  world.settle();
  EXPECT_EQ(must(ana.answers(world.group)).size(), 2U);
  EXPECT_EQ(texts(world, "Ben"), std::vector<std::string>{"Thank you."});
}

TEST(Story, ResonanceOnlyWhereItIsWelcome) {
  World world({"Lena", "Ana"});
  world.everybody();
  auto closed = world.draft("Only read this.", To::group);
  closed.responses = Responses::none;
  const auto open_item = world.share("Ana", world.draft("This may touch you.", To::group));
  const auto closed_item = world.share("Ana", closed);
  world.settle();
  Feedback lena(world["Lena"]);
  EXPECT_TRUE(fails(lena.resonate(world.group, {world.member("Ana"), closed_item.item}), Errc::refused));
  world.share("Lena", must(lena.resonate(world.group, {world.member("Ana"), open_item.item})));
  world.settle();
  EXPECT_EQ(must(Feedback(world["Ana"]).touched(world.group, open_item.item)).size(), 1U);
  EXPECT_TRUE(
      fails(lena.give(world.group, {world.member("Ana"), open_item.item}, "But why?"), Errc::refused));
}

TEST(Story, ANewcomerGetsNothingEarlierAndARemovedMemberNothingLater) {
  World world({"Lena", "Ana", "Ben"});
  world.found();
  world.join("Ana");
  world.sign("Ana");
  world.settle();
  world.share("Ana", world.draft("Before Ben.", To::group));
  world.settle();
  world.join("Ben");
  world.settle();
  world.share("Ana", world.draft("Before Ben signed.", To::group));
  world.settle();
  world.sign("Ben");
  world.settle();
  EXPECT_TRUE(texts(world, "Ben").empty());
  world.share("Ana", world.draft("With Ben.", To::group));
  world.settle();
  EXPECT_EQ(texts(world, "Ben"), std::vector<std::string>{"With Ben."});

  must(Groups(world["Lena"]).remove_member(world.group, world.member("Ben")));
  world.meet("Lena", "Ana");
  world.tick("Ana");
  world.share("Ana", world.draft("After Ben.", To::group));
  world.carry(world["Ana"], world["Ben"]);
  world.carry(world["Lena"], world["Ben"]);
  world.tick("Ben");
  EXPECT_TRUE(std::ranges::count(texts(world, "Ben"), "After Ben.") == 0);
  const auto items = must(Items(world["Ben"]).received(world.group));
  EXPECT_TRUE(std::ranges::all_of(items, [](const auto& item) { return item.text.empty(); }))
      << "what others gave goes with the membership";
  EXPECT_TRUE(fails(Groups(world["Ana"]).remove_member(world.group, world.member("Lena")), Errc::refused));
}

TEST(Story, LeavingNowCanBeUndoneUntilItIsSentAndTakesMyWordsAlong) {
  World world({"Lena", "Ana"});
  world.everybody();
  world.share("Ana", world.draft("Mine to take back.", To::group));
  const auto kept = world.share("Ana", world.draft("Keep this of me.", To::group));
  world.share("Lena", world.draft("For you all.", To::group));
  world.settle();
  must(Groups(world["Ana"]).leave_now(world.group, {kept.item}));
  must(Groups(world["Ana"]).undo_leave(world.group));
  world.clock.advance(700s);
  world.settle();
  EXPECT_EQ(texts(world, "Lena").size(), 2U);
  must(Groups(world["Ana"]).leave_now(world.group, {kept.item}));
  world.clock.advance(700s);
  world.settle();
  EXPECT_EQ(texts(world, "Lena"), (std::vector<std::string>{"", "Keep this of me."}));
  EXPECT_EQ(texts(world, "Ana"), std::vector<std::string>{""});
  EXPECT_EQ(must(Groups(world["Lena"]).person(world.group, "ana")).status, group::Status::left);
  EXPECT_FALSE(must(Groups(world["Ana"]).show(world.group)).may_share);
  EXPECT_TRUE(must(audit(world["Ana"], world.group)).alarms.empty());
  must(Groups(world["Lena"]).remove_member(world.group, world.member("Ana")));
  EXPECT_EQ(must(Groups(world["Lena"]).person(world.group, "ana")).status, group::Status::removed);
}

TEST(Story, ReceivedItemsExpireAndAClockThatWasAheadLengthensNothing) {
  World world({"Lena", "Ana"});
  world.everybody();
  auto short_lived = world.draft("For three days.", To::group);
  short_lived.until = world["Ana"].node().today() + 3;
  world.share("Ana", short_lived);
  world.share("Ana", world.draft("For the term.", To::group));
  const WallTime now = world.clock.now();
  world.clock.set(now + std::chrono::years(10));
  world.carry(world["Ana"], world["Lena"]);
  must(Intake(world["Lena"]).run(world.group, true));
  world.clock.set(now);
  must(Intake(world["Lena"]).expire(world.group));
  EXPECT_EQ(texts(world, "Lena"), (std::vector<std::string>{"For the term.", "For three days."}));
  world.clock.advance(std::chrono::days(5));
  must(Intake(world["Lena"]).expire(world.group));
  EXPECT_EQ(texts(world, "Lena"), (std::vector<std::string>{"", "For the term."}));
  world.clock.advance(std::chrono::days(90));
  must(Intake(world["Lena"]).expire(world.group));
  EXPECT_EQ(texts(world, "Lena"), (std::vector<std::string>{"", ""}));
}

TEST(Story, ASecondVersionOfTheAgreementHoldsWhenAllHaveSigned) {
  World world({"Lena", "Ana"});
  world.everybody();
  Agreements lena(world["Lena"]), ana(world["Ana"]);
  must(lena.edit(world.group, "leaving", "We say goodbye in the room."));
  EXPECT_EQ(must(lena.propose(world.group)), 2U);
  world.settle();
  const auto seen = must(ana.show(world.group));
  ASSERT_TRUE(seen.proposed && seen.in_force);
  EXPECT_EQ(seen.in_force->version, 1U);
  ASSERT_TRUE(seen.proposed->text.has_value()) << "its text travels before it is signed";
  EXPECT_EQ(seen.proposed->signed_by.size(), 1U);
  EXPECT_TRUE(must(Groups(world["Ana"]).show(world.group)).may_share) << "nobody loses anything";
  EXPECT_TRUE(fails(ana.sign(world.group, Digest::zero()), Errc::refused));
  world.sign("Ana");
  world.settle();
  EXPECT_EQ(must(lena.show(world.group)).in_force->version, 2U);
  EXPECT_FALSE(must(lena.show(world.group)).proposed.has_value());
}

TEST(Story, AfterAProposalLapsedTheNextOneCounts) {
  World world({"Lena", "Ana"});
  world.everybody();
  Agreements lena(world["Lena"]);
  must(lena.edit(world.group, "leaving", "We say goodbye in the room."));
  EXPECT_EQ(must(lena.propose(world.group)), 2U);
  for (const std::uint64_t number : {1UL, 2UL})
    for (const bool open : {true, false}) world.act(world["Lena"], group::Session{number, open});
  EXPECT_FALSE(must(lena.show(world.group)).proposed.has_value());
  must(lena.edit(world.group, "leaving", "We say goodbye in the room, twice."));
  EXPECT_EQ(must(lena.propose(world.group)), 3U);
  EXPECT_EQ(must(lena.show(world.group)).proposed->version, 3U);
  world.settle();
  world.sign("Ana");
  world.settle();
  EXPECT_EQ(must(lena.show(world.group)).in_force->version, 3U);
}

}  // namespace
}  // namespace kith::test
