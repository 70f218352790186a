// A device whose log forked, by a copy or a lie, and what others built on either branch.
#include "core/mail/exchange.h"
#include "tests/group/state_text.h"
#include "tests/sharing/world.h"
#include "tests/support/sign_again.h"

namespace kith::test {
namespace {

using sharing::Occasion;
using sharing::Publisher;
using sharing::To;

class TwoStories : public testing::Test {
 protected:
  // Ana's node and a copy of it each do something else; Lena hears the one, Ben the other.
  void SetUp() override {
    world.everybody();
    ana.snapshot("copy.db");
    const std::string mail_before = read_file(ana.folder / "mail.db");
    world.act(ana, group::LeaveNotice{ana.node().today()});
    world.share("Ana", world.draft("From the one.", To::group));
    world.act(ana, group::LeaveNotice{ana.node().today() + 1});
    world.carry(ana, lena);
    world.tick("Lena");
    write_file(ana.folder / "mail.db", mail_before);
    ana.restore_journal("copy.db");
    world.act(ana, group::StepBack{});
    world.carry(ana, ben);
    world.tick("Ben");
    // Both build on what they heard, before they meet.
    world.act(lena, group::LeaveNotice{lena.node().today()});
    world.act(ben, group::LeaveNotice{ben.node().today()});
  }

  std::string state_of(TestNode& node) {
    const auto state = must(node.node().book(world.group))->state();
    return group::test::text_of(*state);
  }
  // What its courier would come to from mail.db alone.
  std::string courier_of(TestNode& node) {
    const auto state = group::resolve(world.group, must(node.mail().control_events(world.group)));
    return group::test::text_of(must(state));
  }

  World world{{"Lena", "Ana", "Ben"}};
  TestNode &lena = world["Lena"], &ana = world["Ana"], &ben = world["Ben"];
};

TEST_F(TwoStories, BothHalvesComeToTheSame) {
  EXPECT_NE(state_of(lena), state_of(ben));
  for (int i = 0; i < 3; ++i) {
    world.meet("Lena", "Ben");
    world.tick("Lena");
    world.tick("Ben");
  }
  EXPECT_EQ(state_of(lena), state_of(ben));
  EXPECT_EQ(courier_of(lena), state_of(lena));
  EXPECT_EQ(courier_of(ben), state_of(ben));
  const auto state = must(lena.node().book(world.group))->state();
  EXPECT_TRUE(state->device(must(ana.node().book(world.group))->device)->forked);
  EXPECT_NE(state->member_of(must(ben.node().book(world.group))->device)->leaving, std::nullopt);
}

TEST_F(TwoStories, StayKnownAfterAReopenAndCrossOnce) {
  for (int i = 0; i < 3; ++i) {
    world.meet("Lena", "Ben");
    world.tick("Lena");
    world.tick("Ben");
  }
  const auto before = state_of(ben);
  ben.reopen();
  lena.reopen();
  EXPECT_EQ(state_of(ben), before);
  world.meet("Lena", "Ben");
  EXPECT_FALSE(world.tick("Lena").mail_grew);
  EXPECT_FALSE(world.tick("Ben").mail_grew);
  EXPECT_EQ(state_of(lena), before);
}

// The copy writes on; whoever leads holds the other branch, and still removes her.
TEST_F(TwoStories, TheirAuthorCanBeRemovedByWhoHoldsTheShorterOne) {
  for (int i = 0; i < 5; ++i) world.act(ana, group::LeaveNotice{ana.node().today() + 2});
  world.carry(ana, ben);
  world.tick("Ben");
  const auto meet = [&] {
    for (int i = 0; i < 3; ++i) {
      world.meet("Lena", "Ben");
      world.tick("Lena");
      world.tick("Ben");
    }
  };
  meet();
  const MemberId gone = world.member("Ana");
  must(sharing::Groups(lena.node()).remove_member(world.group, gone));
  meet();
  for (auto* node : {&lena, &ben}) {
    const auto state = must(node->node().book(world.group))->state();
    EXPECT_EQ(state->members.at(gone).status, group::Status::removed);
  }
  EXPECT_EQ(state_of(lena), state_of(ben));
}

// More acts on one branch than are kept of it unasked: that on which others built finds its place.
TEST_F(TwoStories, ALongBranchHidesNothingThatOthersBuiltOn) {
  for (std::size_t i = 0; i < mail::kMaxBeside + 6; ++i)
    must(Publisher(ana).act(world.group, group::LeaveNotice{ana.node().today() + 2}, "tried"));
  must(sharing::tick(ana, Occasion::sync));
  world.carry(ana, ben);
  world.tick("Ben");
  const auto built =
      must(Publisher(ben).act(world.group, group::LeaveNotice{ben.node().today() + 3}, "tried"));
  must(sharing::tick(ben, Occasion::sync));
  for (int i = 0; i < 3; ++i) {
    world.meet("Lena", "Ben");
    world.tick("Lena");
    world.tick("Ben");
  }
  const auto state = must(lena.node().book(world.group))->state();
  EXPECT_TRUE(state->accepted.contains(built));
}

TEST_F(TwoStories, WhoJoinsLaterComesToTheSame) {
  for (int i = 0; i < 3; ++i) {
    world.meet("Lena", "Ben");
    world.tick("Lena");
    world.tick("Ben");
  }
  world.nodes.push_back(std::make_unique<TestNode>("Dora", 77, world.clock));
  world.join("Dora");
  auto& dora = world["Dora"];
  EXPECT_EQ(courier_of(dora), state_of(dora));
  for (int i = 0; i < 3; ++i) {
    world.tick("Dora");
    world.meet("Lena", "Dora");
    world.meet("Lena", "Ben");
    world.meet("Ben", "Dora");
    world.tick("Lena");
    world.tick("Ben");
  }
  EXPECT_EQ(state_of(dora), state_of(lena));
  EXPECT_EQ(state_of(dora), state_of(ben));
}

// Ana signs one act twice. Both signatures are good and the event is the same, but what follows in her log
// can follow only one of them.
TEST(OneActSignedTwice, ComesToTheSameForWhoHeardTheOneAndTheOther) {
  World world{{"Lena", "Ana", "Ben"}};
  world.everybody();
  auto &lena = world["Lena"], &ana = world["Ana"], &ben = world["Ben"];
  const auto keys = must(ana.node().keyring().device(world.group));
  const auto state_of = [&](TestNode& node) {
    const auto state = must(node.node().book(world.group))->state();
    return group::test::text_of(*state);
  };
  world.act(lena, group::LeaveNotice{lena.node().today()});
  world.carry(lena, ana);
  world.tick("Ana");
  world.carry(ana, ben);
  world.tick("Ben");
  const auto once = must(ana.mail().event(world.act(ana, group::StepBack{}))).value();
  const auto twice = signed_again(once, keys->sign, 7);
  ASSERT_EQ(once.id(), twice.id());
  ASSERT_TRUE(must(ben.mail().append(world.group, std::span(&twice, 1),
                                     *must(ben.node().book(world.group))->roster, ben.node().today()))
                  .stored > 0);
  world.tick("Ben");
  world.act(ana, group::Return{});
  world.carry(ana, lena);
  world.tick("Lena");
  // Both build on what they heard.
  world.act(lena, group::LeaveNotice{lena.node().today() + 1});
  world.act(ben, group::LeaveNotice{ben.node().today()});
  for (int i = 0; i < 4; ++i) {
    world.meet("Lena", "Ben");
    world.tick("Lena");
    world.tick("Ben");
  }
  EXPECT_EQ(state_of(lena), state_of(ben));
  for (auto* node : {&lena, &ben}) {
    const auto mailed = group::resolve(world.group, must(node->mail().control_events(world.group)));
    EXPECT_EQ(group::test::text_of(must(mailed)), state_of(*node));
    const auto state = must(node->node().book(world.group))->state();
    EXPECT_TRUE(state->device(keys->device)->forked);
    const auto before = state_of(*node);
    node->reopen();
    EXPECT_EQ(state_of(*node), before);
  }
  world.meet("Lena", "Ben");
  EXPECT_FALSE(world.tick("Lena").mail_grew);
  EXPECT_FALSE(world.tick("Ben").mail_grew);
}

// Who built on the last acts of somebody removed hears of the removal, and tells the others what they need.
TEST(ActsBeyondACut, ReachThoseWhoNeedThem) {
  World world{{"Lena", "Ana", "Ben"}};
  world.everybody();
  auto &lena = world["Lena"], &ana = world["Ana"], &ben = world["Ben"];
  world.share("Ana", world.draft("Before.", To::group));
  world.act(ana, group::LeaveNotice{ana.node().today()});
  world.carry(ana, ben);
  world.tick("Ben");
  const auto built = world.act(ben, group::LeaveNotice{ben.node().today()});
  must(sharing::Groups(lena.node()).remove_member(world.group, world.member("Ana")));
  world.carry(lena, ben);  // not the other way
  world.tick("Ben");
  world.meet("Ben", "Lena");
  world.tick("Lena");
  const auto state = must(lena.node().book(world.group))->state();
  EXPECT_TRUE(state->accepted.contains(built));
  EXPECT_EQ(state->members.at(world.member("Ana")).status, group::Status::removed);
}

// The same, if nobody has told Ben yet: what Lena refuses before she hears who built on it comes once more.
TEST(ActsBeyondACut, ComeOnceMoreWhenTheyAreWanted) {
  World world{{"Lena", "Ana", "Ben"}};
  world.everybody();
  auto &lena = world["Lena"], &ana = world["Ana"], &ben = world["Ben"];
  world.act(ana, group::LeaveNotice{ana.node().today()});
  world.carry(ana, ben);
  world.tick("Ben");
  const auto built = world.act(ben, group::LeaveNotice{ben.node().today()});
  must(sharing::Groups(lena.node()).remove_member(world.group, world.member("Ana")));
  world.meet("Ben", "Lena");
  world.tick("Lena");
  const auto state = must(lena.node().book(world.group))->state();
  EXPECT_TRUE(state->accepted.contains(built));
}

// Somebody gives away an act of Ana's before what lies below it in her log. Nobody forked, so nobody would
// pass it on: who built on it would be understood by nobody who was not given it, too.
TEST(AnActOutOfTurn, WaitsForItsTurn) {
  World world{{"Lena", "Ana", "Ben", "Cleo"}};
  world.everybody();
  auto &lena = world["Lena"], &ana = world["Ana"], &ben = world["Ben"], &cleo = world["Cleo"];
  const auto device = must(ana.node().book(world.group))->device;
  const auto before = must(ana.mail().head(world.group, device)).value().seq;
  world.share("Ana", world.draft("One.", To::group));
  world.act(ana, group::LeaveNotice{ana.node().today()});
  world.share("Ana", world.draft("Two.", To::group));
  world.carry(ana, ben);
  world.tick("Ben");
  world.act(ben, group::LeaveNotice{ben.node().today()});  // builds on Ana's

  std::vector<mail::Event> news;
  for (const auto& wire : must(ana.mail().wire_after(world.group, device, before, 1 << 20)))
    news.push_back(must(mail::Event::parse(wire)));
  ASSERT_EQ(news.size(), 3U);
  const auto ben_device = must(ben.node().book(world.group))->device;
  const auto known = must(lena.mail().head(world.group, ben_device)).value().seq;
  std::vector<mail::Event> order;
  for (const auto& wire : must(ben.mail().wire_after(world.group, ben_device, known, 1 << 20)))
    order.push_back(must(mail::Event::parse(wire)));
  order.push_back(news[1]);
  auto* book = must(lena.node().book(world.group));
  const auto kept = must(lena.mail().append(world.group, order, *book->roster, lena.node().today()));
  EXPECT_EQ(kept.stopped.size(), 1U) << "it came before its turn";
  world.tick("Lena");
  const auto hers = world.act(lena, group::LeaveNotice{lena.node().today()});
  world.carry(lena, cleo);
  world.tick("Cleo");
  const auto heard = must(cleo.node().book(world.group))->state();
  EXPECT_TRUE(heard->accepted.contains(hers));

  must(lena.mail().append(world.group, news, *must(lena.node().book(world.group))->roster,
                          lena.node().today()));
  EXPECT_EQ(must(lena.mail().head(world.group, device)).value().seq, news.back().header().seq);
  world.tick("Lena");
  world.nodes.push_back(std::make_unique<TestNode>("Dora", 77, world.clock));
  world.join("Dora");
  world.sign("Dora");
  world.settle();
  const auto state = must(lena.node().book(world.group))->state();
  EXPECT_TRUE(state->active(world.member("Dora")));
}

}  // namespace
}  // namespace kith::test
