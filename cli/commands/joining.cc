// group invite, group welcome (the inviter waits at the door), group join.
#include "core/sharing/joining.h"

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/desk.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/net_address.h"
#include "cli/use/door.h"
#include "cli/words.h"
#include "core/base/text.h"
#include "core/sharing/agreements.h"

namespace kith::cli {

namespace {

using sharing::Joining;

constexpr std::chrono::milliseconds kPatience{500};

Result<Exit> run_invite(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  KITH_TRY(const auto days, args.number("days", 1, 90, kInvitationDays));
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

Result<Exit> run_welcome(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  KITH_CHECK(desk->session().watch_lock());
  KITH_TRY(const auto door, Welcome::open(*desk, group));
  context.term.say(
      fmt::format("The door is open at {}. Ask them to open their invitation now. Ctrl-C closes the door; "
                  "the invitation stays good.",
                  mail::text_of(door->address())));
  for (auto phase = DoorPhase::waiting; phase != DoorPhase::done;) {
    desk->session().touch();
    KITH_TRY(phase, door->step(kPatience));
    if (phase != DoorPhase::words) continue;
    context.term.data(door->words() + "\n");
    context.term.flush();
    KITH_TRY(const bool same,
             context.term.yes("Somebody is at the door. Do they read the same four words to you?"));
    if (!same)
      context.term.say(
          "Nobody was let in. If the words differed, somebody else may have had the code: make a new "
          "invitation.");
    KITH_TRY(phase, door->answer(same));
    if (same && phase == DoorPhase::waiting)
      context.term.say("They have left the door, and somebody else is there now. Nobody was let in yet.");
  }
  context.term.say(
      "They are in. They see the group's posts from now on, once they have signed the agreement.");
  return Exit::done;
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

Result<group::Token> ask_token(Context& context, const group::OpenedInvitation& opened) {
  std::string typed;
  if (!opened.secret) {
    KITH_TRY(typed, context.term.line("The invitation code you were given:"));
  }
  return token_of(context, opened, typed);
}

Result<void> pass_door(Desk& desk, Knock& knock) {
  for (auto phase = DoorPhase::waiting; phase != DoorPhase::done;) {
    desk.session().touch();
    KITH_TRY(phase, knock.step(kPatience));
    if (phase != DoorPhase::words) continue;
    desk.term().data(knock.words() + "\n");
    desk.term().flush();
    KITH_TRY(const bool same, desk.term().yes("Read these words to each other. Are they the same?"));
    KITH_TRY(phase, knock.answer(same));
  }
  return {};
}

Result<Exit> run_join(Context& context, const Args& args) {
  KITH_TRY(const auto file, read_foreign_file(args.words[0], kMaxInvitationFile));
  KITH_TRY(auto opened, open_invitation(context, file));
  KITH_TRY(const auto agreement, group::parse_agreement(opened.invitation.agreement));
  print_invitation(context, opened.invitation, agreement);
  if (context.flags.dry_run) return Exit::done;
  KITH_TRY(const bool yes, context.term.yes("Would you like to join?"));
  if (!yes) {
    context.term.say("That is fine. Nothing was sent, and nobody knows.");
    return Exit::you_said_no;
  }
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(auto token, ask_token(context, opened));
  sharing::Profile me;
  KITH_TRY(me.name, context.term.line("Your name in this group (you can change it later):"));
  KITH_TRY(me.pronouns, context.term.line("Your pronouns (may stay empty):", ""));
  KITH_TRY(const auto port, free_port(context.random));
  KITH_TRY(const auto addresses, own_addresses(args, port));
  KITH_TRY(const auto knock, Knock::prepare(*desk, opened, std::move(token), me, addresses, port));
  if (knock->recovery_words().size() > 0)
    KITH_CHECK(show_rescue_words(context, knock->recovery_words()));
  else
    context.term.say("This goes on where you stopped; your rescue words are those you wrote down then.");
  KITH_CHECK(desk->session().watch_lock());
  KITH_CHECK(knock->dial());
  context.term.say("Waiting at the door for the person who invited you.");
  KITH_CHECK(pass_door(*desk, *knock));
  KITH_CHECK(knock->finish());
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
