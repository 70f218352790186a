// What a thief finds: the secrets of older prekeys are gone once nobody needs them, whatever others withhold,
// and never before.
#include "core/sharing/prekeys.h"

#include <array>
#include <cstdio>

#include "crypto/envelope.h"
#include "tests/sharing/world.h"
#include "tests/support/bound.h"

namespace kith::test {
namespace {

using namespace sharing;

// -- the decision, against everything that two others can do

// hears: of my newest prekey; confirms: all of it arrives; lies: says so, but goes on sealing to the old one,
// and what it had sent comes later or never.
enum Move : unsigned { silent, hears, confirms, lies, kMoves };
constexpr std::uint32_t kWeek = 9;  // days between two prekeys: the cap falls into the fifth
constexpr std::uint32_t kStart = 20'000;

struct Other {
  std::uint64_t knows = 1;                // my newest prekey that it has heard of: it seals to this one
  std::optional<std::uint64_t> said = 1;  // what it says has arrived
  std::uint64_t oldest_under_way = 1;     // of the prekeys that its mail on the way is sealed to
  bool lied = false;
  std::vector<std::uint64_t> sealed_to = {1};  // in each week: something new, or something old sealed again
};

struct Life {
  std::array<Other, 2> others;
  std::vector<PrekeyAge> held = {{1, Day{kStart}, 1}};  // newest first

  void week(std::uint32_t number, const std::array<Move, 2>& moves) {
    const Day today{kStart + number * kWeek};
    held.insert(held.begin(), {number + 1, today, number + 1});
    for (std::size_t i = 0; i < others.size(); ++i) {
      auto& other = others[i];
      if (moves[i] == hears || moves[i] == confirms) other.knows = number + 1;
      if (moves[i] == confirms || moves[i] == lies) other.said = number + 1;
      if (moves[i] == confirms) other.oldest_under_way = number + 1;
      other.lied = other.lied || moves[i] == lies;
      other.sealed_to.push_back(other.knows);
    }
    std::optional<std::uint64_t> confirmed = number + 1;
    for (const auto& other : others) confirmed = std::min(*confirmed, *other.said);
    const auto through = forgettable(held, confirmed, today);
    if (!through) return;
    for (const auto& other : others)  // who lies loses words of its own, and of nobody else
      ASSERT_TRUE(other.lied || other.oldest_under_way > *through ||
                  age_of_successor(*through, today) >= kPrekeyCap)
          << "something that is on the way can never be opened";
    std::erase_if(held, [&](const auto& prekey) { return prekey.number <= *through; });
  }
  // What somebody could read who took all secrets now.
  void thief(std::uint32_t week) const {
    const Day today{kStart + week * kWeek};
    ASSERT_EQ(held.front().number, week + 1) << "the newest stays";
    if (held.size() > 1) {
      ASSERT_LT(age_of_successor(held.back().number, today), kPrekeyCap);
    }
    for (const auto& other : others)
      for (std::uint32_t sent = 0; sent <= week; ++sent)
        if (other.sealed_to[sent] >= held.back().number) {
          ASSERT_LT((week - sent) * kWeek, kPrekeyCap + kWeek) << "sealed in week " << sent;
        }
  }
  static std::uint32_t age_of_successor(std::uint64_t prekey, Day today) {
    return number(today) - (kStart + static_cast<std::uint32_t>(prekey) * kWeek);
  }
};

void live_on(const Life& before, std::uint32_t week, std::uint32_t weeks, std::size_t& lives) {
  for (unsigned moves = 0; moves < kMoves * kMoves; ++moves) {
    Life life = before;
    life.week(week, {static_cast<Move>(moves % kMoves), static_cast<Move>(moves / kMoves)});
    life.thief(week);
    ASSERT_FALSE(testing::Test::HasFatalFailure()) << "week " << week << ", moves " << moves;
    if (week == weeks)
      ++lives;
    else
      live_on(life, week + 1, weeks, lives);
    if (testing::Test::HasFatalFailure()) return;
  }
}

// KITH_BOUND: how many weeks, in a long run.
TEST(Prekeys, NoneLivesBeyondTheCapAndNoneGoesWhileItIsNeeded) {
  std::size_t lives = 0;
  live_on(Life{}, 1, static_cast<std::uint32_t>(bound(5)), lives);
  std::printf("%zu lives\n", lives);
  EXPECT_GE(lives, 1'000'000U);
}

TEST(Prekeys, AClockThatJumpsTenYearsTakesNoneThatIsInUse) {
  const std::vector<PrekeyAge> held = {{3, Day{20'014 + 3'653}, 9}, {2, Day{20'014}, 5}, {1, Day{20'007}, 1}};
  EXPECT_EQ(forgettable(held, std::nullopt, Day{20'014 + 3'653}), std::nullopt);
  EXPECT_EQ(forgettable(held, std::nullopt, Day{0}), std::nullopt) << "nor one that goes back";
  EXPECT_EQ(forgettable(held, 5, Day{20'014 + 3'653}), 1U) << "what all have confirmed goes";
}

TEST(Prekeys, NoneGoesForASuccessorThatNobodyWasToldOf) {
  std::vector<PrekeyAge> held;
  for (std::uint64_t n = 9; n >= 1; --n)
    held.push_back({n, Day{static_cast<std::uint32_t>(20'000 + 7 * n)}, {}});
  EXPECT_EQ(forgettable(held, 1'000'000, Day{20'100}), std::nullopt);
  held[8].announced = 1;
  EXPECT_EQ(forgettable(held, std::nullopt, Day{20'100}), std::nullopt);
}

// -- real nodes over weeks

std::vector<std::uint64_t> numbers(World& world, const std::string& name) {
  std::vector<std::uint64_t> all;
  for (const auto& prekey : must(world[name].node().keyring().prekeys(world.group)))
    all.push_back(prekey.number);
  return all;
}

// Opens an envelope with what somebody has who takes all keys of this device now.
bool thief_opens(World& world, const std::string& name, const Bytes& wire, const Bytes& payload) {
  const auto prekeys = must(world[name].node().keyring().prekeys(world.group));
  std::vector<crypto::HeldPrekey> held;
  for (const auto& prekey : prekeys) held.push_back({prekey.pk, prekey.secret});
  const auto event = must(mail::Event::parse(wire));
  const auto* book = must(world[name].node().book(world.group));
  const auto state = book->state();
  const auto opened = crypto::open_payload(payload, event.id(), *ItemPk::parse(event.header().bind.view()),
                                           world.group, event.header().seq, event.header().device,
                                           state->device(event.header().device)->dh, book->device, held);
  return opened.what == crypto::Opening::opened;
}

std::pair<Bytes, Bytes> newest_envelope(World& world, const std::string& holder) {
  std::pair<Bytes, Bytes> found;
  for (const auto& stored : must(world[holder].mail().arrivals(world.group, 0, 10'000)))
    for (const auto& payload : must(world[holder].mail().payloads(stored.event.id())))
      found = {to_bytes(stored.event.wire()), payload};
  return found;
}

TEST(Prekeys, AWeekAfterAllHaveHeardOfANewerOneAThiefOpensNothingOlder) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  world.share("Lena", world.draft("Before the thief came.", To::group));
  world.settle();
  const auto taken = newest_envelope(world, "Ana");
  ASSERT_TRUE(thief_opens(world, "Ana", taken.first, taken.second)) << "the week's own prekey opens it";
  for (int week = 0; week < 3; ++week) {
    world.clock.advance(7 * 24h);
    world.settle();
  }
  EXPECT_LE(numbers(world, "Ana").size(), 2U);
  EXPECT_FALSE(thief_opens(world, "Ana", taken.first, taken.second));
  EXPECT_EQ(must(Items(world["Ana"]).received(world.group)).size(), 1U) << "and what was read stays";
}

TEST(Prekeys, WhatWasSealedBeforeTheNewsCameStillOpens) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  const auto with_ana = [&] {
    for (const auto& name : {"Lena", "Ana"}) world.tick(name);
    world.meet("Lena", "Ana");
    for (const auto& name : {"Lena", "Ana"}) world.tick(name, Occasion::timer);
  };
  for (int week = 0; week < 3; ++week) {  // Ben is away, and hears of nothing
    world.clock.advance(7 * 24h);
    with_ana();
    with_ana();
  }
  EXPECT_GE(numbers(world, "Ana").size(), 3U) << "Ben has confirmed none of the newer ones";
  world.share("Ben", world.draft("Written on the road.", To::group));
  world.settle();
  const auto received = must(Items(world["Ana"]).received(world.group));
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(received.front().text, "Written on the road.");
}

TEST(Prekeys, WhatHasNotComeKeepsThemThoughItsAuthorConfirms) {
  World world({"Lena", "Ana"});
  world.everybody();
  world.share("Lena", world.draft("Its payload is still under way.", To::group));
  world.settle();
  must(world["Ana"].journal().execute("UPDATE share_event SET state = 0"));  // as if only its header had come
  for (int week = 0; week < 3; ++week) {
    world.clock.advance(7 * 24h);
    world.settle();
  }
  EXPECT_EQ(numbers(world, "Ana").size(), 4U);
  must(world["Ana"].journal().execute("UPDATE share_event SET state = 6"));  // given up
  world.settle();
  EXPECT_LE(numbers(world, "Ana").size(), 2U);
}

// The record that named the newer prekey was cut off by a suspension: for the others the older one counts.
TEST(Prekeys, WhatASuspensionCutOffTakesNoneThatCountsAgain) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  const MemberId ana = world.member("Ana");
  const auto ends = [&] {
    std::vector<group::LogEnd> known;
    for (const auto& end : must(world["Lena"].mail().heads(world.group)))
      known.push_back({end.device, end.seq, end.link});
    return known;
  };
  const auto lena_says = [&](const group::Act& what) {
    must(Publisher(world["Lena"]).act(world.group, what, "by hand"));
    world.meet("Lena", "Ben");
    for (const auto& name : {"Lena", "Ben"}) world.tick(name);
  };
  const auto before = must(world["Lena"].node().book(world.group))->state();
  const auto known = ends();
  world.clock.advance(7 * 24h);
  world.tick("Ana");  // names a newer prekey, and only Ben hears of it
  ASSERT_EQ(numbers(world, "Ana").front(), 2U);
  world.meet("Ana", "Ben");
  lena_says(group::Suspend{ana, group::cuts_for(*before, ana, known)});
  world.clock.advance(24h);
  for (int round = 0; round < 2; ++round) {  // both confirm what they hold of Ana's
    for (const auto& name : {"Lena", "Ben"}) world.tick(name, Occasion::timer);
    world.meet("Lena", "Ben");
  }
  const auto suspended = must(world["Lena"].node().book(world.group))->state();
  group::Unsuspend lift{ana, {}, group::resumes_for(*suspended, ana, ends())};
  for (const auto& [event, suspension] : suspended->suspensions) lift.suspends.push_back(event);
  lena_says(lift);
  world.share("Ben", world.draft("Good that you are back.", To::group));
  world.meet("Lena", "Ana");
  world.tick("Ana");
  world.settle();
  const auto received = must(Items(world["Ana"]).received(world.group));
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(received.front().text, "Good that you are back.");
  const auto state = must(world["Ben"].node().book(world.group))->state();
  EXPECT_EQ(state->device(must(world["Ana"].node().book(world.group))->device)->prekey.number,
            numbers(world, "Ana").front())
      << "and everybody is told again of the newest one";
}

// Ben hears that Ana is suspended before he hears what she had shared until then. She is let back in.
TEST(Prekeys, WhoIsSuspendedHoldsThemLikeAnybodyWhoKeepsSilent) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  auto &lena = world["Lena"], &ben = world["Ben"];
  const MemberId ana = world.member("Ana");
  const auto ends = [&] {
    std::vector<group::LogEnd> known;
    for (const auto& end : must(lena.mail().heads(world.group)))
      known.push_back({end.device, end.seq, end.link});
    return known;
  };
  const auto lenas_log_alone = [&] {
    const auto device = must(lena.node().book(world.group))->device;
    const auto has = must(ben.mail().head(world.group, device)).value().seq;
    std::vector<mail::Event> events;
    for (const auto& wire : must(lena.mail().wire_after(world.group, device, has, std::size_t{1} << 20)))
      events.push_back(must(mail::Event::parse(wire)));
    must(ben.mail().append(world.group, events, *must(ben.node().book(world.group))->roster,
                           ben.node().today()));
  };
  world.share("Ana", world.draft("Before I was asked to wait.", To::group));
  world.carry(world["Ana"], lena);
  world.tick("Lena");
  world.clock.advance(7 * 24h);
  world.tick("Ben");
  ASSERT_EQ(numbers(world, "Ben").front(), 2U);
  world.carry(ben, lena);
  world.tick("Lena");
  const auto before = must(lena.node().book(world.group))->state();
  must(Publisher(lena).act(world.group, group::Suspend{ana, group::cuts_for(*before, ana, ends())},
                           "by hand"));
  for (int day = 0; day < 3; ++day) {  // she confirms what Ben has named
    world.clock.advance(24h);
    world.tick("Lena", Occasion::timer);
    lenas_log_alone();
    world.tick("Ben", Occasion::timer);
  }
  const auto suspended = must(ben.node().book(world.group))->state();
  ASSERT_EQ(suspended->members.at(ana).status, group::Status::suspended);
  EXPECT_EQ(numbers(world, "Ben").back(), 1U) << "what she had sealed to it is still under way";
  group::Unsuspend lift{ana, {}, group::resumes_for(*suspended, ana, ends())};
  for (const auto& [event, suspension] : suspended->suspensions) lift.suspends.push_back(event);
  must(Publisher(lena).act(world.group, lift, "by hand"));
  world.settle();
  const auto received = must(Items(ben).received(world.group));
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(received.front().text, "Before I was asked to wait.");
}

TEST(Prekeys, OneWhoKeepsSilentHoldsThemFiveWeeksAndNoLonger) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  world.share("Lena", world.draft("For this week.", To::group));
  world.settle();
  const auto first = newest_envelope(world, "Ana");
  // Lena withholds something that she confirms, and Ben says nothing any more.
  must(world["Ana"].journal().execute("UPDATE share_event SET state = 0"));
  std::size_t most = 0;
  for (int week = 0; week < 9; ++week) {
    world.clock.advance(7 * 24h);
    for (int round = 0; round < 2; ++round) {
      for (const auto& name : {"Lena", "Ana"}) world.tick(name);
      world.meet("Lena", "Ana");
    }
    world.tick("Ana", Occasion::timer);
    most = std::max(most, numbers(world, "Ana").size());
    EXPECT_EQ(thief_opens(world, "Ana", first.first, first.second), week < 5) << week;
  }
  EXPECT_EQ(most, 6U) << "one for each week of the cap, and the newest";
  EXPECT_GT(numbers(world, "Ana").back(), 2U);
  // Sealed again, the same words are what a thief finds that week.
  world.share("Lena", world.draft("For this week.", To::group));
  world.meet("Lena", "Ana");
  const auto again = newest_envelope(world, "Ana");
  EXPECT_NE(again.first, first.first);
  EXPECT_TRUE(thief_opens(world, "Ana", again.first, again.second));
  EXPECT_FALSE(thief_opens(world, "Ana", first.first, first.second));
}

}  // namespace
}  // namespace kith::test
