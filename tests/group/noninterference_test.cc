// Class non-interference, for every small control graph: more acts of class c or below, however they are
// dated, and anything at all that a cut device adds beyond its cut, never change which protective acts of a
// class above c are accepted: none of them is undone, and none passes that did not. (Nor through an
// endorsement: it counts for an act only that has seen it.)
#include <cstdio>
#include <map>

#include "tests/group/kit.h"
#include "tests/support/bound.h"

namespace kith::group::test {
namespace {

// L leads with two devices, X is a co-leader, M a member; stand-ins X and M, both needed. Everything below
// grows from there.
class Small {
 public:
  Small() {
    w.found({&l}, Mode::led);
    w.agree(l, {&l});
    w.join(l, x);
    w.join(l, m);
    w.act(l, Promote{x.member, Role::co_leader});
    w.act(l, Policy{{{x.member, {}}, {m.member, {}}}, 2, 1, 90});
    w.add_device(l, l2, w.heads());
    base = w.heads();
    trunk = w.events;
    const Act out = Remove{l.member, cuts({&l, &l2})};
    // One act for each class and author; each is written either unaware of the others or after some of them.
    templates = {
        {&l, Remove{m.member, cuts({&m})}},
        {&l, Remove{x.member, cuts({&x})}},
        {&x, Suspend{m.member, cuts({&m})}},
        {&x, Endorse{act_hash_of(out)}},
        {&m, out},
        {&l2, DeviceRevoke{l.id, w.cut(l), {}}},
        {&m, Leave{}},
        {&l, Demote{x.member, cuts({&x})}},
    };
  }
  std::vector<Cut> cuts(std::initializer_list<const Device*> devices) const {
    std::vector<Cut> all;
    for (const auto* device : devices) all.push_back(w.cut(*device));
    std::ranges::sort(all, {}, &Cut::device);
    return all;
  }
  struct Template {
    Device* by;
    Act what;
  };
  World w{61};
  Device l = w.device(), l2 = w.device(), x = w.device(), m = w.device();
  std::vector<EventId> base;
  std::vector<mail::Event> trunk;
  std::vector<Template> templates;
};

const bool kLong = kith::test::bound(0) > 0;

struct Counts {
  std::size_t graphs = 0, comparisons = 0, effective = 0, higher = 0;
};

class Enumerator {
 public:
  // Graphs of `size` acts: an ordered choice of templates; each sees every subset of the earlier ones that is
  // closed in its own log. `fork`: the act is written beside the last one of its own log. Of the largest
  // graphs every `stride`-th is played.
  void run(std::size_t size, std::size_t stride) {
    stride_ = stride;
    extend({}, size);
  }
  // The same along `paths` random ways to larger graphs.
  void sample(std::size_t size, int paths) {
    for (int path = 0; path < paths; ++path) {
      std::vector<Written> acts;
      std::map<EventId, std::uint8_t> before;
      for (int tries = 0; acts.size() < size && tries < 100; ++tries) {
        const auto& one = s_.templates[s_.w.random.below(static_cast<std::uint32_t>(s_.templates.size()))];
        const auto sees = s_.w.random.below(1U << acts.size());
        if (!write(acts, one, sees, s_.w.random.below(4) == 0)) continue;
        ++counts.graphs;
        auto after = classes(acts, acts.size());
        check(before, after, acts.back().event);
        before = std::move(after);
      }
    }
  }
  Counts counts;

 private:
  struct Written {
    mail::Event event;
    Device* by;
  };

  std::map<EventId, std::uint8_t> classes(const std::vector<Written>& acts, std::size_t count) {
    auto events = s_.trunk;
    for (std::size_t i = 0; i < count; ++i) events.push_back(acts[i].event);
    const auto state = resolve(s_.w.group, events);
    EXPECT_TRUE(state.has_value());
    std::map<EventId, std::uint8_t> found;
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = state->accepted_class.find(acts[i].event.id());
      if (at == state->accepted_class.end()) continue;
      const auto body = parse_control(acts[i].event.body());
      if (!std::holds_alternative<Endorse>(body->act)) found.insert(*at);  // protective ones
    }
    return found;
  }

  void extend(const std::vector<Written>& acts, std::size_t left) {
    if (left == 0) return;
    const auto before = classes(acts, acts.size());
    for (auto& one : s_.templates)
      for (std::uint32_t sees = 0; sees < (1U << acts.size()); ++sees)
        for (const bool fork : {false, true}) {
          if (left == 1 && next_++ % stride_ != 0) continue;
          auto more = acts;
          if (!write(more, one, sees, fork)) continue;
          ++counts.graphs;
          const auto after = classes(more, more.size());
          check(before, after, more.back().event);
          extend(more, left - 1);
        }
  }

  bool write(std::vector<Written>& acts, const Small::Template& one, std::uint32_t sees, bool fork) {
    const Place start = one.by->at;
    std::optional<std::size_t> last;
    for (std::size_t i = 0; i < acts.size(); ++i)
      if (acts[i].by == one.by) last = i;
    if (fork && !last) return false;
    std::vector<EventId> deps = s_.base;
    for (std::size_t i = 0; i < acts.size(); ++i)
      if ((sees >> i & 1) != 0) deps.push_back(acts[i].event.id());
    Place at = start;
    if (last) {
      const auto& header = acts[*last].event.header();
      at = fork ? Place{header.seq, header.prev} : Place{header.seq + 1, acts[*last].event.link()};
      if (!fork && (sees >> *last & 1) == 0)
        return false;  // its own log is always in its past: one form is enough
      if (fork && (sees >> *last & 1) != 0) return false;  // a copy did not see the other's end
    }
    one.by->at = at;
    auto event = s_.w.act(*one.by, one.what, deps);
    s_.w.events.pop_back();
    one.by->at = start;
    for (const auto& other : acts)
      if (other.event.id() == event.id()) return false;
    acts.push_back({std::move(event), one.by});
    return true;
  }

  void check(const std::map<EventId, std::uint8_t>& before, const std::map<EventId, std::uint8_t>& after,
             const mail::Event& added) {
    const auto own = after.find(added.id());
    const int top = own == after.end() ? -1 : own->second;
    if (top >= 0) ++counts.effective;
    for (const auto& [id, was] : before) {
      ++counts.comparisons;
      if (was < top) continue;  // a strictly higher class may
      const auto now = after.find(id);
      ASSERT_TRUE(now != after.end())
          << "an act of class " << int{was} << " was undone by one of class " << top;
      ASSERT_EQ(now->second, was);
    }
    for (const auto& [id, now] : after) {
      if (now <= top || id == added.id()) continue;
      ++counts.higher;
      ASSERT_TRUE(before.contains(id))
          << "an act of class " << top << " made one of class " << int{now} << " pass";
    }
  }

  Small s_;
  std::size_t stride_ = 1, next_ = 0;
};

TEST(NonInterference, HoldsForEveryGraphOfTwoActs) {
  Enumerator all;
  all.run(2, 1);
  EXPECT_GT(all.counts.graphs, 100);
  EXPECT_GT(all.counts.effective, 50);
  EXPECT_GT(all.counts.comparisons, 50);
}

// KITH_BOUND: graphs of so many acts, in a long run: each one of up to three acts, and every seventh of four.
TEST(NonInterference, HoldsForGraphsOfThreeActs) {
  const std::size_t acts = kith::test::bound(3);
  Enumerator some;
  // 23 and 7 share no divisor with the loops' lengths: every kind of graph has its turn.
  some.run(acts, acts > 3 ? 7 : kLong ? 1 : 23);
  std::printf("%zu graphs, %zu comparisons, %zu of higher acts\n", some.counts.graphs,
              some.counts.comparisons, some.counts.higher);
  EXPECT_GT(some.counts.graphs, 150);
  EXPECT_GT(some.counts.effective, 80);
  EXPECT_GT(some.counts.comparisons, 150);
  EXPECT_GT(some.counts.higher, 100);
}

TEST(NonInterference, HoldsAlongRandomWaysToSevenActs) {
  Enumerator some;
  some.sample(7, kLong ? 1000 : 40);
  std::printf("%zu graphs along the ways\n", some.counts.graphs);
  EXPECT_GT(some.counts.effective, 50);
}

}  // namespace
}  // namespace kith::group::test
