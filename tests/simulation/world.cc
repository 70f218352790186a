#include "tests/simulation/world.h"

#include <algorithm>
#include <cstdio>

#include "core/sharing/agreements.h"
#include "core/sharing/groups.h"
#include "core/sharing/tick.h"
#include "crypto/hash.h"
#include "tests/simulation/joining.h"
#include "tests/simulation/tables.h"

namespace kith::simulation {
namespace {

constexpr const char* kNames[] = {"Lena", "Ana", "Ben", "Caro", "Dov", "Elif", "Finn", "Gul"};
constexpr std::size_t kMinPeople = 3, kMaxPeople = 6;
constexpr int kTries = 4;               // what somebody wants to do is often not possible
constexpr std::size_t kMaxRounds = 16;  // of everybody meeting everybody after the faults

template <class Row>
const Row& drawn(SeededRandom& random, std::span<const Row> rows) {
  std::uint32_t sum = 0;
  for (const Row& row : rows) sum += row.weight;
  std::uint32_t at = random.below(sum);
  for (const Row& row : rows) {
    if (at < row.weight) return row;
    at -= row.weight;
  }
  return rows.back();
}

template <class Row>
const Row* named(std::span<const Row> rows, const std::string& name) {
  const auto found = std::ranges::find(rows, name, [](const Row& row) { return std::string(row.name); });
  return found == rows.end() ? nullptr : &*found;
}

void check_all(World& world, When when) {
  for (const Checker& checker : checkers()) {
    if (world.failed()) return;
    if (checker.when != when) continue;
    world.coverage.count(std::string("checker ") + checker.name, checker.run(world));
  }
}

}  // namespace

World::World(const Options& options, Coverage& count)
    : random(options.seed * 0x9e3779b97f4a7c15U + 1), coverage(count), options_(options) {
  crypto::start();
  const std::size_t size = kMinPeople + below(kMaxPeople - kMinPeople + 1);
  for (std::size_t i = 0; i < size; ++i)
    people.push_back(std::make_unique<Person>(kNames[i], options.seed * 1000 + i * 100, now));
}

World::~World() { network.hang_up_all(); }

std::optional<std::size_t> World::some_person(const std::function<bool(Person&)>& fits) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < people.size(); ++i)
    if (fits(*people[i])) found.push_back(i);
  if (found.empty()) return std::nullopt;
  return found[below(found.size())];
}

std::size_t World::index_of(const Person& person) const {
  for (std::size_t i = 0; i < people.size(); ++i)
    if (people[i].get() == &person) return i;
  KITH_ASSERT(false);
}

std::optional<std::size_t> World::owner_of(const MemberId& member) const {
  const auto found = owners_.find(member);
  if (found == owners_.end()) return std::nullopt;
  return found->second;
}

MemberId World::member(Person& person) { return (*person.node().node().book(group))->me; }

std::string World::unique(std::string_view marker) {
  std::uint8_t bytes[16];
  random.fill(bytes);
  std::string text(marker);
  for (const auto byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string World::word_of(const Person& who, std::string_view marker) {
  std::string word = unique(marker);
  words.emplace(word, index_of(who));
  return word;
}

void World::fail(const std::string& checker, const std::string& what) {
  if (failed()) return;
  failure_ = checker + ": " + what;
  trace("FAILED " + failure_);
}

void World::mix(ByteView bytes) {  // FNV-1a
  for (const auto byte : bytes) digest_ = (digest_ ^ byte) * 0x100000001b3U;
}

void World::trace(const std::string& line) {
  mix(as_bytes(line));
  if (options_.trace)
    std::printf("%10lld  %s\n", static_cast<long long>(now.time_since_epoch().count()), line.c_str());
}

bool World::allowed(const std::string& what, Person& person, const tl::expected<void, Error>& result) {
  if (result) return true;
  const Error& error = result.error();
  trace(person.name + ": " + what + ": " + error.what.text());
  switch (error.code) {
    case Errc::refused:
    case Errc::waiting:
    case Errc::not_found:
    case Errc::usage:
      return false;
    case Errc::full:
      if (person.disk().is_limited()) {
        coverage.count("event full disk");
        return false;
      }
      break;
    case Errc::io:
      if (person.disk().dead()) return false;
      break;
    case Errc::damaged:
      if (person.edited || person.disk().dead()) return false;
      break;
    default:
      break;
  }
  fail("calls do what they say", person.name + ": " + what + ": " + error.what.text());
  return false;
}

void World::tick(std::size_t index, sharing::Occasion occasion) {
  Person& one = person(index);
  if (!one.up() || one.locked) return;
  one.mail_came = false;
  const auto report = sharing::tick(one, occasion);
  if (report && report->mail_grew) trace(one.name + " publishes");
  if (!report) {
    allowed("tick", one, tl::unexpected<Error>(report.error()));
  } else if (report->retired) {
    trace(one.name + " is retired");
    coverage.count("event device retired");
    if (!one.odd()) fail("an honest device stays in use", one.name);
  }
  mind(index);
  network.wake(index);
}

void World::mind(std::size_t index) {
  if (person(index).disk().dead()) restart(index);
}

void World::restart(std::size_t index) {
  Person& one = person(index);
  network.hang_up(index);
  one.stop();
  if (one.disk().dead()) coverage.count("fault power cut");
  one.disk().restart(random);
  const auto started = one.start(group);
  trace(one.name + " starts");
  if (!started) {
    if (!one.edited) fail("a node comes back", one.name + ": " + started.error().what.text());
    return;
  }
  check_all(*this, When::after_restart);
  if (!failed() && one.in_group()) tick(index, sharing::Occasion::start);
}

void World::joined(std::size_t index) {
  Person& one = person(index);
  if (!allowed("opening the courier", one, one.open_courier(group))) return;
  owners_.emplace(member(one), index);
}

void World::found() {
  sharing::Founding founding;
  founding.name = "Tuesdays";
  founding.me = {person(0).name, "she"};
  Person& leader = person(0);
  group = test::must(sharing::Groups(leader).create(founding)).group;
  sharing::Agreements agreements(leader);
  for (const auto& section : test::must(agreements.missing(group)))
    test::must(agreements.edit(group, section, "We said so."));
  test::must(agreements.propose(group));
  joined(0);
  const std::size_t first = 2 + below(people.size() - 1);
  for (std::size_t i = 1; i < first; ++i) {
    if (!invite_and_join(*this, 0, i)) return fail("founding", "somebody did not get in");
    sharing::Agreements theirs(person(i));
    test::must(theirs.sign(group, test::must(theirs.to_sign(group)).hash));
  }
  for (int round = 0; round < 2; ++round) settle_round();
}

void World::pass_time() {
  const std::uint32_t pace = below(100);
  const auto pause = pace < 60 ? 1 + below(600) : pace < 90 ? 600 + below(3600 * 4) : 3600 * (6 + below(60));
  network.run(std::chrono::seconds(std::min<std::uint32_t>(pause, 60)));
  now += std::chrono::seconds(pause > 60 ? pause - 60 : 0);
  for (std::size_t i = 0; i < people.size() && !failed(); ++i)
    if (person(i).in_group() && person(i).mail_came && chance(60)) tick(i, sharing::Occasion::timer);
}

void World::step(std::size_t number) {
  pass_time();
  if (failed()) return;
  if (options_.script.empty())
    something_happens();
  else
    follow_script(options_.script[number]);
  check_all(*this, When::each_step);
}

void World::something_happens() {
  const std::uint32_t what = below(100);
  const auto liar = some_person([](Person& one) { return one.up() && one.liar && one.in_group(); });
  if (what < 22) return happen(drawn(random, faults()));
  if (what < 32 && liar) return tell(*liar, drawn(random, lies()));
  for (int tries = 0; tries < kTries && !failed(); ++tries)
    if (somebody_does(drawn(random, operations()))) break;
}

void World::follow_script(const std::string& row) {
  const auto liar = some_person([](Person& one) { return one.up() && one.liar && one.in_group(); });
  const auto* operation = named(operations(), row);
  const auto* fault = named(faults(), row);
  const auto* lie = named(lies(), row);
  KITH_ASSERT(operation != nullptr || fault != nullptr || lie != nullptr);
  if (operation != nullptr) somebody_does(*operation);
  if (fault != nullptr) happen(*fault);
  if (lie != nullptr && liar) tell(*liar, *lie);
}

void World::happen(const Fault& fault) {
  trace(std::string("fault ") + fault.name);
  if (fault.run(*this)) coverage.count(std::string("fault ") + fault.name);
}

void World::tell(std::size_t liar, const Lie& lie) {
  trace(person(liar).name + " lies: " + lie.name);
  if (lie.run(*this, person(liar))) coverage.count(std::string("lie ") + lie.name);
  mind(liar);
  network.wake(liar);
}

bool World::somebody_does(const Operation& operation) {
  const auto who = some_person([](Person& one) { return one.up(); });
  if (!who) return false;
  trace(person(*who).name + ": " + operation.name);
  const bool done = operation.run(*this, person(*who));
  if (done) {
    coverage.count(std::string("operation ") + operation.name);
    trace("  done");
  }
  mind(*who);
  network.wake(*who);
  return done;
}

// Everybody meets everybody once. Returns a number that stays the same when nothing is new any more.
std::size_t World::settle_round() {
  for (std::size_t i = 0; i < people.size() && !failed(); ++i)
    if (person(i).in_group()) tick(i, sharing::Occasion::sync);
  network.run(std::chrono::seconds(120));
  std::size_t held = 0;
  for (const auto& one : people) {
    if (!one->in_group()) continue;
    for (const auto& head : test::must(one->courier()->mail().heads(group))) held += head.seq + 1;
    held += test::must(one->courier()->mail().payload_arrivals(group, 0, 1'000'000)).size();
  }
  return held;
}

void World::heal() {
  calm = true;
  network.calm();
  network.hang_up_all();
  for (std::size_t i = 0; i < people.size() && !failed(); ++i) {
    Person& one = person(i);
    one.disk().fill(std::nullopt);
    one.clock.set_skew(0s);
    one.locked = false;
    if (!one.up()) restart(i);
    if (one.courier_down) allowed("starting the courier", one, one.open_courier(group));
    one.disk().never_mind();
  }
  trace("calm");
  std::size_t before = 0;
  for (std::size_t round = 0; round < kMaxRounds && !failed(); ++round) {
    const std::size_t held = settle_round();
    trace("held " + std::to_string(held));
    if (held == before && round > 2) return;
    before = held;
  }
  fail("the group comes to rest", "there is news for ever");
}

bool World::run() {
  found();
  const std::size_t steps = options_.script.empty() ? options_.steps : options_.script.size();
  for (std::size_t i = 0; i < steps && !failed(); ++i) step(i);
  if (!failed()) heal();
  if (!failed()) check_all(*this, When::at_the_end);
  return !failed();
}

}  // namespace kith::simulation
