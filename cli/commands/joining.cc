// group invite, group welcome (the inviter waits at the door), group join.
#include "core/sharing/joining.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/all.h"
#include "cli/desk.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/net_address.h"
#include "cli/words.h"
#include "core/base/text.h"
#include "core/sharing/agreements.h"

namespace kith::cli {

namespace {

using sharing::Joining;

constexpr std::uint32_t kDefaultDays = 14;
constexpr std::size_t kMaxInvitationFile = 256 * 1024;
constexpr std::chrono::milliseconds kPatience{500};
constexpr std::chrono::minutes kJoinerPatience{10};  // from the last frame to the next

Result<Exit> run_invite(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  KITH_TRY(const auto days, args.number("days", 1, 90, kDefaultDays));
  sharing::InviteText text;
  KITH_TRY(text.welcome, context.term.text("Your welcome to the person you invite (a full stop alone ends):",
                                           [](std::string_view) {}));
  KITH_TRY(text.who_for, context.term.line("Who the group is for, in a line:", ""));
  KITH_TRY(const auto addresses,
           own_addresses(args, 1));  // the door has a port of its own, drawn with the key
  const Day expires = desk->node().today() + static_cast<std::uint32_t>(days);
  KITH_TRY(const auto invited, Joining(desk->node()).invite(group, text, expires, addresses));
  KITH_CHECK(desk->done());
  const std::string file = args.words[0];
  KITH_CHECK(write_handout(file, args.has("with-code") ? invited.file_with_key : invited.file));
  if (context.flags.json) {
    Json json;
    context.term.data(json.text("code", invited.code).text("expires", date_of(invited.expires)).finish());
    return Exit::done;
  }
  context.term.say(
      "The invitation is written. It holds your welcome, the limits and the whole agreement, to be "
      "read before deciding.");
  context.term.say(args.has("with-code") ? "The code is in it too: who has the file, has the invitation."
                                         : "Give the code apart from the file, best by voice or on paper:");
  context.term.data(invited.code + "\n");
  context.term.say(
      fmt::format("It is good until {}, for one person. When you both sit down to it: kith group welcome",
                  date_of(invited.expires)));
  return Exit::done;
}

// A caller who has gone needs no answer.
Result<void> answer(CourierClient& courier, ByteView frame, std::uint32_t caller) {
  const auto sent = courier.door_send(frame, caller);
  if (!sent && sent.error().code != Errc::not_found) return sent;
  return {};
}

// The next frame at the door. Nothing: it is closed for good.
Result<std::optional<DoorFrame>> next_frame(Desk& desk, CourierClient& courier) {
  for (;;) {
    desk.session().touch();
    auto frame = courier.door_receive(kPatience);
    if (frame || frame.error().code != Errc::busy) return frame;
  }
}

// While somebody read four words to us, somebody else may have come to the door.
Result<std::optional<DoorFrame>> newcomer(CourierClient& courier, std::uint32_t caller) {
  for (;;) {
    auto frame = courier.door_receive(std::chrono::milliseconds(0));
    if (!frame && frame.error().code == Errc::busy) return std::optional<DoorFrame>();
    if (!frame || !*frame || (*frame)->caller != caller) return frame;
  }
}

// Whoever calls, one after the other, until one is let in. False: nobody could be.
Result<bool> meet(Desk& desk, CourierClient& courier, const GroupId& group, const EventId& invite_id) {
  Terminal& term = desk.term();
  Joining joining(desk.node());
  group::DoorKeeper keeper([&] { return joining.open_door(group, invite_id); });
  std::optional<DoorFrame> frame;
  while (!keeper.used_up()) {
    if (!frame) {
      KITH_TRY(frame, next_frame(desk, courier));
      if (!frame) return false;
    }
    KITH_TRY(const auto reply, keeper.receive(frame->caller, frame->bytes));
    if (reply) KITH_CHECK(answer(courier, *reply, frame->caller));
    frame.reset();
    if (keeper.door() == nullptr || !keeper.door()->words()) continue;
    term.data(*keeper.door()->words() + "\n");
    term.flush();
    KITH_TRY(const bool same, term.yes("Somebody is at the door. Do they read the same four words to you?"));
    if (!same) {
      KITH_CHECK(answer(courier, keeper.turn_away(), keeper.caller()));
      term.say(
          "Nobody was let in. If the words differed, somebody else may have had the code: make a new "
          "invitation.");
      continue;
    }
    KITH_TRY(frame, newcomer(courier, keeper.caller()));
    if (frame) {
      term.say("They have left the door, and somebody else is there now. Nobody was let in yet.");
      continue;
    }
    KITH_TRY(const auto frames, joining.admit(group, invite_id, *keeper.door()));
    for (const auto& out : frames) KITH_CHECK(courier.door_send(out, keeper.caller()));
    KITH_CHECK(desk.done());
    return true;
  }
  return false;
}

Result<Exit> run_welcome(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  Joining joining(desk->node());
  KITH_TRY(auto invites, joining.invites(group));
  std::erase_if(invites, [](const auto& open) { return (open.used && !open.awaited) || open.expired; });
  // Last of all somebody who was let in and never arrived: the newest unused one comes first.
  std::ranges::stable_partition(invites, [](const auto& open) { return open.used; });
  if (invites.empty())
    return context.tell(Errc::not_found, {"There is no open invitation.", "Nobody was let in.",
                                          "kith group invite FILE makes one."});
  const EventId invite_id = invites.back().invite;
  KITH_TRY(const auto secret, joining.door_secret(group, invite_id));
  KITH_TRY(auto courier, desk->courier());
  KITH_CHECK(desk->session().watch_lock());
  KITH_TRY(const auto address, courier.door_open(secret, group));
  context.term.say(
      fmt::format("The door is open at {}. Ask them to open their invitation now. Ctrl-C closes the door; "
                  "the invitation stays good.",
                  mail::text_of(address)));
  KITH_TRY(const bool admitted, meet(*desk, courier, group, invite_id));
  KITH_CHECK(courier.door_close());
  if (admitted) {
    context.term.say(
        "They are in. They see the group's posts from now on, once they have signed the agreement.");
    return Exit::done;
  }
  return context.tell(Errc::unauthentic, {"Three times nobody could be let in.", "The group is as it was.",
                                          "Make a new invitation, and give its code by voice."});
}

void print_invitation(Context& context, const group::Invitation& invitation,
                      const group::Agreement& agreement) {
  Terminal& term = context.term;
  term.say("Nobody knows that you are reading this.");
  term.data(term.bold(render_plain(PeerText(invitation.group_name))) + "\n");
  if (!invitation.who_for.empty()) term.data("For: " + render_plain(PeerText(invitation.who_for)) + "\n");
  if (!invitation.welcome.empty()) term.data(render_terminal(PeerText(invitation.welcome)) + "\n");
  term.say("The agreement that everyone here signs:");
  for (const auto& section : agreement.sections) {
    std::string title = render_plain(PeerText(section.key));
    for (const auto& rule : group::section_rules())
      if (rule.key == section.key) title = rule.title;
    term.data(term.bold(title) + "\n" + render_terminal(PeerText(section.text)) + "\n");
  }
  term.say(
      "What kith cannot protect: what others remember, copy or photograph; a computer somebody else "
      "controls; "
      "that you are in the group, which its members know.");
}

Result<group::OpenedInvitation> read_invitation(Context& context, const std::string& file) {
  KITH_TRY(const auto bytes, read_foreign_file(file, kMaxInvitationFile));
  auto opened = group::parse_invitation(bytes);
  if (opened) return opened;
  if (opened.error().code == Errc::unsupported)
    return context.tell(Errc::unsupported, {"This invitation was made by a newer kith.", "Nothing was sent.",
                                            "Ask for a newer kith, or for an older invitation."});
  return context.tell(Errc::damaged, {"This file is not a whole invitation.", "Nothing was sent.",
                                      "Ask for the file again; it may have been cut short."});
}

Result<group::Token> token_for(Context& context, group::OpenedInvitation& opened) {
  if (opened.token) return std::move(*opened.token);
  KITH_TRY(const auto typed, context.term.line("The invitation code you were given:"));
  auto token = group::parse_token_code(typed);
  if (!token)
    return context.tell(Errc::malformed,
                        {"That is not the whole code, or a letter is wrong.", "Nothing was sent.",
                         "Type it again as it was given; spaces do not matter."});
  return token;
}

// Frames both ways until the logs are here.
Result<void> pass_door(Desk& desk, CourierClient& courier, group::DoorJoiner& door) {
  KITH_CHECK(courier.door_send(door.first_frame()));
  const Instant began = desk.context().clock.steady();
  Instant last = began;
  bool confirmed = false;
  std::vector<Bytes> early;
  while (!door.done()) {
    if (door.words() && !confirmed) {
      desk.term().data(*door.words() + "\n");
      desk.term().flush();
      KITH_TRY(const bool same, desk.term().yes("Read these words to each other. Are they the same?"));
      if (!same)
        return desk.context().tell(
            Errc::unauthentic,
            {"The words differ, so somebody may be in between.", "Nothing of yours was sent.",
             "Do not use this invitation again; ask for a new one, by voice."});
      door.confirm();
      confirmed = true;
      last = desk.context().clock.steady();
    }
    desk.session().touch();
    auto frame = courier.door_receive(kPatience);
    if (!frame && frame.error().code == Errc::busy) {
      if (desk.context().clock.steady() - last > kJoinerPatience)
        return desk.context().tell(Errc::waiting,
                                   {"Nobody opened the door.", "Nothing of yours was sent.",
                                    "Agree on a time, and try again while they wait for you."});
      continue;
    }
    KITH_TRY(const auto arrived, std::move(frame));
    if (!arrived)
      return desk.context().tell(Errc::io, {"The line to the door broke.", "Nothing of yours was sent.",
                                            "Try again while they wait for you."});
    auto answer = door.receive(arrived->bytes);
    if (!answer)
      return desk.context().tell(Errc::refused, {"The door did not open.", "Nothing of yours was sent.",
                                                 "The invitation may be used or over; ask for a new one."});
    if (*answer) KITH_CHECK(courier.door_send(**answer));
    last = desk.context().clock.steady();
  }
  return {};
}

Result<Exit> run_join(Context& context, const Args& args) {
  KITH_TRY(auto opened, read_invitation(context, args.words[0]));
  KITH_TRY(const auto agreement, group::parse_agreement(opened.invitation.agreement));
  print_invitation(context, opened.invitation, agreement);
  if (context.flags.dry_run) return Exit::done;
  KITH_TRY(const bool yes, context.term.yes("Would you like to join?"));
  if (!yes) {
    context.term.say("That is fine. Nothing was sent, and nobody knows.");
    return Exit::you_said_no;
  }
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto token, token_for(context, opened));
  sharing::Profile me;
  KITH_TRY(me.name, context.term.line("Your name in this group (you can change it later):"));
  KITH_TRY(me.pronouns, context.term.line("Your pronouns (may stay empty):", ""));
  KITH_TRY(const auto port, free_port(context.random));
  KITH_TRY(const auto addresses, own_addresses(args, port));
  Joining joining(desk->node());
  KITH_TRY(auto attempt, joining.begin_join(opened.invitation, token, me, addresses, port));
  if (attempt->recovery_words().size() > 0)
    KITH_CHECK(show_rescue_words(context, attempt->recovery_words()));
  else
    context.term.say("This goes on where you stopped; your rescue words are those you wrote down then.");
  KITH_TRY(auto courier, desk->courier());
  KITH_CHECK(desk->session().watch_lock());
  KITH_CHECK(courier.door_dial(token.secret, token.addresses));
  context.term.say("Waiting at the door for the person who invited you.");
  KITH_CHECK(pass_door(*desk, courier, attempt->door()));
  KITH_TRY(const auto group, joining.joined(std::move(attempt)));
  static_cast<void>(group);
  KITH_CHECK(desk->done());
  KITH_CHECK(courier.wake());
  context.term.say("You are in. Others see your name once you have signed: kith agreement sign");
  return Exit::done;
}

const Option kInviteOptions[] = {
    {"days", 0, "N", "good for so many days (14)"},
    {"with-code", 0, "", "put the code into the file too"},
    kAtOption,
    kGroupOption,
};
const Option kGroupOnly[] = {kGroupOption};
const Option kJoinOptions[] = {kAtOption};

}  // namespace

const Command commands::group_invite = {
    .name = "group invite",
    .section = Section::the_group,
    .summary = "Write an invitation for one person, and show its code",
    .words = "FILE",
    .least = 1,
    .most = 1,
    .options = kInviteOptions,
    .examples = "kith group invite for-jo.kith --at 192.168.1.20",
    .more =
        "The file holds your welcome, the limits and the whole agreement; the code is only the key. Who "
        "declines "
        "leaves no trace.",
    .on_failure = "Nobody was invited.",
    .run = run_invite,
};
const Command commands::group_welcome = {
    .name = "group welcome",
    .section = Section::the_group,
    .summary = "Wait at the door for the person you invited, and compare four words",
    .options = kGroupOnly,
    .examples = "kith group welcome",
    .on_failure = "Nobody was let in.",
    .run = run_welcome,
};
const Command commands::group_join = {
    .name = "group join",
    .section = Section::the_group,
    .summary = "Read an invitation, and join if you like",
    .words = "FILE",
    .least = 1,
    .most = 1,
    .options = kJoinOptions,
    .examples = "kith group join for-jo.kith",
    .on_failure = "Nothing of yours was sent.",
    .run = run_join,
};

}  // namespace kith::cli
