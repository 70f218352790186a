#include "tests/simulation/joining.h"

#include "core/group/invitation.h"
#include "core/sharing/joining.h"

namespace kith::simulation {
namespace {

Result<void> join(World& world, Person& inviter, Person& joiner) {
  sharing::Joining host(inviter), guest(joiner);
  KITH_TRY(const auto invited,
           host.invite(world.group, {"Welcome", "for us"}, inviter.node().node().today() + 7, {}));
  KITH_TRY(auto opened, group::parse_invitation(invited.file_with_key));
  KITH_TRY(auto door, host.open_door(world.group, invited.invite));
  KITH_TRY(auto attempt, guest.begin_join(opened.invitation, group::token_of(opened, *opened.secret).value(),
                                          {joiner.name, "they"}, {}));
  std::optional<Bytes> frame = attempt->door().first_frame();
  while (frame) {
    KITH_TRY(const auto answer, door.receive(*frame));
    if (!answer) break;
    KITH_TRY(frame, attempt->door().receive(*answer));
  }
  if (!door.words() || door.words() != attempt->door().words()) {
    world.fail("both see the same words", inviter.name + " and " + joiner.name);
    return {};
  }
  attempt->door().confirm();
  KITH_TRY(const auto parts, host.admit(world.group, invited.invite, door));
  for (const auto& part : parts) {
    KITH_TRY([[maybe_unused]] const auto nothing, attempt->door().receive(part));
  }
  KITH_TRY([[maybe_unused]] const auto group, guest.joined(std::move(attempt)));
  return {};
}

}  // namespace

bool invite_and_join(World& world, std::size_t inviter, std::size_t joiner) {
  const auto done = join(world, world.person(inviter), world.person(joiner));
  if (done) world.joined(joiner);
  // Who has a copy of the journal from before, or a clock of another age, can be turned away at the door.
  if (!done && done.error().code == Errc::unauthentic &&
      (world.person(inviter).odd() || world.person(joiner).odd()))
    return false;
  if (!done && (world.person(inviter).disk().dead() || world.person(joiner).disk().dead())) {
    world.mind(inviter);
    world.mind(joiner);
    return false;
  }
  const bool full = world.person(inviter).disk().is_limited();
  const bool in = world.allowed("joining", world.person(full ? inviter : joiner), done);
  world.mind(inviter);
  world.mind(joiner);
  world.network.wake(inviter);
  return in && world.person(joiner).in_group();
}

}  // namespace kith::simulation
