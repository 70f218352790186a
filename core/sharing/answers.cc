// Who may answer what: the same rule at the giver, before sending, and (from the other side) at the receiver.
#include <algorithm>

#include "core/sharing/compose.h"
#include "core/sharing/received.h"

namespace kith::sharing {
namespace {

AnswerTo no(Rule rule) { return {{}, rule}; }

AnswerTo to_request(const Node& node, const Book& book, const ReceivedItem& request) {
  const bool open = request.body && request.body->ask && request.state == ItemState::shown &&
                    node.today() <= request.body->ask->until;
  if (!open) return no(Rule::no_open_request);
  AnswerTo to{{request.ref.author}, std::nullopt};
  if (request.body->ask->answers_to_all) to.readers = request.body->audience;
  std::erase(to.readers, book.me);
  return to;
}

}  // namespace

Result<AnswerTo> may_answer(Node& node, const Book& book, BodyType type, const ItemRef& to) {
  const auto state = book.state();
  const auto author = state->members.find(to.author);
  if (to.author == book.me || author == state->members.end()) return no(Rule::no_open_request);
  if (to.item.is_zero()) {  // leaders carry a standing request to every member
    const bool asks = type == BodyType::feedback && state->active(to.author) && state->leads(to.author);
    return asks ? AnswerTo{{to.author}, std::nullopt} : no(Rule::no_open_request);
  }
  KITH_TRY(const auto item, received_item(node, book.group, to));
  const Rule rule = type == BodyType::resonance ? Rule::no_responses : Rule::no_open_request;
  if (!item || !item->body || item->state != ItemState::shown ||
      !may_be_shown(*state, to.author, book.me, item->body->agreement.view()))
    return no(rule);
  if (item->body->type == BodyType::request && type != BodyType::resonance)
    return to_request(node, book, *item);
  if (item->body->type != BodyType::item) return no(rule);
  const auto wanted = item->body->responses.value_or(Responses::none);
  const bool welcome = type == BodyType::resonance ? wanted != Responses::none
                                                   : wanted == Responses::open && type == BodyType::feedback;
  return welcome ? AnswerTo{{to.author}, std::nullopt} : no(rule);
}

}  // namespace kith::sharing
