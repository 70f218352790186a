// Logs that fork at random, cuts that name any of their events, evidence, second signatures: the same state
// in whatever order they come, and whatever was asked in between.
#include <cstdio>

#include "tests/group/rules.h"
#include "tests/group/signed_again.h"
#include "tests/group/state_text.h"
#include "tests/support/bound.h"

namespace kith::group::test {
namespace {

class RandomForks : public Rules {
 protected:
  RandomForks() {
    w.add_device(m, m2, w.heads());
    w.add_device(x, x2, w.heads());
  }
  std::string learned(const std::vector<mail::Event>& events, bool ask_each_time) {
    GroupRoster roster(w.group, {});
    for (const auto& event : events) {
      roster.learn(std::span(&event, 1));
      if (ask_each_time) static_cast<void>(roster.state());
    }
    const auto state = roster.state();
    return text_of(*state);
  }
  std::size_t pick(std::size_t of) { return random.below(static_cast<std::uint32_t>(of)); }
  Device& any() { return *all[pick(all.size())]; }
  Device& forking() { return *all[2 + pick(4)]; }  // of M or X

  // Some of the newest acts, or all heads.
  std::vector<EventId> deps() {
    if (pick(3) == 0) return w.heads();
    std::vector<EventId> found;
    for (std::size_t more = pick(4); more > 0 && !acts.empty(); --more)
      found.push_back(acts[acts.size() - 1 - pick(std::min<std::size_t>(acts.size(), 8))]);
    return found;
  }
  Cut any_cut(const Device& device) {
    std::vector<Cut> found;
    for (const auto& event : w.events)
      if (event.header().device == device.id) found.push_back(World::cut_at(event));
    if (found.empty()) return {device.id, std::nullopt, Link::zero()};
    return pick(2) == 0 ? found.back() : found[pick(found.size())];
  }
  std::vector<Cut> any_cuts(const Device& one, const Device& other) {
    std::vector<Cut> both{any_cut(one), any_cut(other)};
    std::ranges::sort(both, {}, &Cut::device);
    return both;
  }
  void write(Device& by) {
    const bool of_m = pick(2) == 0;
    switch (pick(9)) {
      case 0:
        w.act(by, StepBack{}, deps());
        break;
      case 1:
        w.act(by, Return{}, deps());
        break;
      case 2:
      case 3:
        w.act(pick(2) == 0 ? l : by,
              Suspend{of_m ? m.member : x.member, of_m ? any_cuts(m, m2) : any_cuts(x, x2)}, deps());
        suspended.push_back(w.events.back().id());
        break;
      case 4:
        if (suspended.empty()) break;
        w.act(l, Unsuspend{of_m ? m.member : x.member, {suspended[pick(suspended.size())]}, {}});
        break;
      case 5:
        w.act(pick(2) == 0 ? l : by, DeviceRevoke{forking().id, any_cut(forking()), {}}, deps());
        break;
      case 6:
        w.sign(by, mail::Kind::dev,  // stands for words
               encode(DeviceBody{
                   w.heads(), {by.prekey, 1}, by.link, {}, {}, w.random.draw<Digest>(), Digest::zero()}));
        break;
      case 7:
        show_a_fork();
        break;
      default:
        sign_again();
    }
  }
  void show_a_fork() {
    for (const auto& one : w.events)
      for (const auto& other : w.events) {
        const auto &a = one.header(), &b = other.header();
        if (a.device != b.device || a.seq != b.seq || !(one.link() < other.link()) || pick(3) == 0) continue;
        w.act(n, ForkEvidence{to_bytes(one.signed_bytes()), to_bytes(other.signed_bytes())}, deps());
        return;
      }
  }
  void sign_again() {
    const auto event = w.events[trunk + pick(w.events.size() - trunk)];
    const auto by = std::ranges::find(all, event.header().device, [](const Device* one) { return one->id; });
    if (event.header().kind == mail::Kind::ctl)
      w.events.push_back(again(event, (*by)->sign.seed, pick(2) == 0));
  }
  void grow(int steps) {
    trunk = w.events.size() - 1;
    std::map<DeviceId, std::vector<Place>> been;
    for (int step = 0; step < steps; ++step) {
      Device& by = step % 3 == 0 ? forking() : any();
      auto& places = been[by.id];
      if (!places.empty() && &by != &l && &by != &n && pick(3) == 0) by.at = places[pick(places.size())];
      places.push_back(by.at);
      if (pick(4) == 0) by.at.last.reset();
      write(by);
      if (w.events.back().header().kind == mail::Kind::ctl) acts.push_back(w.events.back().id());
    }
  }

  Seeded random{7'000};
  Device m2 = w.device(), x2 = w.device();
  const std::vector<Device*> all{&l, &n, &m, &x, &m2, &x2};
  std::size_t trunk = 0;
  std::vector<EventId> acts, suspended;
};

TEST_F(RandomForks, ComeToTheSameInAnyOrder) {
  const auto beginning = w.events;
  std::vector<Place> at;
  for (const auto* device : all) at.push_back(device->at);
  std::size_t forked = 0;
  const std::uint64_t graphs = kith::test::bound(30);
  for (std::uint64_t graph = 0; graph < graphs; ++graph) {
    w.events = beginning;
    for (std::size_t i = 0; i < all.size(); ++i) all[i]->at = at[i];
    acts.clear();
    suspended.clear();
    grow(30);
    auto events = w.events;
    const std::string expected = learned(events, false);
    for (int order = 0; order < 4; ++order) {
      for (std::size_t i = events.size(); i > 1; --i) std::swap(events[i - 1], events[pick(i)]);
      ASSERT_EQ(learned(events, order % 2 == 0), expected) << "graph " << graph << " order " << order;
    }
    const auto state = w.state();
    for (const auto& [id, device] : state.devices) forked += device.forked ? 1 : 0;
  }
  std::printf("%zu graphs: %zu forked devices\n", static_cast<std::size_t>(graphs), forked);
  EXPECT_GT(forked, graphs / 4);
}

// The cut names an act that waits for another: until it is placed, it is as if it were words.
TEST_F(RandomForks, ACutNamesAnActThatIsPlacedLate) {
  Device m3 = w.device();
  const auto seen = w.heads();
  const Place place = m.at;
  w.add_device(m, m3, seen);  // L saw this branch alone
  const Place longer = m.at;
  m.at = place;
  const auto stray = w.act(m, StepBack{}, seen);
  w.events.pop_back();
  const auto cause = w.act(n, StepBack{}, seen);  // nobody but M has it yet
  w.events.pop_back();
  m.at = longer;
  const auto named = w.act(m, Return{}, ids({cause}));
  w.events.pop_back();
  const auto suspend = w.act(l, Suspend{m.member, {World::cut_at(named)}}, w.heads());
  const auto lift = w.act(l, Unsuspend{m.member, {suspend.id()}, {{m.id, m.at.next}}}, w.heads());
  w.events.push_back(stray);
  auto early = w.events, late = w.events;
  const auto built = w.act(m3, StepBack{}, ids({lift, stray}));
  early.insert(early.end(), {cause, named, built});
  late.insert(late.end(), {built, named, cause});
  for (const bool ask : {true, false}) EXPECT_EQ(learned(early, ask), learned(late, ask));
}

}  // namespace
}  // namespace kith::group::test
