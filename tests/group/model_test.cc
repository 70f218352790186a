// The resolver against a naive model, on random graphs of quarrels and of ordinary weeks.
#include <cstdio>

#include "tests/group/model_resolver.h"
#include "tests/group/random_group.h"
#include "tests/support/bound.h"

namespace kith::group::test {
namespace {

class AgainstTheModel : public ::testing::TestWithParam<Mode> {};

TEST_P(AgainstTheModel, BothAcceptTheSameActsAndComeToTheSameState) {
  // A step of a quarrel needs more signatures where nobody decides alone.
  const std::uint64_t graphs = kith::test::bound(GetParam() == Mode::peer ? 12 : 20);  // of this mode
  const std::size_t steps = GetParam() == Mode::led ? 14 : 22;
  std::size_t refused = 0, protections = 0;
  for (std::uint64_t seed = 9'000; seed < 9'000 + graphs; ++seed) {
    RandomGroup group(GetParam(), seed, steps, seed % 2 == 0, false);
    const auto real = resolve(group.w.group, group.w.events);
    ASSERT_TRUE(real);
    Model naive(group.w.group, group.w.events);
    const auto model = naive.all();
    std::map<EventId, int> accepted;
    for (const auto& [id, by_class] : real->accepted_class) accepted.emplace(id, by_class);
    ASSERT_EQ(accepted, model.accepted) << "seed " << seed;
    for (const auto& [id, member] : model.state.members) {
      ASSERT_TRUE(real->members.contains(id));
      EXPECT_EQ(real->members.at(id).status, member.status) << "seed " << seed;
      EXPECT_EQ(real->members.at(id).role, member.role) << "seed " << seed;
      EXPECT_EQ(real->members.at(id).recovery, member.recovery) << "seed " << seed;
    }
    ASSERT_EQ(state_digest(*real), state_digest(model.state)) << "seed " << seed;
    for (const auto& event : group.w.events) {
      if (event.header().kind != mail::Kind::ctl) continue;
      if (!accepted.contains(event.id())) ++refused;
      if (accepted.contains(event.id()) && protective(parse_control(event.body())->act)) ++protections;
    }
  }
  std::printf("%zu graphs: %zu acts refused, %zu protective ones accepted\n",
              static_cast<std::size_t>(graphs), refused, protections);
  EXPECT_GT(refused, 20);
  EXPECT_GT(protections, GetParam() == Mode::led ? 20 : 1);
}
INSTANTIATE_TEST_SUITE_P(Resolver, AgainstTheModel, ::testing::Values(Mode::led, Mode::pair, Mode::peer));

}  // namespace
}  // namespace kith::group::test
