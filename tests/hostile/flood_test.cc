// Attackers at full speed, several kinds at once, while an honest peer goes about its business.
//   hostile_flood_test --seconds 60    the long form; 3 without
#include "tests/hostile/flood.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string_view>
#include <thread>

#include "net/limits.h"
#include "tests/hostile/scene.h"

namespace kith::hostile {

std::chrono::seconds flood_seconds{3};

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using mail::Reject;

constexpr std::uint64_t kPeak = 64ULL << 20;  // bytes that a flood may add to an honest node
constexpr std::size_t kAttackers = 5;         // with members' keys
// What a flood must bring a second to be one, on a busy machine and with sanitizers; measured is many times
// it.
constexpr double kBytesBrought = 256 << 10, kCallsMade = 10, kHandshakesMade = 0.5;
#if !defined(__SANITIZE_ADDRESS__)
constexpr double kMostProcessor = 0.9;    // of a core; measured 0.65
constexpr milliseconds kUsualSync{2000};  // of every second sync
constexpr std::chrono::seconds kLong{30};
#endif

TEST(Flood, AnHonestPeerIsServedAndTheNodeStaysSmall) {
  Scene scene(kAttackers);
  const pid_t process = scene.ana.process();
  const auto at_rest = scene.resident();
  const double processor_before = processor_of(process);
  const auto began = Clock::now();
  std::uint64_t peak = 0;
  int syncs = 0;
  double said = 0, calls = 0, handshakes = 0;
  std::uint64_t inside = 0;
  {
    Flood flood({scene.ana.port, scene.ana.link.pk});
    flood.start([&](std::size_t turn) { flood.knock(turn); });
    flood.start([&](std::size_t) { flood.shake_hands(); });
    const auto said_by = nuisances();
    for (std::size_t i = 0; i < kAttackers; ++i)
      flood.start([&, i](std::size_t) {
        flood.repeat({scene.member(i).id, scene.member(i).link}, said_by[i].what, said_by[i].inner);
      });
    while (Clock::now() - began < flood_seconds && !testing::Test::HasFailure()) {
      scene.honest_sync();
      ++syncs;
      peak = std::max(peak, scene.resident());
      std::this_thread::sleep_for(100ms);
    }
    // One that comes anew must get in, too.
    scene.ben.kill();
    scene.ben.start();
    scene.honest_sync();
    scene.honest_sync();
    EXPECT_TRUE(eventually([&] { return flood.inside >= kAttackers; }, 10s))
        << "who does not get in shows nothing";
    flood.stop();
    said = static_cast<double>(flood.said);
    calls = static_cast<double>(flood.calls);
    handshakes = static_cast<double>(flood.handshakes);
    inside = flood.inside;
  }
  const std::chrono::duration<double> lasted = Clock::now() - began;
  const double processor = (processor_of(process) - processor_before) / lasted.count();
  std::printf(
      "flood of %.0f s: %d honest syncs, half of them within %ld ms, slowest %ld ms; %.1f MiB, %.0f calls/s "
      "and "
      "%.0f handshakes/s of attackers, %lu times inside; courier: peak %+.1f MiB, %.0f %% of a core\n",
      lasted.count(), syncs + 2, static_cast<long>(scene.usual_sync().count()),
      static_cast<long>(scene.slowest_sync().count()), said / (1 << 20), calls / lasted.count(),
      handshakes / lasted.count(), static_cast<unsigned long>(inside),
      (static_cast<double>(peak) - static_cast<double>(at_rest)) / (1 << 20), 100 * processor);
  EXPECT_GE(said, kBytesBrought * lasted.count());
  EXPECT_GE(calls, kCallsMade * lasted.count());
  EXPECT_GE(handshakes, kHandshakesMade * lasted.count());
  EXPECT_GE(syncs, 1);
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_LE(peak, at_rest + kPeak);
  EXPECT_LE(processor, kMostProcessor);
  if (flood_seconds >= kLong) {
    EXPECT_LE(scene.usual_sync(), kUsualSync);  // a few syncs beside other tests say little
  }
#endif
  scene.check("the flood",
              {.rose = {{Reject::too_fast, 0}, {Reject::unsupported, 0}, {Reject::not_authorised, 0}},
               .at_least = true,
               .same_picture = false,
               .may_keep = kPeak},
              {});
}

}  // namespace
}  // namespace kith::hostile

int main(int count, char** arguments) {
  testing::InitGoogleTest(&count, arguments);
  for (int i = 1; i + 1 < count; ++i)
    if (std::string_view(arguments[i]) == "--seconds")
      kith::hostile::flood_seconds = std::chrono::seconds(std::stoi(arguments[i + 1]));
  return RUN_ALL_TESTS();
}
