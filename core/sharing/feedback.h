// Asking, answering, passing, thanking. Nothing unasked is sent from here, and nothing unasked is shown here.
#pragma once

#include "core/sharing/items.h"

namespace kith::sharing {

// Open requests that one person may have with me; older ones make room and are listed no more.
inline constexpr std::size_t kMaxRequestsOfOne = 8;

enum class RequestState : std::uint8_t { open = 1, answered = 2, passed = 3, in_the_room = 4, over = 5 };

struct RequestToMe {
  ItemRef ref;
  Person asker;
  Ask ask;
  std::string text;
  std::optional<ItemRef> about;  // an item it refers to
  RequestState state;            // mine alone: nobody else can tell
};
struct Answer {
  std::int64_t number;  // for open_answer
  Person giver;
  ItemRef request;
  bool in_the_room;  // "I'd rather say it in the room"
  bool opened;
  std::string text;  // empty until opened
  Day given;
};
struct RequestOfMine {
  ItemRef ref;
  Ask ask;
  std::string text;
  bool resting;  // its day is over: "Take it to the next session?"
};

class Feedback {
 public:
  explicit Feedback(Node& node) : node_(node) {}

  // Drafts for the gate. `about`: an item the question refers to.
  Draft ask(const Audience& from, const Ask& ask, std::string text, std::optional<ItemRef> about = {});
  // refused (no_open_request) unless `to` is an open request to me, an item whose author is open to
  // responses, or its author leads (leaders always ask every member): for that, pass the leader's member id
  // and a zero item.
  Result<Draft> give(const GroupId& group, const ItemRef& to, std::string text);
  Result<Draft> say_in_the_room(const GroupId& group, const ItemRef& request);
  Result<Draft> resonate(const GroupId& group, const ItemRef& item);  // refused: no_responses
  Draft thank(const MemberId& whom, std::string text, std::optional<ItemRef> for_item = {});

  Result<std::vector<RequestToMe>> requests_to_me(const GroupId& group);  // newest first
  Result<std::vector<RequestOfMine>> requests_of_mine(const GroupId& group);
  Result<void> pass(const GroupId& group, const ItemRef& request);  // stays here, sends nothing

  // Answers to me, closed until I open them, one at a time.
  Result<std::vector<Answer>> answers(const GroupId& group);
  Result<Answer> open_answer(const GroupId& group, std::int64_t number);
  // "This touched me", on an item of mine. Never counted.
  Result<People> touched(const GroupId& group, const ItemId& item);

 private:
  Node& node_;
};

}  // namespace kith::sharing
