// What happens to people, their computers and the network. Each function does one thing once; the world goes
// calm before the checkers of the end run.
#include <algorithm>

#include "tests/simulation/asked.h"
#include "tests/simulation/tables.h"

namespace kith::simulation {
namespace {

Path& some_path(World& world) {
  const std::size_t from = world.below(world.people.size());
  const std::size_t to = (from + 1 + world.below(world.people.size() - 1)) % world.people.size();
  return world.network.path(from, to);
}

bool lossy(World& world) {
  some_path(world).drop = 5 + world.below(26);
  return true;
}
bool doubling(World& world) {
  some_path(world).twice = 5 + world.below(26);
  return true;
}
bool overtaking(World& world) {
  some_path(world).overtake = 5 + world.below(26);
  return true;
}
bool slow(World& world) {
  some_path(world).delay = std::chrono::milliseconds(1 + world.below(20'000));
  return true;
}
bool one_way(World& world) {
  some_path(world).blocked = true;
  return true;
}

// Two halves that hear nothing of each other.
bool partition(World& world) {
  std::vector<bool> here(world.people.size());
  for (auto&& side : here) side = world.chance(50);
  for (std::size_t a = 0; a < here.size(); ++a)
    for (std::size_t b = 0; b < here.size(); ++b)
      if (a != b) world.network.path(a, b).blocked = here[a] != here[b];
  return true;
}

// Some links, one after the other, stop carrying; frames wait in them. Then they go on, in another order.
bool swizzle(World& world) {
  std::vector<std::pair<std::size_t, std::size_t>> ways;
  for (std::size_t a = 0; a < world.people.size(); ++a)
    for (std::size_t b = 0; b < world.people.size(); ++b)
      if (a != b && world.chance(40)) ways.emplace_back(a, b);
  for (const bool stop : {true, false}) {
    for (std::size_t i = ways.size(); i > 1; --i) std::swap(ways[i - 1], ways[world.below(i)]);
    for (const auto& [from, to] : ways) {
      world.network.path(from, to).clogged = stop;
      world.network.run(std::chrono::seconds(1 + world.below(5)));
    }
  }
  return !ways.empty();
}

bool good_weather(World& world) {
  world.network.calm();
  return true;
}

std::optional<std::size_t> somebody_up(World& world) {
  return world.some_person([](Person& one) { return one.up(); });
}

bool power_cut(World& world) {
  const auto who = somebody_up(world);
  if (!who) return false;
  world.person(*who).disk().cut_power_after(world.below(60));
  return false;  // counted when it cuts: World::restart()
}

// Now, in the middle of nothing: what was not synced goes too.
bool crash(World& world) {
  const auto who = somebody_up(world);
  if (!who) return false;
  world.restart(*who);
  return true;
}

// The courier's process dies and kith's goes on. Half the time it is started again at once; else with the
// next such fault, or when the node starts.
bool courier_dies(World& world) {
  const auto who = world.some_person([](Person& one) { return one.in_group(); });
  if (!who) return false;
  Person& one = world.person(*who);
  const bool down = !one.courier_down && world.chance(50);
  world.network.hang_up(*who);
  if (!world.allowed("starting the courier", one, one.open_courier(world.group))) {
    world.restart(*who);
    return false;
  }
  one.courier_down = down;
  return true;
}

bool disk_full(World& world) {
  const auto who = somebody_up(world);
  if (!who) return false;
  auto& disk = world.person(*who).disk();
  if (disk.is_limited())
    disk.fill(std::nullopt);
  else
    disk.fill(world.below(64 * 1024));
  return true;
}

bool clock_skew(World& world) {
  const auto who = world.below(world.people.size());
  const auto hours = static_cast<int>(world.below(49)) - 24;
  world.person(who).clock.set_skew(std::chrono::hours(hours));
  return true;
}

bool clock_jump(World& world) {
  if (!world.chance(25)) return false;  // rarely: what is signed ten years ahead waits ten years
  const auto who = world.below(world.people.size());
  const auto years = std::chrono::hours(24 * 3652);
  world.person(who).clock.set_skew(world.chance(60) ? -years : years);
  return true;
}

// Shows the same second for up to two days, then what it would have shown.
bool clock_stands(World& world) {
  const auto who = world.below(world.people.size());
  world.person(who).clock.stand_still(std::chrono::hours(1 + world.below(48)));
  return true;
}

bool clock_right(World& world) {
  for (auto& one : world.people) one->clock.set_skew(0s);
  return true;
}

// The computer is lost, and a new one is begun with. The member of before stays in the group, and is silent.
bool wipe(World& world) {
  if (!world.chance(30)) return false;
  const auto who = world.some_person([](Person& one) { return one.up() && !one.liar; });
  if (!who || *who == 0) return false;
  world.network.hang_up(*who);
  world.person(*who).stop();
  world.person(*who).wipe();
  world.met.erase(*who);
  return true;
}

bool copy(World& world) {
  const auto who = world.some_person([](Person& one) { return one.in_group() && one.copy.empty(); });
  if (!who) return false;
  world.person(*who).copy = world.person(*who).disk().copy();
  return true;
}

// Of both files, or of one.
bool restore(World& world) {
  const auto who = world.some_person([](Person& one) { return one.up() && !one.copy.empty() && !one.liar; });
  if (!who) return false;
  Person& one = world.person(*who);
  world.network.hang_up(*who);
  one.stop();
  auto image = one.copy;
  const std::uint32_t which = world.below(3);
  if (which == 1) image.erase("mail.db");
  if (which == 2) image.erase("journal.db");
  one.disk().put_back(image);
  one.restored = true;
  world.met.erase(*who);
  one.entries.clear();
  one.drafts.clear();
  world.restart(*who);
  return true;
}

// Somebody who has the courier's key changes rows.
bool edit_mail(World& world) {
  const auto who = world.some_person([](Person& one) { return one.in_group() && !one.liar; });
  if (!who || !world.chance(30)) return false;
  Person& one = world.person(*who);
  auto& database = one.node().mail().database();
  one.edited = true;
  world.network.hang_up(*who);
  Result<void> done;
  switch (world.below(6)) {
    case 0:
      done = database.execute("DELETE FROM payload WHERE row % 3 = 0");
      break;
    case 1:
      done = database.execute("DELETE FROM tomb");
      break;
    case 2:
      done = database.execute("UPDATE event SET gone = 0");
      break;
    case 3:
      done = database.execute("DELETE FROM event WHERE row > (SELECT max(row) / 2 FROM event)");
      break;
    case 4:
      done = database.execute("UPDATE head SET checked = 0, purged = 0");
      break;
    default:
      done = database.execute("DELETE FROM event; DELETE FROM head; DELETE FROM payload");
  }
  world.allowed("editing mail", one, done);
  world.restart(*who);
  return true;
}

// Somebody without the right link key answers in a member's name.
bool impostor(World& world) {
  const auto who = world.some_person([](Person& one) { return one.in_group() && !one.liar; });
  if (!who) return false;
  auto* courier = world.person(*who).courier();
  const auto state = courier->roster().state();
  std::vector<DeviceId> devices;
  for (const auto& [id, device] : state->devices)
    if (id != courier->self().device) devices.push_back(id);
  if (devices.empty()) return false;
  const LinkPk wrong = world.random.draw<LinkPk>();
  auto exchange = courier->connect(wrong);
  const Instant at{};
  std::size_t said = exchange.next_frame(at) ? 1 : 0;
  const auto claims = world.one_of(devices);
  const LinkPk claimed = world.chance(50) ? wrong : state->devices.at(claims).link;
  const mail::Frame hello =
      mail::frame::Hello{.proto = 1, .suites = {1}, .device = claims, .user_id = claimed};
  const auto taken =
      exchange.receive(mail::encode_frame(hello), world.person(*who).node().node().today(), at);
  while (exchange.next_frame(at)) ++said;
  if (taken || said > 1) world.fail("an impostor hears nothing", world.person(*who).name);
  if (!taken) world.coverage.count(reject_row(taken.error()));
  return true;
}

bool somebody_lies(World& world) {
  const auto liars = std::ranges::count_if(world.people, [](const auto& one) { return one->liar; });
  if (liars >= 3 || static_cast<std::size_t>(liars) + 2 >= world.people.size()) return false;
  const auto who = world.some_person([&](Person& one) {
    return one.in_group() && !one.odd() && (&one != world.people.front().get() || world.chance(20));
  });
  if (!who) return false;
  world.network.hang_up(*who);
  begin_to_lie(world, world.person(*who));
  return true;
}

constexpr Fault kFaults[] = {
    {"lossy path", 6, lossy},
    {"doubling path", 5, doubling},
    {"overtaking path", 5, overtaking},
    {"slow path", 5, slow},
    {"one way", 5, one_way},
    {"partition", 6, partition},
    {"swizzle", 4, swizzle},
    {"good weather", 10, good_weather},
    {"power cut", 10, power_cut},
    {"crash", 5, crash},
    {"courier dies", 5, courier_dies},
    {"disk full", 8, disk_full},
    {"clock skew", 5, clock_skew},
    {"clock jump", 5, clock_jump},
    {"clock stands", 5, clock_stands},
    {"clocks right", 5, clock_right},
    {"wipe", 4, wipe},
    {"copy", 5, copy},
    {"restore", 5, restore},
    {"edit mail", 4, edit_mail},
    {"impostor", 4, impostor},
    {"somebody lies", 5, somebody_lies},
};

}  // namespace

std::span<const Fault> faults() { return kFaults; }

}  // namespace kith::simulation
