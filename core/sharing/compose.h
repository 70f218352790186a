// From a draft to the body that would leave, the people it would reach, and the rules in between. Pure but
// for reading journal.db. Private to core/sharing.
#pragma once

#include "core/sharing/directory.h"
#include "core/sharing/gate.h"
#include "core/sharing/received.h"

namespace kith::sharing {

struct Composed {
  Body body;  // its item is zero unless it is a version of one that was shared before
  People readers;
  People cannot_read_yet;
  bool leaders_only = false;
  std::vector<Pause> pauses;
  std::optional<Refusal> refusal;
};
// usage: not UTF-8, too long, a day in the past. A rule that says no is in `refusal`.
Result<Composed> compose(Node& node, Book& book, const Draft& draft);

// Names, without the author, that `body` mentions and that are members now but not among `readers`.
People absent_members(const People& people, const Body& body, const People& readers);
bool leads(const Person& person);
bool holds_private_link(std::string_view text);  // "@ana ~ my sister"

// What the consent for `body` names. The item id of a first version and the day of writing are left out: they
// are not chosen yet when the preview is shown.
Digest consent_digest(const GroupId& group, const Body& body);

// Who reads an answer, or the rule that forbids it. `body_type`: feedback, in_the_room or resonance.
struct AnswerTo {
  std::vector<MemberId> readers;
  std::optional<Rule> rule;
};
Result<AnswerTo> may_answer(Node& node, const Book& book, BodyType type, const ItemRef& to);

// What I consented to, by item: the newest version that left, else the newest that waits.
struct Consent {
  std::int64_t id;
  Body body;
  ConsentState state;
  std::vector<MemberId> audience;
  std::string entry;
  std::uint32_t newest_version;  // waiting ones included
};
Result<std::optional<Consent>> consent_of(Node& node, const GroupId& group, const ItemId& item);
std::vector<MemberId> split_members(ByteView joined);
Bytes join_members(const std::vector<MemberId>& members);

Error refusal(Rule rule);  // Errc::refused with text_of(rule)

}  // namespace kith::sharing
