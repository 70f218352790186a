// What leaves: preview, then confirm with the digest that was shown. There is no other way out of the page.
#include "cli/consent.h"
#include "cli/page/calls.h"
#include "cli/page/shapes.h"
#include "cli/shared_ids.h"
#include "cli/use/sharing.h"
#include "cli/words.h"

namespace kith::cli {
namespace {

using sharing::Draft, sharing::Preview;

struct Prepared {
  Draft draft;
  std::vector<std::string> stays;  // what of the entry stays here
};

Result<sharing::Audience> audience_field(Ask& ask, Place& place) {
  KITH_TRY(const auto named, ask.fields.texts("to"));
  if (named.empty())
    return ask.context.tell(Errc::usage,
                            {"You did not say to whom.", "Nothing was shared.", "Choose who reads it."});
  return audience_of(*place.desk, place.group, named);
}

Result<void> set_terms(Ask& ask, Draft& draft) {
  KITH_TRY(const bool tender, ask.fields.flag("tender"));
  draft.tender = ask.fields.has("tender") ? tender : draft.tender;
  KITH_TRY(draft.unfinished, ask.fields.flag("unfinished"));
  if (ask.fields.has("until")) {
    KITH_TRY(const auto day, ask.fields.text("until"));
    KITH_TRY(draft.until, parse_day(day));
  }
  if (ask.fields.has("responses")) {
    KITH_TRY(const auto word, ask.fields.text("responses"));
    KITH_TRY(draft.responses, responses_of(word));
  }
  if (ask.fields.has("leader_may")) {
    KITH_TRY(const auto word, ask.fields.text("leader_may"));
    KITH_TRY(draft.leader_may, leader_may_of(word));
  }
  KITH_TRY(draft.content_note, copied_or(ask.fields, "note", ""));
  return {};
}

Result<Prepared> share(Ask& ask, Place& place) {
  Prepared prepared;
  if (ask.fields.has("entry")) {
    KITH_TRY(const auto entry, ask.fields.text("entry"));
    KITH_TRY(prepared.stays, copy_entry(*place.desk, entry, prepared.draft));
  }
  if (ask.fields.has("text") || !ask.fields.has("entry")) {
    KITH_TRY(prepared.draft.text, copied(ask.fields, "text"));
  }
  KITH_TRY(prepared.draft.audience, audience_field(ask, place));
  KITH_CHECK(set_terms(ask, prepared.draft));
  return prepared;
}

Result<sharing::SharedItem> item_field(Ask& ask, Place& place, bool mine) {
  KITH_TRY(const auto typed, ask.fields.text("item"));
  return mine ? my_item(*place.desk, place.group, typed) : any_item(*place.desk, place.group, typed);
}

Result<Prepared> widen(Ask& ask, Place& place) {
  KITH_TRY(const auto item, item_field(ask, place, true));
  KITH_TRY(const auto audience, audience_field(ask, place));
  KITH_TRY(auto draft, widened(*place.desk, place.group, item.ref.item, audience));
  return Prepared{std::move(draft), {}};
}

Result<Prepared> ask_for(Ask& ask, Place& place) {
  KITH_TRY(const auto audience, audience_field(ask, place));
  KITH_TRY(auto text, copied(ask.fields, "text"));
  KITH_TRY(const auto kind, ask.fields.text_or("kind", "come-across"));
  sharing::Ask terms;
  KITH_TRY(terms.kind, ask_kind_of(kind));
  terms.until = place.desk->node().today() + kAskDays;
  if (ask.fields.has("until")) {
    KITH_TRY(const auto day, ask.fields.text("until"));
    KITH_TRY(terms.until, parse_day(day));
  }
  KITH_TRY(terms.answers_to_all, ask.fields.flag("answers_to_all"));
  std::optional<sharing::ItemRef> about;
  if (ask.fields.has("about")) {
    KITH_TRY(const auto typed, ask.fields.text("about"));
    KITH_TRY(const auto item, my_item(*place.desk, place.group, typed));
    about = item.ref;
  }
  return Prepared{sharing::Feedback(place.desk->node()).ask(audience, terms, std::move(text), about), {}};
}

Result<sharing::ItemRef> target_field(Ask& ask, Place& place) {
  if (!ask.fields.has("handle")) {
    KITH_TRY(const auto item, ask.fields.text("item"));
    return target_of(*place.desk, place.group, item);
  }
  KITH_TRY(const auto handle, ask.fields.text("handle"));
  return target_of(*place.desk, place.group,
                   handle.starts_with("@") ? std::string(handle) : "@" + std::string(handle));
}

Result<Prepared> give(Ask& ask, Place& place) {
  KITH_TRY(const auto target, target_field(ask, place));
  KITH_TRY(auto text, copied(ask.fields, "text"));
  KITH_TRY(auto draft, answer_to(*place.desk, place.group, target, std::move(text)));
  return Prepared{std::move(draft), {}};
}

Result<Prepared> room(Ask& ask, Place& place) {
  KITH_TRY(const auto target, target_field(ask, place));
  KITH_TRY(auto draft, in_the_room(*place.desk, place.group, target));
  return Prepared{std::move(draft), {}};
}

Result<Prepared> thank(Ask& ask, Place& place) {
  KITH_TRY(const auto handle, ask.fields.text("handle"));
  KITH_TRY(const auto whom, place.desk->person(place.group, handle));
  KITH_TRY(auto text, copied(ask.fields, "text"));
  std::optional<sharing::ItemRef> for_item;
  if (ask.fields.has("item")) {
    KITH_TRY(const auto item, item_field(ask, place, false));
    for_item = item.ref;
  }
  return Prepared{sharing::Feedback(place.desk->node()).thank(whom.id, std::move(text), for_item), {}};
}

Result<Prepared> touched(Ask& ask, Place& place) {
  KITH_TRY(const auto item, item_field(ask, place, false));
  KITH_TRY(auto draft, touched_by_it(*place.desk, place.group, item.ref));
  return Prepared{std::move(draft), {}};
}

struct Sort {
  std::string_view what;
  Result<Prepared> (*prepare)(Ask& ask, Place& place);
};
constexpr Sort kSorts[] = {{"share", share}, {"widen", widen},      {"ask", ask_for},    {"give", give},
                           {"thank", thank}, {"in-the-room", room}, {"touched", touched}};

Result<Prepared> prepared_by(Ask& ask, Place& place) {
  KITH_TRY(const auto what, ask.fields.text("what"));
  for (const Sort& sort : kSorts)
    if (sort.what == what) return sort.prepare(ask, place);
  return fail(Errc::usage, "the page asked for something unknown");
}

// -- the three steps

std::string_view pause_word(sharing::PauseKind kind) {
  switch (kind) {
    case sharing::PauseKind::about_somebody:
      return "about-somebody";
    case sharing::PauseKind::names_a_reader:
      return "names-a-reader";
    case sharing::PauseKind::say_in_the_room:
      return "say-in-the-room";
  }
  return "";
}

std::string_view rule_word(sharing::Rule rule) {
  switch (rule) {
    case sharing::Rule::not_agreed:
      return "not-agreed";
    case sharing::Rule::not_a_member:
      return "not-a-member";
    case sharing::Rule::empty:
      return "empty";
    case sharing::Rule::nobody:
      return "nobody";
    case sharing::Rule::some_not_agreed:
      return "some-not-agreed";
    case sharing::Rule::absent_member:
      return "absent-member";
    case sharing::Rule::private_link:
      return "private-link";
    case sharing::Rule::no_open_request:
      return "no-open-request";
    case sharing::Rule::no_responses:
      return "no-responses";
    case sharing::Rule::not_mine:
      return "not-mine";
    case sharing::Rule::narrower:
      return "narrower";
    case sharing::Rule::altered:
      return "altered";
  }
  return "";
}

void put_preview(Json& json, const Preview& preview) {
  json.text("text", preview.text);
  put_people(json, "readers", preview.readers);
  put_people(json, "cannot_read_yet", preview.cannot_read_yet);
  json.flag("leaders_only", preview.leaders_only);
  if (preview.leader_may) json.text("leader_may", name_of(*preview.leader_may));
  json.text("until", iso_day(preview.until)).text("responses", name_of(preview.responses));
  json.flag("tender", preview.tender)
      .flag("unfinished", preview.unfinished)
      .text("note", preview.content_note);
  json.number("agreement_version", preview.agreement_version);
  json.number("can_be_stopped_for_seconds", preview.can_be_stopped_for.count()).array("pauses");
  for (const auto& pause : preview.pauses) {
    json.object().text("kind", pause_word(pause.kind));
    put_people(json, "about", pause.about);
    json.end();
  }
  json.end();
  if (preview.refusal) {
    json.object("refusal").text("rule", rule_word(preview.refusal->rule));
    json.text("sentence", refusal_words(*preview.refusal).what);
    put_people(json, "about", preview.refusal->about);
    json.end();
  }
  json.text("digest", preview.digest.hex());
}

Result<void> send_preview(Ask& ask) {
  KITH_TRY(auto place, place_of(ask));
  KITH_TRY(const auto prepared, prepared_by(ask, place));
  KITH_TRY(const auto preview, sharing::ConsentGate(place.desk->node()).preview(place.group, prepared.draft));
  put_preview(ask.out, preview);
  ask.out.array("stays");
  for (const auto& stays : prepared.stays) ask.out.element(stays);
  ask.out.end();
  return {};
}

Result<void> send_confirm(Ask& ask) {
  KITH_TRY(const auto hex, ask.fields.text("digest"));
  KITH_TRY(const auto bytes, from_hex(hex));
  KITH_TRY(const auto seen, Digest::parse(bytes));
  KITH_TRY(auto place, place_of(ask));
  KITH_TRY(const auto prepared, prepared_by(ask, place));
  sharing::ConsentGate gate(place.desk->node());
  KITH_TRY(const auto preview, gate.preview(place.group, prepared.draft));
  if (preview.refusal) return ask.context.tell(Errc::refused, refusal_words(*preview.refusal));
  if (preview.digest != seen)
    return ask.context.tell(Errc::refused, {"Words, readers or terms are no longer what you saw.",
                                            "Nothing was shared.", "Look at it again, then decide."});
  KITH_TRY(const auto confirmed, gate.confirm(place.group, prepared.draft, seen));
  KITH_CHECK(place.desk->done());
  KITH_TRY(const bool first, first_share(*place.desk, prepared.draft));
  ask.out.text("item", id_of(confirmed.item)).number("number", confirmed.consent);
  ask.out.text("leaves_at", iso(confirmed.release_at)).flag("first", first);
  return {};
}

Result<void> give_allowed(Ask& ask) {
  KITH_TRY(auto place, place_of(ask));
  KITH_TRY(const auto target, target_field(ask, place));
  KITH_CHECK(answer_to(*place.desk, place.group, target, "?"));
  return {};
}

// -- the outbox

Result<void> outbox(Ask& ask) {
  KITH_TRY(const auto desk, desk_of(ask));
  KITH_TRY(const auto lines, sharing::ConsentGate(desk->node()).outbox());
  ask.out.array("outbox");
  for (const auto& line : lines) {
    ask.out.object()
        .number("number", line.consent)
        .text("group", line.group.hex())
        .text("item", id_of(line.item));
    ask.out.text("what", name_of(line.what)).text("text", line.text);
    put_people(ask.out, "readers", without_me(line.readers));
    ask.out.text("leaves_at", iso(line.release_at));
    const auto left = line.release_at - desk->node().now();
    ask.out.number("leaves_in_seconds", std::max<std::int64_t>(0, left.count()));
    ask.out.flag("ask_again", line.state == sharing::ConsentState::ask_again);
    if (line.why) ask.out.text("why", sharing::text_of(*line.why));
    ask.out.end();
  }
  ask.out.end();
  return {};
}

Result<std::int64_t> number_field(Ask& ask) {
  return ask.fields.number_within("number", 0, std::numeric_limits<std::int64_t>::max());
}

Result<void> outbox_back(Ask& ask) {
  KITH_TRY(const auto number, number_field(ask));
  KITH_TRY(const auto desk, desk_of(ask));
  return take_back(*desk, number);
}

Result<void> outbox_now(Ask& ask) {
  KITH_TRY(const auto number, number_field(ask));
  KITH_TRY(const auto desk, desk_of(ask));
  KITH_CHECK(sharing::ConsentGate(desk->node()).release_now(number));
  return desk->done();
}

constexpr std::string_view kDraft =
    "group what entry text to until responses leader_may tender unfinished note item handle kind "
    "answers_to_all "
    "about";
constexpr std::string_view kConfirmed =
    "group what entry text to until responses leader_may tender unfinished note item handle kind "
    "answers_to_all "
    "about digest";
constexpr std::string_view kNothing = "Nothing was shared.";
constexpr std::string_view kWaits = "What waited is still waiting.";

constexpr Call kCalls[] = {
    {"send.preview", kDraft, kNothing, send_preview},
    {"send.confirm", kConfirmed, kNothing, send_confirm},
    {"give.allowed", "group item handle", kNothing, give_allowed},
    {"outbox", "", "", outbox},
    {"outbox.back", "number", kWaits, outbox_back},
    {"outbox.now", "number", kWaits, outbox_now},
};

}  // namespace

std::span<const Call> sending_calls() { return kCalls; }

}  // namespace kith::cli
