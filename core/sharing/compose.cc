#include "core/sharing/compose.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/sharing/erasing.h"
#include "crypto/hash.h"

namespace kith::sharing {
namespace {

constexpr std::string_view kSomeSection = "some";  // the agreement has it: an audience of some is allowed

bool reads(const People& people, const MemberId& id) { return find(people, id) != nullptr; }

std::vector<MemberId> wanted(const Draft& draft, const People& people) {
  std::vector<MemberId> ids;
  for (const auto& person : people) {
    if (person.me || !is_member_now(person)) continue;
    const bool named = std::ranges::find(draft.audience.people, person.id) != draft.audience.people.end();
    const bool in =
        draft.audience.to == To::group || (draft.audience.to == To::leaders ? leads(person) : named);
    if (in) ids.push_back(person.id);
  }
  return ids;
}

Result<bool> some_allowed(Node& node, const Book& book) {
  const auto state = book.state();
  if (!state->agreement) return false;
  KITH_TRY(const auto text, agreement_text(node, book.group, state->agreement->text));
  return text && std::ranges::any_of(text->sections, [](const auto& section) {
           return section.key == kSomeSection && !section.text.empty();
         });
}

bool needs_text(BodyType type) {
  return type == BodyType::item || type == BodyType::feedback || type == BodyType::thanks;
}
bool is_answer(BodyType type) {
  return type == BodyType::feedback || type == BodyType::in_the_room || type == BodyType::resonance;
}

Result<void> check_shape(const Draft& draft, Day today) {
  for (const auto& text : {draft.text, draft.content_note, draft.purpose, draft.kind})
    if (!is_utf8(text) || text.find('\0') != text.npos)
      return fail(Errc::usage, "this text is not UTF-8 and cannot be shared");
  if (draft.text.size() > kMaxText) return fail(Errc::too_large, "a shared text has at most 64 KiB");
  if (draft.content_note.size() > kMaxNote || draft.purpose.size() > kMaxNote || draft.kind.size() > kMaxNote)
    return fail(Errc::too_large, "a note has at most 256 bytes");
  if (draft.refs.size() > kMaxRefs) return fail(Errc::too_large, "too many references");
  if (draft.until && *draft.until < today) return fail(Errc::usage, "that day has passed");
  if (draft.what == BodyType::request && (!draft.ask || draft.ask->until < today))
    return fail(Errc::usage, "a request needs a kind and a day that is still to come");
  return {};
}

void fill_body(Composed& out, const Draft& draft, const Book& book, Day today) {
  Body& body = out.body;
  body.type = draft.what;
  body.text = draft.text;
  body.kind = draft.kind;
  body.purpose = draft.purpose;
  body.content_note = draft.content_note;
  body.tender = draft.tender;
  body.unfinished = draft.unfinished;
  body.refs = draft.refs;
  body.ask = draft.ask;
  const auto state = book.state();
  const Day term = keep_until(today, *state);
  body.expires = draft.until ? std::min(*draft.until, term) : term;
  if (body.type == BodyType::item) body.responses = draft.responses;
  if (body.type == BodyType::item && out.leaders_only) body.leader_may = draft.leader_may;
  if (state->agreement) body.agreement = state->agreement->text;
  body.audience.push_back(book.me);
  for (const auto& reader : out.readers) body.audience.push_back(reader.id);
  std::ranges::sort(body.audience);
}

void add_mentions(Composed& out, const People& people) {
  const Body& body = out.body;
  for (const auto& handle : handles_in(body.text + "\n" + body.content_note + "\n" + body.purpose)) {
    const Person* person = find_handle(people, handle);
    if (person != nullptr && !person->me) out.body.mentions.push_back(person->id);
  }
  std::ranges::sort(out.body.mentions);
}

void add_pauses(Composed& out, const People& people) {
  const People absent = absent_members(people, out.body, out.readers);
  People named;
  for (const auto& reader : out.readers)
    if (std::ranges::find(out.body.mentions, reader.id) != out.body.mentions.end()) named.push_back(reader);
  if (!absent.empty()) out.pauses.push_back({PauseKind::about_somebody, absent});
  const bool alone = out.readers.size() == 1;
  if (!named.empty() && !alone) out.pauses.push_back({PauseKind::names_a_reader, named});
  if (!named.empty() && alone && out.body.type == BodyType::item)
    out.pauses.push_back({PauseKind::say_in_the_room, named});
}

// A new version of something of mine: for everyone who has it and more.
Result<std::optional<Rule>> continue_item(Node& node, Composed& out, const GroupId& group, const ItemId& item,
                                          const People& people) {
  KITH_TRY(const auto before, consent_of(node, group, item));
  if (!before || before->state != ConsentState::released) return Rule::not_mine;
  out.body.item = item;
  out.body.version = before->newest_version + 1;
  for (const auto& id : before->audience) {
    const Person* person = find(people, id);
    const bool stays = person != nullptr && person->status == group::Status::active && person->agreed;
    if (stays && !std::ranges::binary_search(out.body.audience, id)) return Rule::narrower;
  }
  return std::nullopt;
}

}  // namespace

bool leads(const Person& person) {
  return person.role == group::Role::leader || person.role == group::Role::co_leader;
}

bool holds_private_link(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t-*"), line.size()));
    if (!line.starts_with('@')) continue;
    line.remove_prefix(std::min(line.find_first_of(" \t"), line.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.starts_with("~ ") || line.starts_with("~\t")) return true;
  }
  return false;
}

People absent_members(const People& people, const Body& body, const People& readers) {
  People absent;
  for (const auto& id : body.mentions) {
    const Person* person = find(people, id);
    if (person != nullptr && !person->me && is_member_now(*person) && !reads(readers, id))
      absent.push_back(*person);
  }
  return absent;
}

Result<Composed> compose(Node& node, Book& book, const Draft& draft) {
  const Day today = node.today();
  KITH_CHECK(check_shape(draft, today));
  KITH_TRY(const People people, people_of(node, book));
  Composed out;
  const auto refuse = [&out](Rule rule, People about = {}) {
    if (!out.refusal) out.refusal = Refusal{rule, std::move(about)};
  };
  KITH_TRY(const bool retired, node.keyring().retired(book.group));
  if (!book.i_am_active() || retired) refuse(Rule::not_a_member);
  const auto state = book.state();
  if (!state->agreement || !state->has_agreed(book.me)) refuse(Rule::not_agreed);

  std::vector<MemberId> ids = wanted(draft, people);
  if (is_answer(draft.what)) {
    if (draft.refs.empty()) return fail(Errc::usage, "an answer names what it answers");
    KITH_TRY(const auto answer, may_answer(node, book, draft.what, draft.refs.front()));
    if (answer.rule) refuse(*answer.rule);
    ids = answer.readers;
  } else if (draft.audience.to == To::some && ids.size() > 1 && draft.what == BodyType::item) {
    KITH_TRY(const bool allowed, some_allowed(node, book));
    if (!allowed) refuse(Rule::some_not_agreed);
  }
  for (const auto& id : ids) {
    const Person* person = find(people, id);
    if (person == nullptr || person->me || !is_member_now(*person)) continue;
    const bool can_read = person->agreed && person->status == group::Status::active;
    (can_read ? out.readers : out.cannot_read_yet).push_back(*person);
  }
  out.leaders_only = !out.readers.empty() && std::ranges::all_of(out.readers, leads);
  fill_body(out, draft, book, today);
  add_mentions(out, people);
  if (needs_text(draft.what) && draft.text.find_first_not_of(" \t\r\n") == draft.text.npos)
    refuse(Rule::empty);
  if (holds_private_link(draft.text)) refuse(Rule::private_link);
  if (out.readers.empty()) refuse(Rule::nobody);
  if (draft.item) {
    KITH_TRY(const auto rule, continue_item(node, out, book.group, *draft.item, people));
    if (rule) refuse(*rule);
  }
  const People absent = absent_members(people, out.body, out.readers);
  if (!absent.empty() && out.readers.size() > 1 && !out.leaders_only) refuse(Rule::absent_member, absent);
  add_pauses(out, people);
  return out;
}

Digest consent_digest(const GroupId& group, const Body& body) {
  Body named = body;
  if (named.version == 1) named.item = ItemId::zero();
  named.written = Day{0};
  return crypto::H("kith1.consent", {group.view(), encode(named, 0)});
}

}  // namespace kith::sharing
