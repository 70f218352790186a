// Joining: what a stranger who got hold of the invitation sends to the inviter's side, and what somebody in
// the inviter's place sends to the joiner. Frames stand one after the other, each with its size before it; a
// first byte below 128 lets the other side's own answers come first, as far as they go.
#include "core/group/door.h"
#include "core/mail/frame.h"
#include "tests/fuzz/fuzz.h"
#include "tests/group/kit.h"

using namespace kith;
using namespace kith::group;

namespace {

struct Scene {
  Scene() {
    mail::quiet_protobuf();
    w.found({&leader}, Mode::led);
    w.agree(leader, {&leader});
    const auto keys = invite_keys(token.secret);
    invite =
        w.act(leader, Invite{*InvitePk::parse(keys.sign.pk.view()), test::kToday + 7, Role::member}).id();
    token.group = w.group;
    token.inviter = leader.id;
  }
  DoorInviter inviter() {
    return {
        w.group, invite, token.secret, to_bytes(w.events.front().wire()), encode(w.body_of(leader, {}, true)),
        w.random};
  }
  DoorJoiner joiner() { return {token, w.body_of(newcomer, {}, true), newcomer.sign.seed, w.random}; }

  test::World w{7};
  test::Device leader = w.device(), newcomer = w.device();
  Token token{GroupId::zero(), DeviceId::zero(), crypto::InviteSecret(w.random), test::kToday + 7, {}};
  EventId invite = EventId::zero();
};

void to_inviter(Scene& scene, fuzz::Input& in, std::size_t honest) {
  auto inviter = scene.inviter();
  auto joiner = scene.joiner();
  if (honest > 0) {
    const auto answer = inviter.receive(joiner.first_frame());
    CLAIM(answer && *answer);
    if (honest > 1) {
      const auto reveal = joiner.receive(**answer);
      CLAIM(reveal && *reveal && inviter.receive(**reveal));
    }
  }
  const bool knew = inviter.words().has_value();
  const auto words = inviter.words();
  while (!in.empty()) {
    const auto answer = inviter.receive(in.piece());
    CLAIM(inviter.attempts_left() >= 0 && inviter.attempts_left() <= kDoorAttempts);
    if (knew) CLAIM(inviter.words() == words);
    if (!answer) CLAIM(answer.error().code == Errc::refused);
  }
  if (!knew) CLAIM(!inviter.words());  // nobody without the secret gets as far as the words
}

void to_joiner(Scene& scene, fuzz::Input& in, std::size_t honest) {
  auto inviter = scene.inviter();
  auto joiner = scene.joiner();
  if (honest > 0) {
    const auto answer = inviter.receive(joiner.first_frame());
    CLAIM(answer && *answer && joiner.receive(**answer));
    if (honest > 1) joiner.confirm();
  }
  while (!in.empty()) {
    (void)joiner.receive(in.piece());
    CLAIM(!joiner.done());  // what is not signed by the group is never taken for its log
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Scene scene;
  fuzz::Input in(data, size);
  const std::uint8_t how = in.byte();
  if (how % 2 == 0) {
    to_inviter(scene, in, how < 128 ? 1 + how / 2 % 2 : 0);
  } else {
    to_joiner(scene, in, how < 128 ? 1 + how / 2 % 2 : 0);
  }
  return 0;
}
