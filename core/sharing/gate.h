// The consent gate. Nothing leaves but through here: preview shows the exact text and readers, confirm writes
// a consent record and nothing else, release checks everything again, seals and queues.
//
//   Draft -> preview() -> show it -> confirm(draft, digest shown) -> outbox -> release (tick, or release_now)
//
// Items, Feedback and Groups make drafts; a person (or a script, with exactly the digest) confirms them.
#pragma once

#include "core/sharing/body.h"
#include "core/sharing/node.h"
#include "core/sharing/people.h"

namespace kith::sharing {

enum class To : std::uint8_t { one, some, leaders, group };
struct Audience {
  To to;
  std::vector<MemberId> people;  // for one and some; myself need not be named
};

// What I might share: a copy of my words and the terms I want. Nothing here has left or will by itself.
struct Draft {
  BodyType what = BodyType::item;
  Audience audience{To::leaders, {}};
  std::string text;
  std::string entry;         // which journal entry it was copied from; stays here
  std::string kind;          // of the entry, as the readers see it
  std::optional<Day> until;  // none: the agreement's term; a later day is cut to it
  Responses responses = Responses::resonance;
  LeaderMay leader_may = LeaderMay::ask_first;  // counts only where leaders alone read
  bool tender = false;
  bool unfinished = false;
  std::string content_note;
  std::string purpose;
  std::vector<ItemRef> refs;
  std::optional<Ask> ask;
  std::optional<ItemId> item;  // set by Items::widen: the next version of this item of mine
};

enum class Rule : std::uint8_t {
  not_agreed,       // no agreement in force, or I have not signed it
  not_a_member,     // I left, was removed or suspended, or this device may not sign
  empty,            // nothing to share
  nobody,           // no reader besides me who has signed
  some_not_agreed,  // the agreement does not allow an audience of some
  absent_member,    // several people would read about a current member who would not
  private_link,     // "@ana ~ my sister": private links never leave
  no_open_request,  // feedback nobody asked for
  no_responses,     // its author does not want that kind of response
  not_mine,         // only the author widens or withdraws
  narrower,         // a wider audience must hold everyone who has it already
  altered,          // the record is not what was confirmed
};
const char* text_of(Rule rule);  // one sentence: whose rule and what it says

enum class PauseKind : std::uint8_t {
  about_somebody,   // names somebody absent, to one person or the leaders: "Is this about you, or about Ana?"
  names_a_reader,   // names somebody who will read it among others
  say_in_the_room,  // my reaction, sent only to the person it names: "Could this be said in the room?"
};
struct Pause {
  PauseKind kind;
  People about;
};
struct Refusal {
  Rule rule;
  People about;  // whom it concerns, for absent_member
};

struct Preview {
  std::string text;        // exactly what leaves
  People readers;          // by name, myself left out
  People cannot_read_yet;  // in the audience, not signed: nothing is sealed to them
  bool leaders_only;
  std::optional<LeaderMay> leader_may;
  Day until;
  Responses responses;
  bool tender, unfinished;
  std::string content_note;
  std::uint32_t agreement_version;
  std::chrono::seconds can_be_stopped_for;
  std::vector<Pause> pauses;
  std::optional<Refusal> refusal;  // then it cannot be confirmed
  Digest digest = Digest::zero();  // of text, audience and terms: what a consent names
};

enum class ConsentState : std::uint8_t {
  waiting = 1,     // in the outbox, can be taken back
  released = 2,    // sealed and handed to the courier
  taken_back = 3,  // never left
  ask_again = 4,   // a rule said no at release: the agreement changed, nobody may read it any more
  withdrawn = 5,   // left, and was asked to be erased
  expired = 6,
};
struct Confirmed {
  std::int64_t consent;
  ItemId item;
  WallTime release_at;
};
struct OutboxLine {
  std::int64_t consent;
  GroupId group;
  ItemId item;
  BodyType what;
  std::string text;
  People readers;
  WallTime confirmed_at;
  WallTime release_at;
  ConsentState state;       // waiting or ask_again
  std::optional<Rule> why;  // for ask_again
};

// A body on its way out, with the record that permits it. Only the gate makes one; only publish takes one.
class Outgoing {
 public:
  const GroupId& group() const { return group_; }
  const Bytes& body() const { return body_; }
  const std::vector<MemberId>& audience() const { return audience_; }
  std::int64_t consent() const { return consent_; }  // 0: none
  const char* rule() const { return rule_; }         // machine made; nullptr: exactly what was consented to
  // The text of an agreement goes to those who have yet to sign it; nothing else does.
  bool before_signing() const { return before_signing_; }

 private:
  friend class ConsentGate;
  Outgoing(const GroupId& group, Bytes body, std::vector<MemberId> audience)
      : group_(group), body_(std::move(body)), audience_(std::move(audience)) {}
  GroupId group_;
  Bytes body_;
  std::vector<MemberId> audience_;
  std::int64_t consent_ = 0;
  const char* rule_ = nullptr;
  bool before_signing_ = false;
};

class ConsentGate {
 public:
  explicit ConsentGate(Node& node) : node_(node) {}

  Result<Preview> preview(const GroupId& group, const Draft& draft);
  // refused: a rule (see Preview), `seen` is not the digest of this draft now, or exactly this waits in the
  // outbox or left within the last minute: it was approved in two places at once. Writes one record.
  Result<Confirmed> confirm(const GroupId& group, const Draft& draft, const Digest& seen);

  Result<std::vector<OutboxLine>> outbox();
  Result<void> take_back(std::int64_t consent);    // not_found: no such; refused: it has left
  Result<void> release_now(std::int64_t consent);  // the person was asked again
  // Everything whose time has come, in one padded batch a group. `explicitly`: a person asked for a sync;
  // else batches keep half an hour apart. Returns how many shares left.
  Result<std::size_t> release_due(bool explicitly);
  Result<std::optional<WallTime>> next_due();

  // Standing consents: my profile, to whoever has signed, sealed again when somebody new has; and the text of
  // an agreement that I proposed, to every member. Both go with the next batch.
  Result<void> set_profile(const GroupId& group, const Profile& profile);
  Result<void> send_agreement(const GroupId& group, std::uint32_t version, ByteView text);

 private:
  struct Batch;
  Result<std::size_t> release(const GroupId& group, bool explicitly);
  Result<void> add_due(Batch& batch);
  Result<void> add_profile(Batch& batch);
  Result<void> seal(Batch& batch);
  Result<void> take_back_old_profiles(const GroupId& group);
  Node& node_;
};

}  // namespace kith::sharing
