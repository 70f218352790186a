#include "core/sharing/items.h"

#include <algorithm>
#include <set>

#include "core/sharing/accept.h"
#include "core/sharing/consent.h"
#include "core/sharing/publish.h"
#include "core/sharing/shown.h"
#include "core/sharing/tables.h"

namespace kith::sharing {
namespace {

constexpr const char* kWithdrawn = "withdraw: asked to be erased";

// Members whose own records say that they processed my log up to `seq`.
std::size_t processed_by(const Book& book, const std::vector<MemberId>& audience, std::uint64_t seq) {
  std::set<MemberId> members;
  const auto state = book.state();
  for (const auto& [id, device] : state->devices) {
    if (device.member == book.me || std::ranges::find(audience, device.member) == audience.end()) continue;
    const auto mark = std::ranges::find(device.checkpoint, book.device, &group::Mark::device);
    if (mark != device.checkpoint.end() && mark->seq >= seq) members.insert(device.member);
  }
  return members.size();
}

void fill(SharedItem& item, const Body& body, const People& people) {
  item.text = body.text;
  item.kind = body.kind;
  item.content_note = body.content_note;
  item.purpose = body.purpose;
  item.tender = body.tender;
  item.unfinished = body.unfinished;
  item.responses = body.responses.value_or(Responses::none);
  item.leader_may = body.leader_may;
  item.refs = body.refs;
  item.ask = body.ask;
  for (const auto& id : body.audience)
    if (const Person* person = find(people, id)) item.audience.push_back(*person);
}

Result<SharedItem> mine_of(const Book& book, const People& people, const ConsentRow& row) {
  SharedItem item{book.group, {book.me, row.item}, me_of(book, people), row.type, ItemState::shown};
  item.version = row.version;
  item.expires = row.until;
  item.shared = day_of(row.confirmed_at);
  if (row.state == ConsentState::withdrawn) item.state = ItemState::withdrawn;
  if (row.state == ConsentState::expired) item.state = ItemState::expired;
  if (!row.body.empty()) {
    KITH_TRY(const auto body, parse_body(row.body));
    fill(item, body, people);
  }
  for (const auto& id : row.audience) item.readers += id == book.me ? 0 : 1;
  if (row.seq) item.reached = processed_by(book, row.audience, *row.seq);
  if (row.tomb_seq) item.erased = processed_by(book, row.audience, *row.tomb_seq);
  return item;
}

bool is_item_for_reading(BodyType type) {
  return type == BodyType::item || type == BodyType::thanks || type == BodyType::request;
}

bool left(const ConsentRow& row) {
  return row.state == ConsentState::released || row.state == ConsentState::withdrawn ||
         row.state == ConsentState::expired;
}

bool listed(BodyType type) { return type != BodyType::profile && type != BodyType::agreement; }

}  // namespace

bool may_show(const Book& book, const ReceivedItem& item) {
  const auto state = book.state();
  if (!state->counts(item.device, item.seq) || !state->members.contains(item.ref.author)) return false;
  return !item.body || may_be_shown(*state, item.ref.author, book.me, item.body->agreement.view());
}

SharedItem shown_item(const Book& book, const People& people, const ReceivedItem& received) {
  const Person* author = find(people, received.ref.author);
  KITH_ASSERT(author != nullptr);
  SharedItem item{book.group, received.ref, *author, received.type, received.state};
  item.version = received.version;
  item.folded = author->status == group::Status::suspended;
  item.two_versions = received.two_versions;
  item.shared = received.day;
  item.expires = received.expires;
  if (received.body) fill(item, *received.body, people);
  return item;
}

Result<std::vector<SharedItem>> Items::mine(const GroupId& group) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(const auto people, people_of(node_, *book));
  KITH_TRY(const auto rows, consent_rows(node_, group));
  std::vector<SharedItem> items;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    if (!left(*row) || !listed(row->type)) continue;
    const bool newer =
        std::ranges::any_of(items, [&](const auto& item) { return item.ref.item == row->item; });
    if (newer) continue;
    KITH_TRY(auto item, mine_of(*book, people, *row));
    items.push_back(std::move(item));
  }
  return items;
}

Result<std::vector<SharedItem>> Items::received(const GroupId& group) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(const auto people, people_of(node_, *book));
  KITH_TRY(const auto all, received_items(node_, group));
  std::vector<SharedItem> items;
  for (const auto& item : all) {
    if (item.type != BodyType::item && item.type != BodyType::thanks) continue;
    if (may_show(*book, item)) items.push_back(shown_item(*book, people, item));
  }
  return items;
}

Result<SharedItem> Items::get(const GroupId& group, const ItemRef& ref) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(const auto people, people_of(node_, *book));
  if (ref.author == book->me) {
    KITH_TRY(const auto items, mine(group));
    for (const auto& item : items)
      if (item.ref == ref) return item;
    return fail(Errc::not_found, "there is no such share");
  }
  KITH_TRY(const auto item, received_item(node_, group, ref));
  if (!item || !is_item_for_reading(item->type) || !may_show(*book, *item))
    return fail(Errc::not_found, "there is no such share");
  return shown_item(*book, people, *item);
}

Result<std::vector<SharedItem>> Items::find(const GroupId& group, std::string_view words) {
  // Every word quoted, so that none is read as a query; the last one as the beginning of a word.
  std::string query;
  for (std::size_t at = 0; at < words.size();) {
    const auto end = std::min(words.find_first_of(" \t\r\n", at), words.size());
    if (end > at) {
      query += query.empty() ? "\"" : " \"";
      for (const char c : words.substr(at, end - at))
        if (c != '"' && c != '\0') query += c;
      query += '"';
    }
    at = end + 1;
  }
  if (query.empty()) return fail(Errc::usage, "say a word to look for");
  query += '*';
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(const auto people, people_of(node_, *book));
  KITH_TRY(auto select,
           node_.journal().prepare(
               "SELECT author, item FROM share_item WHERE grp = ?1 AND state = 1 AND number IN "
               "(SELECT rowid FROM share_index WHERE share_index MATCH ?2) ORDER BY number DESC"));
  select.bind(1, group.view()).bind(2, query);
  std::vector<SharedItem> items;
  while (true) {
    KITH_TRY(const bool more, select.step());
    if (!more) return items;
    KITH_TRY(const auto author, column<MemberId>(select, 0));
    KITH_TRY(const auto id, column<ItemId>(select, 1));
    KITH_TRY(const auto item, received_item(node_, group, {author, id}));
    if (item && may_show(*book, *item)) items.push_back(shown_item(*book, people, *item));
  }
}

Result<Draft> Items::widen(const GroupId& group, const ItemId& item, const Audience& audience) {
  KITH_TRY(const auto before, consent_of(node_, group, item));
  const bool live = before && before->state == ConsentState::released && before->body.type == BodyType::item;
  if (!live) return tl::unexpected<Error>(refusal(Rule::not_mine));
  const Body& body = before->body;
  Draft draft;
  draft.what = body.type;
  draft.audience = audience;
  draft.text = body.text;
  draft.entry = before->entry;
  draft.kind = body.kind;
  draft.until = std::max(body.expires, node_.today());
  draft.responses = body.responses.value_or(Responses::resonance);
  draft.leader_may = body.leader_may.value_or(LeaderMay::ask_first);
  draft.tender = body.tender;
  draft.unfinished = body.unfinished;
  draft.content_note = body.content_note;
  draft.purpose = body.purpose;
  draft.refs = body.refs;
  draft.item = item;
  return draft;
}

Result<Withdrawal> Items::withdraw(const GroupId& group, const ItemId& item) {
  KITH_TRY(const auto rows, consent_rows(node_, group));
  std::vector<EventId> envelopes;
  std::size_t readers = 0;
  bool any = false;
  for (const auto& row : rows) {
    if (row.item != item || !listed(row.type)) continue;
    if (row.state == ConsentState::waiting || row.state == ConsentState::ask_again) {
      any = true;
      const auto cancelled = ConsentGate(node_).take_back(row.id);
      if (!cancelled && cancelled.error().code != Errc::refused)
        return tl::unexpected<Error>(cancelled.error());
      if (cancelled) continue;
    }
    KITH_TRY(const auto left_now, events_of(node_, row.id));  // it may have left a moment ago
    if (row.state == ConsentState::withdrawn || row.state == ConsentState::expired || left_now.empty())
      continue;
    any = true;
    readers = std::max(readers, row.audience.size() - 1);
    envelopes.insert(envelopes.end(), left_now.begin(), left_now.end());
  }
  if (!any) return fail(Errc::not_found, "there is no such share of yours");
  if (!envelopes.empty()) {
    KITH_TRY([[maybe_unused]] const auto tombs,
             Publisher(node_).tombs(group, envelopes, kWithdrawn, Erased::withdrawn));
  }
  return Withdrawal{envelopes.size(), readers, envelopes.empty()};
}

}  // namespace kith::sharing
