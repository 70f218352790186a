// What a member can make the courier hold. Only without sanitizers, which hold more.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "net/limits.h"
#include "tests/hostile/scene.h"

namespace kith::hostile {
namespace {

using namespace std::chrono_literals;

std::uint64_t resident_of(pid_t process) {
  const std::string statm = kith::test::read_file("/proc/" + std::to_string(process) + "/statm");
  unsigned long size = 0, resident = 0;
  return std::sscanf(statm.c_str(), "%lu %lu", &size, &resident) == 2 ? resident * 4096 : 0;
}

// libzmq keeps a message until its last part. The connection ends when TCP brought much of which nothing
// became a frame, before the process's own limit does it.
TEST(Memory, AMessageWithoutEndIsCut) {
  Scene scene(1);
  const auto at_rest = scene.resident();
  ASSERT_GT(at_rest, 0U);
  std::uint64_t peak = at_rest;
  Attacker by = scene.attacker(scene.member(0).link);
  ASSERT_TRUE(by.shake_hands());
  const Bytes part(64 << 10, 'x');
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (std::chrono::steady_clock::now() < until && by.say(by.message(part, kInnerMore)))
    peak = std::max(peak, resident_of(scene.ana.process()));
  std::printf("an endless message: courier %+.0f MiB at its peak\n",
              (static_cast<double>(peak) - static_cast<double>(at_rest)) / (1 << 20));
  EXPECT_LE(peak, at_rest + net::kMemoryHeadroom / 2);
  by.leave();
  scene.check("a message without end", {.rose = {{mail::Reject::too_fast, 1}}}, {});
}

}  // namespace
}  // namespace kith::hostile
