// The simulator's program. Without arguments it runs its tests; with --seed or --seeds it runs worlds.
//   simulation --seed 17 --trace        one world, everything it does
//   simulation --seeds 1..1000          many; a failing one prints the command that replays it
//   --steps N                           how much happens in each
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/mail/frame.h"
#include "tests/simulation/tables.h"

#ifndef KITH_SIMULATION_SEEDS
#error "the list of seeds that found something: see CMakeLists.txt"
#endif

namespace kith::simulation {
namespace {

constexpr std::uint64_t kSeedsInAPart = 50;
constexpr std::size_t kSteps = 60;
constexpr std::uint64_t kSeedsForAll = 200;
constexpr std::uint64_t kSeedsForOne = 125;  // in so many worlds each row must have happened once

std::string program = "build/asan/tests/simulation/simulation";

// True: it held.
bool run_one(const Options& options, Coverage& coverage) {
  World world(options, coverage);
  if (world.run()) return true;
  std::printf("seed %llu failed: %s\n  replay: %s --seed %llu --steps %zu --trace\n",
              static_cast<unsigned long long>(options.seed), world.failure().c_str(), program.c_str(),
              static_cast<unsigned long long>(options.seed), options.steps);
  std::fflush(stdout);
  return false;
}

// What should have happened and never did. Of few worlds the rows of the tables are not asked for.
std::vector<std::string> missing(const Coverage& coverage, std::uint64_t seeds) {
  const std::uint32_t rare = seeds < kSeedsForAll ? 1000 : 1;  // weight of a row
  std::vector<std::string> wanted, found;
  for (const auto& row : operations())
    if (row.weight >= rare) wanted.push_back(std::string("operation ") + row.name);
  for (const auto& row : faults())
    if (row.weight >= rare) wanted.push_back(std::string("fault ") + row.name);
  for (const auto& row : lies())
    if (row.weight >= rare) wanted.push_back(std::string("lie ") + row.name);
  for (const auto& row : checkers()) wanted.push_back(std::string("checker ") + row.name);
  for (const auto reason : {mail::Reject::malformed, mail::Reject::wrong_hello, mail::Reject::stranger,
                            mail::Reject::unauthentic, mail::Reject::not_storable, mail::Reject::protocol})
    wanted.push_back("reject " + std::to_string(static_cast<int>(reason)));
  if (seeds >= kSeedsForAll)  // a few worlds have many, most have none
    wanted.push_back("reject " + std::to_string(static_cast<int>(mail::Reject::gap)));
  for (const auto* what :
       {"members compared", "words that arrived", "words that went", "words that were over",
        "weather frame lost", "weather frame doubled", "weather frame overtook"})
    wanted.emplace_back(what);
  const std::uint64_t times = std::max<std::uint64_t>(1, seeds / kSeedsForOne);
  for (const auto& what : wanted)
    if (coverage.of(what) < times)
      found.push_back(what + ": " + std::to_string(coverage.of(what)) + " of " + std::to_string(times));
  return found;
}

std::vector<std::uint64_t> known_seeds() {
  std::ifstream in(KITH_SIMULATION_SEEDS);
  std::vector<std::uint64_t> seeds;
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line.front() != '#') seeds.push_back(std::strtoull(line.c_str(), nullptr, 10));
  return seeds;
}

void run_part(std::uint64_t first) {
  Coverage coverage;
  for (std::uint64_t seed = first; seed < first + kSeedsInAPart; ++seed)
    EXPECT_TRUE(run_one({.seed = seed, .steps = kSteps}, coverage));
  for (const auto& what : missing(coverage, kSeedsInAPart)) ADD_FAILURE() << "too rare: " << what;
}

TEST(Simulation, Worlds1To50) { run_part(1); }
TEST(Simulation, Worlds51To100) { run_part(51); }
TEST(Simulation, Worlds101To150) { run_part(101); }
TEST(Simulation, Worlds151To200) { run_part(151); }

TEST(Simulation, SeedsThatFoundADefect) {
  Coverage coverage;
  for (const auto seed : known_seeds()) EXPECT_TRUE(run_one({.seed = seed, .steps = kSteps}, coverage));
}

TEST(Simulation, OneSeedIsOneHistory) {
  std::uint64_t digests[2];
  for (auto& digest : digests) {
    Coverage coverage;
    World world({.seed = 7, .steps = kSteps}, coverage);
    world.run();
    digest = world.digest();
  }
  EXPECT_EQ(digests[0], digests[1]);
}

int run_many(std::uint64_t first, std::uint64_t last, std::size_t steps, bool trace) {
  Coverage coverage;
  std::uint64_t failed = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed)
    failed += run_one({.seed = seed, .steps = steps, .trace = trace}, coverage) ? 0 : 1;
  if (!trace)
    for (const auto& [what, times] : coverage.all())
      std::printf("%8llu  %s\n", static_cast<unsigned long long>(times), what.c_str());
  const std::uint64_t seeds = last - first + 1;
  std::size_t rare = 0;
  if (seeds >= kSeedsInAPart)
    for (const auto& what : missing(coverage, seeds)) {
      std::printf("too rare: %s\n", what.c_str());
      ++rare;
    }
  std::printf("%llu worlds, %llu failed\n", static_cast<unsigned long long>(seeds),
              static_cast<unsigned long long>(failed));
  return failed + rare == 0 ? 0 : 1;
}

int main_of(int count, char** arguments) {
  program = arguments[0];
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // what was said is there after a crash
  std::uint64_t first = 0, last = 0;
  std::size_t steps = kSteps;
  bool trace = false;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    const char* value = i + 1 < count ? arguments[i + 1] : "";
    if (argument == "--seed") first = last = std::strtoull(value, nullptr, 10);
    if (argument == "--seeds") {
      char* rest = nullptr;
      first = std::strtoull(value, &rest, 10);
      last = std::strtoull(rest[0] == '.' ? rest + 2 : rest, nullptr, 10);
    }
    if (argument == "--steps") steps = std::strtoull(value, nullptr, 10);
    if (argument == "--trace") trace = true;
  }
  testing::InitGoogleTest(&count, arguments);
  mail::quiet_protobuf();
  if (first == 0) return RUN_ALL_TESTS();
  return run_many(first, last, steps, trace);
}

}  // namespace
}  // namespace kith::simulation

int main(int count, char** arguments) { return kith::simulation::main_of(count, arguments); }
