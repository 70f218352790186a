// Any order, duplication and chunking of the same events gives the same store.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/toy_link.h"

namespace kith::mail {
namespace {

using test::Author;
using test::kToyDay;
using test::kToyGroup;
using test::SeededRandom;
using test::ToyLink;
using test::ToyRoster;
using test::ToyStore;

// Three members' devices (two of one member), their logs and payloads.
struct World {
  explicit World(std::uint64_t seed) : random(seed) {
    for (std::uint64_t i = 0; i < 3; ++i) authors.emplace_back(seed * 10 + i);
    authors[1].member = authors[0].member;
    const std::size_t count = 10 + random.below(40);
    for (std::size_t i = 0; i < count; ++i) write(authors[random.below(3)]);
  }
  void write(Author& author) {
    const std::uint32_t what = random.below(10);
    if (what < 6 || envelopes.empty()) {
      events.push_back(author.envelope());
      envelopes.push_back({events.back().id(), &author});
    } else if (what < 8) {
      events.push_back(
          author.tomb({envelopes[random.below(static_cast<std::uint32_t>(envelopes.size()))].first}));
    } else {
      events.push_back(author.control(std::to_string(events.size())));
    }
  }
  ToyRoster roster() const {
    ToyRoster all;
    for (const Author& author : authors) all.add(author);
    return all;
  }
  const Bytes& payload(std::size_t i) const { return envelopes[i].second->payload(envelopes[i].first); }

  SeededRandom random;
  std::vector<Author> authors;
  std::vector<Event> events;
  std::vector<std::pair<EventId, Author*>> envelopes;
};

template <class T>
void shuffle(std::vector<T>& items, Random& random) {
  for (std::size_t left = items.size(); left > 1; --left)
    std::swap(items[left - 1], items[random.below(static_cast<std::uint32_t>(left))]);
}

// A copy of an event that no node may take: a flipped bit, or the right bytes under another's key.
Event spoiled(const World& world, const Event& event, Random& random) {
  Bytes wire = to_bytes(event.wire());
  wire[kHeaderSize + random.below(64)] ^= 1;
  if (random.below(2) == 0) return *Event::parse(wire);
  return world.authors[2].sign(event.header(), to_bytes(event.body()));
}

// Delivers everything until all is taken: doubled, mixed with junk, in chunks of any size.
void deliver(ToyStore& node, World& world, Random& random) {
  std::size_t stored = 0;
  for (int pass = 0; stored < world.events.size(); ++pass) {
    KITH_ASSERT(pass < 10'000);
    std::vector<Event> heap = world.events;
    for (int i = 0; i < 10; ++i)
      heap.push_back(world.events[random.below(static_cast<std::uint32_t>(world.events.size()))]);
    for (int i = 0; i < 5; ++i) {
      Event junk =
          spoiled(world, world.events[random.below(static_cast<std::uint32_t>(world.events.size()))], random);
      if (std::ranges::none_of(world.events, [&](const Event& e) { return equal(e.wire(), junk.wire()); }))
        heap.push_back(std::move(junk));
    }
    shuffle(heap, random);
    for (std::size_t at = 0; at < heap.size();) {
      const std::size_t size = std::min<std::size_t>(heap.size() - at, 1 + random.below(25));
      stored += node.append(std::span(heap).subspan(at, size)).stored;
      const std::size_t which = random.below(static_cast<std::uint32_t>(world.envelopes.size()));
      const PayloadOf item{world.envelopes[which].first, world.payload(which)};
      KITH_ASSERT(node.store.put_payloads(kToyGroup, std::span(&item, 1)).has_value());
      at += size;
    }
  }
  node.check_all();
  for (std::size_t i = 0; i < world.envelopes.size(); ++i) {
    const PayloadOf item{world.envelopes[i].first, world.payload(i)};
    KITH_ASSERT(node.store.put_payloads(kToyGroup, std::span(&item, 1)).has_value());
  }
}

std::set<EventId> alive(const World& world) {
  std::set<EventId> events;
  std::map<EventId, MemberId> author;
  for (const auto& [id, by] : world.envelopes) {
    events.insert(id);
    author.emplace(id, by->member);
  }
  for (const Event& event : world.events) {
    if (event.header().kind != Kind::tomb) continue;
    const auto tomb = parse_tomb(event.body());
    const auto by = std::ranges::find(world.authors, event.header().device, &Author::id);
    for (const EventId& id : tomb->events)
      if (author.at(id) == by->member) events.erase(id);
  }
  return events;
}

RC_GTEST_PROP(AnyOrder, GivesTheSameLogsAndPayloads, ()) {
  World world(*rc::gen::inRange<std::uint64_t>(1, 1'000'000));
  SeededRandom first(*rc::gen::arbitrary<std::uint64_t>()), second(*rc::gen::arbitrary<std::uint64_t>());
  ToyStore a, b;
  a.roster = b.roster = world.roster();
  deliver(a, world, first);
  deliver(b, world, second);
  RC_ASSERT(a.heads() == b.heads());
  RC_ASSERT(a.held() == b.held());
  RC_ASSERT(a.held() == alive(world));  // no payload after its tombstone, and none lost without one
  RC_ASSERT(a.store.arrivals(kToyGroup, 0, 1000)->size() == world.events.size());
  const auto arrived = a.store.arrivals(kToyGroup, 0, 1000);
  for (const StoredEvent& stored : *arrived)
    RC_ASSERT(stored.event.verify(*a.roster.sign_key(stored.event.header().device)));
}

// Gives a node a random prefix of each log, and some of the payloads.
void give_some(ToyStore& node, World& world, Random& random) {
  for (const Author& author : world.authors) {
    std::vector<Event> log;
    for (const Event& event : world.events)
      if (event.header().device == author.id) log.push_back(event);
    log.erase(log.begin() + random.below(static_cast<std::uint32_t>(log.size()) + 1), log.end());
    node.append(log);
  }
  node.check_all();
  for (std::size_t i = 0; i < world.envelopes.size(); ++i) {
    const PayloadOf item{world.envelopes[i].first, world.payload(i)};
    if (random.below(2) == 0)
      KITH_ASSERT(node.store.put_payloads(kToyGroup, std::span(&item, 1)).has_value());
  }
}

RC_GTEST_PROP(AnyTwoNodes, HoldTheSameOnceTheyCouldTalk, ()) {
  World world(*rc::gen::inRange<std::uint64_t>(1, 1'000'000));
  SeededRandom random(*rc::gen::arbitrary<std::uint64_t>());
  ToyStore a, b;
  a.roster = b.roster = world.roster();
  give_some(a, world, random);
  give_some(b, world, random);
  std::map<DeviceId, std::uint64_t> longest;
  for (ToyStore* node : {&a, &b})
    for (const auto& [device, end] : node->heads()) longest[device] = std::max(longest[device], end.first);
  const std::uint32_t drops = random.below(4);
  for (std::uint32_t i = 0; i < drops; ++i) {  // a link that breaks in the middle
    ToyLink link(a, world.authors[0], b, world.authors[2]);
    for (std::uint32_t steps = random.below(30); steps > 0 && link.step(random); --steps) {
    }
    RC_ASSERT(!link.cut);
  }
  ToyLink link(a, world.authors[0], b, world.authors[2]);
  link.run(random);
  RC_ASSERT(!link.cut);
  RC_ASSERT(link.a().quiet());
  RC_ASSERT(link.b().quiet());
  RC_ASSERT(a.heads() == b.heads());
  RC_ASSERT(a.held() == b.held());
  for (const auto& [device, end] : a.heads()) RC_ASSERT(end.first == longest[device]);
  const auto living = alive(world);
  for (const auto& id : a.held()) {
    const auto known = a.store.tombstoned(id);
    RC_ASSERT(known && !*known);
  }
}

}  // namespace
}  // namespace kith::mail
