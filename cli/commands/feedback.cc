// ask, requests, give, pass, receive, thank, touched.
#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/consent.h"
#include "cli/json.h"
#include "cli/shared_ids.h"
#include "cli/use/sharing.h"
#include "cli/words.h"
#include "core/base/text.h"
#include "core/sharing/groups.h"

namespace kith::cli {

namespace {

using sharing::Feedback;

Result<std::string> own_words(Context& context, std::string_view question) {
  return context.term.text(question, [](std::string_view) {});
}

Result<Exit> run_ask(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  KITH_TRY(const auto audience, audience_of(*desk, group, args));
  sharing::Ask terms;
  if (args.has("kind")) {
    KITH_TRY(terms.kind, ask_kind_of(args.value("kind")));
  }
  terms.until = desk->node().today() + kAskDays;
  if (args.has("until")) {
    KITH_TRY(terms.until, parse_day(args.value("until")));
  }
  terms.answers_to_all = args.has("answers-to-all");
  std::optional<sharing::ItemRef> about;
  if (args.has("about")) {
    KITH_TRY(const auto item, my_item(*desk, group, args.value("about")));
    about = item.ref;
  }
  context.term.say(
      "Nobody owes an answer. Silence can mean: I have nothing to say, not now, or I'd rather say it in "
      "the room. It is not a no to you.");
  KITH_TRY(auto text, own_words(context, "What would you like to ask (a full stop alone ends)?"));
  return consent(*desk, group, Feedback(desk->node()).ask(audience, terms, std::move(text), about), args,
                 "Ask");
}

Result<Exit> run_requests(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  Feedback feedback(desk->node());
  KITH_TRY(const auto to_me, feedback.requests_to_me(group));
  KITH_TRY(const auto mine, feedback.requests_of_mine(group));
  if (context.flags.json) {
    Json json;
    json.array("to_me");
    for (const auto& request : to_me)
      json.object()
          .text("id", id_of(request.ref.item))
          .text("asker", request.asker.handle)
          .text("kind", name_of(request.ask.kind))
          .text("text", PeerText(request.text))
          .text("state", sentence_of(request.state))
          .end();
    json.end().array("mine");
    for (const auto& request : mine)
      json.object()
          .text("id", id_of(request.ref.item))
          .text("text", request.text)
          .flag("resting", request.resting)
          .end();
    context.term.data(json.finish());
    return Exit::done;
  }
  if (to_me.empty()) context.term.say("Nobody is asking you anything.");
  for (const auto& request : to_me) {
    if (context.flags.plain) {
      context.term.data(fmt::format("{}\t{}\t{}\t{}\t{}\n", id_of(request.ref.item), shown(request.asker),
                                    name_of(request.ask.kind), sentence_of(request.state),
                                    render_plain(PeerText(request.text))));
      continue;
    }
    context.term.data(fmt::format("{}  {} asks ({}), {}\n", id_of(request.ref.item), shown(request.asker),
                                  name_of(request.ask.kind), sentence_of(request.state)));
    context.term.data(render_terminal(PeerText(request.text), "           ") + "\n");
  }
  if (!context.flags.plain && !to_me.empty())
    context.term.say(
        "You don't owe an answer. kith give ID, kith give ID --in-the-room, or kith pass ID; the asker is "
        "not told of a pass.");
  for (const auto& request : mine) {
    if (context.flags.plain)
      context.term.data(fmt::format("{}\tyou\t{}\t{}\t{}\n", id_of(request.ref.item),
                                    name_of(request.ask.kind), request.resting ? "resting" : "open",
                                    clean_line(request.text)));
    else
      context.term.data(fmt::format("{}  You ask: {}{}\n", id_of(request.ref.item),
                                    shorten(clean_line(request.text), 60),
                                    request.resting ? "  (resting. Take it to the next session?)" : ""));
  }
  return Exit::done;
}

Result<Exit> run_give(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  const bool scripted_room = args.has("in-the-room");
  auto target = target_of(*desk, group, args.words[0]);
  if (!target) return tl::unexpected<Error>(target.error());
  if (scripted_room) {
    KITH_TRY(auto draft, in_the_room(*desk, group, *target));
    return consent(*desk, group, std::move(draft), args, "Tell");
  }
  KITH_CHECK(answer_to(*desk, group, *target, "?"));  // said before a word is written
  context.term.say(
      "It helps most to say what you saw and what you felt. To start: \"I saw ...\", \"I felt ...\", "
      "\"I imagine ...\"");
  KITH_TRY(auto text, own_words(context, "Your answer (a full stop alone ends):"));
  KITH_TRY(auto draft, answer_to(*desk, group, *target, std::move(text)));
  return consent(*desk, group, std::move(draft), args, "Answer");
}

Result<Exit> run_pass(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  KITH_TRY(const auto request, request_to_me(*desk, group, args.words[0]));
  KITH_CHECK(Feedback(desk->node()).pass(group, request.ref));
  context.term.say(fmt::format("Passed. {} isn't told.", shown(request.asker)));
  return Exit::done;
}

void print_answer(Context& context, const sharing::Answer& answer) {
  if (answer.in_the_room) {
    context.term.say(fmt::format("{} would rather say it in the room.", shown(answer.giver)));
    return;
  }
  context.term.say(fmt::format("From {}. It is {}'s experience, not a verdict.", shown(answer.giver),
                               shown(answer.giver)));
  context.term.data(render_terminal(PeerText(answer.text)) + "\n");
}

Result<Exit> run_receive(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  Feedback feedback(desk->node());
  KITH_TRY(const auto answers, feedback.answers(group));
  if (!args.words.empty()) {
    KITH_TRY(const auto number, whole_number(args.words[0]));
    KITH_TRY(const auto answer, feedback.open_answer(group, number));
    print_answer(context, answer);
    return Exit::done;
  }
  if (context.flags.json) {
    Json json;
    json.array("answers");
    for (const auto& answer : answers)
      json.object()
          .number("number", answer.number)
          .text("giver", answer.giver.handle)
          .flag("in_the_room", answer.in_the_room)
          .flag("opened", answer.opened)
          .text("text", PeerText(answer.text))
          .end();
    context.term.data(json.finish());
    return Exit::done;
  }
  bool closed = false;
  for (const auto& answer : answers) {
    const std::string text = answer.opened ? shorten(render_plain(PeerText(answer.text)), 60) : "closed";
    if (context.flags.plain)
      context.term.data(fmt::format("{}\t{}\t{}\n", answer.number, shown(answer.giver), text));
    else
      context.term.data(
          fmt::format("{}  {} answered your question ({})\n", answer.number, shown(answer.giver), text));
    closed = closed || !answer.opened;
  }
  if (answers.empty()) context.term.say("No answers here. That can mean many things.");
  if (closed) context.term.say("Open one in a quiet moment, or never: kith receive NUMBER");
  return Exit::done;
}

Result<Exit> run_thank(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  KITH_TRY(const auto whom, desk->person(group, args.words[0]));
  std::optional<sharing::ItemRef> for_item;
  if (args.has("for")) {
    KITH_TRY(const auto item, any_item(*desk, group, args.value("for")));
    for_item = item.ref;
  }
  KITH_TRY(auto text, own_words(context, "Your thanks (a full stop alone ends):"));
  return consent(*desk, group, Feedback(desk->node()).thank(whom.id, std::move(text), for_item), args,
                 "Thank");
}

Result<Exit> run_touched(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  KITH_TRY(const auto item, any_item(*desk, group, args.words[0]));
  Feedback feedback(desk->node());
  if (item.author.me) {
    KITH_TRY(const auto people, feedback.touched(group, item.ref.item));
    context.term.data(people.empty() ? "" : fmt::format("This touched {}.\n", list_of(people)));
    if (people.empty()) context.term.say("Nobody has said so here; they may in the room.");
    return Exit::done;
  }
  KITH_TRY(auto draft, touched_by_it(*desk, group, item.ref));
  return consent(*desk, group, std::move(draft), args, "Tell");
}

const Option kTo = {"to", 0, "WHO", "@name (may be given again), leaders, or group"};
const Option kAskOptions[] = {
    kTo,
    {"kind", 0, "KIND", "come-across, support, think-with-me, challenge or reinforcement"},
    {"until", 0, "DAY", "the request rests after this day (14 days)"},
    {"answers-to-all", 0, "", "whoever is asked sees the answers too"},
    {"about", 0, "ITEM", "something you shared"},
    kConsentOption,
    kGroupOption,
};
const Option kGiveOptions[] = {
    {"in-the-room", 0, "", "say only that you'd rather say it in the room"}, kConsentOption, kGroupOption};
const Option kThankOptions[] = {{"for", 0, "ITEM", "what you thank for"}, kConsentOption, kGroupOption};
const Option kSendOptions[] = {kConsentOption, kGroupOption};
const Option kGroupOnly[] = {kGroupOption};

}  // namespace

const Command commands::ask = {
    .name = "ask",
    .section = Section::with_my_group,
    .summary = "Ask for feedback, support or company in thinking",
    .options = kAskOptions,
    .examples = "kith ask --to @jo --to @sam --kind come-across\nkith ask --to group --kind support",
    .on_failure = "Nothing was asked.",
    .run = run_ask,
};
const Command commands::requests = {
    .name = "requests",
    .section = Section::with_my_group,
    .summary = "Show what others ask you, and what you ask",
    .options = kGroupOnly,
    .examples = "kith requests",
    .run = run_requests,
};
const Command commands::give = {
    .name = "give",
    .section = Section::with_my_group,
    .summary = "Answer a request; leaders may always be told how they affect you",
    .words = "REQUEST | @LEADER",
    .least = 1,
    .most = 1,
    .options = kGiveOptions,
    .examples = "kith give i4f2a91c0\nkith give i4f2a91c0 --in-the-room\nkith give @maria",
    .on_failure = "Nothing was shared.",
    .run = run_give,
};
const Command commands::pass = {
    .name = "pass",
    .section = Section::with_my_group,
    .summary = "Let a request be; the asker isn't told",
    .words = "REQUEST",
    .least = 1,
    .most = 1,
    .options = kGroupOnly,
    .examples = "kith pass i4f2a91c0",
    .run = run_pass,
};
const Command commands::receive = {
    .name = "receive",
    .section = Section::with_my_group,
    .summary = "Open answers to you, one at a time, when you choose",
    .words = "[NUMBER]",
    .most = 1,
    .options = kGroupOnly,
    .examples = "kith receive\nkith receive 3",
    .run = run_receive,
};
const Command commands::thank = {
    .name = "thank",
    .section = Section::with_my_group,
    .summary = "Thank somebody; needs no request",
    .words = "@NAME",
    .least = 1,
    .most = 1,
    .options = kThankOptions,
    .examples = "kith thank @jo",
    .on_failure = "Nothing was shared.",
    .run = run_thank,
};
const Command commands::touched = {
    .name = "touched",
    .section = Section::with_my_group,
    .summary = "Say \"this touched me\", or see who said so of yours",
    .words = "ITEM",
    .least = 1,
    .most = 1,
    .options = kSendOptions,
    .examples = "kith touched i4f2a91c0",
    .on_failure = "Nothing was shared.",
    .run = run_touched,
};

}  // namespace kith::cli
