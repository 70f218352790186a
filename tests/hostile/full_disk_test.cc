// A disk that others fill: what they send stops first, one's own words are still written and still go out,
// and nothing is lost when there is no room at all.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "core/journal/journal.h"
#include "core/sharing/received.h"
#include "tests/hostile/scene.h"
#include "tests/hostile/small_disk.h"
#include "tests/sharing/world.h"

namespace kith::hostile {
namespace {

using db::Room;
using kith::test::must;
using kith::test::ok;
using namespace std::chrono_literals;
using sharing::To;

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::size_t kLong = 60'000;  // bytes of a text that fills

class FullDisk : public testing::Test {
 protected:
  void SetUp() override {
    if (!may_mount())
      GTEST_SKIP() << "this system lets nobody mount a small disk; Disk.WhenItIsFullNothingIsLost and "
                      "disk_fault_test show what a full one does, by limits on files and failing calls";
  }
};

// ---- two people, in this process -------------------------------------------------------------------------

struct Two {
  Two() : world({"Ana", "Ben"}) {
    world.everybody();
    ana.close();
    disk.emplace(ana.folder.path().string(), 5 * kMiB);
    ana.reopen();
  }
  ~Two() { ana.close(); }

  Result<journal::EntryNumber> write(const std::string& text) {
    KITH_TRY(auto journal, journal::Journal::open(ana.journal()));
    return journal.add({.text = text});
  }
  std::size_t entries() {
    auto journal = must(journal::Journal::open(ana.journal()));
    return must(journal.list({.limit = 1000})).size();
  }
  std::size_t received(const std::string& name) {
    return must(sharing::received_items(world[name], world.group)).size();
  }
  Room room() { return ana.mail().room_for_others(); }

  kith::test::World world;
  kith::test::TestNode& ana = world["Ana"];
  std::optional<SmallDisk> disk;
};

TEST_F(FullDisk, APeersWordsStopBeforeOnesOwn) {
  Two two;
  auto& world = two.world;
  ASSERT_EQ(two.room(), Room::all) << two.disk->free();
  constexpr std::size_t kFlood = 50;
  for (std::size_t i = 0; i < kFlood; ++i)
    world.share("Ben", world.draft(std::to_string(i) + std::string(kLong, 'w'), To::group));
  world.settle();
  EXPECT_NE(two.room(), Room::all);
  EXPECT_GT(two.disk->free(), kMiB / 4) << "what is the person's own was given away";
  const auto before = two.received("Ana");
  EXPECT_GT(before, 0U);
  EXPECT_LT(before, kFlood);

  EXPECT_TRUE(ok(two.write("There is room for this.")));
  world.share("Ana", world.draft("I am still here.", To::group));
  world.settle(1);
  EXPECT_EQ(two.received("Ben"), 1U) << "her own words go out of a full disk";

  two.disk->resize(64 * kMiB);
  world.settle();
  EXPECT_EQ(two.received("Ana"), kFlood) << "what was left comes when there is room";
  EXPECT_TRUE(ok(two.ana.mail().database().check_integrity()));
}

TEST_F(FullDisk, ReallyFullItSaysSoAndLosesNothing) {
  Two two;
  auto& world = two.world;
  std::size_t kept = 0;
  std::optional<Error> error;
  while (!error && kept < 10'000) {
    if (kept == 20) two.disk->leave(kMiB);
    const auto written = two.write(std::string(kLong, 'o'));
    if (written) {
      ++kept;
    } else {
      error = written.error();
    }
  }
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, Errc::full) << error->what.text();
  EXPECT_GE(kept, 24U) << "the last mebibyte was hers";
  EXPECT_EQ(two.entries(), kept) << "reading goes on";
  two.ana.reopen();
  EXPECT_EQ(two.entries(), kept);
  world.share("Ben", world.draft("Not now.", To::group));
  world.meet("Ana", "Ben");
  EXPECT_EQ(two.received("Ana"), 0U);

  two.disk->tidy_up();
  EXPECT_TRUE(ok(two.write("And on.")));
  world.settle();
  EXPECT_EQ(two.received("Ana"), 1U);
  EXPECT_EQ(two.entries(), kept + 1);
  EXPECT_TRUE(ok(two.ana.journal().check_integrity()));
}

// ---- real couriers ---------------------------------------------------------------------------------------

TEST_F(FullDisk, TheCourierKeepsTheReserveAndStillCarriesOut) {
  Scene scene(0);
  scene.ana.kill();
  SmallDisk disk(scene.ana.mail_directory(), 3 * kMiB);
  scene.ana.start();
  const pid_t courier = scene.ana.process();
  std::vector<net::test::Written> flood;
  for (int i = 0; i < 45; ++i) {
    flood.push_back(scene.circle.envelope(scene.ben, std::string(kLong, 'w')));
    scene.circle.store(scene.ben, flood.back());
  }
  const auto says = scene.ben.sync();
  EXPECT_EQ(says.reached(), 1U);
  const auto held = [&] {
    return std::ranges::count_if(flood, [&](const auto& one) { return Circle::holds(scene.ana, one); });
  };
  EXPECT_TRUE(eventually([&] { return disk.free() < kMiB; }, kSyncBound));
  std::this_thread::sleep_for(300ms);
  EXPECT_GT(disk.free(), kMiB / 2);
  EXPECT_GT(held(), 0);
  EXPECT_LT(held(), 45);

  disk.leave(kMiB / 4);  // now not even logs
  const auto own = scene.circle.envelope(scene.ana);
  scene.circle.store(scene.ana, own);
  scene.ana.wake();
  EXPECT_TRUE(eventually([&] { return Circle::holds(scene.ben, own); }, kSyncBound));
  const auto late = scene.circle.envelope(scene.ben);
  scene.circle.store(scene.ben, late);
  scene.ben.wake();
  const auto own_again = scene.circle.envelope(scene.ana);
  scene.circle.store(scene.ana, own_again);
  scene.ana.wake();
  EXPECT_TRUE(eventually([&] { return Circle::holds(scene.ben, own_again); }, kSyncBound));
  EXPECT_FALSE(scene.ana.store().event(late.event.id()).value().has_value());

  disk.tidy_up();
  disk.resize(64 * kMiB);
  scene.ana.wake();
  EXPECT_TRUE(eventually([&] { return held() == 45 && Circle::holds(scene.ana, late); }, kSyncBound));
  EXPECT_EQ(scene.ana.process(), courier) << "it fell";
  scene.ana.kill();
  scene.ben.kill();
}

// ---- the program -----------------------------------------------------------------------------------------

struct Ended {
  int code;
  std::string text;  // what it said on both streams
};

Ended kith_at(const std::string& home, std::vector<std::string> words, const std::string& input) {
  const kith::test::Scratch aside;
  kith::test::write_file(aside / "in", input);
  const pid_t child = fork();
  if (child == 0) {
    setenv("KITH_HOME", home.c_str(), 1);
    unsetenv("XDG_RUNTIME_DIR");
    dup2(open((aside / "in").c_str(), O_RDONLY), 0);
    dup2(open((aside / "out").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600), 1);
    dup2(1, 2);
    std::vector<char*> arguments = {const_cast<char*>("kith")};
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execv(KITH_PROGRAM, arguments.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 255, kith::test::read_file(aside / "out")};
}

TEST_F(FullDisk, TheProgramSaysWhatIsLeftAndForWhom) {
  const kith::test::Scratch scratch;
  const std::string home = scratch / "home";
  SmallDisk disk(home, 8 * kMiB);
  const auto kith = [&](std::vector<std::string> words, const std::string& input = "") {
    return kith_at(home, std::move(words), input);
  };
  ASSERT_EQ(kith({"init"}, "a long walk\na long walk\n").code, 0);
  EXPECT_EQ(kith({"status"}).text.find("nearly full"), std::string::npos);
  disk.leave(kMiB * 3 / 4);
  EXPECT_NE(kith({"status"}).text.find("The disk is nearly full. What is left is kept for your own words"),
            std::string::npos)
      << kith({"status"}).text;
  EXPECT_NE(kith({"status", "--plain"}).text.find("disk\tnearly full"), std::string::npos);
  EXPECT_NE(kith({"doctor"}).text.find("nearly full"), std::string::npos);
  EXPECT_EQ(kith({"write", "-"}, "there is room for this").code, 0);
  disk.leave(0);
  int kept = 1;
  Ended wrote{0, ""};
  for (; kept < 100; ++kept) {
    wrote = kith({"write", "-"}, std::string(kLong, 'o'));
    if (wrote.code != 0) break;
  }
  EXPECT_EQ(wrote.code, 1) << wrote.text;
  EXPECT_NE(wrote.text.find("The disk is full. Free some space, then try again."), std::string::npos)
      << wrote.text;
  const auto lines = [&] {
    const auto listed = kith({"list", "--plain"});
    EXPECT_EQ(listed.code, 0) << listed.text;
    return std::ranges::count(listed.text, '\n');
  };
  EXPECT_EQ(lines(), kept);
  disk.tidy_up();
  EXPECT_EQ(kith({"write", "-"}, "and on").code, 0);
  EXPECT_EQ(lines(), kept + 1);
  kith({"lock", "-q"});
}

}  // namespace
}  // namespace kith::hostile
