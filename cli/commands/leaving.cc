// leave now, leave undo, audit.
#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/desk.h"
#include "cli/json.h"
#include "cli/shared_ids.h"
#include "cli/words.h"
#include "core/sharing/audit.h"
#include "core/sharing/groups.h"

namespace kith::cli {

namespace {

Result<Exit> run_leave(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  std::vector<ItemId> keep;
  for (const auto typed : args.values("keep")) {
    KITH_TRY(const auto item, my_item(*desk, group, typed));
    keep.push_back(item.ref.item);
  }
  context.term.say("You can go. Your journal stays yours.");
  context.term.say(
      "Others see that you have left. Everyone's kith is asked to erase what you shared, but for what you "
      "marked to keep. Feedback you gave stays with who got it unless you take it back.");
  context.term.say("If a court or programme sent you, leaving may matter there.");
  if (context.flags.dry_run) {
    context.term.say("Nothing was changed: this was only to look.");
    return Exit::done;
  }
  KITH_TRY(const bool yes, context.term.yes("Leave now?"));
  if (!yes) {
    context.term.say("You are still here.");
    return Exit::you_said_no;
  }
  KITH_TRY(const auto when, sharing::Groups(desk->node()).leave_now(group, keep));
  KITH_CHECK(desk->done());
  const auto wait = when - desk->node().now();
  if (wait.count() > 0) {
    context.term.say(fmt::format("You leave in {}. To stay after all: kith leave undo", span_of(wait)));
    return Exit::waiting;
  }
  context.term.say("You have left. Take good care.");
  return Exit::done;
}

Result<Exit> run_undo(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  auto undone = sharing::Groups(desk->node()).undo_leave(group);
  if (!undone && undone.error().code == Errc::not_found)
    return context.tell(Errc::not_found, {"Nothing is waiting: you are not leaving, or it was sent.",
                                          "Nothing was changed.", "kith group show tells where you are."});
  KITH_CHECK(undone);
  KITH_CHECK(desk->done());
  context.term.say("You stay. Nobody was told anything.");
  return Exit::done;
}

void write(Json& json, const sharing::AuditReport& report) {
  json.array("left");
  for (const auto& line : report.lines) {
    json.object().number("seq", static_cast<std::int64_t>(line.seq)).text("event", line.event.hex());
    json.text("why", line.why).number("at", line.at.time_since_epoch().count());
    if (line.kind == sharing::AuditKind::share) {
      json.text("what", line.what ? name_of(*line.what) : "").text("text_digest", line.text_digest.hex());
      json.array("audience");
      for (const auto& person : line.audience) json.element(person.handle);
      json.end().number("agreement_version", line.agreement_version);
      json.number("until_day", number(line.until)).text("state", name_of(line.state));
    }
    json.end();
  }
  json.end().array("alarms");
  for (const auto& alarm : report.alarms)
    json.object()
        .number("seq", static_cast<std::int64_t>(alarm.seq))
        .text("what", sentence_of(alarm.kind))
        .end();
  json.end().number("not_in_mail", static_cast<std::int64_t>(report.missing));
}

Result<Exit> run_audit(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  KITH_TRY(const auto report, sharing::audit(desk->node(), group));
  if (context.flags.json) {
    Json json;
    write(json, report);
    context.term.data(json.finish());
    return report.alarms.empty() ? Exit::done : Exit::safety;
  }
  for (const auto& line : report.lines) {
    const std::string when = date_of(day_of(line.at));
    if (line.kind != sharing::AuditKind::share) {
      if (args.has("all"))
        context.term.data(
            fmt::format("{:>5}  {}  {} ({})\n", line.seq, when, line.why,
                        line.kind == sharing::AuditKind::command ? "you asked" : "kith's own duty"));
      continue;
    }
    context.term.data(fmt::format("{:>5}  {}  {} to {}, until {}, {}\n       text {}\n", line.seq, when,
                                  line.what ? name_of(*line.what) : "", list_of(without_me(line.audience)),
                                  date_of(line.until), name_of(line.state),
                                  line.text_digest.hex().substr(0, 16)));
  }
  if (report.alarms.empty()) {
    context.term.say(
        "Everything that left this computer has your consent, your command or a rule of kith's behind "
        "it. Each was checked against the signed log.");
    return Exit::done;
  }
  for (const auto& alarm : report.alarms)
    context.term.say_always(fmt::format("At {}: {}.", alarm.seq, sentence_of(alarm.kind)));
  return context.tell(Errc::unauthentic, {"Something left this computer without your consent on record.",
                                          "Your journal is as it was.",
                                          "Stop sharing, lock (kith lock), and tell your leader in person."});
}

const Option kLeaveOptions[] = {{"keep", 0, "ITEM", "do not ask for this share back; may be given again"},
                                kGroupOption};
const Option kGroupOnly[] = {kGroupOption};
const Option kAuditOptions[] = {{"all", 0, "", "also keys and signatures that kith sent by its own duty"},
                                kGroupOption};

}  // namespace

const Command commands::leave_now = {
    .name = "leave now",
    .section = Section::the_group,
    .summary = "Leave the group; your journal stays",
    .options = kLeaveOptions,
    .examples = "kith leave now",
    .on_failure = "You are still a member.",
    .run = run_leave,
};
const Command commands::leave_undo = {
    .name = "leave undo",
    .section = Section::the_group,
    .summary = "Stay after all, while it has not been sent",
    .options = kGroupOnly,
    .examples = "kith leave undo",
    .run = run_undo,
};
const Command commands::audit = {
    .name = "audit",
    .section = Section::with_my_group,
    .summary = "Show and prove everything that ever left this computer",
    .options = kAuditOptions,
    .examples = "kith audit",
    .run = run_audit,
};

}  // namespace kith::cli
