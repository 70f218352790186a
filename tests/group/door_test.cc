#include "core/group/door.h"

#include "tests/group/kit.h"

namespace kith::group::test {
namespace {

class Door : public ::testing::Test {
 protected:
  Door() {
    w.found({&l}, Mode::led);
    w.agree(l, {&l});
    const auto keys = invite_keys(token.secret);
    const auto event = w.act(l, Invite{*InvitePk::parse(keys.sign.pk.view()), kToday + 7, Role::member});
    invite = event.id();
    token.group = w.group;
    token.inviter = l.id;
  }
  DoorInviter inviter(const Device& by) {
    return {w.group, invite, token.secret, to_bytes(w.events.front().wire()), encode(w.body_of(by, {}, true)),
            w.random};
  }
  DoorJoiner joiner(const Device& by) { return {token, w.body_of(by, {}, true), by.sign.seed, w.random}; }
  std::vector<Bytes> logs() const {
    std::vector<Bytes> raw;
    for (const auto& event : w.events) raw.push_back(to_bytes(event.wire()));
    return raw;
  }
  // Frames until both have words.
  void meet(DoorInviter& a, DoorJoiner& j) {
    auto answer = a.receive(j.first_frame());
    ASSERT_TRUE(answer && *answer);
    auto reveal = j.receive(**answer);
    ASSERT_TRUE(reveal && *reveal);
    auto silence = a.receive(**reveal);
    ASSERT_TRUE(silence && !*silence);
  }

  World w{7};
  Device l = w.device(), m = w.device(), p = w.device();
  Token token{GroupId::zero(), DeviceId::zero(), crypto::InviteSecret(w.random), kToday + 7, {}};
  EventId invite = EventId::zero();
};

TEST_F(Door, TwoPeopleMeetAndTheJoinerVerifiesEveryLog) {
  auto a = inviter(l);
  auto j = joiner(p);
  meet(a, j);
  ASSERT_TRUE(a.words() && j.words());
  EXPECT_EQ(*a.words(), *j.words());
  w.act(l, *a.admit());
  for (int i = 0; i < 60; ++i)
    w.sign(l, mail::Kind::ctl, encode(ControlBody{w.heads(), Endorse{Digest::zero()}}));
  const auto frames = a.welcome(logs());
  j.confirm();
  for (const auto& frame : frames) {
    EXPECT_LT(frame.size(), 410'000);
    EXPECT_TRUE(j.receive(frame));
  }
  ASSERT_TRUE(j.done());
  EXPECT_EQ(j.logs()->size(), w.events.size());
  EXPECT_TRUE(w.state().active(p.id));
}

TEST_F(Door, AWrongFirstVisitorDoesNotKeepTheRightSecondOneOut) {
  DoorKeeper keeper([this] { return Result<DoorInviter>(inviter(l)); });
  EXPECT_EQ(keeper.door(), nullptr);
  EXPECT_EQ(*keeper.receive(1, w.random.draw<Digest>().view()), door_refused());
  EXPECT_EQ(keeper.door(), nullptr);
  EXPECT_EQ(*keeper.receive(1, joiner(m).first_frame()), std::nullopt) << "one attempt for each caller";

  auto gone = joiner(m);  // says half of it and leaves
  EXPECT_TRUE((*keeper.receive(2, gone.first_frame())).has_value());

  auto j = joiner(p);
  const auto answer = *keeper.receive(3, j.first_frame());
  ASSERT_TRUE(answer.has_value());
  const auto reveal = *j.receive(*answer);
  EXPECT_EQ(*keeper.receive(3, *reveal), std::nullopt);
  ASSERT_NE(keeper.door(), nullptr);
  EXPECT_EQ(*keeper.door()->words(), *j.words());
  EXPECT_EQ(keeper.caller(), 3U);
  EXPECT_EQ(*keeper.receive(3, *reveal), std::nullopt);  // nothing changes the words
  EXPECT_EQ(keeper.door()->admit()->invite, invite);
  EXPECT_FALSE(keeper.used_up());
}

TEST_F(Door, ThreeWhoWereTurnedAwayUseTheDoorUp) {
  DoorKeeper keeper([this] { return Result<DoorInviter>(inviter(l)); });
  for (std::uint32_t caller = 1; caller <= 3; ++caller) {
    EXPECT_FALSE(keeper.used_up());
    ASSERT_TRUE((*keeper.receive(caller, joiner(p).first_frame())).has_value());
    EXPECT_EQ(keeper.turn_away(), door_refused());
  }
  EXPECT_TRUE(keeper.used_up());
}

TEST_F(Door, LogsThatComeBeforeTheJoinerConfirmedWait) {
  auto a = inviter(l);
  auto j = joiner(p);
  meet(a, j);
  w.act(l, *a.admit());
  for (const auto& frame : a.welcome(logs())) EXPECT_TRUE(j.receive(frame));
  EXPECT_FALSE(j.done());
  EXPECT_FALSE(j.logs());
  j.confirm();
  EXPECT_TRUE(j.done());
}

TEST_F(Door, LongLogsTravelInSeveralFrames) {
  std::vector<Bytes> raw(3000, logs().front());
  const auto frames = inviter(l).welcome(raw);
  EXPECT_GT(frames.size(), 3);
  for (const auto& frame : frames) EXPECT_LT(frame.size(), 410'000);
}

// Somebody who knows the secret stands between them and gives each side keys of their own.
TEST_F(Door, SwappedKeysGiveOtherWords) {
  auto a = inviter(l);
  auto j = joiner(p);
  auto to_a = joiner(m);   // the man in the middle as joiner
  auto to_j = inviter(m);  // and as inviter
  meet(a, to_a);
  meet(to_j, j);
  EXPECT_NE(*a.words(), *j.words());
  w.act(l, *a.admit());  // even if confirmed: the joiner finds itself missing
  j.confirm();
  for (const auto& frame : a.welcome(logs())) static_cast<void>(j.receive(frame));
  EXPECT_FALSE(j.done());
  EXPECT_TRUE(j.failed());
}

TEST_F(Door, AWrongSecretFailsLikeEverythingElse) {
  Token wrong{w.group, l.id, crypto::InviteSecret(w.random), kToday + 7, {}};
  DoorJoiner j(wrong, w.body_of(p, {}, true), p.sign.seed, w.random);
  auto a = inviter(l);
  const auto answer = a.receive(j.first_frame());
  ASSERT_TRUE(answer);
  const auto reveal = j.receive(**answer);
  ASSERT_TRUE(reveal);
  const auto refused = a.receive(**reveal);
  ASSERT_FALSE(refused);
  const auto junk = a.receive(as_bytes("junk"));
  ASSERT_FALSE(junk);
  EXPECT_EQ(refused.error().code, junk.error().code);
  EXPECT_STREQ(refused.error().what.text(), junk.error().what.text());
  EXPECT_FALSE(a.words());
  EXPECT_FALSE(a.admit());
}

TEST_F(Door, ThreeFailuresShutIt) {
  auto a = inviter(l);
  for (int i = 0; i < kDoorAttempts; ++i) EXPECT_FALSE(a.receive(door_refused()));
  EXPECT_EQ(a.attempts_left(), 0);
  EXPECT_FALSE(a.receive(joiner(p).first_frame()));
}

TEST_F(Door, AReplayedRevealDoesNotFitTheNextNonce) {
  auto a = inviter(l);
  auto j = joiner(p);
  const auto answer = a.receive(j.first_frame());
  const auto reveal = j.receive(**answer);
  auto again = inviter(l);
  ASSERT_TRUE(again.receive(joiner(m).first_frame()));
  EXPECT_FALSE(again.receive(**reveal));
}

TEST_F(Door, FramesInAnyOrderAndAnyDamageChangeNothing) {
  auto honest_a = inviter(l);
  auto honest_j = joiner(p);
  const Bytes commit = honest_j.first_frame();
  const Bytes answer = **honest_a.receive(commit);
  const Bytes reveal = **honest_j.receive(answer);
  ASSERT_TRUE(honest_a.receive(reveal));
  const std::string words = *honest_a.words();
  const std::vector<Bytes> all = {commit, answer, reveal, door_refused(), honest_a.welcome(logs()).front(),
                                  {}};
  for (const auto& frame : all) {  // after the words nothing moves the inviter
    EXPECT_FALSE(honest_a.receive(frame));
    EXPECT_EQ(*honest_a.words(), words);
    EXPECT_TRUE(honest_a.admit());
  }
  for (int round = 0; round < 300; ++round) {
    auto a = inviter(l);
    auto j = joiner(p);
    bool revealed = false;
    for (int i = 0; i < 6; ++i) {
      const auto& frame = all[w.random.below(static_cast<std::uint32_t>(all.size()))];
      static_cast<void>(j.receive(frame));
      static_cast<void>(a.receive(frame));
      revealed = revealed || a.words();
    }
    EXPECT_FALSE(revealed && *a.words() == words);  // an old reveal never fits a fresh nonce's words
    EXPECT_FALSE(j.done());
  }
  for (std::size_t size = 0; size < reveal.size(); ++size) {  // truncated anywhere
    auto a = inviter(l);
    ASSERT_TRUE(a.receive(commit));
    EXPECT_FALSE(a.receive(ByteView(reveal).first(size)));
  }
}

TEST_F(Door, TruncatedOrForeignLogsAreRefused) {
  auto a = inviter(l);
  auto j = joiner(p);
  meet(a, j);
  w.act(l, *a.admit());
  const auto without = [&](std::size_t from, std::size_t to) {
    auto raw = logs();
    raw.erase(raw.begin() + static_cast<std::ptrdiff_t>(from), raw.begin() + static_cast<std::ptrdiff_t>(to));
    return raw;
  };
  const std::size_t count = w.events.size();
  for (std::size_t i = 0; i <= count; ++i) {
    auto other_a = inviter(l);
    auto other = joiner(p);
    meet(other_a, other);
    other.confirm();
    for (const auto& frame : a.welcome(i == count ? logs() : without(i, i + 1)))
      static_cast<void>(other.receive(frame));
    EXPECT_EQ(other.done(), i == count) << i;
    EXPECT_EQ(other.failed(), i < count) << i;
  }
}

TEST_F(Door, AnInvitationServesOnce) {
  auto a = inviter(l);
  auto j = joiner(p);
  meet(a, j);
  w.act(l, *a.admit());
  auto b = inviter(l);
  auto k = joiner(m);
  meet(b, k);
  const auto second = w.act(l, *b.admit());
  EXPECT_FALSE(w.state().accepted.contains(second.id()));
  k.confirm();
  for (const auto& frame : b.welcome(logs())) static_cast<void>(k.receive(frame));
  EXPECT_FALSE(k.done());
}

TEST_F(Door, AnInvitationExpiresByTheDayOfTheAdmission) {
  auto a = inviter(l);
  auto j = joiner(p);
  meet(a, j);
  w.day = kToday + 7;
  const auto in_time = w.act(l, *a.admit());
  EXPECT_TRUE(w.state().accepted.contains(in_time.id()));
  World late(8);
  w.events.pop_back();
  l.at = {l.at.next - 1, w.events.back().link()};
  w.day = kToday + 8;
  const auto too_late = w.act(l, *a.admit());
  EXPECT_FALSE(w.state().accepted.contains(too_late.id()));
}

// The words depend on each field and on its place: no field of one kind passes for another.
TEST_F(Door, EveryFieldOfTheTranscriptChangesTheWords) {
  std::set<std::string> seen;
  auto a = inviter(l);
  auto j = joiner(p);
  meet(a, j);
  seen.insert(*a.words());
  for (Device* inviting : {&m, &p}) {
    auto b = inviter(*inviting);
    auto k = joiner(inviting == &m ? p : m);
    meet(b, k);
    EXPECT_EQ(*b.words(), *k.words());
    seen.insert(*b.words());
  }
  Device half = w.device();  // the same device with another link key
  half.sign = {p.sign.pk, p.sign.seed.clone()};
  half.dh = {p.dh.pk, p.dh.secret.clone()};
  auto b = inviter(l);
  auto k = joiner(half);
  meet(b, k);
  seen.insert(*b.words());
  EXPECT_EQ(seen.size(), 4);
}

}  // namespace
}  // namespace kith::group::test
