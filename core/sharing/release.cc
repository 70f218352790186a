// From the outbox to sealed mail: everything is checked again, sealed in padded batches, and queued.
#include <algorithm>

#include "core/sharing/compose.h"
#include "core/sharing/consent.h"
#include "core/sharing/gate.h"
#include "core/sharing/publish.h"
#include "core/sharing/tables.h"

namespace kith::sharing {
namespace {

constexpr std::chrono::minutes kBetweenBatches{30};
constexpr std::size_t kMaxBatch = 8;
constexpr const char* kResealed = "profile: sealed again for somebody who has signed";
constexpr const char* kPadding =
    "padding: an empty envelope, so that a batch does not tell how many shares it holds";
constexpr const char* kOldProfile = "profile: an earlier one is asked to be erased";

Result<std::optional<WallTime>> last_batch(Node& node, const GroupId& group) {
  KITH_TRY(auto select, node.journal().prepare("SELECT last_batch FROM share_group WHERE id = ?1"));
  select.bind(1, group.view());
  KITH_TRY(const bool found, select.step());
  if (!found || select.integer(0) == 0) return std::nullopt;
  return wall(select.integer(0));
}

// A batch "in the future" is a clock that went back: it does not hold anybody up.
bool too_soon(const std::optional<WallTime>& last, WallTime now) {
  return last && *last <= now && now < *last + kBetweenBatches;
}

Result<void> ask_again(Node& node, std::int64_t consent, Rule why) {
  KITH_TRY(auto update, node.journal().prepare(
                            "UPDATE share_consent SET state = 4, why = ?2 WHERE id = ?1 AND state = 1"));
  update.bind(1, consent).bind(2, static_cast<std::int64_t>(why));
  return update.run();
}

// The rules once more, against the group as it is now. The audience may only have shrunk.
Result<std::optional<Rule>> objection(Node& node, const Book& book, const ConsentRow& row) {
  const auto state = book.state();
  KITH_TRY(const auto body, parse_body(row.body));
  if (consent_digest(row.group, body) != row.digest || body.audience != row.audience) return Rule::altered;
  if (row.type == BodyType::agreement) return std::nullopt;
  if (!state->agreement || state->agreement->text != row.agreement || !state->has_agreed(book.me))
    return Rule::not_agreed;
  KITH_TRY(const auto people, people_of(node, book));
  People readers;
  for (const auto& id : row.audience) {
    const Person* person = find(people, id);
    if (person != nullptr && !person->me && person->agreed && person->status == group::Status::active)
      readers.push_back(*person);
  }
  if (readers.empty()) return Rule::nobody;
  const bool several = readers.size() > 1 && !std::ranges::all_of(readers, leads);
  if (several && !absent_members(people, body, readers).empty()) return Rule::absent_member;
  if (row.type == BodyType::feedback || row.type == BodyType::in_the_room ||
      row.type == BodyType::resonance) {
    KITH_TRY(const auto answer, may_answer(node, book, row.type, body.refs.front()));
    if (answer.rule) return answer.rule;
  }
  return std::nullopt;
}

// One of them came in by my door: they know that I was there, and should not read a number where my name
// belongs.
Result<bool> let_in_by_me(Node& node, const Book& book, const std::vector<MemberId>& members) {
  const auto state = book.state();
  for (const auto& id : members) {
    KITH_TRY(auto select, node.journal().prepare("SELECT wire FROM share_control WHERE event = ?1"));
    select.bind(1, state->members.at(id).enrolled_by.view());
    KITH_TRY(const bool found, select.step());
    if (!found) continue;
    const auto admitted = mail::Event::parse(select.blob_view(0));
    if (admitted && admitted->header().device == book.device) return true;
  }
  return false;
}

// Nothing can be sealed to somebody whose devices are all held or revoked.
bool can_get(const group::State& state, const MemberId& id, const group::MemberState& member) {
  const auto in_use = [&](const DeviceId& device) { return state.active(device); };
  return state.active(id) && state.has_agreed(id) && std::ranges::any_of(member.devices, in_use);
}

}  // namespace

struct ConsentGate::Batch {
  Book& book;
  std::vector<Outgoing> outgoing = {};
  std::size_t shares = 0;
  bool profile = false;
  bool shares_too = true;  // false: too soon after the last one
};

Result<void> ConsentGate::add_due(Batch& batch) {
  KITH_TRY(const auto rows, waiting_rows(node_));
  for (const auto& row : rows) {
    if (row.group != batch.book.group || row.state != ConsentState::waiting || row.release_at > node_.now())
      continue;
    KITH_TRY(const auto rule, objection(node_, batch.book, row));
    if (rule) {
      KITH_CHECK(ask_again(node_, row.id, *rule));
      continue;
    }
    Outgoing out(row.group, row.body, row.audience);
    out.consent_ = row.id;
    out.before_signing_ = row.type == BodyType::agreement;
    batch.outgoing.push_back(std::move(out));
    batch.shares += row.type == BodyType::agreement ? 0 : 1;
  }
  return {};
}

// My profile, if somebody who has signed does not have it yet.
Result<void> ConsentGate::add_profile(Batch& batch) {
  const auto state = batch.book.state();
  if (!state->agreement || !state->has_agreed(batch.book.me)) return {};
  std::vector<MemberId> should;
  for (const auto& [id, member] : state->members)
    if (can_get(*state, id, member)) should.push_back(id);
  if (should.size() < 2) return {};
  KITH_TRY(auto select,
           node_.journal().prepare("SELECT id, body FROM share_consent WHERE grp = ?1 AND type = 13 AND "
                                   "state = 2 ORDER BY id DESC LIMIT 1"));
  select.bind(1, batch.book.group.view());
  KITH_TRY(const bool found, select.step());
  if (!found) return {};
  const std::int64_t consent = select.integer(0);
  KITH_TRY(auto body, parse_body(select.blob_view(1)));
  KITH_TRY(auto sealed,
           node_.journal().prepare(
               "SELECT sealed_to FROM share_ledger WHERE consent = ?1 ORDER BY seq DESC LIMIT 1"));
  sealed.bind(1, consent);
  KITH_TRY(const bool before, sealed.step());
  std::vector<MemberId> have;
  if (before) have = split_members(sealed.blob_view(0));
  if (before && std::ranges::includes(have, should)) return {};
  if (!batch.shares_too) {
    auto missing = should;
    std::erase_if(missing, [&](const auto& id) { return std::ranges::find(have, id) != have.end(); });
    KITH_TRY(const bool at_my_door, let_in_by_me(node_, batch.book, missing));
    if (!at_my_door) return {};
  }
  body.audience = should;
  body.agreement = state->agreement->text;
  Outgoing out(batch.book.group, encode(body, state->members.size()), should);
  out.consent_ = consent;
  out.rule_ = kResealed;
  batch.outgoing.push_back(std::move(out));
  batch.profile = true;
  return {};
}

Result<void> ConsentGate::seal(Batch& batch) {
  Publisher publisher(node_);
  auto& all = batch.outgoing;
  for (std::size_t at = 0; at < all.size(); at += kMaxBatch) {
    std::vector<Outgoing> part;
    for (std::size_t i = at; i < std::min(at + kMaxBatch, all.size()); ++i) part.push_back(std::move(all[i]));
    std::size_t size = 1;
    while (size < part.size()) size *= 2;
    while (part.size() < size) {
      Body body;
      body.type = BodyType::empty;
      body.audience = {batch.book.me};
      const auto state = batch.book.state();
      Outgoing out(batch.book.group, encode(body, state->members.size()), body.audience);
      out.rule_ = kPadding;
      part.push_back(std::move(out));
    }
    for (std::size_t i = part.size(); i > 1; --i)
      std::swap(part[i - 1], part[node_.random().below(static_cast<std::uint32_t>(i))]);
    KITH_TRY([[maybe_unused]] const auto events, publisher.envelopes(batch.book.group, part));
  }
  return {};
}

Result<void> ConsentGate::take_back_old_profiles(const GroupId& group) {
  KITH_TRY(auto select,
           node_.journal().prepare(
               "SELECT l.event FROM share_ledger l JOIN share_consent c ON l.consent = c.id WHERE c.grp = ?1 "
               "AND c.type = 13 AND c.state = 5 AND c.tomb_seq IS NULL"));
  select.bind(1, group.view());
  KITH_TRY(const auto old, first_column<EventId>(select));
  if (old.empty()) return {};
  KITH_TRY([[maybe_unused]] const auto tombs,
           Publisher(node_).tombs(group, old, kOldProfile, Erased::withdrawn));
  KITH_TRY(
      auto update,
      node_.journal().prepare(
          "UPDATE share_consent SET tomb_seq = 0, body = NULL WHERE grp = ?1 AND type = 13 AND state = 5"));
  update.bind(1, group.view());
  return update.run();
}

Result<std::size_t> ConsentGate::release(const GroupId& group, bool explicitly) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(const bool retired, node_.keyring().retired(group));
  if (!book->i_am_active() || retired) return 0;
  KITH_TRY(const auto last, last_batch(node_, group));
  Batch batch{*book};
  batch.shares_too = explicitly || !too_soon(last, node_.now());
  if (batch.shares_too) KITH_CHECK(add_due(batch));
  KITH_CHECK(add_profile(batch));
  if (batch.outgoing.empty()) return 0;
  KITH_CHECK(seal(batch));
  if (batch.profile) KITH_CHECK(take_back_old_profiles(group));
  if (!batch.shares_too) return 0;
  KITH_TRY(auto update, node_.journal().prepare("UPDATE share_group SET last_batch = ?2 WHERE id = ?1"));
  update.bind(1, group.view()).bind(2, seconds(node_.now()));
  KITH_CHECK(update.run());
  return batch.shares;
}

Result<std::size_t> ConsentGate::release_due(bool explicitly) {
  KITH_TRY(const auto groups, node_.groups());
  std::size_t released = 0;
  for (const auto& group : groups) {
    const auto count = release(group, explicitly);
    if (!count && !passing(count.error())) return tl::unexpected<Error>(count.error());
    released += count.value_or(0);
  }
  return released;
}

Result<std::optional<WallTime>> ConsentGate::next_due() {
  KITH_TRY(const auto rows, waiting_rows(node_));
  std::optional<WallTime> next;
  for (const auto& row : rows) {
    if (row.state != ConsentState::waiting) continue;
    KITH_TRY(const auto last, last_batch(node_, row.group));
    WallTime due = row.release_at;
    if (last && *last <= node_.now()) due = std::max(due, *last + kBetweenBatches);
    if (!next || due < *next) next = due;
  }
  return next;
}

}  // namespace kith::sharing
