// The simulator's program. Without arguments it runs its tests; with --seed or --seeds it runs worlds.
//   simulation --seed 17 --trace        one world, everything it does
//   simulation --seeds 1..1000          many; a failing one prints the command that replays it
//   --steps N                           how much happens in each
//   simulation --write-digests          digests.txt anew
//   --part                              these are some of many: what must have happened is asked of all
//   together, simulation --sum 10000 LOG...       so many in all, of what such runs printed
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/mail/frame.h"
#include "tests/simulation/asked.h"
#include "tests/simulation/tables.h"

#if !defined KITH_SIMULATION_SEEDS || !defined KITH_SIMULATION_DIGESTS
#error "the seeds that found something, and the digests that all builds come to: see CMakeLists.txt"
#endif

namespace kith::simulation {
namespace {

constexpr std::uint64_t kSeedsInAPart = 50;
constexpr std::size_t kSteps = 60;
constexpr std::uint64_t kFirstOfParts[] = {1, 51, 101, 151};
constexpr std::uint64_t kSeedsForAll = 200;  // of fewer the rows of the tables are not asked for

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

std::vector<std::uint64_t> known_seeds() {
  std::ifstream in(KITH_SIMULATION_SEEDS);
  std::vector<std::uint64_t> seeds;
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line.front() != '#') seeds.push_back(std::strtoull(line.c_str(), nullptr, 10));
  return seeds;
}

// Beside the program. Its first line names the build that wrote it.
std::filesystem::path part_file(std::uint64_t first) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() /
         ("worlds-from-" + std::to_string(first) + ".txt");
}
std::string build_name() {
  const auto built = std::filesystem::last_write_time("/proc/self/exe").time_since_epoch().count();
  return "build " + std::to_string(built);
}

void run_part(std::uint64_t first) {
  std::filesystem::remove(part_file(first));
  Seen seen;
  for (std::uint64_t seed = first; seed < first + kSeedsInAPart; ++seed, ++seen.worlds)
    if (!run_one({.seed = seed, .steps = kSteps}, seen.coverage)) ++seen.failed;
  EXPECT_EQ(seen.failed, 0);
  std::ofstream(part_file(first)) << build_name() << '\n' << text_of(seen);
}

TEST(Simulation, Worlds1To50) { run_part(1); }
TEST(Simulation, Worlds51To100) { run_part(51); }
TEST(Simulation, Worlds101To150) { run_part(101); }
TEST(Simulation, Worlds151To200) { run_part(151); }

// Of the four parts together. ctest runs them first (CMakeLists.txt).
TEST(Simulation, WorldsSawEverything) {
  Seen seen;
  for (const auto first : kFirstOfParts) {
    std::ifstream part(part_file(first));
    std::string build;
    std::getline(part, build);
    EXPECT_EQ(build, build_name()) << "the worlds from " << first << " did not run";
    EXPECT_TRUE(add(seen, part)) << "the worlds from " << first << " did not come to their end";
  }
  EXPECT_EQ(seen.worlds, std::size(kFirstOfParts) * kSeedsInAPart);
  for (const auto& what : too_rare(seen.coverage, seen.worlds)) ADD_FAILURE() << "too rare: " << what;
}

TEST(Simulation, SeedsThatFoundADefect) {
  Coverage coverage;
  for (const auto seed : known_seeds()) EXPECT_TRUE(run_one({.seed = seed, .steps = kSteps}, coverage));
}

// Small worlds in which the same things happen whatever the tables hold: what they come to stands in
// digests.txt, for every compiler, sanitizer and build.
constexpr const char* kScript[] = {"share",      "sync",    "write",     "lossy path",    "ask",
                                   "sync",       "give",    "timer",     "somebody lies", "usurp",
                                   "clock skew", "suspend", "share",     "sync",          "withdraw",
                                   "crash",      "session", "unsuspend", "sync",          "open an answer"};
constexpr std::uint64_t kScriptedWorlds = 10;

std::string digests_now() {
  std::string all;
  for (std::uint64_t seed = 1; seed <= kScriptedWorlds; ++seed) {
    Coverage coverage;
    World world({.seed = seed, .script = kScript}, coverage);
    world.run();
    char line[64];
    std::snprintf(line, sizeof line, "%2llu %016llx\n", static_cast<unsigned long long>(seed),
                  static_cast<unsigned long long>(world.digest()));
    all += line;
    if (world.failed()) all += world.failure() + '\n';
  }
  return all;
}

TEST(Simulation, EveryBuildComesToTheSameBytes) {
  std::ifstream in(KITH_SIMULATION_DIGESTS);
  const std::string known{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(digests_now(), known) << "if what is sent or stored was meant to change: " << program
                                  << " --write-digests";
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

bool say_too_rare(const Coverage& coverage, std::uint64_t worlds) {
  const auto rare = too_rare(coverage, worlds);
  for (const auto& what : rare) std::printf("too rare: %s\n", what.c_str());
  return !rare.empty();
}

struct Many {
  std::uint64_t first = 0, last = 0;
  std::size_t steps = kSteps;
  bool trace = false, part = false;
};

int run_many(const Many& many) {
  Seen seen;
  for (std::uint64_t seed = many.first; seed <= many.last; ++seed, ++seen.worlds)
    if (!run_one({.seed = seed, .steps = many.steps, .trace = many.trace}, seen.coverage)) ++seen.failed;
  if (many.trace) return seen.failed == 0 ? 0 : 1;
  std::printf("%s", text_of(seen).c_str());
  const bool asked = !many.part && seen.worlds >= kSeedsForAll;
  const bool rare = asked && say_too_rare(seen.coverage, seen.worlds);
  return seen.failed == 0 && !rare ? 0 : 1;
}

int sum_up(std::uint64_t worlds, std::span<char*> logs) {
  Seen seen;
  for (const char* log : logs) {
    std::ifstream in(log);
    if (!in || !add(seen, in)) {
      std::printf("%s: there is no run in it that came to its end\n", log);
      return 1;
    }
  }
  std::printf("%s", text_of(seen).c_str());
  if (seen.worlds != worlds) std::printf("asked for %llu\n", static_cast<unsigned long long>(worlds));
  const bool rare = say_too_rare(seen.coverage, worlds);
  return seen.worlds == worlds && seen.failed == 0 && !rare ? 0 : 1;
}

int main_of(int count, char** arguments) {
  program = arguments[0];
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // what was said is there after a crash
  Many many;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    const char* value = i + 1 < count ? arguments[i + 1] : "";
    if (argument == "--seed") many.first = many.last = std::strtoull(value, nullptr, 10);
    if (argument == "--seeds") {
      char* rest = nullptr;
      many.first = std::strtoull(value, &rest, 10);
      many.last = std::strtoull(rest[0] == '.' ? rest + 2 : rest, nullptr, 10);
    }
    if (argument == "--steps") many.steps = std::strtoull(value, nullptr, 10);
    if (argument == "--trace") many.trace = true;
    if (argument == "--part") many.part = true;
    if (argument == "--write-digests") return std::ofstream(KITH_SIMULATION_DIGESTS) << digests_now() ? 0 : 1;
    if (argument == "--sum")
      return sum_up(
          std::strtoull(value, nullptr, 10),
          std::span(arguments, static_cast<std::size_t>(count)).subspan(static_cast<std::size_t>(i) + 2));
  }
  testing::InitGoogleTest(&count, arguments);
  mail::quiet_protobuf();
  if (many.first == 0) return RUN_ALL_TESTS();
  return run_many(many);
}

}  // namespace
}  // namespace kith::simulation

int main(int count, char** arguments) { return kith::simulation::main_of(count, arguments); }
