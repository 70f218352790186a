#include "cli/use/door.h"

#include <algorithm>

namespace kith::cli {
namespace {

constexpr std::chrono::minutes kJoinerPatience{10};  // from the last frame to the next

// Nothing: no frame came in time.
Result<std::optional<DoorFrame>> frame_within(CourierClient& courier, std::chrono::milliseconds patience,
                                              bool& closed) {
  auto frame = courier.door_receive(patience);
  if (!frame && frame.error().code == Errc::busy) return std::optional<DoorFrame>();
  if (!frame) return frame;
  closed = !frame->has_value();
  return std::move(*frame);
}

}  // namespace

Result<group::OpenedInvitation> open_invitation(Context& context, ByteView file) {
  auto opened = group::parse_invitation(file);
  if (opened) return opened;
  if (opened.error().code == Errc::unsupported)
    return context.tell(Errc::unsupported, {"This invitation was made by a newer kith.", "Nothing was sent.",
                                            "Ask for a newer kith, or for an older invitation."});
  return context.tell(Errc::damaged, {"This file is not a whole invitation.", "Nothing was sent.",
                                      "Ask for the file again; it may have been cut short."});
}

Result<group::Token> token_of(Context& context, const group::OpenedInvitation& opened,
                              std::string_view typed) {
  if (opened.secret) return group::token_of(opened, *opened.secret);
  const auto secret = group::parse_invite_code(typed);
  if (!secret)
    return context.tell(Errc::malformed,
                        {"That is not the whole code, or a letter is wrong.", "Nothing was sent.",
                         "Type it again as it was given; spaces do not matter."});
  auto token = group::token_of(opened, *secret);
  if (!token)
    return context.tell(Errc::not_found, {"This code belongs to another invitation.", "Nothing was sent.",
                                          "Look for the file that came with it, or ask who invited you."});
  return token;
}

// -- who welcomes

Welcome::Welcome(Desk& desk, const GroupId& group, const EventId& invite, CourierClient courier)
    : desk_(desk), group_(group), invite_(invite), courier_(std::move(courier)), keeper_([this] {
        return sharing::Joining(desk_.node()).open_door(group_, invite_);
      }) {}

Result<std::unique_ptr<Welcome>> Welcome::open(Desk& desk, const GroupId& group) {
  sharing::Joining joining(desk.node());
  KITH_TRY(auto invites, joining.invites(group));
  std::erase_if(invites, [](const auto& each) { return (each.used && !each.awaited) || each.expired; });
  // Last of all somebody who was let in and never arrived: the newest unused one comes first.
  std::stable_partition(invites.begin(), invites.end(), [](const auto& each) { return each.used; });
  if (invites.empty())
    return desk.context().tell(Errc::not_found, {"There is no open invitation.", "Nobody was let in.",
                                                 "kith group invite FILE makes one."});
  const EventId invite = invites.back().invite;
  KITH_TRY(const auto secret, joining.door_secret(group, invite));
  KITH_TRY(auto courier, desk.courier());
  std::unique_ptr<Welcome> welcome(new Welcome(desk, group, invite, std::move(courier)));
  KITH_TRY(welcome->address_, welcome->courier_.door_open(secret, group));
  return welcome;
}

// A caller who has gone needs no answer.
Result<void> Welcome::send(ByteView frame, std::uint32_t caller) {
  const auto sent = courier_.door_send(frame, caller);
  if (!sent && sent.error().code != Errc::not_found) return sent;
  return {};
}

Result<DoorPhase> Welcome::step(std::chrono::milliseconds patience) {
  if (phase_ != DoorPhase::waiting) return phase_;
  auto frame = std::exchange(early_, std::nullopt);
  if (!frame) {
    bool closed = false;
    KITH_TRY(frame, frame_within(courier_, patience, closed));
    if (closed) return fail(Errc::not_found, "The door closed before anybody came in.");
  }
  if (!frame) return phase_;
  KITH_TRY(const auto reply, keeper_.receive(frame->caller, frame->bytes));
  if (reply) KITH_CHECK(send(*reply, frame->caller));
  if (keeper_.door() != nullptr && keeper_.door()->words()) return phase_ = DoorPhase::words;
  return wait_for_next();
}

Result<DoorPhase> Welcome::wait_for_next() {
  phase_ = DoorPhase::waiting;
  if (!keeper_.used_up()) return phase_;
  KITH_CHECK(courier_.door_close());
  return desk_.context().tell(Errc::unauthentic,
                              {"Three times nobody could be let in.", "The group is as it was.",
                               "Make a new invitation, and give its code by voice."});
}

// While somebody read four words to us, somebody else may have come to the door.
Result<std::optional<DoorFrame>> Welcome::newcomer() {
  for (;;) {
    bool closed = false;
    KITH_TRY(auto frame, frame_within(courier_, std::chrono::milliseconds(0), closed));
    if (!frame || frame->caller != keeper_.caller()) return frame;
  }
}

Result<DoorPhase> Welcome::answer(bool same) {
  if (phase_ != DoorPhase::words) return fail(Errc::usage, "nobody is at the door");
  if (!same) {
    const std::uint32_t caller = keeper_.caller();
    KITH_CHECK(send(keeper_.turn_away(), caller));
    return wait_for_next();
  }
  KITH_TRY(early_, newcomer());
  if (early_) return phase_ = DoorPhase::waiting;
  KITH_TRY(const auto frames, sharing::Joining(desk_.node()).admit(group_, invite_, *keeper_.door()));
  for (const auto& frame : frames) KITH_CHECK(courier_.door_send(frame, keeper_.caller()));
  KITH_CHECK(desk_.done());
  KITH_CHECK(courier_.door_close());
  return phase_ = DoorPhase::done;
}

Result<void> Welcome::close() { return courier_.door_close(); }

// -- who joins

Result<std::unique_ptr<Knock>> Knock::prepare(Desk& desk, const group::OpenedInvitation& opened,
                                              group::Token token, const sharing::Profile& me,
                                              const std::vector<mail::Address>& addresses,
                                              std::uint16_t port) {
  KITH_TRY(auto attempt,
           sharing::Joining(desk.node()).begin_join(opened.invitation, token, me, addresses, port));
  return std::unique_ptr<Knock>(new Knock(desk, std::move(token), std::move(attempt)));
}

Result<void> Knock::dial() {
  if (courier_) return fail(Errc::usage, "it is at the door already");
  KITH_TRY(auto courier, desk_.courier());
  KITH_CHECK(courier.door_dial(token_.secret, token_.addresses));
  KITH_CHECK(courier.door_send(attempt_->door().first_frame()));
  courier_ = std::move(courier);
  heard_ = desk_.context().clock.steady();
  return {};
}

Result<DoorPhase> Knock::step(std::chrono::milliseconds patience) {
  if (!courier_) return fail(Errc::usage, "it is not at the door yet");
  auto& door = attempt_->door();
  if (door.done()) return DoorPhase::done;
  if (door.words() && !confirmed_) return DoorPhase::words;
  bool closed = false;
  KITH_TRY(const auto frame, frame_within(*courier_, patience, closed));
  if (closed)
    return desk_.context().tell(Errc::io, {"The line to the door broke.", "Nothing of yours was sent.",
                                           "Try again while they wait for you."});
  const Instant now = desk_.context().clock.steady();
  if (frame) {
    auto reply = door.receive(frame->bytes);
    if (!reply)
      return desk_.context().tell(Errc::refused, {"The door did not open.", "Nothing of yours was sent.",
                                                  "The invitation may be used or over; ask for a new one."});
    if (*reply) KITH_CHECK(courier_->door_send(**reply));
    heard_ = now;
  } else if (now - heard_ > kJoinerPatience) {
    return desk_.context().tell(Errc::waiting, {"Nobody opened the door.", "Nothing of yours was sent.",
                                                "Agree on a time, and try again while they wait for you."});
  }
  if (door.done()) return DoorPhase::done;
  if (door.words() && !confirmed_) return DoorPhase::words;
  return confirmed_ ? DoorPhase::passing : DoorPhase::waiting;
}

Result<DoorPhase> Knock::answer(bool same) {
  auto& door = attempt_->door();
  if (!door.words() || confirmed_) return fail(Errc::usage, "there is nothing to compare yet");
  if (!same)
    return desk_.context().tell(
        Errc::unauthentic, {"The words differ, so somebody may be in between.", "Nothing of yours was sent.",
                            "Do not use this invitation again; ask for a new one, by voice."});
  door.confirm();
  confirmed_ = true;
  heard_ = desk_.context().clock.steady();
  return door.done() ? DoorPhase::done : DoorPhase::passing;
}

Result<GroupId> Knock::finish() {
  KITH_TRY(const auto group, sharing::Joining(desk_.node()).joined(std::move(attempt_)));
  KITH_CHECK(desk_.done());
  KITH_CHECK(courier_->wake());
  return group;
}

Result<void> Knock::close() { return courier_ ? courier_->door_close() : Result<void>(); }

}  // namespace kith::cli
