// What others, carriers and readers can learn: nothing about what stayed private, nothing about who reads.
#include <algorithm>

#include "core/journal/journal.h"
#include "crypto/envelope.h"
#include "tests/sharing/world.h"

namespace kith::test {
namespace {

using namespace sharing;

void write_entries(TestNode& node, int count, const std::string& canary) {
  auto book = must(journal::Journal::open(node.journal()));
  for (int i = 0; i < count; ++i) {
    journal::NewEntry entry;
    entry.text = "Private line " + std::to_string(i) + " " + canary;
    entry.written.at = node.node().now();
    must(book.add(entry));
  }
}

// Every byte that leaves a node, in the order in which it would.
Bytes outgoing(World& world, const std::string& name) {
  Bytes bytes;
  for (const auto& stored : must(world[name].mail().arrivals(world.group, 0, 10'000))) {
    append(bytes, stored.event.wire());
    for (const auto& payload : must(world[name].mail().payloads(stored.event.id()))) append(bytes, payload);
  }
  return bytes;
}

TEST(Privacy, OutgoingBytesAreTheSameWithNoneAndWithAThousandPrivateEntries) {
  std::vector<Bytes> runs;
  for (const int entries : {0, 1000}) {
    World world({"Lena", "Ana"}, 7);
    world.everybody();
    write_entries(world["Ana"], entries, "canary");
    world.share("Ana", world.draft("The one thing I share.", To::leaders));
    world.settle();
    runs.push_back(outgoing(world, "Ana"));
  }
  EXPECT_TRUE(runs[0] == runs[1]);
  EXPECT_GT(runs[0].size(), 10'000U);
}

struct Shape {
  mail::Kind kind;
  std::uint32_t length;
  std::uint64_t seq;
  Day day;
  friend bool operator==(const Shape&, const Shape&) = default;
};

TEST(Privacy, AnAudienceOfOneLooksLikeAnAudienceOfAll) {
  // Texts near the edge of a bucket: the list of readers must not push one of them over it.
  for (const std::size_t size : {20U, 3700U, 3800U, 3900U, 4000U}) {
    std::vector<std::vector<Shape>> runs;
    for (const To to : {To::leaders, To::group}) {
      World world({"Lena", "Ana", "Ben", "Cleo"}, 11);
      world.everybody();
      world.share("Ana", world.draft(std::string(size, 'x'), to));
      std::vector<Shape> shapes;
      for (const auto& stored : must(world["Ana"].mail().arrivals(world.group, 0, 10'000))) {
        const auto& header = stored.event.header();
        shapes.push_back({header.kind, header.length, header.seq, header.day});
        for (const auto& payload : must(world["Ana"].mail().payloads(stored.event.id())))
          EXPECT_EQ(payload.size(), header.length);
      }
      runs.push_back(std::move(shapes));
    }
    EXPECT_EQ(runs[0], runs[1]) << size;
  }
}

// Everything that crosses after a share, frame by frame, through the courier's own exchange: what is sent,
// what is asked for and what is given back, with a carrier between two who never meet and receipts
// afterwards.
std::vector<Crossed> crossed_after_sharing(To to, std::size_t size) {
  World world({"Lena", "Ana", "Ben", "Cleo"}, 12);
  world.everybody();
  const auto before = world.crossed.size();
  const auto shared = world.share("Ana", world.draft(std::string(size, 'x'), to));
  world.meet("Ana", "Cleo");  // in the audience of one run, a carrier in the other
  world.meet("Cleo", "Ben");
  world.settle();
  must(Items(world["Ana"]).withdraw(world.group, shared.item));
  world.settle();
  return {world.crossed.begin() + static_cast<std::ptrdiff_t>(before), world.crossed.end()};
}

TEST(Privacy, FramesAreTheSameForAnAudienceOfOneAndOfAll) {
  const auto one = crossed_after_sharing(To::leaders, 3900);
  const auto all = crossed_after_sharing(To::group, 3900);
  EXPECT_GT(one.size(), 50U);
  EXPECT_EQ(one.size(), all.size());
  EXPECT_TRUE(one == all) << "counts, sizes or order differ";
  EXPECT_FALSE(one == crossed_after_sharing(To::leaders, 20)) << "or equality would prove nothing";
}

TEST(Privacy, BatchesArePaddedToPowersOfTwo) {
  World world({"Lena", "Ana"});
  world.everybody();
  auto& ana = world["Ana"];
  for (const std::size_t shares : {1U, 2U, 3U, 5U, 9U}) {
    const auto before = must(ana.node().keyring().own_head(world.group))->seq;
    ConsentGate gate(ana);
    for (std::size_t i = 0; i < shares; ++i) {
      const auto draft = world.draft("Share " + std::to_string(i), To::group);
      must(gate.confirm(world.group, draft, must(gate.preview(world.group, draft)).digest));
    }
    world.clock.advance(700s);
    EXPECT_EQ(must(gate.release_due(true)), shares);
    const auto left = must(ana.node().keyring().own_head(world.group))->seq - before;
    EXPECT_EQ(left, shares == 1 ? 1U : shares == 2 ? 2U : shares == 3 ? 4U : shares == 5 ? 8U : 9U);
  }
}

// With every key of the test: a canary shows only in envelopes for its own audience.
TEST(Privacy, EveryEnvelopeOpenedWithEveryKeyHoldsNoCanaryButWhereItMay) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  for (const auto& name : {"Lena", "Ana", "Ben"}) write_entries(world[name], 20, "CANARY-PRIVATE");
  world.share("Ana", world.draft("CANARY-LEADER", To::leaders));
  world.share("Ana", world.draft("CANARY-GROUP", To::group));
  world.share("Ben", world.draft("CANARY-ONE", To::one, {"Ana"}));
  ConsentGate gate(world["Ben"]);
  const auto stopped = world.draft("CANARY-STOPPED", To::group);
  const auto confirmed =
      must(gate.confirm(world.group, stopped, must(gate.preview(world.group, stopped)).digest));
  must(gate.take_back(confirmed.consent));
  world.settle();
  std::map<std::string, std::map<std::string, int>> seen;  // canary -> reader -> envelopes
  for (const auto& reader : {"Lena", "Ana", "Ben"}) {
    auto& node = world[reader];
    const auto* book = must(node.node().book(world.group));
    const auto prekeys = must(node.node().keyring().prekeys(world.group));
    std::vector<crypto::HeldPrekey> held;
    for (const auto& prekey : prekeys) held.push_back({prekey.pk, prekey.secret});
    for (const auto& stored : must(node.mail().arrivals(world.group, 0, 10'000))) {
      const auto& header = stored.event.header();
      const auto wire = as_text(stored.event.wire());
      EXPECT_EQ(wire.find("CANARY"), wire.npos);
      for (const auto& name : {"Lena", "Ana", "Ben", "Tuesdays"})
        EXPECT_EQ(wire.find(name), wire.npos) << name;
      for (const auto& payload : must(node.mail().payloads(stored.event.id()))) {
        EXPECT_EQ(as_text(payload).find("CANARY"), std::string_view::npos);
        const auto state = book->state();
        const auto opened = crypto::open_payload(
            payload, stored.event.id(), *ItemPk::parse(header.bind.view()), world.group, header.seq,
            header.device, state->device(header.device)->dh, book->device, held);
        for (const auto& canary :
             {"CANARY-PRIVATE", "CANARY-STOPPED", "CANARY-LEADER", "CANARY-GROUP", "CANARY-ONE"})
          if (as_text(opened.plain.reveal()).find(canary) != std::string_view::npos) ++seen[canary][reader];
      }
    }
  }
  EXPECT_EQ(seen.count("CANARY-PRIVATE"), 0U);
  EXPECT_EQ(seen.count("CANARY-STOPPED"), 0U);
  EXPECT_EQ(seen["CANARY-LEADER"], (std::map<std::string, int>{{"Ana", 1}, {"Lena", 1}}));
  EXPECT_EQ(seen["CANARY-GROUP"], (std::map<std::string, int>{{"Ana", 1}, {"Ben", 1}, {"Lena", 1}}));
  EXPECT_EQ(seen["CANARY-ONE"], (std::map<std::string, int>{{"Ana", 1}, {"Ben", 1}}));
}

}  // namespace
}  // namespace kith::test
