#include "crypto/envelope.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/crypto/group_of_devices.h"

namespace kith::test {
namespace {

TEST(Envelope, OpensForItsAudienceAndTellsTheOthersNothing) {
  GroupOfDevices world(5);
  const Sealed sealed = world.seal("a quiet week", {0, 2});
  EXPECT_TRUE(check_payload(sealed.payload, sealed.event, sealed.bind));
  for (std::size_t who = 0; who < 5; ++who) {
    const Opened opened = world.open(sealed, who);
    const bool reads = who == 0 || who == 2;
    EXPECT_EQ(opened.what, reads ? Opening::opened : Opening::not_for_me) << who;
    EXPECT_EQ(text_of(opened), reads ? "a quiet week" : "") << who;
  }
}

TEST(Envelope, EveryBucketHoldsWhatItSays) {
  GroupOfDevices world(1);
  for (const std::size_t bucket : kBodyBuckets) {
    const std::string largest(bucket - 1, 'x');
    const Sealed sealed = world.seal(largest, {0});
    EXPECT_EQ(sealed.payload.size(), payload_size_for(1, bucket));
    EXPECT_EQ(text_of(world.open(sealed, 0)), largest);
    const std::string one_more(bucket, 'x');
    const auto next = EnvelopeDraft::begin(world.author(), kSeq, as_bytes(one_more), 1, world.random);
    if (bucket == kBodyBuckets.back()) {
      EXPECT_EQ(next.error().code, Errc::too_large);
    } else {
      EXPECT_GT(next->payload_size(), sealed.payload.size());
    }
  }
}

TEST(Envelope, ZerosAtTheEndOfTheTextSurvivePadding) {
  GroupOfDevices world(1);
  for (const std::string& text :
       {std::string(), std::string(3, '\0'), std::string("\x80", 1), std::string("a\x80\0", 3)}) {
    EXPECT_EQ(text_of(world.open(world.seal(text, {0}), 0)), text);
  }
}

TEST(Envelope, AtMost128Devices) {
  GroupOfDevices world(128);
  const Sealed sealed = world.seal("full", {127});
  EXPECT_EQ(sealed.payload.size(), payload_size_for(128, 4096));
  EXPECT_EQ(text_of(world.open(sealed, 127)), "full");
  const auto over = EnvelopeDraft::begin(world.author(), kSeq, as_bytes("x"), 129, world.random);
  EXPECT_EQ(over.error().code, Errc::too_large);
}

TEST(Envelope, TheSizeIsKnownBeforeAndSaysOnlyHowManyEightsOfDevices) {
  for (const std::size_t devices : {1U, 7U, 8U, 9U, 16U, 17U}) {
    GroupOfDevices world(devices);
    const Sealed sealed = world.seal("x", {0});
    EXPECT_EQ(sealed.payload.size(), payload_size_for(devices, 4096));
    EXPECT_EQ(view_payload(sealed.payload)->slots.size() / kSlotSize, (devices + 7) / 8 * 8);
  }
}

TEST(Envelope, SealsAgainToTheSameBytesFromTheSameSeed) {
  GroupOfDevices world(4);
  SeededRandom first(99);
  SeededRandom second(99);
  EXPECT_EQ(world.seal("x", world.readers({0, 1}), first).payload,
            world.seal("x", world.readers({0, 1}), second).payload);
}

TEST(Envelope, AnOlderPrekeyStillOpensAmongNewerOnes) {
  GroupOfDevices world(2);
  const Sealed sealed = world.seal("x", {1});
  std::vector<PreKeypair> newer;
  std::vector<HeldPrekey> held;
  for (std::size_t i = 0; i + 1 < kMaxHeldPrekeys; ++i) newer.push_back(pre_keypair(world.random));
  for (const auto& key : newer) held.push_back({key.pk, key.secret});
  const auto open = [&] {
    return open_payload(sealed.payload, sealed.event, sealed.bind, world.group, kSeq, world.devices[0].id,
                        world.devices[0].dh.pk, world.devices[1].id, held);
  };
  EXPECT_EQ(open().what, Opening::no_slot);  // the right one is gone
  held.push_back({world.devices[1].pre.pk, world.devices[1].pre.secret});
  EXPECT_EQ(open().what, Opening::opened);
}

TEST(Envelope, NoPrekeyOrABrokenOneGetsARandomSlot) {
  GroupOfDevices world(3);
  auto readers = world.readers({0, 1, 2});
  readers[1].pre_pk.reset();
  readers[2].pre_pk = PrePk::zero();  // of low order
  auto draft = *EnvelopeDraft::begin(world.author(), kSeq, as_bytes("x"), 3, world.random);
  const ItemPk bind = draft.item_pk();
  const EventId event = world.event_of(bind, draft.payload_size());
  std::vector<DeviceId> broken;
  const Sealed sealed{event, bind, kSeq,
                      std::move(draft).finish(event, world.author(), readers, world.random, &broken)};
  EXPECT_EQ(broken, std::vector<DeviceId>{world.devices[2].id});
  EXPECT_EQ(sealed.payload.size(), payload_size_for(3, 4096));
  EXPECT_EQ(world.open(sealed, 0).what, Opening::opened);
  EXPECT_EQ(world.open(sealed, 1).what, Opening::no_slot);
  EXPECT_EQ(world.open(sealed, 2).what, Opening::no_slot);
}

TEST(Envelope, AnotherGroupPositionEventOrReaderDoesNotOpenIt) {
  GroupOfDevices world(3);
  const Sealed sealed = world.seal("x", {1});
  const Device& me = world.devices[1];
  const Device& author = world.devices[0];
  const HeldPrekey held[] = {{me.pre.pk, me.pre.secret}};
  const auto open = [&](const EventId& event, const ItemPk& bind, const GroupId& group, std::uint64_t seq,
                        const DeviceId& from, const DhPk& dh, const DeviceId& reader) {
    return open_payload(sealed.payload, event, bind, group, seq, from, dh, reader, held).what;
  };
  const Device& other = world.devices[2];
  const auto other_group = world.random.draw<GroupId>();
  const auto other_event = world.random.draw<EventId>();
  const auto other_bind = *ItemPk::parse(sign_keypair(world.random).pk.view());
  using enum Opening;
  EXPECT_EQ(open(sealed.event, sealed.bind, world.group, kSeq, author.id, author.dh.pk, me.id), opened);
  EXPECT_EQ(open(other_event, sealed.bind, world.group, kSeq, author.id, author.dh.pk, me.id), no_slot);
  EXPECT_EQ(open(sealed.event, other_bind, world.group, kSeq, author.id, author.dh.pk, me.id), no_slot);
  EXPECT_EQ(open(sealed.event, sealed.bind, other_group, kSeq, author.id, author.dh.pk, me.id),
            could_not_read);
  EXPECT_EQ(open(sealed.event, sealed.bind, world.group, kSeq + 1, author.id, author.dh.pk, me.id),
            could_not_read);
  EXPECT_EQ(open(sealed.event, sealed.bind, world.group, kSeq, other.id, author.dh.pk, me.id), no_slot);
  EXPECT_EQ(open(sealed.event, sealed.bind, world.group, kSeq, author.id, other.dh.pk, me.id), no_slot);
  EXPECT_EQ(open(sealed.event, sealed.bind, world.group, kSeq, author.id, author.dh.pk, other.id), no_slot);
}

TEST(Payload, SizesAreExact) {
  GroupOfDevices world(3);
  const Sealed sealed = world.seal("x", {1});
  const auto refused = [&](const Bytes& payload) {
    return check_payload(payload, sealed.event, sealed.bind).error().code;
  };
  for (std::size_t size = 0; size < sealed.payload.size(); size += size < 600 ? 1 : 97) {
    EXPECT_EQ(refused({sealed.payload.begin(), sealed.payload.begin() + static_cast<std::ptrdiff_t>(size)}),
              Errc::malformed)
        << size;
  }
  Bytes longer = sealed.payload;
  longer.push_back(0);
  EXPECT_EQ(refused(longer), Errc::malformed);
  for (const auto& [offset, value] : std::vector<std::pair<std::size_t, std::uint8_t>>{{0, 0},
                                                                                       {0, 2},
                                                                                       {1, 0},
                                                                                       {1, 2},
                                                                                       {2, 0},
                                                                                       {2, 4},
                                                                                       {2, 136},
                                                                                       {2, 255},
                                                                                       {3, 255},
                                                                                       {4, 0x11},
                                                                                       {7, 255}}) {
    Bytes bad = sealed.payload;
    bad[offset] = value;
    EXPECT_EQ(refused(bad), Errc::malformed) << offset;
  }
}

TEST(Payload, VariantsHaveNamesOfTheirOwn) {
  GroupOfDevices world(2);
  const Sealed one = world.seal("x", {1});
  Bytes other = one.payload;
  other.back() ^= 1;
  EXPECT_EQ(payload_digest(one.payload), payload_digest(one.payload));
  EXPECT_NE(payload_digest(one.payload), payload_digest(other));
}

}  // namespace
}  // namespace kith::test
