// Logs that came while the journal was locked, and a disk that has no room for them twice.
#include "core/journal/journal.h"
#include "core/sharing/pen.h"
#include "tests/hostile/small_disk.h"
#include "tests/sharing/world.h"

namespace kith::test {
namespace {

using namespace sharing;

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::size_t kActs = 40, kLarge = 60'000;

// Acts of a newer kith, for all that this one knows: they are kept, though they say nothing to it.
void write_large_acts(World& world, TestNode& node, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    auto transaction = must(db::Transaction::begin(node.journal()));
    auto pen = must(Pen::take(node, world.group));
    const auto event = must(pen.write(mail::Kind::ctl, Bytes(kLarge, static_cast<std::uint8_t>(i))));
    must(pen.keep(event, {LedgerKind::machine, "large"}));
    must(transaction.commit());
    must(Publisher(node).flush());
  }
}

std::uint64_t taken_of(World& world, TestNode& at, TestNode& of) {
  auto select = must(at.journal().prepare("SELECT seq FROM share_log WHERE grp = ?1 AND device = ?2"));
  select.bind(1, world.group.view()).bind(2, must(of.node().book(world.group))->device.view());
  return must(select.step()) ? static_cast<std::uint64_t>(select.integer(0)) : 0;
}

TEST(FullDisk, LogsStopBeforeOnesOwnWordsAndWithdrawalsDoNot) {
  if (!hostile::may_mount()) GTEST_SKIP() << "this system lets nobody mount a small disk";
  World world({"Ana", "Ben"});
  world.everybody();
  auto &ana = world["Ana"], &ben = world["Ben"];
  const auto shared = world.share("Ben", world.draft("To be taken back.", To::group));
  world.settle();
  ana.close();
  hostile::SmallDisk disk(ana.folder.path().string(), 6 * kMiB);
  ana.reopen();
  ASSERT_EQ(must(Items(ana).received(world.group)).at(0).state, ItemState::shown);

  world.share("Ben", world.draft("To be opened when there is room.", To::group));
  write_large_acts(world, ben, kActs);
  must(Items(ben).withdraw(world.group, shared.item));
  const auto last = must(ben.node().keyring().own_head(world.group))->seq;
  world.meet("Ana", "Ben");  // the couriers alone
  ASSERT_EQ(must(ana.mail().head(world.group, must(ben.node().book(world.group))->device))->seq, last);
  disk.leave(kMiB);
  const auto ticked = tick(ana, Occasion::start);
  EXPECT_TRUE(ok(ticked));
  EXPECT_LT(taken_of(world, ana, ben), last);
  EXPECT_GT(disk.free(), kMiB / 4) << "what is the person's own was given away";
  const auto without_room = must(Items(ana).received(world.group));
  ASSERT_EQ(without_room.size(), 1U) << "the new words wait";
  EXPECT_EQ(without_room.front().state, ItemState::withdrawn);
  auto journal = must(journal::Journal::open(ana.journal()));
  EXPECT_TRUE(ok(journal.add({.text = "There is room for this."})));

  disk.tidy_up();
  disk.resize(64 * kMiB);
  world.tick("Ana", Occasion::timer);
  EXPECT_EQ(taken_of(world, ana, ben), last) << "what was left is taken when there is room";
  const auto with_room = must(Items(ana).received(world.group));  // newest first
  ASSERT_EQ(with_room.size(), 2U) << "and what was taken without room to open it is opened";
  EXPECT_EQ(with_room.front().text, "To be opened when there is room.");
  EXPECT_EQ(with_room.back().state, ItemState::withdrawn);
  ana.close();
}

}  // namespace
}  // namespace kith::test
