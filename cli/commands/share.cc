// share, widen, withdraw, shared, outbox.
#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/consent.h"
#include "cli/json.h"
#include "cli/shared_ids.h"
#include "cli/use/sharing.h"
#include "cli/words.h"
#include "core/base/text.h"
#include "core/sharing/groups.h"
#include "core/sharing/items.h"

namespace kith::cli {

namespace {

using sharing::Audience, sharing::Draft, sharing::Items;

Result<void> set_terms(const Args& args, Draft& draft) {
  draft.tender = draft.tender || args.has("tender");
  draft.unfinished = args.has("unfinished");
  if (args.has("until")) {
    KITH_TRY(draft.until, parse_day(args.value("until")));
  }
  if (args.has("responses")) {
    KITH_TRY(draft.responses, responses_of(args.value("responses")));
  }
  if (args.has("leader-may")) {
    KITH_TRY(draft.leader_may, leader_may_of(args.value("leader-may")));
  }
  return {};
}

Result<Exit> run_share(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  Draft draft;
  KITH_TRY(draft.audience, audience_of(*desk, group, args));
  const std::string source = args.words.empty() ? "" : args.words[0];
  if (source == "-") {
    KITH_TRY(draft.text, context.term.all_input());
  } else if (source.empty()) {
    KITH_TRY(draft.text, context.term.text("What would you like to share (a full stop alone ends)?",
                                           [](std::string_view) {}));
  } else {
    KITH_TRY(const auto stays, copy_entry(*desk, source, draft));
    if (!stays.empty())
      context.term.say(
          fmt::format("A copy of {} is shared. What stays with you: {}.", draft.entry, enumeration(stays)));
    if (args.has("reword")) {
      KITH_TRY(draft.text, context.term.text("Your words, as they should read (a full stop alone ends):",
                                             [](std::string_view) {}));
    }
  }
  KITH_CHECK(set_terms(args, draft));
  if (args.has("note")) {
    KITH_TRY(draft.content_note, context.term.line("It touches on:"));
  }
  return consent(*desk, group, std::move(draft), args, "Share");
}

Result<Exit> run_widen(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  KITH_TRY(const auto item, my_item(*desk, group, args.words[0]));
  KITH_TRY(const auto audience, audience_of(*desk, group, args));
  KITH_TRY(auto draft, widened(*desk, group, item.ref.item, audience));
  return consent(*desk, group, std::move(draft), args, "Share");
}

Result<Exit> run_withdraw(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  KITH_TRY(const auto item, my_item(*desk, group, args.words[0]));
  context.term.say(
      "No reason needed. We'll ask everyone's kith to erase it; what people remember or copied stays "
      "with them. Others see only \"taken back\".");
  if (context.flags.dry_run) {
    context.term.say("Nothing was taken back: this was only to look.");
    return Exit::done;
  }
  KITH_TRY(const bool yes, context.term.yes("Take it back?"));
  if (!yes) return Exit::you_said_no;
  KITH_TRY(const auto done, Items(desk->node()).withdraw(group, item.ref.item));
  KITH_CHECK(desk->done());
  context.term.say(done.never_left ? "Taken back. It never left."
                                   : "Asked to be erased. kith shared shows how many have answered.");
  return Exit::done;
}

std::string state_words(const sharing::SharedItem& item, bool mine) {
  if (item.state == sharing::ItemState::expired) return "its time is over";
  if (item.state == sharing::ItemState::withdrawn) {
    if (!mine) return "taken back";
    return fmt::format("asked to be erased; {} of {} have", item.erased, item.readers);
  }
  if (mine) return fmt::format("with {} of {}", item.reached, item.readers);
  return "";
}

void print_for_people(Context& context, const sharing::SharedItem& item, const std::string& who,
                      const std::string& state, const std::string& text) {
  std::string line = id_of(item.ref.item) + "  " + std::string(name_of(item.what));
  for (const auto& part : {who, state})
    if (!part.empty()) line += ", " + part;
  if (!text.empty()) line += "\n           " + text;
  context.term.data(line + "\n");
}

void print_line(Context& context, const sharing::SharedItem& item, bool mine) {
  const std::string state = state_words(item, mine);
  const bool folded = item.tender || item.folded;
  const std::string text =
      folded ? (item.content_note.empty() ? "(folded)"
                                          : "(folded: " + render_plain(PeerText(item.content_note)) + ")")
             : shorten(render_plain(PeerText(item.text)), 60);
  const bool gone = item.audience.empty();
  const std::string who = mine && gone ? std::string()
                          : mine       ? "to " + list_of(without_me(item.audience))
                                       : "from " + shown(item.author);
  if (context.flags.plain)
    context.term.data(
        fmt::format("{}\t{}\t{}\t{}\t{}\n", id_of(item.ref.item), name_of(item.what), who, state, text));
  else
    print_for_people(context, item, who, state, text);
}

void print_whole(Context& context, const sharing::SharedItem& item) {
  context.term.say(fmt::format("{} {}, {}", item.author.me ? "Yours:" : shown(item.author) + ":",
                               name_of(item.what), date_of(item.shared)));
  if (item.state != sharing::ItemState::shown) {
    context.term.say(item.state == sharing::ItemState::withdrawn ? "Taken back." : "Its time is over.");
    return;
  }
  if (item.unfinished) context.term.say("Unfinished, as its author says.");
  if (item.two_versions)
    context.term.say("Two versions of this arrived. It may help to speak about it in the room.");
  context.term.data(render_terminal(PeerText(item.text)) + "\n");
  if (!item.author.me) context.term.say(sentence_of(item.responses));
}

void write(Json& json, const sharing::SharedItem& item) {
  json.object().text("id", id_of(item.ref.item)).text("what", name_of(item.what));
  json.text("author", item.author.handle).text("text", PeerText(item.text));
  json.text("state", item.state == sharing::ItemState::shown       ? "shown"
                     : item.state == sharing::ItemState::withdrawn ? "withdrawn"
                                                                   : "expired");
  json.number("version", item.version).flag("tender", item.tender).flag("unfinished", item.unfinished);
  json.array("audience");
  for (const auto& person : item.audience) json.element(person.handle);
  json.end();
  if (item.author.me)
    json.number("readers", static_cast<std::int64_t>(item.readers))
        .number("reached", static_cast<std::int64_t>(item.reached))
        .number("erased", static_cast<std::int64_t>(item.erased));
  json.end();
}

Result<Exit> run_shared(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  if (!args.words.empty()) {
    KITH_TRY(const auto item, any_item(*desk, group, args.words[0]));
    if (context.flags.json) {
      Json json;
      json.array("items");
      write(json, item);
      context.term.data(json.finish());
    } else {
      print_whole(context, item);
    }
    return Exit::done;
  }
  Items items(desk->node());
  KITH_TRY(const auto mine, items.mine(group));
  KITH_TRY(const auto received, items.received(group));
  if (context.flags.json) {
    Json json;
    json.array("mine");
    for (const auto& item : mine) write(json, item);
    json.end().array("received");
    for (const auto& item : received) write(json, item);
    context.term.data(json.finish());
    return Exit::done;
  }
  if (!context.flags.plain)
    context.term.say(mine.empty() ? "You have shared nothing here, and need not." : "From you:");
  for (const auto& item : mine) print_line(context, item, true);
  if (!context.flags.plain) context.term.say(received.empty() ? "Nothing from others yet." : "From others:");
  for (const auto& item : received) print_line(context, item, false);
  return Exit::done;
}

Result<Exit> list_outbox(Desk& desk, sharing::ConsentGate& gate) {
  Context& context = desk.context();
  KITH_TRY(const auto lines, gate.outbox());
  if (context.flags.json) {
    Json json;
    json.array("outbox");
    for (const auto& line : lines) {
      json.object()
          .number("number", line.consent)
          .text("item", id_of(line.item))
          .text("what", name_of(line.what));
      json.text("text", line.text).number("leaves_at", line.release_at.time_since_epoch().count());
      json.flag("ask_again", line.state == sharing::ConsentState::ask_again).end();
    }
    context.term.data(json.finish());
    return Exit::done;
  }
  if (lines.empty()) context.term.say("Nothing is waiting.");
  for (const auto& line : lines) {
    const auto left = line.release_at - desk.node().now();
    std::string when =
        left.count() > 0 ? "leaves in " + span_of(left) : "leaves when your journal is next open";
    if (line.state == sharing::ConsentState::ask_again)
      when = std::string("did not leave: ") + (line.why ? sharing::text_of(*line.why) : "a rule said no");
    context.term.data(fmt::format("{}  {} to {}, {}\n   {}\n", line.consent, name_of(line.what),
                                  list_of(line.readers), when, shorten(clean_line(line.text), 70)));
  }
  return Exit::done;
}

Result<Exit> run_outbox(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  sharing::ConsentGate gate(desk->node());
  if (args.words.empty()) return list_outbox(*desk, gate);
  if (args.words.size() != 2)
    return context.tell(Errc::usage,
                        {"The outbox takes: back N, now N, or wait SECONDS.", "Nothing was changed.",
                         "kith outbox lists what is waiting, with its numbers."});
  KITH_TRY(const auto number, whole_number(args.words[1]));
  if (args.words[0] == "back") {
    KITH_CHECK(take_back(*desk, number));
    context.term.say("Stopped. It never left, and is still yours.");
    return Exit::done;
  }
  if (args.words[0] == "now") {
    KITH_TRY(const bool yes, context.term.yes("Let it go now? Then it can be asked back, but not stopped."));
    if (!yes) return Exit::you_said_no;
    KITH_CHECK(gate.release_now(number));
    KITH_CHECK(desk->done());
    context.term.say("It goes now, or when your computers next meet.");
    return Exit::done;
  }
  if (args.words[0] == "wait") {
    if (number < 0 || number > sharing::kLongestOutbox.count())
      return context.tell(Errc::usage, {"The outbox can wait from 0 to 3600 seconds.", "Nothing was changed.",
                                        "kith outbox wait 600 waits ten minutes."});
    KITH_CHECK(desk->node().set_outbox(std::chrono::seconds(number)));
    context.term.say(number == 0 ? "What you confirm goes at once from now on."
                                 : fmt::format("What you confirm can be stopped for {} from now on.",
                                               span_of(std::chrono::seconds(number))));
    return Exit::done;
  }
  return context.tell(Errc::usage, {"The outbox takes: back N, now N, or wait SECONDS.",
                                    "Nothing was changed.", "kith help outbox"});
}

const Option kTo = {"to", 0, "WHO", "@name (may be given again), leaders, or group"};
const Option kShareOptions[] = {
    kTo,
    {"until", 0, "DAY", "keep it until this day at most (2026-03-05)"},
    {"responses", 0, "KIND", "none, resonance or open"},
    {"leader-may", 0, "WHAT", "for leaders alone: keep, ask-first or bring"},
    {"tender", 0, "", "folded until its reader opens it"},
    {"unfinished", 0, "", "say that it is not clear yet"},
    {"note", 0, "", "ask for a line on what it touches"},
    {"reword", 0, "", "write the copy anew; the entry stays as it is"},
    kConsentOption,
    kGroupOption,
};
const Option kWidenOptions[] = {kTo, kConsentOption, kGroupOption};
const Option kGroupOnly[] = {kGroupOption};

}  // namespace

const Command commands::share = {
    .name = "share",
    .section = Section::with_my_group,
    .summary = "Give a copy of your words to people you name, after you saw exactly what leaves",
    .words = "[ENTRY | -]",
    .most = 1,
    .options = kShareOptions,
    .examples =
        "kith share E12 --to leaders\nkith share E12 --to @jo --to @sam --responses open\n"
        "kith share --to group --unfinished",
    .more =
        "You see the exact text, who gets it and on what terms before you say yes. Then it waits in your "
        "outbox, "
        "where you can stop it.",
    .on_failure = "Nothing was shared.",
    .run = run_share,
};
const Command commands::widen = {
    .name = "widen",
    .section = Section::with_my_group,
    .summary = "Let more people in on something you shared",
    .words = "ITEM",
    .least = 1,
    .most = 1,
    .options = kWidenOptions,
    .examples = "kith widen i4f2a91c0 --to group",
    .on_failure = "Nothing was shared.",
    .run = run_widen,
};
const Command commands::withdraw = {
    .name = "withdraw",
    .section = Section::with_my_group,
    .summary = "Take a share back: everyone's kith is asked to erase it",
    .words = "ITEM",
    .least = 1,
    .most = 1,
    .options = kGroupOnly,
    .examples = "kith withdraw i4f2a91c0",
    .on_failure = "Nothing was taken back.",
    .run = run_withdraw,
};
const Command commands::shared = {
    .name = "shared",
    .section = Section::with_my_group,
    .summary = "Show what you shared and what others shared with you",
    .words = "[ITEM]",
    .most = 1,
    .options = kGroupOnly,
    .examples = "kith shared\nkith shared i4f2a91c0     read one",
    .run = run_shared,
};
const Command commands::outbox = {
    .name = "outbox",
    .section = Section::with_my_group,
    .summary = "Show what waits to leave; stop it, or let it go now",
    .words = "[back N | now N | wait SECONDS]",
    .most = 2,
    .examples = "kith outbox\nkith outbox back 3\nkith outbox wait 600",
    .on_failure = "What waited is still waiting.",
    .run = run_outbox,
};

}  // namespace kith::cli
