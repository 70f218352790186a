#include "core/group/agreement.h"

#include "core/group/invitation.h"
#include "tests/group/kit.h"

namespace kith::group::test {
namespace {

Agreement whole(Mode mode) {
  Agreement agreement = starting_agreement(mode);
  for (auto& section : agreement.sections)
    if (section.text.empty()) section.text = "written by people";
  return agreement;
}

TEST(Agreements, WhatOnlyPeopleCanWriteIsMissingAtTheStart) {
  EXPECT_THAT(missing_sections(starting_agreement(Mode::led), Mode::led),
              ::testing::ElementsAre("limits", "statement", "leader-clause"));
  EXPECT_THAT(missing_sections(starting_agreement(Mode::pair), Mode::pair),
              ::testing::ElementsAre("limits", "statement", "leader-clause"));
  EXPECT_THAT(missing_sections(starting_agreement(Mode::peer), Mode::peer), ::testing::ElementsAre("limits"));
}

TEST(Agreements, EachRequiredSectionIsMissedWhenBlank) {
  for (const Mode mode : {Mode::led, Mode::pair, Mode::peer}) {
    EXPECT_TRUE(missing_sections(whole(mode), mode).empty());
    for (const auto& rule : section_rules()) {
      Agreement agreement = whole(mode);
      for (auto& section : agreement.sections)
        if (section.key == rule.key) section.text = " \n\t";
      const bool required = rule.required && !(rule.led_only && mode == Mode::peer);
      EXPECT_EQ(missing_sections(agreement, mode).size(), required ? 1 : 0) << rule.key;
    }
  }
}

TEST(Agreements, ComeBackAsTheyWentAndHashTheirBytes) {
  const Bytes bytes = encode(whole(Mode::led));
  const auto back = parse_agreement(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back), bytes);
  Agreement other = whole(Mode::led);
  other.sections.front().text += ".";
  EXPECT_NE(text_hash(bytes), text_hash(encode(other)));
}

TEST(Agreements, AreRefusedWhenDoubledLongOrDamaged) {
  Agreement doubled = whole(Mode::led);
  doubled.sections.push_back(doubled.sections.front());
  EXPECT_FALSE(parse_agreement(encode(doubled)));
  Agreement longest = whole(Mode::led);
  longest.sections.front().text.append(64 * 1024, 'a');
  EXPECT_EQ(parse_agreement(encode(longest)).error().code, Errc::too_large);
  const Bytes bytes = encode(whole(Mode::led));
  EXPECT_FALSE(parse_agreement(ByteView(bytes).first(bytes.size() - 1)));
}

class Invitations : public ::testing::Test {
 protected:
  Invitations() { crypto::start(); }
  Seeded random{3};
  Token token{random.draw<GroupId>(),
              random.draw<DeviceId>(),
              crypto::InviteSecret(random),
              kToday,
              {*mail::parse_address("192.0.2.7:4000"), *mail::parse_address("[2001:db8::1]:1")}};
};

TEST_F(Invitations, ATypedCodeIsReadBackAndASlipIsNoticed) {
  const std::string code = invite_code(token.secret);
  EXPECT_EQ(code.size(), 45U) << "fit for paper: " << code;
  const auto back = parse_invite_code(code);
  ASSERT_TRUE(back);
  EXPECT_TRUE(equal(back->reveal(), token.secret.reveal()));
  for (std::size_t i = 0; i < code.size(); ++i) {
    std::string slip = code;
    if (slip[i] == '-') continue;
    slip[i] = slip[i] == 'q' ? 'p' : 'q';
    EXPECT_FALSE(parse_invite_code(slip)) << i;
  }
}

TEST_F(Invitations, AFileTravelsWithOrWithoutItsKey) {
  const Invitation invitation{"Tuesday", "Welcome.", "For those who asked.", encode(whole(Mode::led))};
  for (const Code code : {Code::apart, Code::inside}) {
    const Bytes file = encode(invitation, token, code);
    const auto opened = parse_invitation(file);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->invitation.agreement, invitation.agreement);
    EXPECT_EQ(opened->secret.has_value(), code == Code::inside);
    EXPECT_EQ(as_text(file).find(as_text(token.secret.reveal())) != std::string_view::npos,
              code == Code::inside);
    const auto back = token_of(*opened, token.secret);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->group, token.group);
    EXPECT_EQ(back->inviter, token.inviter);
    EXPECT_EQ(back->expires, token.expires);
    EXPECT_EQ(back->addresses, token.addresses);
    for (std::size_t size = 1; size < file.size(); size += 7)
      EXPECT_FALSE(parse_invitation(ByteView(file).first(size)));
  }
}

TEST_F(Invitations, TheCodeOfAnotherInvitationIsNoticed) {
  const Invitation invitation{"Tuesday", "Welcome.", "", encode(whole(Mode::led))};
  const auto opened = parse_invitation(encode(invitation, token, Code::apart));
  ASSERT_TRUE(opened);
  EXPECT_EQ(token_of(*opened, crypto::InviteSecret(random)).error().code, Errc::not_found);
  // Nor does a file open whose own key is another's.
  Bytes swapped = encode(invitation, token, Code::inside);
  const auto at = as_text(swapped).find(as_text(token.secret.reveal()));
  swapped[at] ^= 1;
  EXPECT_FALSE(parse_invitation(swapped));
}

TEST_F(Invitations, AllKeysComeFromTheSecretAndDiffer) {
  const auto one = invite_keys(token.secret);
  const auto two = invite_keys(token.secret);
  EXPECT_EQ(one.sign.pk, two.sign.pk);
  EXPECT_EQ(one.door_server.pk, two.door_server.pk);
  EXPECT_NE(one.door_server.pk, one.door_client.pk);
  EXPECT_NE(invite_keys(crypto::InviteSecret(random)).sign.pk, one.sign.pk);
}

}  // namespace
}  // namespace kith::group::test
