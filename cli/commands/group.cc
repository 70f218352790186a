// group create, group show, group phrase, member list, member remove, profile.
#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/desk.h"
#include "cli/json.h"
#include "cli/net_address.h"
#include "cli/words.h"
#include "core/base/text.h"
#include "core/sharing/groups.h"

namespace kith::cli {

namespace {

using sharing::Groups;

Result<sharing::Profile> ask_profile(Terminal& term) {
  sharing::Profile me;
  KITH_TRY(me.name, term.line("Your name in this group (you can change it later):"));
  KITH_TRY(me.pronouns, term.line("Your pronouns (may stay empty):", ""));
  return me;
}

Result<Exit> run_create(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  sharing::Founding founding;
  KITH_TRY(founding.name, context.term.line("What is the group called?"));
  KITH_TRY(founding.me, ask_profile(context.term));
  KITH_TRY(founding.port, free_port(context.random));
  KITH_TRY(founding.addresses, own_addresses(args, founding.port));
  KITH_TRY(auto founded, Groups(desk->node()).create(founding));
  KITH_CHECK(desk->done());
  KITH_CHECK(show_rescue_words(context, founded.recovery_words));
  context.term.say(fmt::format("{} is founded. Nobody else is in it yet.", clean_line(founding.name)));
  context.term.say("Next: kith agreement show, then edit and propose what you will all sign.");
  return Exit::done;
}

Result<Exit> run_show(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto groups, Groups(desk->node()).list());
  if (context.flags.json) {
    Json json;
    json.array("groups");
    for (const auto& view : groups) {
      json.object().text("id", view.group.hex()).text("name", PeerText(view.name));
      json.text("handle", view.me.handle).text("role", name_of(view.me.role));
      json.text("status", name_of(view.me.status)).flag("agreement_in_force", view.agreement_in_force);
      json.flag("waiting_for_my_signature", view.waiting_for_my_signature).flag("may_share", view.may_share);
      json.flag("device_retired", view.device_retired).flag("alarm", view.alarm).end();
    }
    context.term.data(json.finish());
    return Exit::done;
  }
  if (groups.empty()) {
    context.term.say("You are in no group. Your own journal needs none.");
    return Exit::done;
  }
  bool alarm = false;
  for (const auto& view : groups) {
    const std::string name = render_plain(PeerText(view.name));
    if (context.flags.plain) {
      context.term.data(fmt::format("{}\t{}\t{}\t{}\n", view.group.hex().substr(0, 8), name,
                                    name_of(view.me.role),
                                    view.agreement_in_force ? "agreed" : "not yet agreed"));
      continue;
    }
    context.term.data(fmt::format("{}\n", context.term.bold(name)));
    context.term.data(
        fmt::format("  You are {} (@{}), {}.\n", shown(view.me), view.me.handle, name_of(view.me.role)));
    if (view.me.status == group::Status::on_hold)
      context.term.data(
          "  Your place here is on hold: what let you in is in doubt. What you have stays readable. Tell "
          "who\n"
          "  leads the group.\n");
    context.term.data(view.agreement_in_force ? "  The agreement is in force.\n" : "  Not yet agreed.\n");
    if (view.waiting_for_my_signature)
      context.term.data("  A text is waiting for you: kith agreement sign\n");
    if (view.leaving_at) context.term.data("  You are leaving. To stay after all: kith leave undo\n");
    if (view.device_retired)
      context.term.data(
          "  This looks like a restored copy of your kith. Everything here stays readable; to write to the\n"
          "  group again, this computer joins anew. This is not your fault.\n");
    alarm = alarm || view.alarm;
  }
  if (alarm) {
    context.term.say_always("Two nodes see this group differently. Compare kith group phrase in the room.");
    return Exit::safety;
  }
  return Exit::done;
}

Result<Exit> run_phrase(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  KITH_TRY(const auto words, Groups(desk->node()).phrase(group));
  if (context.flags.json) {
    Json json;
    context.term.data(json.text("phrase", words).finish());
    return Exit::done;
  }
  context.term.data(words + "\n");
  context.term.say("Read these words aloud together. The same on every computer: everyone's keys are right.");
  context.term.say("Different after a sync: stop sharing and speak about it in the room.");
  return Exit::done;
}

Result<Exit> run_members(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  KITH_TRY(const auto people, Groups(desk->node()).members(group));
  if (context.flags.json) {
    Json json;
    json.array("members");
    for (const auto& person : people) {
      json.object().text("handle", person.handle).text("name", PeerText(person.name));
      json.text("pronouns", PeerText(person.pronouns)).text("role", name_of(person.role));
      json.text("status", name_of(person.status)).flag("me", person.me).flag("agreed", person.agreed);
      json.flag("alike", person.alike).flag("copied", person.copied).end();
    }
    context.term.data(json.finish());
    return Exit::done;
  }
  for (const auto& person : people) {
    const std::string pronouns =
        person.pronouns.empty() ? "" : " (" + render_plain(PeerText(person.pronouns)) + ")";
    if (context.flags.plain) {
      context.term.data(fmt::format("@{}\t{}\t{}\t{}\n", person.handle, shown(person), name_of(person.role),
                                    name_of(person.status)));
      continue;
    }
    std::string line = fmt::format("@{:<14} {}{}", person.handle, shown(person), pronouns);
    if (person.role != group::Role::member) line += fmt::format(", {}", name_of(person.role));
    if (person.status != group::Status::active) line += fmt::format(", {}", name_of(person.status));
    if (person.me) line += ", you";
    context.term.data(line + "\n");
    if (person.alike)
      context.term.data(
          "                Another name here looks like this one, or it mixes alphabets: go by the @.\n");
    if (person.copied)
      context.term.data(
          "                Their kith was in use on two computers at once, nearly always after a restored "
          "copy.\n"
          "                What it did from there on is held. Speak with them; they can join anew.\n");
  }
  return Exit::done;
}

Result<Exit> run_remove(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  KITH_TRY(const auto person, desk->person(group, args.words[0]));
  const std::string name = shown(person);
  if (person.status == group::Status::left)
    context.term.say(fmt::format(
        "{} has left. Removing them ends what another computer of theirs may still do here.", name));
  else
    context.term.say(fmt::format(
        "{} will get nothing more, and kith asks their computer to erase what they received.", name));
  context.term.say(
      "What they remember or copied stays with them. This cannot be undone; they can be invited anew.");
  if (context.flags.dry_run) {
    context.term.say("Nothing was changed: this was only to look.");
    return Exit::done;
  }
  KITH_CHECK(context.term.typed(fmt::format("Type @{} to remove them:", person.handle), "@" + person.handle));
  KITH_CHECK(Groups(desk->node()).remove_member(group, person.id));
  KITH_CHECK(desk->done());
  context.term.say(fmt::format("{} is no longer a member.", name));
  return Exit::done;
}

Result<Exit> run_profile(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  KITH_TRY(const auto me, ask_profile(context.term));
  context.term.say(
      "Name and pronouns are all that others see of you. They go to whoever is in the group and has "
      "signed, now and later.");
  KITH_TRY(const bool yes, context.term.yes(fmt::format("Be {} in this group?", clean_line(me.name))));
  if (!yes) return Exit::you_said_no;
  KITH_CHECK(Groups(desk->node()).set_profile(group, me));
  KITH_CHECK(desk->done());
  context.term.say("Changed. Old names are shown nowhere.");
  return Exit::done;
}

const Option kCreateOptions[] = {kAtOption};
const Option kGroupOnly[] = {kGroupOption};

}  // namespace

const Command commands::group_create = {
    .name = "group create",
    .section = Section::the_group,
    .summary = "Found a group that you lead",
    .options = kCreateOptions,
    .examples = "kith group create --at 192.168.1.20    others reach you at this address",
    .more = "Asks for the group's name and yours. Then shows your rescue words, once: write them on paper.",
    .on_failure = "No group was founded.",
    .run = run_create,
};
const Command commands::group_show = {
    .name = "group show",
    .section = Section::the_group,
    .summary = "Show the groups you are in",
    .examples = "kith group show",
    .run = run_show,
};
const Command commands::group_phrase = {
    .name = "group phrase",
    .section = Section::the_group,
    .summary = "Show the six words that prove everyone's keys, to read aloud together",
    .options = kGroupOnly,
    .examples = "kith group phrase",
    .run = run_phrase,
};
const Command commands::member_list = {
    .name = "member list",
    .section = Section::the_group,
    .summary = "Show who is in the group",
    .options = kGroupOnly,
    .examples = "kith member list",
    .run = run_members,
};
const Command commands::member_remove = {
    .name = "member remove",
    .section = Section::the_group,
    .summary = "End somebody's membership (leaders)",
    .words = "@NAME",
    .least = 1,
    .most = 1,
    .options = kGroupOnly,
    .examples = "kith member remove @sam",
    .on_failure = "Nobody was removed.",
    .run = run_remove,
};
const Command commands::profile = {
    .name = "profile",
    .section = Section::the_group,
    .summary = "Change your name and pronouns in the group",
    .options = kGroupOnly,
    .examples = "kith profile",
    .on_failure = "Your name is as it was.",
    .run = run_profile,
};

}  // namespace kith::cli
