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
  double seconds() const { return seconds(world.events.size() - 1); }  // of a fork one branch
  double seconds(std::size_t accepted) const {
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      timespec start{}, end{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
      const auto state = GroupRoster(world.group, world.events).state();
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
      EXPECT_GE(state->accepted.size(), accepted);
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

// A member whose log forks eight times on its end, and a co-leader who decides each, and whose other cuts
// name an act that has seen all branches, so that they say nothing.
TEST(WhatActsCost, IsTheSameForAForkedLogAndACoLeaderWhoCutsItOften) {
  costs_as_much_as_there_is([](int count) {
    Acts acts(count / 2, true);
    auto& w = acts.world;
    auto& m = acts.member;
    Device co_leader = w.device();
    w.join(acts.leader, co_leader);
    w.act(acts.leader, Promote{co_leader.member, Role::co_leader});
    const auto before = w.heads();
    std::vector<EventId> all = before, deps = before;
    for (int fork = 0; fork < 8; ++fork) {
      const Place place = m.at;
      const auto one = w.act(m, StepBack{}, deps);
      m.at = place;
      const auto other = w.act(m, Return{}, deps);
      deps = ids({w.act(co_leader, Suspend{m.member, {World::cut_at(other)}}, ids({one, other}))});
      all.push_back(one.id());
    }
    const auto of_both = w.act(m, StepBack{}, all);
    deps.push_back(of_both.id());
    for (int i = 0; i < 7; ++i) {
      co_leader.at.last.reset();
      deps.push_back(w.act(co_leader, Suspend{m.member, {World::cut_at(of_both)}}, before).id());
    }
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(count / 2); ++i) {
      if (i % 16 == 0) w.day = w.day + 1;
      w.act(m, LeaveNotice{w.day + i}, deps);
    }
    return acts.seconds(0);
  });
}

}  // namespace
}  // namespace kith::group::test
