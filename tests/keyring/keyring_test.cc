#include "core/keyring/keyring.h"

#include <gtest/gtest.h>

#include "tests/db/pages.h"
#include "tests/db/scratch.h"

namespace kith::keyring {
namespace {

using test::fails;
using test::key_of;
using test::ok;

class KeyringTest : public testing::Test {
 protected:
  KeyringTest()
      : db_(*db::Database::open(scratch_ / "j.db", key_of(1), {.create = true})),
        keyring_(*Keyring::open(db_)) {
    crypto::start();
  }
  DeviceKeys new_device(const GroupId& group) {
    auto sign = crypto::sign_keypair(random_);
    auto dh = crypto::dh_keypair(random_);
    return {group, random_.draw<DeviceId>(), sign.pk, std::move(sign.seed), dh.pk, std::move(dh.secret)};
  }
  OwnHead head(std::uint64_t seq) {
    return {.seq = seq,
            .link = random_.draw<Link>(),
            .lamport = seq * 3 + 1,
            .day = Day{20000},
            .events_that_day = 2};
  }

  crypto::SystemRandom random_;
  test::Scratch scratch_;
  db::Database db_;
  Keyring keyring_;
};

TEST_F(KeyringTest, GivesBackTheKeysItWasGiven) {
  const auto group = random_.draw<GroupId>();
  EXPECT_FALSE((*keyring_.device(group)).has_value());
  const auto keys = new_device(group);
  ASSERT_TRUE(ok(keyring_.add_device(keys)));
  auto again = keyring_.device(group);
  ASSERT_TRUE(ok(again));
  ASSERT_TRUE(again->has_value());
  EXPECT_EQ((*again)->device, keys.device);
  EXPECT_EQ((*again)->sign_pk, keys.sign_pk);
  EXPECT_EQ((*again)->dh_pk, keys.dh_pk);
  EXPECT_TRUE(equal((*again)->sign.reveal(), keys.sign.reveal()));
  EXPECT_TRUE(equal((*again)->dh.reveal(), keys.dh.reveal()));
  EXPECT_EQ(*keyring_.groups(), std::vector{group});
}

TEST_F(KeyringTest, AGroupHasOneLiveDeviceAndKeysAreNeverUsedAgain) {
  const auto group = random_.draw<GroupId>();
  const auto keys = new_device(group);
  ASSERT_TRUE(ok(keyring_.add_device(keys)));
  EXPECT_TRUE(fails(keyring_.add_device(new_device(group)), Errc::refused));
  ASSERT_TRUE(ok(keyring_.advance(group, head(0))));
  ASSERT_TRUE(ok(keyring_.retire_device(group)));
  EXPECT_TRUE(*keyring_.retired(group));
  EXPECT_TRUE(fails(keyring_.advance(group, head(1)), Errc::refused));
  EXPECT_TRUE(fails(keyring_.add_device(keys), Errc::refused));
  ASSERT_TRUE(ok(keyring_.add_device(new_device(group))));
  EXPECT_FALSE(*keyring_.retired(group));
  EXPECT_FALSE((*keyring_.own_head(group)).has_value());  // another device, another log
  EXPECT_TRUE(ok(keyring_.advance(group, head(0))));
}

TEST_F(KeyringTest, TheOwnHeadMovesByOneAndNeverBack) {
  const auto group = random_.draw<GroupId>();
  EXPECT_TRUE(fails(keyring_.advance(group, head(0)), Errc::not_found));
  ASSERT_TRUE(ok(keyring_.add_device(new_device(group))));
  EXPECT_TRUE(fails(keyring_.advance(group, head(1)), Errc::refused));
  const auto first = head(0);
  ASSERT_TRUE(ok(keyring_.advance(group, first)));
  EXPECT_TRUE(fails(keyring_.advance(group, head(0)), Errc::refused));
  EXPECT_TRUE(fails(keyring_.advance(group, head(2)), Errc::refused));
  EXPECT_TRUE(fails(keyring_.advance(group, head(~std::uint64_t{0})), Errc::too_large));
  const auto held = *keyring_.own_head(group);
  ASSERT_TRUE(held.has_value());
  EXPECT_EQ(held->seq, 0u);
  EXPECT_EQ(held->link, first.link);
  EXPECT_EQ(held->lamport, first.lamport);
  EXPECT_EQ(held->day, first.day);
  EXPECT_EQ(held->events_that_day, 2u);
  EXPECT_TRUE(ok(keyring_.advance(group, head(1))));
}

TEST_F(KeyringTest, JoinsTheCallersTransaction) {
  const auto group = random_.draw<GroupId>();
  {
    auto transaction = db::Transaction::begin(db_);
    ASSERT_TRUE(ok(keyring_.add_device(new_device(group))));
    ASSERT_TRUE(ok(keyring_.advance(group, head(0))));
  }
  EXPECT_FALSE((*keyring_.device(group)).has_value());
}

TEST_F(KeyringTest, PrekeysComeNewestFirstAndGoForGood) {
  const auto group = random_.draw<GroupId>();
  Bytes deleted;
  for (const std::uint64_t n : {3UL, 1UL, 2UL}) {
    auto pre = crypto::pre_keypair(random_);
    if (n == 2) deleted = to_bytes(pre.secret.reveal());  // those up to it go, below
    ASSERT_TRUE(ok(keyring_.add_prekey(group, {n, pre.pk, std::move(pre.secret), Day{20000}})));
  }
  auto pre = crypto::pre_keypair(random_);
  EXPECT_TRUE(fails(keyring_.add_prekey(group, {3, pre.pk, std::move(pre.secret), Day{1}}), Errc::refused));
  auto held = keyring_.prekeys(group);
  ASSERT_TRUE(ok(held));
  ASSERT_EQ(held->size(), 3u);
  EXPECT_EQ((*held)[0].number, 3u);
  EXPECT_EQ((*held)[2].number, 1u);
  EXPECT_TRUE(fails(keyring_.delete_prekeys(group, 3), Errc::refused)) << "the newest stays";
  EXPECT_EQ(keyring_.prekeys(group)->size(), 3u);
  EXPECT_EQ(keyring_.delete_prekeys(group, 2), 2u);
  EXPECT_EQ(keyring_.delete_prekeys(group, 2), 0u);
  EXPECT_EQ(keyring_.prekeys(group)->size(), 1u);
  // Not on any page of the open database either, free pages included.
  EXPECT_EQ(test::pages_of(db_).find(as_text(deleted)), std::string::npos);
  EXPECT_NE(test::pages_of(db_).find(as_text((*held)[0].secret.reveal())), std::string::npos);
}

TEST_F(KeyringTest, APrekeyStandsWhereItWasAnnouncedLast) {
  const auto group = random_.draw<GroupId>();
  auto pre = crypto::pre_keypair(random_);
  ASSERT_TRUE(ok(keyring_.add_prekey(group, {1, pre.pk, std::move(pre.secret), Day{20000}})));
  EXPECT_EQ(keyring_.prekeys(group)->front().announced, std::nullopt);
  ASSERT_TRUE(ok(keyring_.announce_prekey(group, 1, 7)));
  ASSERT_TRUE(ok(keyring_.announce_prekey(group, 1, 9)));
  ASSERT_TRUE(ok(keyring_.announce_prekey(group, 2, 9)));
  EXPECT_EQ(keyring_.prekeys(group)->front().announced, 9u);
}

TEST_F(KeyringTest, KeepsAtMostFifteenInHand) {
  const auto group = random_.draw<GroupId>();
  for (std::uint64_t n = 0; n < 20; ++n) {
    auto pre = crypto::pre_keypair(random_);
    ASSERT_TRUE(ok(keyring_.add_prekey(group, {n, pre.pk, std::move(pre.secret), Day{20000}})));
  }
  EXPECT_EQ(keyring_.prekeys(group)->size(), 15u);
  EXPECT_EQ(keyring_.prekeys(group)->front().number, 19u);
}

}  // namespace
}  // namespace kith::keyring
