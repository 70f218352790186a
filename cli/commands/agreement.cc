// agreement show, edit, propose, sign.
#include "cli/use/agreement.h"

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/desk.h"
#include "cli/json.h"
#include "cli/words.h"
#include "core/base/text.h"
#include "core/sharing/agreements.h"

namespace kith::cli {

namespace {

using sharing::Agreements;

void print(Context& context, const group::Agreement& text) {
  for (const auto& section : text.sections) {
    context.term.data(context.term.bold(std::string(title_of(section.key))) +
                      context.term.faint(fmt::format("  [{}]", clean_line(section.key))) + "\n");
    context.term.data(section.text.empty() ? "  (empty)\n" : render_terminal(PeerText(section.text)) + "\n");
  }
}

void write(Json& json, const group::Agreement& text) {
  json.array("sections");
  for (const auto& section : text.sections)
    json.object().text("key", PeerText(section.key)).text("text", PeerText(section.text)).end();
  json.end();
}

Result<Exit> run_show(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  Agreements agreements(desk->node());
  KITH_TRY(const auto view, agreements.show(group));
  if (context.flags.json) {
    Json json;
    for (const auto& [key, version] :
         {std::pair{"in_force", &view.in_force}, std::pair{"proposed", &view.proposed}}) {
      if (!version->has_value()) continue;
      json.object(key).number("version", (*version)->version).flag("signed_by_me", (*version)->by_me);
      json.text("text_digest", (*version)->hash.hex()).array("signatures");
      for (const auto& person : (*version)->signed_by)
        json.object()
            .text("name", shown(person))
            .text("digest", signature_digest(**version, person.id))
            .end();
      json.end();
      if ((*version)->text) write(json, *(*version)->text);
      json.end();
    }
    context.term.data(json.finish());
    return Exit::done;
  }
  const auto print_version = [&](const sharing::AgreementView::Version& version) {
    if (version.text)
      print(context, *version.text);
    else
      context.term.say("Its text has not arrived yet; it comes with the next post.");
    context.term.data("Digest of this text: " + version.hash.hex() + "\n");
    for (const auto& person : version.signed_by)
      context.term.data("Signed by " + shown(person) + ": " + signature_digest(version, person.id) + "\n");
  };
  if (view.in_force) {
    context.term.say(fmt::format("The agreement in force (version {}):", view.in_force->version));
    print_version(*view.in_force);
  }
  if (view.proposed) {
    context.term.say(fmt::format("Proposed, not yet agreed (version {}):", view.proposed->version));
    print_version(*view.proposed);
    if (!view.proposed->by_me) context.term.say("To sign it: kith agreement sign");
  }
  if (!view.in_force && !view.proposed) {
    KITH_TRY(const auto draft, agreements.draft(group));
    context.term.say("Not yet agreed. This is your draft:");
    print(context, draft);
    KITH_TRY(const auto missing, agreements.missing(group));
    for (const auto& key : missing)
      context.term.say(fmt::format("Still empty: {} (kith agreement edit {})", title_of(key), key));
  }
  return Exit::done;
}

Result<Exit> run_edit(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  const std::string& section = args.words[0];
  const bool from_input = args.words.size() == 2;
  if (from_input && args.words[1] != "-")
    return context.tell(Errc::usage, {"The text of a section is not part of the command.",
                                      "Nothing was changed.", "Type it when asked, or send it in with -"});
  const std::string question = fmt::format("{} (a full stop alone ends):", title_of(section));
  auto text = from_input ? context.term.all_input() : context.term.text(question, [](std::string_view) {});
  if (!text) return tl::unexpected<Error>(text.error());
  KITH_CHECK(edit_section(*desk, group, section, *text));
  context.term.say("Kept in your draft. Nobody sees it before you propose it.");
  return Exit::done;
}

Result<Exit> run_propose(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  Agreements agreements(desk->node());
  KITH_CHECK(nothing_missing(*desk, group));
  KITH_TRY(const auto draft, agreements.draft(group));
  print(context, draft);
  if (context.flags.dry_run) {
    context.term.say("Nothing was proposed: this was only to look.");
    return Exit::done;
  }
  KITH_TRY(const bool yes, context.term.yes("Propose this text and sign it yourself?"));
  if (!yes) return Exit::you_said_no;
  KITH_TRY(const auto version, agreements.propose(group));
  KITH_CHECK(desk->done());
  context.term.say(
      fmt::format("Version {} is proposed, with your signature. It holds when all have signed.", version));
  return Exit::done;
}

Result<Exit> run_sign(Context& context, const Args& args) {
  KITH_TRY(auto desk, Desk::open(context, args));
  KITH_TRY(const auto group, desk->group());
  Agreements agreements(desk->node());
  auto to_sign = agreements.to_sign(group);
  if (!to_sign && to_sign.error().code == Errc::not_found) {
    context.term.say("There is nothing to sign.");
    return Exit::not_found;
  }
  KITH_CHECK(to_sign);
  print(context, to_sign->text);
  KITH_TRY(const auto me, desk->me(group));
  context.term.say(
      "Your signature can be shown to others, unlike what you share. You can leave at any time.");
  if (context.flags.dry_run) {
    context.term.say("Nothing was signed: this was only to look.");
    return Exit::done;
  }
  const std::string name = to_type(sharing::name_of(me));
  KITH_CHECK(context.term.typed(fmt::format("To sign, type your name ({}):", shown(me)), name));
  KITH_CHECK(agreements.sign(group, to_sign->hash));
  KITH_CHECK(desk->done());
  context.term.say("Signed.");
  return Exit::done;
}

const Option kGroupOnly[] = {kGroupOption};

}  // namespace

const Command commands::agreement_show = {
    .name = "agreement show",
    .section = Section::the_group,
    .summary = "Read what the group has agreed, or the draft",
    .options = kGroupOnly,
    .examples = "kith agreement show",
    .run = run_show,
};
const Command commands::agreement_edit = {
    .name = "agreement edit",
    .section = Section::the_group,
    .summary = "Write one section of your draft",
    .words = "SECTION [-]",
    .least = 1,
    .most = 2,
    .options = kGroupOnly,
    .examples = "kith agreement edit limits\nkith agreement edit statement - < statement.txt",
    .on_failure = "The draft is as it was.",
    .run = run_edit,
};
const Command commands::agreement_propose = {
    .name = "agreement propose",
    .section = Section::the_group,
    .summary = "Ask everyone to sign your draft",
    .options = kGroupOnly,
    .examples = "kith agreement propose",
    .more = "Refused while a required section is empty. Until all have signed, the old version holds.",
    .on_failure = "Nothing was proposed.",
    .run = run_propose,
};
const Command commands::agreement_sign = {
    .name = "agreement sign",
    .section = Section::the_group,
    .summary = "Read the text that is waiting and sign it",
    .options = kGroupOnly,
    .examples = "kith agreement sign",
    .on_failure = "Nothing was signed.",
    .run = run_sign,
};

}  // namespace kith::cli
