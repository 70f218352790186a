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

EventId act(World& world, TestNode& node, const group::Act& what) {
  const auto event = must(Publisher(node).act(world.group, what, "tried"));
  must(tick(node, Occasion::timer));
  return event;
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
  act(world, lena, group::LeaveNotice{lena.node().today()});
  world.carry(lena, ben);
  world.tick("Ben");
  const auto held = state_of(world, ben);
  ASSERT_EQ(held->member_of(device_of(world, ben)), nullptr) << "the case itself";
  const auto mine = Items(ben).mine(world.group);
  ASSERT_FALSE(mine.has_value());
  EXPECT_EQ(mine.error().code, Errc::damaged);
  EXPECT_TRUE(ok(Items(ben).received(world.group)));
  EXPECT_TRUE(ok(Feedback(ben).answers(world.group)));
  EXPECT_TRUE(ok(Feedback(ben).requests_to_me(world.group)));
  EXPECT_FALSE(ok(Groups(ben).show(world.group)));
}

}  // namespace
}  // namespace kith::test
