// Groups, their people, their agreement, leaving.
#include "cli/net_address.h"
#include "cli/page/calls.h"
#include "cli/page/shapes.h"
#include "cli/shared_ids.h"
#include "cli/use/agreement.h"
#include "cli/use/carrying.h"
#include "cli/words.h"
#include "core/base/text.h"
#include "core/journal/drafts.h"
#include "core/journal/journal.h"
#include "core/sharing/groups.h"

namespace kith::cli {
namespace {

using sharing::Agreements, sharing::Groups;

std::string_view mode_word(group::Mode mode) {
  switch (mode) {
    case group::Mode::led:
      return "led";
    case group::Mode::pair:
      return "pair";
    case group::Mode::peer:
      return "peer";
  }
  return "led";
}

void put_group(Json& json, const sharing::GroupView& view) {
  json.text("group", view.group.hex()).text("name", render_plain(PeerText(view.name))).object("me");
  put_person(json, view.me);
  json.end().text("mode", mode_word(view.mode)).flag("agreement_in_force", view.agreement_in_force);
  json.flag("waiting_for_my_signature", view.waiting_for_my_signature).flag("may_share", view.may_share);
  json.flag("device_retired", view.device_retired).flag("alarm", view.alarm);
  if (view.leaving_at) json.text("leaving_at", iso(*view.leaving_at));
}

Result<void> home(Ask& ask) {
  KITH_TRY(const auto desk, desk_of(ask));
  KITH_CHECK(journal::Journal::open(desk->session().journal()));
  KITH_TRY(const auto groups, Groups(desk->node()).list());
  KITH_TRY(const auto drafts, journal::Drafts(desk->session().journal()).list());
  KITH_TRY(const auto outbox, sharing::ConsentGate(desk->node()).outbox());
  ask.out.array("groups");
  for (const auto& view : groups) {
    ask.out.object();
    put_group(ask.out, view);
    ask.out.end();
  }
  bool waits = false, asks_again = false;
  for (const auto& line : outbox) {
    waits = waits || line.state == sharing::ConsentState::waiting;
    asks_again = asks_again || line.state == sharing::ConsentState::ask_again;
  }
  ask.out.end().flag("drafts", !drafts.empty()).flag("outbox", waits).flag("asks_again", asks_again);
  return {};
}

Result<void> members(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  KITH_TRY(const auto people, Groups(place.desk->node()).members(place.group));
  put_people(ask.out, "members", people);
  return {};
}

Result<void> phrase(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  KITH_TRY(const auto words, Groups(place.desk->node()).phrase(place.group));
  ask.out.text("words", words);
  return {};
}

Result<sharing::Profile> profile_fields(Ask& ask, std::string_view name) {
  KITH_TRY(const auto called, ask.fields.text(name));
  KITH_TRY(const auto pronouns, ask.fields.text_or("pronouns", ""));
  return sharing::Profile{std::string(trimmed(called)), std::string(trimmed(pronouns))};
}

Result<void> profile_change(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  KITH_TRY(const auto me, profile_fields(ask, "name"));
  KITH_CHECK(Groups(place.desk->node()).set_profile(place.group, me));
  return place.desk->done();
}

Result<void> member_remove(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  KITH_TRY(const auto handle, ask.fields.text("handle"));
  KITH_TRY(const auto typed, ask.fields.text("typed"));
  KITH_TRY(const auto person, place.desk->person(place.group, handle));
  if (trimmed(typed) != "@" + person.handle)
    return fail(Errc::cancelled, "the name that was typed is another one");
  KITH_CHECK(Groups(place.desk->node()).remove_member(place.group, person.id));
  return place.desk->done();
}

Result<void> group_create(Ask& ask) {
  sharing::Founding founding;
  KITH_TRY(founding.name, copied(ask.fields, "name"));
  KITH_TRY(founding.me, profile_fields(ask, "my_name"));
  KITH_TRY(const auto named, ask.fields.texts("addresses"));
  KITH_TRY(const auto desk, desk_of(ask));
  KITH_TRY(founding.port, free_port(ask.context.random));
  KITH_TRY(founding.addresses, own_addresses(named, founding.port));
  KITH_TRY(const auto founded, Groups(desk->node()).create(founding));
  KITH_CHECK(desk->done());
  ask.out.text("group", founded.group.hex()).text("recovery_words", as_text(founded.recovery_words.reveal()));
  return {};
}

// -- the agreement

void put_version(Json& json, std::string_view key, const sharing::AgreementView::Version& version) {
  json.object(key).number("version", version.version).flag("by_me", version.by_me);
  if (version.text) put_sections(json, "sections", *version.text, false);
  json.text("hash", version.hash.hex()).array("signed_by");
  for (const auto& person : version.signed_by) {
    json.object();
    put_person(json, person);
    json.text("digest", signature_digest(version, person.id)).end();
  }
  json.end().end();
}

Result<void> agreement_show(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  Agreements agreements(place.desk->node());
  KITH_TRY(const auto view, agreements.show(place.group));
  if (view.in_force) put_version(ask.out, "in_force", *view.in_force);
  if (view.proposed) put_version(ask.out, "proposed", *view.proposed);
  const auto to_sign = agreements.to_sign(place.group);
  if (to_sign) {
    ask.out.object("to_sign").text("hash", to_sign->hash.hex());
    put_sections(ask.out, "sections", to_sign->text, false);
    ask.out.end();
  } else if (to_sign.error().code != Errc::not_found && to_sign.error().code != Errc::waiting) {
    return tl::unexpected(to_sign.error());
  }
  KITH_TRY(const auto draft, agreements.draft(place.group));
  put_sections(ask.out, "draft", draft, true);
  KITH_TRY(const auto missing, agreements.missing(place.group));
  ask.out.array("missing");
  for (const auto& key : missing) ask.out.element(key);
  ask.out.end();
  return {};
}

Result<void> agreement_edit(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  KITH_TRY(const auto section, ask.fields.text("section"));
  KITH_TRY(const auto text, ask.fields.text("text"));
  KITH_CHECK(edit_section(*place.desk, place.group, section, text));
  return place.desk->session().keep();
}

Result<void> agreement_propose(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  KITH_CHECK(nothing_missing(*place.desk, place.group));
  KITH_TRY(const auto version, Agreements(place.desk->node()).propose(place.group));
  KITH_CHECK(place.desk->done());
  ask.out.number("version", version);
  return {};
}

Result<void> agreement_sign(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  KITH_TRY(const auto hex, ask.fields.text("hash"));
  KITH_TRY(const auto typed, ask.fields.text("typed"));
  KITH_TRY(const auto bytes, from_hex(hex));
  KITH_TRY(const auto hash, Digest::parse(bytes));
  KITH_TRY(const auto me, place.desk->me(place.group));
  if (to_type(trimmed(typed)) != to_type(sharing::name_of(me)))
    return ask.context.tell(Errc::cancelled, {"To sign, your name has to stand there as the group knows it.",
                                              "Nothing was signed.", "Type it, or leave it for now."});
  KITH_CHECK(Agreements(place.desk->node()).sign(place.group, hash));
  return place.desk->done();
}

// -- leaving

Result<void> leave_now(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  KITH_TRY(const auto named, ask.fields.texts("keep"));
  std::vector<ItemId> keep;
  for (const auto item : named) {
    KITH_TRY(const auto mine, my_item(*place.desk, place.group, item));
    keep.push_back(mine.ref.item);
  }
  KITH_TRY(const auto when, Groups(place.desk->node()).leave_now(place.group, keep));
  KITH_CHECK(place.desk->done());
  const auto wait = when - place.desk->node().now();
  ask.out.number("leaves_in_seconds", std::max<std::int64_t>(0, wait.count()));
  return {};
}

Result<void> leave_undo(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  auto undone = Groups(place.desk->node()).undo_leave(place.group);
  if (!undone && undone.error().code == Errc::not_found)
    return ask.context.tell(Errc::not_found, {"Nothing is waiting: you are not leaving, or it was sent.",
                                              "Nothing was changed.", ""});
  KITH_CHECK(undone);
  return place.desk->done();
}

constexpr std::string_view kNothing = "Nothing was changed.";

constexpr Call kCalls[] = {
    {"home", "", "", home},
    {"members", "group", "", members},
    {"phrase", "group", "", phrase},
    {"profile.change", "group name pronouns", "Your name is as it was.", profile_change},
    {"member.remove", "group handle typed", "Nobody was removed.", member_remove},
    {"group.create", "name my_name pronouns addresses", "No group was founded.", group_create},
    {"agreement.show", "group", "", agreement_show},
    {"agreement.edit", "group section text", "The draft is as it was.", agreement_edit},
    {"agreement.propose", "group", "Nothing was proposed.", agreement_propose},
    {"agreement.sign", "group hash typed", "Nothing was signed.", agreement_sign},
    {"leave.now", "group keep", "You are still a member.", leave_now},
    {"leave.undo", "group", kNothing, leave_undo},
};

}  // namespace

std::span<const Call> group_calls() { return kCalls; }

}  // namespace kith::cli
