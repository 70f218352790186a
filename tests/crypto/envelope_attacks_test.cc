// What authors, recipients and carriers who cheat can do to an envelope, and what they cannot.
#include <gtest/gtest.h>

#include <unordered_set>

#include "tests/crypto/forge.h"

namespace kith::test {
namespace {

// A cheating author: seals by hand whatever `content` and `bound_to` say for each device.
struct CheatedSlot {
  Bytes content;
  Digest bound_to;
};
using Cheat = std::function<CheatedSlot(std::size_t who, const Bytes& key, const Digest& body)>;

Sealed seal_cheating(GroupOfDevices& world, const ContentKey& key, const Cheat& cheat) {
  const SignSeed item = item_seed(key, world.group, world.devices[0].id, kSeq);
  const ItemPk bind = item_public(item);
  const std::size_t count = world.devices.size();
  const EventId event = world.event_of(bind, static_cast<std::uint32_t>(payload_size_for(count, 4096)));
  const EphKeypair eph = eph_keypair(world.random);
  Parts parts{eph.pk, Nonce::zero(), {}, {}};
  replace_body(parts, key, event, "the author's words", world.random);
  for (std::size_t who = 0; who < count; ++who) {
    const Device& reader = world.devices[who];
    const auto slot = slot_key(place_of(parts, world, event), eph.secret, world.devices[0].dh.secret,
                               reader.pre.pk, reader.id);
    const CheatedSlot cheated = cheat(who, to_bytes(key.reveal()), digest_of(parts));
    parts.slots.push_back(seal_slot(*slot, event, cheated.bound_to, cheated.content));
  }
  while (parts.slots.size() % kSlotStep != 0) parts.slots.push_back(Bytes(kSlotSize, 0x5a));
  return {event, bind, kSeq, payload_of(parts, event, item)};
}

TEST(CheatingAuthor, HandSealingAsTheProtocolSaysOpens) {  // or the tests below would prove nothing
  GroupOfDevices world(2);
  const Sealed sealed = seal_cheating(
      world, ContentKey(world.random), [](std::size_t who, const Bytes& key, const Digest& body) {
        return who == 1 ? CheatedSlot{key, body} : CheatedSlot{Bytes(32), Digest::zero()};
      });
  EXPECT_EQ(world.open(sealed, 0).what, Opening::not_for_me);
  EXPECT_EQ(text_of(world.open(sealed, 1)), "the author's words");
}

TEST(CheatingAuthor, CannotGiveTwoReadersDifferentKeys) {
  GroupOfDevices world(3);
  const ContentKey other(world.random);
  const Sealed sealed = seal_cheating(world, ContentKey(world.random),
                                      [&](std::size_t who, const Bytes& key, const Digest& body) {
                                        return CheatedSlot{who == 2 ? to_bytes(other.reveal()) : key, body};
                                      });
  EXPECT_EQ(world.open(sealed, 1).what, Opening::opened);
  EXPECT_EQ(world.open(sealed, 2).what, Opening::could_not_read);
}

TEST(CheatingAuthor, AKeyNotTiedToTheBodyIsNotUsed) {
  GroupOfDevices world(2);
  const Sealed sealed =
      seal_cheating(world, ContentKey(world.random), [](std::size_t, const Bytes& key, const Digest&) {
        return CheatedSlot{key, Digest::zero()};
      });
  EXPECT_EQ(world.open(sealed, 1).what, Opening::could_not_read);
}

TEST(CheatingAuthor, ZerosTiedToTheBodyAreNotANotForYou) {
  GroupOfDevices world(2);
  const Sealed sealed =
      seal_cheating(world, ContentKey(world.random), [](std::size_t, const Bytes&, const Digest& body) {
        return CheatedSlot{Bytes(32), body};
      });
  EXPECT_EQ(world.open(sealed, 1).what, Opening::could_not_read);
}

TEST(CheatingAuthor, AKeyTiedToAnotherBodyDoesNotOpen) {
  GroupOfDevices world(2);
  const Sealed sealed =
      seal_cheating(world, ContentKey(world.random), [](std::size_t, const Bytes& key, const Digest& body) {
        auto other = body.view();
        std::array<std::uint8_t, 32> bytes{};
        std::ranges::copy(other, bytes.begin());
        bytes[0] ^= 1;
        return CheatedSlot{key, Digest{bytes}};
      });
  EXPECT_EQ(world.open(sealed, 1).what, Opening::no_slot);
}

TEST(CheatingAuthor, TwoSlotsForOneDeviceAreNotRead) {
  GroupOfDevices world(3);
  const Sealed sealed = world.seal("x", {0, 1});
  const ContentKey key = *content_key(world, sealed, 1);
  const SignSeed item = item_seed(key, world.group, world.devices[0].id, kSeq);
  Parts parts = parts_of(sealed.payload);
  const std::size_t mine = find_own_slot(parts, world, sealed.event, 1);
  parts.slots[(mine + 1) % parts.slots.size()] = parts.slots[mine];
  EXPECT_EQ(world.open(sealed, payload_of(parts, sealed.event, item), 1).what, Opening::could_not_read);
  // Both ways at once as well.
  parts = parts_of(sealed.payload);
  parts.slots[(mine + 1) % parts.slots.size()] =
      seal_slot(own_slot_key(parts, world, sealed.event, 1), sealed.event, Digest::zero(), Bytes(32));
  EXPECT_EQ(world.open(sealed, payload_of(parts, sealed.event, item), 1).what, Opening::could_not_read);
}

class CheatingRecipient : public testing::Test {  // device 1 is in the audience and knows K
 protected:
  GroupOfDevices world{4};
  Sealed sealed = world.seal("the author's words", {0, 1, 2});
  ContentKey key = *content_key(world, sealed, 1);
  SignSeed item = item_seed(key, world.group, world.devices[0].id, kSeq);
};

TEST_F(CheatingRecipient, CanSimulateTheAuthorSoThatTheirCopyProvesNothing) {
  Parts parts = parts_of(sealed.payload);
  const std::size_t mine = find_own_slot(parts, world, sealed.event, 1);
  replace_body(parts, key, sealed.event, "words the author never wrote", world.random);
  parts.slots[mine] =
      seal_slot(own_slot_key(parts, world, sealed.event, 1), sealed.event, digest_of(parts), key.reveal());
  const Bytes forged = payload_of(parts, sealed.event, item);
  EXPECT_TRUE(check_payload(forged, sealed.event, sealed.bind));
  EXPECT_EQ(text_of(world.open(sealed, forged, 1)), "words the author never wrote");
  EXPECT_EQ(world.open(sealed, forged, 2).what, Opening::no_slot);     // the other recipient is not fooled
  EXPECT_EQ(world.open(sealed, forged, 0).what, Opening::no_slot);     // nor the author
  EXPECT_EQ(world.open(sealed, forged, 3).what, Opening::not_for_me);  // a zero slot says nothing of the body
}

TEST_F(CheatingRecipient, CannotMoveSlotsBetweenDevices) {
  const Parts genuine = parts_of(sealed.payload);
  const std::size_t mine = find_own_slot(genuine, world, sealed.event, 1);
  for (std::size_t at = 0; at < genuine.slots.size(); ++at) {
    if (at == mine) continue;
    Parts parts = genuine;
    parts.slots[at] = parts.slots[mine];
    const Opened third = world.open(sealed, payload_of(parts, sealed.event, item), 3);
    EXPECT_NE(third.what, Opening::opened);
    const Opened second = world.open(sealed, payload_of(parts, sealed.event, item), 2);
    EXPECT_TRUE(second.what == Opening::no_slot || text_of(second) == "the author's words");
  }
}

TEST_F(CheatingRecipient, CannotMoveSlotsBetweenEnvelopes) {
  const Sealed other = world.seal("earlier words", {0, 1, 2, 3});
  const Parts earlier = parts_of(other.payload);
  Parts parts = parts_of(sealed.payload);
  parts.slots = earlier.slots;
  for (std::size_t who = 0; who < 4; ++who) {
    EXPECT_EQ(world.open(sealed, payload_of(parts, sealed.event, item), who).what, Opening::no_slot);
  }
  parts.eph_pk = earlier.eph_pk;  // with everything that the slots need but the event
  parts.nonce = earlier.nonce;
  parts.body = earlier.body;
  for (std::size_t who = 0; who < 4; ++who) {
    EXPECT_EQ(world.open(sealed, payload_of(parts, sealed.event, item), who).what, Opening::no_slot);
  }
}

TEST_F(CheatingRecipient, AnyFlippedBitSignedAgainNeverChangesTheWords) {
  const Bytes& genuine = sealed.payload;
  const std::size_t body_at = genuine.size() - Signature::size - 4096 - kTagSize;
  const std::size_t signed_bits = (genuine.size() - Signature::size) * 8;
  for (std::size_t bit = 0; bit < signed_bits; bit += bit < body_at * 8 ? 1 : 61) {
    Bytes forged = genuine;
    forged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    sign_again(forged, sealed.event, item);
    const Opened reader = world.open(sealed, forged, 2);
    const Opened outside = world.open(sealed, forged, 3);
    if (bit >= body_at * 8) {
      EXPECT_EQ(reader.what, Opening::no_slot) << bit;
      EXPECT_EQ(outside.what, Opening::not_for_me) << bit;
    }
    EXPECT_TRUE(reader.what == Opening::no_slot || text_of(reader) == "the author's words") << bit;
    EXPECT_TRUE(outside.what == Opening::no_slot || outside.what == Opening::not_for_me) << bit;
  }
}

TEST(Carrier, EverySingleFlippedBitIsRefused) {
  GroupOfDevices world(2);
  const Sealed sealed = world.seal("x", {1});
  ASSERT_TRUE(check_payload(sealed.payload, sealed.event, sealed.bind));
  Bytes bad = sealed.payload;
  for (std::size_t bit = 0; bit < bad.size() * 8; ++bit) {
    const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
    bad[bit / 8] ^= mask;
    ASSERT_FALSE(check_payload(bad, sealed.event, sealed.bind)) << bit;
    if (bit % 16 == 0) {
      ASSERT_EQ(world.open(sealed, bad, 1).what, Opening::no_slot) << bit;
    }
    bad[bit / 8] ^= mask;
  }
}

TEST(Carrier, LearnsTheSameWhoeverReads) {
  std::optional<std::size_t> size;
  for (const std::set<std::size_t>& audience :
       {std::set<std::size_t>{}, {0}, {1}, {0, 5}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}) {
    GroupOfDevices world(12);
    const Sealed sealed = world.seal("x", audience);
    const Parts parts = parts_of(sealed.payload);
    EXPECT_EQ(parts.slots.size(), 16U);
    EXPECT_EQ(size.value_or(sealed.payload.size()), sealed.payload.size());
    size = sealed.payload.size();
    // The same random numbers put every device's slot in the same place.
    for (std::size_t who = 0; who < 12; ++who) {
      GroupOfDevices same(12);
      const Parts all = parts_of(same.seal("x", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}).payload);
      EXPECT_EQ(find_own_slot(parts, world, sealed.event, who), find_own_slot(all, same, sealed.event, who));
    }
  }
}

TEST(Nonces, NeverRepeatInAHundredThousandSeals) {
  constexpr std::size_t kSeals = 100'000;
  GroupOfDevices world(1);
  SystemRandom random;
  std::unordered_set<Nonce> nonces;
  std::unordered_set<EphPk> ephemerals;
  std::unordered_set<ItemPk> items;
  for (std::size_t i = 0; i < kSeals; ++i) {
    const Sealed sealed = world.seal("x", world.readers({0}), random);
    const PayloadView view = *view_payload(sealed.payload);
    nonces.insert(view.nonce);
    ephemerals.insert(view.eph_pk);  // a slot's key, and so its zero nonce, is used once for each of these
    items.insert(sealed.bind);
  }
  EXPECT_EQ(nonces.size(), kSeals);
  EXPECT_EQ(ephemerals.size(), kSeals);
  EXPECT_EQ(items.size(), kSeals);
}

}  // namespace
}  // namespace kith::test
