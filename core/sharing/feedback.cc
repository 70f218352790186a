#include "core/sharing/feedback.h"

#include <algorithm>
#include <map>

#include "core/sharing/consent.h"
#include "core/sharing/shown.h"
#include "core/sharing/tables.h"

namespace kith::sharing {
namespace {

Result<Draft> answer(Node& node, const GroupId& group, BodyType type, const ItemRef& to, std::string text) {
  KITH_TRY(auto* book, node.book(group));
  KITH_TRY(const auto allowed, may_answer(node, *book, type, to));
  if (allowed.rule) return tl::unexpected<Error>(refusal(*allowed.rule));
  Draft draft;
  draft.what = type;
  draft.audience = {allowed.readers.size() == 1 ? To::one : To::some, allowed.readers};
  draft.text = std::move(text);
  draft.refs = {to};
  return draft;
}

// What I answered, by request: from my own consents, so that nobody else can tell.
Result<std::optional<RequestState>> my_answer(const std::vector<ConsentRow>& rows, const ItemRef& request) {
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    const bool is_answer = row->type == BodyType::feedback || row->type == BodyType::in_the_room;
    if (!is_answer || row->body.empty()) continue;
    KITH_TRY(const auto body, parse_body(row->body));
    if (std::ranges::find(body.refs, request) == body.refs.end()) continue;
    return row->type == BodyType::feedback ? RequestState::answered : RequestState::in_the_room;
  }
  return std::nullopt;
}

Answer answer_of(const ReceivedItem& item, const People& people) {
  const Person* giver = find(people, item.ref.author);
  KITH_ASSERT(giver != nullptr);
  const bool in_the_room = item.type == BodyType::in_the_room;
  Answer answer{item.number, *giver, item.body->refs.front(), in_the_room, item.opened, "", item.day};
  if (item.opened) answer.text = item.body->text;
  return answer;
}

bool is_answer_to(const Book& book, const ReceivedItem& item) {
  const bool type = item.type == BodyType::feedback || item.type == BodyType::in_the_room;
  return type && item.state == ItemState::shown && item.body && !item.body->refs.empty() &&
         may_show(book, item);
}

}  // namespace

Draft Feedback::ask(const Audience& from, const Ask& ask, std::string text, std::optional<ItemRef> about) {
  Draft draft;
  draft.what = BodyType::request;
  draft.audience = from;
  draft.text = std::move(text);
  draft.ask = ask;
  if (about) draft.refs = {*about};
  return draft;
}

Result<Draft> Feedback::give(const GroupId& group, const ItemRef& to, std::string text) {
  return answer(node_, group, BodyType::feedback, to, std::move(text));
}

Result<Draft> Feedback::say_in_the_room(const GroupId& group, const ItemRef& request) {
  return answer(node_, group, BodyType::in_the_room, request, "");
}

Result<Draft> Feedback::resonate(const GroupId& group, const ItemRef& item) {
  return answer(node_, group, BodyType::resonance, item, "");
}

Draft Feedback::thank(const MemberId& whom, std::string text, std::optional<ItemRef> for_item) {
  Draft draft;
  draft.what = BodyType::thanks;
  draft.audience = {To::one, {whom}};
  draft.text = std::move(text);
  if (for_item) draft.refs = {*for_item};
  return draft;
}

Result<std::vector<RequestToMe>> Feedback::requests_to_me(const GroupId& group) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(const auto people, people_of(node_, *book));
  KITH_TRY(const auto items, received_items(node_, group));
  KITH_TRY(const auto rows, consent_rows(node_, group));
  std::vector<RequestToMe> requests;
  std::map<MemberId, std::size_t> open;  // by asker
  for (const auto& item : items) {
    const bool request =
        item.type == BodyType::request && item.state == ItemState::shown && item.body && item.body->ask;
    if (!request || !may_show(*book, item)) continue;
    RequestToMe to_me{item.ref,        *find(people, item.ref.author),
                      *item.body->ask, item.body->text,
                      std::nullopt,    RequestState::open};
    if (!item.body->refs.empty()) to_me.about = item.body->refs.front();
    KITH_TRY(const auto answered, my_answer(rows, item.ref));
    KITH_TRY(const bool put_aside, passed(node_, group, item.ref));
    if (item.body->ask->until < node_.today()) to_me.state = RequestState::over;
    if (put_aside) to_me.state = RequestState::passed;
    if (answered) to_me.state = *answered;
    if (to_me.state == RequestState::open && ++open[item.ref.author] > kMaxRequestsOfOne) continue;
    requests.push_back(std::move(to_me));
  }
  return requests;
}

Result<std::vector<RequestOfMine>> Feedback::requests_of_mine(const GroupId& group) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(const auto rows, consent_rows(node_, group));
  std::vector<RequestOfMine> requests;
  for (const auto& row : rows) {
    if (row.type != BodyType::request || row.state != ConsentState::released || row.body.empty()) continue;
    KITH_TRY(const auto body, parse_body(row.body));
    if (!body.ask) continue;
    requests.push_back({{book->me, row.item}, *body.ask, body.text, body.ask->until < node_.today()});
  }
  return requests;
}

Result<void> Feedback::pass(const GroupId& group, const ItemRef& request) {
  KITH_TRY(const auto item, received_item(node_, group, request));
  if (!item || item->type != BodyType::request) return fail(Errc::not_found, "there is no such request");
  KITH_TRY(auto put, node_.journal().prepare("INSERT OR IGNORE INTO share_request VALUES (?1, ?2, ?3)"));
  put.bind(1, group.view()).bind(2, request.author.view()).bind(3, request.item.view());
  return put.run();
}

Result<std::vector<Answer>> Feedback::answers(const GroupId& group) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(const auto people, people_of(node_, *book));
  KITH_TRY(const auto items, received_items(node_, group));
  std::vector<Answer> answers;
  for (const auto& item : items)
    if (is_answer_to(*book, item)) answers.push_back(answer_of(item, people));
  return answers;
}

Result<Answer> Feedback::open_answer(const GroupId& group, std::int64_t number) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(const auto people, people_of(node_, *book));
  KITH_TRY(auto items, received_items(node_, group));
  for (auto& item : items) {
    if (item.number != number || !is_answer_to(*book, item)) continue;
    KITH_TRY(auto update, node_.journal().prepare("UPDATE share_item SET opened = 1 WHERE number = ?1"));
    update.bind(1, number);
    KITH_CHECK(update.run());
    item.opened = true;
    return answer_of(item, people);
  }
  return fail(Errc::not_found, "there is no such answer");
}

Result<People> Feedback::touched(const GroupId& group, const ItemId& mine) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(const auto people, people_of(node_, *book));
  KITH_TRY(const auto items, received_items(node_, group));
  People touched;
  for (const auto& item : items) {
    if (item.type != BodyType::resonance || item.state != ItemState::shown || !item.body ||
        !may_show(*book, item))
      continue;
    const bool this_one =
        std::ranges::find(item.body->refs, ItemRef{book->me, mine}) != item.body->refs.end();
    if (this_one && find(touched, item.ref.author) == nullptr)
      touched.push_back(*find(people, item.ref.author));
  }
  return touched;
}

}  // namespace kith::sharing
