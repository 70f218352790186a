#include "core/group/acts.h"

#include "tests/group/kit.h"

namespace kith::group::test {
namespace {

class Acts : public ::testing::Test {
 protected:
  Acts() { crypto::start(); }
  std::vector<Act> one_of_each() {
    const JoinBody body = w.body_of(d, {}, true);
    const JoinRecord join = sign_join(body, d.sign.seed, nullptr);
    const MemberId member = w.random.draw<MemberId>();
    const EventId event = w.random.draw<EventId>();
    const Digest digest = w.random.draw<Digest>();
    const Signature signature = w.random.draw<Signature>();
    const Cut cut{d.id, 4, w.random.draw<Link>()};
    const Cut nothing{d.id, std::nullopt, Link::zero()};
    Genesis genesis{.mode = Mode::led,
                    .founders = {{join, Role::leader}},
                    .trustees = {{member, {}}, {{}, d.sign.pk}},
                    .threshold = 2};
    return {genesis,
            Invite{*InvitePk::parse(d.sign.pk.view()), kToday, Role::member},
            Admit{event, join},
            Endorse{digest},
            Agree{event, digest, digest},
            DeviceAdd{join, member, signature, signature},
            DeviceRevoke{d.id, cut, signature},
            RecoveryReplace{*RecoveryPk::parse(d.sign.pk.view()), member, signature},
            Suspend{member, {cut}},
            Remove{member, {nothing}},
            Demote{member, {}},
            Unsuspend{member, {event}, {{d.id, 9}}},
            Promote{member, Role::co_leader},
            Policy{{{member, {}}}, 1, 1, 30},
            AgreementAct{2, digest},
            ResolveInvite{event, event},
            Session{3, true},
            LeaveNotice{kToday},
            StepBack{},
            Return{},
            Leave{},
            ForkEvidence{Bytes(256, 1), Bytes(256, 2)}};
  }
  World w{1};
  Device d = w.device();
};

TEST_F(Acts, EachComesBackAsItWent) {
  const auto acts = one_of_each();
  EXPECT_EQ(acts.size() + 1, std::variant_size_v<Act>);  // but the unknown one
  std::vector<EventId> deps{w.random.draw<EventId>(), w.random.draw<EventId>()};
  std::ranges::sort(deps);
  for (std::size_t i = 0; i < acts.size(); ++i) {
    const Bytes bytes = encode(ControlBody{deps, acts[i]});
    const auto back = parse_control(bytes);
    ASSERT_TRUE(back) << i << back.error().what.text();
    EXPECT_EQ(back->act.index(), i);
    EXPECT_EQ(back->deps, deps);
    EXPECT_EQ(encode(*back), bytes) << i;
    EXPECT_EQ(back->act_hash, act_hash_of(acts[i]));
  }
}

TEST_F(Acts, TruncatedOrGarbledOnesNeverCrash) {
  for (const auto& act : one_of_each()) {
    const Bytes bytes = encode(ControlBody{{w.random.draw<EventId>()}, act});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      static_cast<void>(parse_control(ByteView(bytes).first(size)));
    }
    for (int i = 0; i < 200; ++i) {
      Bytes garbled = bytes;
      garbled[w.random.below(static_cast<std::uint32_t>(garbled.size()))] ^=
          static_cast<std::uint8_t>(1 + w.random.below(255));
      static_cast<void>(parse_control(garbled));
      static_cast<void>(parse_device(garbled));
      static_cast<void>(parse_join(garbled));
    }
  }
}

TEST_F(Acts, ATermIsBetweenADayAndTenYears) {
  const auto parses = [](std::uint32_t days) {
    return parse_control(encode(ControlBody{{}, Policy{{}, 0, 1, days}})).has_value();
  };
  EXPECT_FALSE(parses(0));
  EXPECT_TRUE(parses(1));
  EXPECT_TRUE(parses(kMaxRetentionDays));
  EXPECT_FALSE(parses(kMaxRetentionDays + 1));
  EXPECT_FALSE(parses(0xffffffff));
}

TEST_F(Acts, DepsAreSortedSingleAndAtMost32) {
  std::vector<EventId> deps;
  for (std::size_t i = 0; i < kMaxDeps + 1; ++i) deps.push_back(w.random.draw<EventId>());
  std::ranges::sort(deps);
  EXPECT_FALSE(parse_control(encode(ControlBody{deps, Leave{}})));
  deps.pop_back();
  EXPECT_TRUE(parse_control(encode(ControlBody{deps, Leave{}})));
  std::swap(deps[3], deps[4]);
  EXPECT_FALSE(parse_control(encode(ControlBody{deps, Leave{}})));
  deps[4] = deps[3];
  EXPECT_FALSE(parse_control(encode(ControlBody{deps, Leave{}})));
}

TEST_F(Acts, AnUnknownActIsParkedAloneWithItsCauses) {
  Bytes body = encode(ControlBody{{w.random.draw<EventId>()}, StepBack{}});
  // Act { field 23: empty message }: two bytes of tag, a length of zero.
  body[body.size() - 4] = 2 << 3 | 2;
  body.resize(34);
  append(body, Bytes{0x12, 3, 0xba, 1, 0});
  const auto parsed = parse_control(body);
  ASSERT_TRUE(parsed) << parsed.error().what.text();
  EXPECT_TRUE(std::holds_alternative<UnknownAct>(parsed->act));
  EXPECT_EQ(parsed->deps.size(), 1);
  // A known act with a field of a newer kith: Act { leave: { 9: 1 } }.
  const auto newer = parse_control(Bytes{0x12, 5, 0xaa, 1, 2, 9 << 3, 1});
  ASSERT_TRUE(newer);
  EXPECT_TRUE(std::holds_alternative<UnknownAct>(newer->act));
}

TEST_F(Acts, TwoActsInOneBodyAreRefused) {
  const Bytes one = encode(ControlBody{{}, Leave{}});
  Bytes two = one;
  append(two, one);
  EXPECT_TRUE(parse_control(one));
  EXPECT_FALSE(parse_control(two));
  EXPECT_FALSE(parse_control(Bytes{0x12, 6, 0xaa, 1, 0, 0xa2, 1, 0}));  // both arms of the oneof
  EXPECT_FALSE(parse_control({}));
}

TEST_F(Acts, RepeatedFieldsAreCountedBeforeTheParse) {
  Bytes flood;
  for (int i = 0; i < 30'000; ++i) append(flood, Bytes{0x0a, 0});
  EXPECT_FALSE(parse_control(flood));
  EXPECT_FALSE(parse_device(flood));
  EXPECT_FALSE(parse_control(Bytes(mail::kMaxBody + 1, 0)));
}

TEST_F(Acts, BadKeysAreRefused) {  // I22
  std::array<std::uint8_t, 32> zero{}, one{1}, high{},
      order8{0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
             0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00};
  high.fill(0xff);
  for (const auto& bad : {zero, one, high, order8}) {
    JoinBody body = w.body_of(d, {}, true);
    body.dh = DhPk(bad);
    EXPECT_FALSE(parse_join(encode(body)));
    body = w.body_of(d, {}, true);
    body.prekey.pk = PrePk(bad);
    EXPECT_FALSE(parse_join(encode(body)));
    body = w.body_of(d, {}, true);
    body.link = LinkPk(bad);
    EXPECT_FALSE(parse_join(encode(body)));
  }
  for (const auto& bad : {zero, one, high}) {
    JoinBody body = w.body_of(d, {}, true);
    body.sign = SignPk(bad);
    EXPECT_FALSE(parse_join(encode(body)));
    body = w.body_of(d, {}, true);
    body.recovery = RecoveryPk(bad);
    EXPECT_FALSE(parse_join(encode(body)));
  }
  auto top = d.dh.pk.view();
  std::array<std::uint8_t, 32> flipped{};
  std::ranges::copy(top, flipped.begin());
  flipped[31] |= 0x80;  // the same point, not canonical
  JoinBody body = w.body_of(d, {}, true);
  body.dh = DhPk(flipped);
  EXPECT_FALSE(parse_join(encode(body)));
}

TEST_F(Acts, AJoinRecordIsBoundToItsDeviceItsInvitationAndItsGroup) {
  const auto invite = crypto::sign_keypair(w.random);
  const auto other = crypto::sign_keypair(w.random);
  const InvitePk pk = *InvitePk::parse(invite.pk.view());
  w.group = w.random.draw<GroupId>();
  const JoinBody body = w.body_of(d, pk, false);
  const auto good = sign_join(body, d.sign.seed, &invite.seed);
  EXPECT_TRUE(check_join(good, w.group, pk));
  EXPECT_FALSE(check_join(good, w.random.draw<GroupId>(), pk));
  EXPECT_FALSE(check_join(good, w.group, *InvitePk::parse(other.pk.view())));
  EXPECT_FALSE(check_join(good, w.group, std::nullopt));
  EXPECT_FALSE(check_join(sign_join(body, other.seed, &invite.seed), w.group, pk));
  EXPECT_FALSE(check_join(sign_join(body, d.sign.seed, &other.seed), w.group, pk));
  auto swapped = good;
  std::swap(swapped.device_signature, *swapped.invite_signature);
  EXPECT_FALSE(check_join(swapped, w.group, pk));
}

// I28: the only text of any control or device message is an onion address, which address.h checks.
TEST_F(Acts, NoNameFitsIntoAControlOrDeviceEvent) {
  JoinBody body = w.body_of(d, {}, true);
  body.addresses = {{{}, "Ana", 4000}};
  EXPECT_FALSE(parse_join(encode(body)));
  body.addresses = {{{}, std::string(56, 'A'), 4000}};
  DeviceBody device{{}, {d.prekey, 1}, d.link, {{{}, "ana", 1}}, {}, Digest::zero(), Digest::zero()};
  EXPECT_FALSE(parse_device(encode(device)));
  device.addresses.clear();
  EXPECT_TRUE(parse_device(encode(device)));
}

TEST_F(Acts, ACheckpointIsSortedAndBounded) {
  DeviceBody body{{}, {d.prekey, 1}, d.link, {}, {}, Digest::zero(), Digest::zero()};
  for (std::size_t i = 0; i < kMaxDevices; ++i) body.checkpoint.push_back({w.random.draw<DeviceId>(), i, {}});
  std::ranges::sort(body.checkpoint, {}, &Mark::device);
  const auto back = parse_device(encode(body));
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back), encode(body));
  std::swap(body.checkpoint[0], body.checkpoint[1]);
  EXPECT_FALSE(parse_device(encode(body)));
}

}  // namespace
}  // namespace kith::group::test
