#include "cli/consent.h"

#include <fmt/format.h>

#include "cli/json.h"
#include "cli/words.h"
#include "core/base/text.h"
#include "core/sharing/groups.h"

namespace kith::cli {

const Option kConsentOption = {"consent", 0, "DIGEST", "confirm exactly what --dry-run --json showed"};

namespace {

using sharing::Draft, sharing::Pause, sharing::PauseKind, sharing::Preview, sharing::Rule, sharing::To;

void show(Desk& desk, const Preview& preview) {
  Terminal& term = desk.term();
  if (!preview.text.empty()) {
    term.say("This is all that leaves:");
    term.say(render_terminal(PeerText(preview.text)));
  }
  const std::string readers = list_of(preview.readers);
  term.say(preview.readers.size() == 1 ? fmt::format("Only {} gets it.", readers)
                                       : fmt::format("{} get it.", readers));
  if (const auto warning = look_twice(preview.readers); !warning.empty()) term.say(warning);
  if (!preview.cannot_read_yet.empty())
    term.say(fmt::format("Not yet for {}: nothing goes to anyone before they have signed the agreement.",
                         list_of(preview.cannot_read_yet)));
  if (preview.leaders_only && preview.leader_may) term.say(sentence_of(*preview.leader_may));
  if (preview.leaders_only)
    term.say("A leader may have to act if someone is in danger; the agreement's limits say when.");
  if (preview.tender || !preview.content_note.empty())
    term.say(preview.content_note.empty()
                 ? "It is folded until they open it."
                 : "It is folded until they open it. Note: " + clean_line(preview.content_note));
  if (preview.unfinished) term.say("It is marked unfinished.");
  term.say(sentence_of(preview.responses));
  term.say(fmt::format("Kept until {}; then every kith here erases it.", date_of(preview.until)));
  term.say(
      preview.can_be_stopped_for.count() > 0
          ? fmt::format("You can stop it for {}; later you can ask for it back, but not make them forget.",
                        span_of(preview.can_be_stopped_for))
          : "It goes at once; later you can ask for it back, but not make them forget.");
}

void write_json(Desk& desk, const Preview& preview) {
  Json json;
  json.text("text", preview.text).text("digest", preview.digest.hex()).array("readers");
  for (const auto& reader : preview.readers)
    json.object()
        .text("handle", reader.handle)
        .text("name", PeerText(reader.name))
        .flag("alike", reader.alike)
        .end();
  json.end();
  json.number("until_day", number(preview.until)).text("responses", name_of(preview.responses));
  if (preview.leader_may) json.text("leader_may", name_of(*preview.leader_may));
  json.flag("tender", preview.tender).flag("unfinished", preview.unfinished);
  json.number("agreement_version", preview.agreement_version);
  json.number("can_be_stopped_for_seconds", preview.can_be_stopped_for.count());
  json.flag("may_be_confirmed", !preview.refusal.has_value());
  if (preview.refusal) json.text("refused_by", sharing::text_of(preview.refusal->rule));
  desk.term().data(json.finish());
}

// What one can do instead, when the text names somebody absent. True: the draft changed, look again.
Result<bool> reword(Desk& desk, const GroupId& group, Draft& draft, const sharing::People& about) {
  const std::string absent = list_of(about);
  desk.term().say(fmt::format("Nothing was shared. This names {}, who would not see it.", absent));
  desk.term().say(fmt::format("If {} frightens you, you can tell the leaders only.", absent));
  const std::vector<std::string> choices = {"Tell the leaders only", "Keep it mine", "Change the words",
                                            "Let " + absent + " read it too"};
  KITH_TRY(const auto choice, desk.term().choose("What would you like?", choices));
  switch (choice) {
    case 0:
      draft.audience = {To::leaders, {}};
      return true;
    case 2: {
      KITH_TRY(draft.text, desk.term().text("Your words, as they should read (a full stop alone ends):",
                                            [](std::string_view) {}));
      return true;
    }
    case 3: {
      KITH_TRY(const bool sure, desk.term().yes(fmt::format("Is it right that {} reads this?", absent)));
      if (!sure) return false;
      KITH_TRY(const auto people, sharing::Groups(desk.node()).members(group));
      if (draft.audience.to == To::leaders)
        for (const auto& person : people)
          if (person.role >= group::Role::co_leader) draft.audience.people.push_back(person.id);
      draft.audience.to = To::some;
      for (const auto& person : about) draft.audience.people.push_back(person.id);
      return true;
    }
    default:
      return false;
  }
}

// False: the person thought better of it.
Result<bool> settle(Desk& desk, const Pause& pause) {
  switch (pause.kind) {
    case PauseKind::about_somebody:
      return desk.term().yes(
          fmt::format("Is this about you, more than about {}? Go on?", list_of(pause.about)));
    case PauseKind::names_a_reader:
      desk.term().say(fmt::format("{} will read this among the others.", list_of(pause.about)));
      return desk.term().yes("Is that right?");
    case PauseKind::say_in_the_room:
      return desk.term().yes("Could this be said in the room? Send it all the same?");
  }
  return true;
}

std::string last_question(const Preview& preview, std::string_view verb) {
  const bool few = preview.readers.size() <= 3;
  const std::string whom =
      few ? list_of(preview.readers) : fmt::format("these {} people", preview.readers.size());
  return verb == "Share" ? fmt::format("Share with {}?", whom) : fmt::format("{} {}?", verb, whom);
}

Result<Exit> kept(Desk& desk) {
  desk.term().say("Nothing was shared. It is still yours.");
  return Exit::you_said_no;
}

Result<Exit> confirmed(Desk& desk, const GroupId& group, const Draft& draft, const Preview& preview) {
  KITH_TRY(const auto consented, sharing::ConsentGate(desk.node()).confirm(group, draft, preview.digest));
  KITH_CHECK(desk.done());
  const bool waits = preview.can_be_stopped_for.count() > 0;
  if (desk.context().flags.json) {
    Json json;
    json.text("item", id_of(consented.item)).number("outbox", consented.consent);
    json.number("leaves_at", consented.release_at.time_since_epoch().count());
    desk.term().data(json.finish());
  } else {
    desk.term().data(id_of(consented.item) + "\n");
  }
  if (waits)
    desk.term().say(fmt::format("It waits {}. To stop it: kith outbox back {}",
                                span_of(preview.can_be_stopped_for), consented.consent));
  else
    desk.term().say("It goes now, or when your computers next meet.");
  return waits ? Exit::waiting : Exit::done;
}

}  // namespace

ErrorWords refusal_words(const sharing::Refusal& refusal) {
  const bool absent = refusal.rule == Rule::absent_member;
  std::string what = sharing::text_of(refusal.rule);
  if (absent) what = fmt::format("This names {}, who would not see it. {}", list_of(refusal.about), what);
  return {what, "Nothing was shared.",
          absent ? "You can tell the leaders only, keep it yours, change the words, or let them "
                   "read it too. kith recognises only names written with @."
                 : "kith agreement show has your group's rules."};
}

Result<Exit> consent(Desk& desk, const GroupId& group, Draft draft, const Args& args, std::string_view verb) {
  sharing::ConsentGate gate(desk.node());
  for (;;) {
    KITH_TRY(const auto preview, gate.preview(group, draft));
    const bool scripted = args.has("consent");
    if (desk.context().flags.dry_run) {
      if (desk.context().flags.json) {
        write_json(desk, preview);
      } else {
        show(desk, preview);
        desk.term().data(preview.digest.hex() + "\n");
        desk.term().say("Nothing was shared: this was only to look.");
      }
      if (!preview.refusal) return Exit::done;
    }
    if (preview.refusal) {
      const bool absent = preview.refusal->rule == Rule::absent_member;
      if (absent && !scripted && desk.term().in_is_terminal() && !desk.context().flags.no_input &&
          !desk.context().flags.dry_run) {
        KITH_TRY(const bool again, reword(desk, group, draft, preview.refusal->about));
        if (!again) return kept(desk);
        continue;
      }
      return desk.context().tell(Errc::refused, refusal_words(*preview.refusal));
    }
    if (scripted) {
      if (args.value("consent") != preview.digest.hex())
        return desk.context().tell(
            Errc::refused, {"This is not what the digest was given for: words, readers or terms differ.",
                            "Nothing was shared.", "Look again with --dry-run --json."});
      return confirmed(desk, group, draft, preview);
    }
    show(desk, preview);
    for (const auto& pause : preview.pauses) {
      KITH_TRY(const bool on, settle(desk, pause));
      if (!on) return kept(desk);
    }
    KITH_TRY(const bool yes, desk.term().yes(last_question(preview, verb)));
    if (!yes) return kept(desk);
    return confirmed(desk, group, draft, preview);
  }
}

}  // namespace kith::cli
