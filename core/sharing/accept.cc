#include "core/sharing/accept.h"

#include <algorithm>

#include "core/sharing/consent.h"
#include "core/sharing/erasing.h"
#include "core/sharing/tables.h"

namespace kith::sharing {
namespace {

constexpr std::uint32_t kGraceDays =
    2;  // clocks differ: an answer may be dated so much after the day asked for

constexpr std::ptrdiff_t kMaxUnnamed = 8;  // texts of one author that no agreement has (yet)

bool holds(const std::vector<MemberId>& members, const MemberId& id) {
  return std::ranges::find(members, id) != members.end();
}

bool in_time(const Ask& ask, const mail::Header& header) {
  return number(header.day) <= number(ask.until) + kGraceDays;
}

// An answer to something of mine: I asked for it, of this person, and the day is not over.
Result<Acceptance> answers_me(Node& node, const Book& book, const Arrived& arrived, const Body& body) {
  const ItemId item = body.refs.front().item;
  if (item.is_zero()) {  // who leads asks every member, always; only for the leader's own eyes
    const auto state = book.state();
    const bool welcome =
        body.type == BodyType::feedback && state->leads(book.me) && body.audience.size() == 2;
    return welcome ? Acceptance::kept : Acceptance::dropped;
  }
  KITH_TRY(const auto asked, consent_of(node, book.group, item));
  const bool left = asked && asked->state == ConsentState::released;
  if (!left || !holds(asked->audience, arrived.author)) return Acceptance::dropped;
  const Body& mine = asked->body;
  const auto wanted = mine.responses.value_or(Responses::none);
  const bool resonance = body.type == BodyType::resonance;
  if (mine.type == BodyType::item) {
    const bool welcome = resonance ? wanted != Responses::none : wanted == Responses::open;
    return welcome && body.type != BodyType::in_the_room ? Acceptance::kept : Acceptance::dropped;
  }
  const bool asks =
      mine.type == BodyType::request && mine.ask && !resonance && in_time(*mine.ask, arrived.header);
  return asks ? Acceptance::kept : Acceptance::dropped;
}

// An answer that everybody asked may read: the request must say so, and name both of us.
Result<Acceptance> answers_another(Node& node, const Book& book, const Arrived& arrived, const Body& body) {
  const ItemRef ref = body.refs.front();
  if (body.type != BodyType::feedback || ref.item.is_zero()) return Acceptance::dropped;
  KITH_TRY(const auto request, received_item(node, book.group, ref));
  if (!request) return Acceptance::parked;
  if (!request->body || request->body->type != BodyType::request || !request->body->ask)
    return Acceptance::dropped;
  const Body& asked = *request->body;
  const bool welcome = asked.ask->answers_to_all && holds(asked.audience, arrived.author) &&
                       holds(asked.audience, book.me) && in_time(*asked.ask, arrived.header);
  return welcome ? Acceptance::kept : Acceptance::dropped;
}

Result<Acceptance> judge(Node& node, const Book& book, const Arrived& arrived, const Body& body) {
  if (!holds(body.audience, book.me) || !holds(body.audience, arrived.author)) return Acceptance::dropped;
  switch (body.type) {
    case BodyType::item:
    case BodyType::request:
    case BodyType::thanks:
      return Acceptance::kept;
    case BodyType::feedback:
    case BodyType::in_the_room:
    case BodyType::resonance:
      if (body.refs.empty() || arrived.author == book.me) return Acceptance::dropped;
      return body.refs.front().author == book.me ? answers_me(node, book, arrived, body)
                                                 : answers_another(node, book, arrived, body);
    case BodyType::agreement:
    case BodyType::profile:
    case BodyType::empty:
      return Acceptance::dropped;
  }
  return Acceptance::dropped;
}

// The day it goes. By the local clock from today on, or the author's own earlier day; the last signature this
// node made shows a clock that fell back.
Result<Day> expiry_of(Node& node, const Book& book, const Body& body) {
  KITH_TRY(const auto own, node.keyring().own_head(book.group));
  const Day today = own ? std::max(node.today(), own->day) : node.today();
  const auto state = book.state();
  const Day term = keep_until(today, *state);
  return body.expires == Day{0} ? term : std::min(body.expires, term);
}

Result<void> put_item(Node& node, const Book& book, const Arrived& arrived, const Body& body) {
  auto& journal = node.journal();
  KITH_TRY(const auto known, received_item(node, book.group, {arrived.author, body.item}));
  // Erased stays erased; an older version changes nothing.
  if (known &&
      (known->state != ItemState::shown || known->version >= body.version || known->type != body.type))
    return {};
  KITH_TRY(const Day expires, expiry_of(node, book, body));
  KITH_TRY(
      auto put,
      journal.prepare(
          "INSERT INTO share_item(grp, author, item, version, type, event, device, seq, day, agreement, "
          "body, state, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1, ?12) "
          "ON CONFLICT(grp, author, item) DO UPDATE SET version = ?4, event = ?6, device = ?7, seq = ?8, "
          "agreement = ?10, body = ?11, expires = ?12"));
  put.bind(1, book.group.view()).bind(2, arrived.author.view()).bind(3, body.item.view());
  put.bind(4, static_cast<std::int64_t>(body.version)).bind(5, static_cast<std::int64_t>(body.type));
  put.bind(6, arrived.event.view()).bind(7, arrived.header.device.view());
  put.bind(8, static_cast<std::int64_t>(arrived.header.seq));
  put.bind(9, static_cast<std::int64_t>(number(arrived.header.day))).bind(10, body.agreement.view());
  if (known) KITH_CHECK(note_remnants(node));
  const Bytes stored = encode(body, 0);
  put.bind(11, ByteView(stored)).bind(12, static_cast<std::int64_t>(number(expires)));
  KITH_CHECK(put.run());
  if (body.type != BodyType::item && body.type != BodyType::thanks) return {};
  KITH_TRY(const auto row, received_item(node, book.group, {arrived.author, body.item}));
  KITH_TRY(auto clear, journal.prepare("DELETE FROM share_index WHERE rowid = ?1"));
  clear.bind(1, row->number);
  KITH_CHECK(clear.run());
  KITH_TRY(auto index, journal.prepare("INSERT INTO share_index(rowid, text) VALUES (?1, ?2)"));
  index.bind(1, row->number).bind(2, body.text);
  return index.run();
}

// The text may come before the act that names it, or while that act waits for others: a few are kept of each
// author, and shown nowhere before.
Result<Acceptance> take_text(Node& node, const Book& book, const MemberId& author, const Bytes& text) {
  if (!group::parse_agreement(text)) return Acceptance::dropped;
  const auto state = book.state();
  const auto unnamed = [&](const Digest& hash) {
    return std::ranges::none_of(state->agreements,
                                [&](const auto& entry) { return entry.second.version.text == hash; });
  };
  KITH_TRY(const auto held, texts_of(node, book.group, author));
  if (unnamed(group::text_hash(text)) && std::ranges::count_if(held, unnamed) >= kMaxUnnamed)
    return Acceptance::dropped;
  KITH_CHECK(put_agreement_text(node, book.group, text, author));
  return Acceptance::kept;
}

}  // namespace

Result<Acceptance> accept(Node& node, const Book& book, const Arrived& arrived, const Body& body) {
  if (body.type == BodyType::empty) return Acceptance::kept;
  if (body.type == BodyType::agreement) return take_text(node, book, arrived.author, body.agreement_text);
  if (body.type == BodyType::profile) {
    const Profile profile{body.profile_name, body.profile_pronouns};
    if (!holds(body.audience, book.me) || !sound_profile(profile)) return Acceptance::dropped;
    KITH_CHECK(store_profile(node, book.group, arrived.author,
                             {*sound_profile(profile), body.version, body.agreement, arrived.event}));
    return Acceptance::kept;
  }
  KITH_TRY(const auto acceptance, judge(node, book, arrived, body));
  if (acceptance == Acceptance::kept) KITH_CHECK(put_item(node, book, arrived, body));
  return acceptance;
}

Result<void> erase_items(Node& node, const EventId& event, ItemState state) {
  auto& journal = node.journal();
  KITH_TRY(auto index,
           journal.prepare(
               "DELETE FROM share_index WHERE rowid IN (SELECT number FROM share_item WHERE event = ?1)"));
  index.bind(1, event.view());
  KITH_CHECK(index.run());
  KITH_TRY(auto items,
           journal.prepare("UPDATE share_item SET body = NULL, state = ?2 WHERE event = ?1 AND state = 1"));
  items.bind(1, event.view()).bind(2, static_cast<std::int64_t>(state));
  KITH_CHECK(items.run());
  return node.journal().changes() > 0 ? note_remnants(node) : Result<void>{};
}

}  // namespace kith::sharing
