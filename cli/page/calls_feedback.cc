// What I shared and what others shared with me; requests, answers, and the proof of what left.
#include "cli/page/calls.h"
#include "cli/page/shapes.h"
#include "cli/shared_ids.h"
#include "cli/words.h"
#include "core/sharing/audit.h"
#include "core/sharing/feedback.h"

namespace kith::cli {
namespace {

using sharing::Feedback, sharing::Items;

void put_items(Json& json, std::string_view key, const std::vector<sharing::SharedItem>& items) {
  json.array(key);
  for (const auto& item : items) {
    json.object();
    put_item(json, item, false);
    json.end();
  }
  json.end();
}

Result<void> shared(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  Items items(place.desk->node());
  KITH_TRY(const auto mine, items.mine(place.group));
  KITH_TRY(const auto received, items.received(place.group));
  put_items(ask.out, "mine", mine);
  put_items(ask.out, "received", received);
  return {};
}

Result<void> shared_read(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  KITH_TRY(const auto typed, ask.fields.text("item"));
  KITH_TRY(const auto item, any_item(*place.desk, place.group, typed));
  put_item(ask.out, item, true);
  return {};
}

Result<void> withdraw(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  KITH_TRY(const auto typed, ask.fields.text("item"));
  KITH_TRY(const auto item, my_item(*place.desk, place.group, typed));
  KITH_TRY(const auto done, Items(place.desk->node()).withdraw(place.group, item.ref.item));
  KITH_CHECK(place.desk->done());
  ask.out.flag("never_left", done.never_left);
  return {};
}

Result<void> touched_by(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  KITH_TRY(const auto typed, ask.fields.text("item"));
  KITH_TRY(const auto item, my_item(*place.desk, place.group, typed));
  KITH_TRY(const auto people, Feedback(place.desk->node()).touched(place.group, item.ref.item));
  put_people(ask.out, "people", people);
  return {};
}

// -- requests and answers

std::string_view word_of(sharing::RequestState state) {
  switch (state) {
    case sharing::RequestState::open:
      return "open";
    case sharing::RequestState::answered:
      return "answered";
    case sharing::RequestState::passed:
      return "passed";
    case sharing::RequestState::in_the_room:
      return "in-the-room";
    case sharing::RequestState::over:
      return "over";
  }
  return "open";
}

Result<void> requests(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  Feedback feedback(place.desk->node());
  KITH_TRY(const auto to_me, feedback.requests_to_me(place.group));
  KITH_TRY(const auto mine, feedback.requests_of_mine(place.group));
  ask.out.array("to_me");
  for (const auto& request : to_me) {
    ask.out.object().text("item", id_of(request.ref.item)).object("asker");
    put_person(ask.out, request.asker);
    ask.out.end().text("kind", name_of(request.ask.kind)).text("until", iso_day(request.ask.until));
    ask.out.flag("answers_to_all", request.ask.answers_to_all).text("text", peer(request.text));
    ask.out.text("state", word_of(request.state)).end();
  }
  ask.out.end().array("mine");
  for (const auto& request : mine)
    ask.out.object()
        .text("item", id_of(request.ref.item))
        .text("kind", name_of(request.ask.kind))
        .text("until", iso_day(request.ask.until))
        .text("text", request.text)
        .flag("resting", request.resting)
        .end();
  ask.out.end();
  return {};
}

Result<void> request_pass(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  KITH_TRY(const auto typed, ask.fields.text("item"));
  KITH_TRY(const auto request, request_to_me(*place.desk, place.group, typed));
  KITH_CHECK(Feedback(place.desk->node()).pass(place.group, request.ref));
  return place.desk->session().keep();
}

Result<void> answers(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  KITH_TRY(const auto all, Feedback(place.desk->node()).answers(place.group));
  ask.out.array("answers");
  for (const auto& answer : all) {
    ask.out.object();
    put_answer(ask.out, answer);
    ask.out.end();
  }
  ask.out.end();
  return {};
}

Result<void> answer_open(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  KITH_TRY(const auto number,
           ask.fields.number_within("number", 0, std::numeric_limits<std::int64_t>::max()));
  KITH_TRY(const auto answer, Feedback(place.desk->node()).open_answer(place.group, number));
  KITH_CHECK(place.desk->session().keep());
  put_answer(ask.out, answer);
  return {};
}

// -- everything that left

std::string_view word_of(sharing::AuditKind kind) {
  switch (kind) {
    case sharing::AuditKind::share:
      return "share";
    case sharing::AuditKind::command:
      return "command";
    case sharing::AuditKind::machine:
      return "machine";
  }
  return "share";
}

void put_share(Json& json, const sharing::AuditLine& line) {
  if (line.what) json.text("what", name_of(*line.what));
  if (line.item) json.text("item", id_of(*line.item));
  put_people(json, "audience", without_me(line.audience));
  json.text("until", iso_day(line.until)).text("state", name_of(line.state));
  json.text("text_digest", line.text_digest.hex()).number("agreement_version", line.agreement_version);
}

Result<void> audit(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  KITH_TRY(const auto report, sharing::audit(place.desk->node(), place.group));
  ask.out.array("left");
  for (const auto& line : report.lines) {
    ask.out.object().text("at", iso(line.at)).text("why", line.why).text("kind", word_of(line.kind));
    if (line.kind == sharing::AuditKind::share) put_share(ask.out, line);
    ask.out.end();
  }
  ask.out.end().array("alarms");
  for (const auto& alarm : report.alarms) ask.out.element(sentence_of(alarm.kind));
  ask.out.end();
  return {};
}

constexpr Call kCalls[] = {
    {"shared", "group", "", shared},
    {"shared.read", "group item", "", shared_read},
    {"withdraw", "group item", "Nothing was taken back.", withdraw},
    {"touched.by", "group item", "", touched_by},
    {"requests", "group", "", requests},
    {"request.pass", "group item", "Nothing was sent.", request_pass},
    {"answers", "group", "", answers},
    {"answer.open", "group number", "It is still closed.", answer_open},
    {"audit", "group", "", audit},
};

}  // namespace

std::span<const Call> feedback_calls() { return kCalls; }

}  // namespace kith::cli
