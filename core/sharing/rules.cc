#include "core/sharing/compose.h"

namespace kith::sharing {
namespace {

// One place for the words: Error wants text known at compile time, text_of() gives the same.
constexpr Literal literal_of(Rule rule) {
  switch (rule) {
    case Rule::not_agreed:
      return "not-agreed: the group's agreement is not in force yet, or you have not signed it";
    case Rule::not_a_member:
      return "not-a-member: this node has no place in the group now";
    case Rule::empty:
      return "empty: there is nothing to share";
    case Rule::nobody:
      return "nobody: none of them has signed the agreement, so nobody could read it";
    case Rule::some_not_agreed:
      return "some-not-agreed: your agreement knows one person, the leaders or the whole group";
    case Rule::absent_member:
      return "absent-member: this names somebody who would not read it";
    case Rule::private_link:
      return "private-link: what you noted about somebody with @name ~ stays yours";
    case Rule::no_open_request:
      return "no-open-request: nobody asked for this; feedback is given only when asked";
    case Rule::no_responses:
      return "no-responses: its author does not wish for this kind of response";
    case Rule::not_mine:
      return "not-mine: only its author can let more people in, and only while it is shared";
    case Rule::narrower:
      return "narrower: everyone who has it stays; to show it to fewer, take it back and share it again";
    case Rule::altered:
      return "altered: this record is not what was confirmed; nothing leaves under it";
  }
  return "unknown rule";
}

}  // namespace

const char* text_of(Rule rule) { return literal_of(rule).text(); }
Error refusal(Rule rule) { return Error{Errc::refused, literal_of(rule)}; }

}  // namespace kith::sharing
