// Every coalition of devices against every audience. A coalition knows the prekey and dh secrets of its
// members, all public keys, the genuine payload and, if one of them reads, K. The author is never in it.
//
// With a reader: its forged body passes its own members and every device outside the audience, and nobody
// else; no honest reader ever gets other words. Without a reader: nothing passes anybody.
#include <gtest/gtest.h>

#include "tests/crypto/forge.h"
#include "tests/support/bound.h"

namespace kith::test {
namespace {

// KITH_BOUND: how many devices, in a long run. Device 0 is the author and reads its own entries.
const std::size_t kDevices = bound(5);
const unsigned kSets = 1U << (kDevices - 1);  // of the others
constexpr std::string_view kGenuine = "what the author wrote";
constexpr std::string_view kForged = "what the coalition would have liked";
using Who = std::set<std::size_t>;

Who subset(unsigned bits) {  // of the devices but the author
  Who who;
  for (std::size_t i = 1; i < kDevices; ++i) {
    if ((bits >> (i - 1) & 1) != 0) who.insert(i);
  }
  return who;
}

class Coalition : public testing::TestWithParam<unsigned> {
 protected:
  struct Case {
    GroupOfDevices world{kDevices};
    Who audience, members;
    Sealed sealed;
    Parts genuine;
    std::optional<ContentKey> key;  // if a member reads
  };
  static Case setting(unsigned members, unsigned audience) {
    GroupOfDevices world(kDevices, members * kSets + audience + 1);
    Who reading = subset(audience);
    reading.insert(0);
    Sealed sealed = world.seal(kGenuine, reading);
    Parts genuine = parts_of(sealed.payload);
    Case made{std::move(world),   reading,     subset(members), std::move(sealed),
              std::move(genuine), std::nullopt};
    for (const std::size_t who : made.members) {
      if (!made.key) made.key = content_key(made.world, made.sealed, who);
    }
    return made;
  }
  static void give_members_the_key(const Case& made, Parts& parts, const ContentKey& key, bool keep_places) {
    std::size_t next = 0;
    for (const std::size_t who : made.members) {
      const std::size_t at =
          keep_places ? find_own_slot(made.genuine, made.world, made.sealed.event, who) : next++;
      parts.slots[at] = seal_slot(own_slot_key(parts, made.world, made.sealed.event, who), made.sealed.event,
                                  digest_of(parts), key.reveal());
    }
  }
  static SignSeed item_of(const Case& made, const ContentKey& key) {
    return item_seed(key, made.world.group, made.world.devices[0].id, kSeq);
  }
  static void nobody_is_fooled(const Case& made, const Bytes& payload, const char* how) {
    EXPECT_FALSE(check_payload(payload, made.sealed.event, made.sealed.bind)) << how;
    for (std::size_t who = 0; who < kDevices; ++who) {
      EXPECT_EQ(made.world.open(made.sealed, payload, who).what, Opening::no_slot) << how << ' ' << who;
    }
  }
};

TEST_P(Coalition, WithAReaderFoolsItselfAndThoseWhoDoNotReadAndNobodyElse) {
  for (unsigned audience = 0; audience < kSets; ++audience) {
    Case made = setting(GetParam(), audience);
    if (!made.key) continue;
    Parts parts = made.genuine;  // keeps eph_pk, and with it everybody else's slots
    replace_body(parts, *made.key, made.sealed.event, kForged, made.world.random);
    give_members_the_key(made, parts, *made.key, true);
    const Bytes forged = payload_of(parts, made.sealed.event, item_of(made, *made.key));
    EXPECT_TRUE(check_payload(forged, made.sealed.event, made.sealed.bind));
    for (std::size_t who = 0; who < kDevices; ++who) {
      const Opened opened = made.world.open(made.sealed, forged, who);
      if (made.members.contains(who)) {
        EXPECT_EQ(text_of(opened), kForged) << who;
      } else if (made.audience.contains(who)) {
        EXPECT_EQ(opened.what, Opening::no_slot) << who;
      } else {
        EXPECT_EQ(opened.what, Opening::not_for_me) << who;
      }
    }
  }
}

TEST_P(Coalition, WithAReaderAndAKeyOfItsOwnFoolsOnlyItself) {
  for (unsigned audience = 0; audience < kSets; ++audience) {
    Case made = setting(GetParam(), audience);
    if (!made.key) continue;
    Parts parts = made.genuine;
    parts.eph_pk = eph_keypair(made.world.random).pk;  // now the honest slots are worth nothing
    replace_body(parts, *made.key, made.sealed.event, kForged, made.world.random);
    give_members_the_key(made, parts, *made.key, false);
    const Bytes forged = payload_of(parts, made.sealed.event, item_of(made, *made.key));
    EXPECT_TRUE(check_payload(forged, made.sealed.event, made.sealed.bind));
    for (std::size_t who = 0; who < kDevices; ++who) {
      const Opened opened = made.world.open(made.sealed, forged, who);
      EXPECT_EQ(opened.what, made.members.contains(who) ? Opening::opened : Opening::no_slot) << who;
      EXPECT_EQ(text_of(opened), made.members.contains(who) ? kForged : "") << who;
    }
  }
}

// Members' keys in every place but one: whichever honest slot is left, it opens the genuine body or nothing.
TEST_P(Coalition, NoHonestReaderEverGetsOtherWords) {
  for (unsigned audience = 0; audience < kSets; ++audience) {
    Case made = setting(GetParam(), audience);
    if (!made.key) continue;
    const SignSeed item = item_of(made, *made.key);
    for (const bool same_body : {true, false}) {
      for (std::size_t kept = 0; kept < made.genuine.slots.size(); ++kept) {
        Parts parts = made.genuine;
        if (!same_body) replace_body(parts, *made.key, made.sealed.event, kForged, made.world.random);
        const std::size_t member = *made.members.begin();
        for (std::size_t at = 0; at < parts.slots.size(); ++at) {
          if (at == kept) continue;
          parts.slots[at] =
              seal_slot(own_slot_key(parts, made.world, made.sealed.event, member), made.sealed.event,
                        at % 2 == 0 ? digest_of(parts) : Digest::zero(), made.key->reveal());
        }
        const Bytes forged = payload_of(parts, made.sealed.event, item);
        for (std::size_t who = 0; who < kDevices; ++who) {
          if (made.members.contains(who)) continue;
          const Opened opened = made.world.open(made.sealed, forged, who);
          const bool reads = made.audience.contains(who);
          EXPECT_TRUE(opened.what == Opening::no_slot ||
                      (reads && same_body && text_of(opened) == kGenuine) ||
                      (!reads && opened.what == Opening::not_for_me));
        }
      }
    }
  }
}

TEST_P(Coalition, WithoutAReaderPassesNothing) {
  for (unsigned audience = 0; audience < kSets; ++audience) {
    Case made = setting(GetParam(), audience);
    if (made.key) continue;
    const EventId& event = made.sealed.event;
    const ContentKey invented(made.world.random);
    std::array<std::uint8_t, 32> zeros{};  // what their own slots gave them
    const ContentKey from_own_slots = ContentKey::take(zeros);
    const Signature genuine_signature = view_payload(made.sealed.payload)->item_signature;
    for (const ContentKey* key : {&invented, &from_own_slots}) {
      for (const bool new_body : {true, false}) {
        Parts parts = made.genuine;
        if (new_body) replace_body(parts, *key, event, kForged, made.world.random);
        give_members_the_key(made, parts, *key, true);
        Bytes forged = payload_of(parts, event, item_of(made, *key));
        if (forged == made.sealed.payload) continue;
        nobody_is_fooled(made, forged, "signed with a key of their own");
        if (!new_body && made.members.empty()) continue;  // nothing was changed
        forged.erase(forged.end() - Signature::size, forged.end());
        append(forged, genuine_signature.view());
        nobody_is_fooled(made, forged, "with the genuine signature");
      }
    }
    Bytes swapped = made.sealed.payload;
    const auto slots = swapped.begin() + kPayloadHead;
    std::swap_ranges(slots, slots + kSlotSize, slots + kSlotSize);
    nobody_is_fooled(made, swapped, "two slots swapped");
  }
}

// Somebody outside the group to whom K leaked: carriers keep the copy, no device reads anything in it.
TEST(Outsider, WithALeakedKeyReachesNoReader) {
  GroupOfDevices world(kDevices);
  const Sealed sealed = world.seal(kGenuine, {0, 1, 2});
  const ContentKey leaked = *content_key(world, sealed, 1);
  Parts parts = parts_of(sealed.payload);
  replace_body(parts, leaked, sealed.event, kForged, world.random);
  const Bytes forged =
      payload_of(parts, sealed.event, item_seed(leaked, world.group, world.devices[0].id, kSeq));
  EXPECT_TRUE(check_payload(forged, sealed.event, sealed.bind));
  for (std::size_t who = 0; who < kDevices; ++who) {
    EXPECT_EQ(world.open(sealed, forged, who).what, who <= 2 ? Opening::no_slot : Opening::not_for_me);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryOne, Coalition, testing::Range(0U, kSets));

}  // namespace
}  // namespace kith::test
