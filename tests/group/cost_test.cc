// What it costs to know who belongs, if one member signs all that a log holds. Everybody pays it at each
// start.
#include <ctime>
#include <functional>

#include "tests/group/kit.h"

namespace kith::group::test {
namespace {

// A leader, and a member who signs `count` acts, sixteen a day.
class Acts {
 public:
  Acts(int count, bool chained) {
    world.found({&leader}, Mode::led);
    world.agree(leader, {&leader});
    world.join(leader, member);
    before = world.heads();
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(count); ++i) {
      if (i % 16 == 0) world.day = world.day + 1;
      if (!chained) member.at.last.reset();
      world.act(member, LeaveNotice{world.day + i}, before);
    }
  }
  // The log goes on twice from its end, and the leader says which is true.
  void fork() {
    const Place place = member.at;
    const auto one = world.act(member, StepBack{}, before);
    const Place longer = member.at;
    member.at = place;
    const auto other = world.act(member, Return{}, before);
    member.at = longer;
    world.act(leader, Remove{member.member, {World::cut_at(one)}}, ids({one, other}));
  }
  double seconds() const {
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      timespec start{}, end{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
      const auto state = GroupRoster(world.group, world.events).state();
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
      EXPECT_GE(state->accepted.size() + 1, world.events.size());  // of a fork one branch
      best = std::min(best, static_cast<double>(end.tv_sec - start.tv_sec) +
                                1e-9 * static_cast<double>(end.tv_nsec - start.tv_nsec));
    }
    return best;
  }

  World world{3};
  Device leader = world.device(), member = world.device();
  std::vector<EventId> before;
};

// Four times the acts may cost seven times the work, within one run: quadratic would be sixteen.
void costs_as_much_as_there_is(const std::function<double(int)>& seconds) {
  const double few = seconds(150), many = seconds(600);
  EXPECT_LT(many, 7 * few) << few << " s, then " << many << " s";
}

TEST(WhatActsCost, GrowsWithALogAndNotWithItsSquare) {
  costs_as_much_as_there_is([](int count) { return Acts(count, true).seconds(); });
}

TEST(WhatActsCost, IsTheSameForWhoLeavesTheirOwnOut) {
  costs_as_much_as_there_is([](int count) { return Acts(count, false).seconds(); });
}

TEST(WhatActsCost, IsTheSameForALogThatForked) {
  costs_as_much_as_there_is([](int count) {
    Acts acts(count, true);
    acts.fork();
    return acts.seconds();
  });
}

}  // namespace
}  // namespace kith::group::test
