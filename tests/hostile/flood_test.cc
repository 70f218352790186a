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

TEST(Flood, AnHonestPeerIsServedAndTheNodeStaysSmall) {
  Scene scene(kAttackers);
  const pid_t process = scene.ana.process();
  const auto at_rest = scene.resident();
  const double processor_before = processor_of(process);
  const auto began = Clock::now();
  std::uint64_t peak = 0;
  int syncs = 0;
  std::atomic<std::uint64_t> said = 0, calls = 0;
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
    flood.stop();
    said = flood.said.load();
    calls = flood.calls.load();
  }
  const std::chrono::duration<double> lasted = Clock::now() - began;
  std::printf(
      "flood of %.0f s: %d honest syncs, slowest %ld ms; %.1f MiB and %.0f calls/s of attackers; courier: "
      "peak "
      "%+.1f MiB, %.0f %% of a core\n",
      lasted.count(), syncs + 2, static_cast<long>(scene.slowest_sync().count()),
      static_cast<double>(said) / (1 << 20), static_cast<double>(calls) / lasted.count(),
      (static_cast<double>(peak) - static_cast<double>(at_rest)) / (1 << 20),
      100 * (processor_of(process) - processor_before) / lasted.count());
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_LE(peak, at_rest + kPeak);
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
