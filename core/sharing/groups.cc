#include "core/sharing/groups.h"

#include <algorithm>

#include "core/sharing/agreements.h"
#include "core/sharing/consent.h"
#include "core/sharing/directory.h"
#include "core/sharing/duties.h"
#include "core/sharing/erasing.h"
#include "core/sharing/gate.h"
#include "core/sharing/leaving.h"
#include "core/sharing/publish.h"
#include "core/sharing/tables.h"
#include "crypto/words.h"

namespace kith::sharing {
namespace {

constexpr std::size_t kLeastHex = 4;

// The last event of each device of a member that this node verified. An act beside the log that others built
// on before it came to a fork may lie higher: a cut covers what its author has seen.
Result<std::vector<group::Cut>> cuts_of(Node& node, const Book& book, const group::State& state,
                                        const group::MemberState& member) {
  std::vector<group::Cut> cuts;
  for (const auto& device : member.devices) {
    KITH_TRY(auto select,
             node.journal().prepare("SELECT seq, link FROM share_log WHERE grp = ?1 AND device = ?2"));
    select.bind(1, book.group.view()).bind(2, device.view());
    KITH_TRY(const bool seen, select.step());
    group::Cut cut{device, std::nullopt};
    if (seen) {
      cut.seq = static_cast<std::uint64_t>(select.integer(0));
      KITH_TRY(cut.link, column<Link>(select, 1));
    }
    const auto* forked = state.device(device);
    const auto act = book.roster->newest_act(device);
    const bool higher = act && (!cut.seq || act->seq > *cut.seq);
    if (higher && forked != nullptr && !forked->forked_at) cut = {device, act->seq, act->link};
    cuts.push_back(cut);
  }
  return cuts;
}

std::optional<ItemId> nth_item(ByteView joined, std::size_t n) {
  if ((n + 1) * ItemId::size > joined.size()) return std::nullopt;
  return *ItemId::parse(joined.subspan(n * ItemId::size, ItemId::size));
}

// Everything of mine that left and is not to be kept.
Result<std::vector<EventId>> mine_but(Node& node, const GroupId& group, ByteView keep) {
  std::vector<ItemId> kept;
  for (std::size_t n = 0; auto item = nth_item(keep, n); ++n) kept.push_back(*item);
  KITH_TRY(const auto rows, consent_rows(node, group));
  std::vector<EventId> events;
  for (const auto& row : rows) {
    const bool stays = row.type == BodyType::profile || row.type == BodyType::agreement ||
                       std::ranges::find(kept, row.item) != kept.end();
    if (row.state != ConsentState::released || stays) continue;
    KITH_TRY(const auto left, events_of(node, row.id));
    events.insert(events.end(), left.begin(), left.end());
  }
  return events;
}

}  // namespace

Result<std::vector<GroupView>> Groups::list() {
  KITH_TRY(const auto groups, node_.groups());
  std::vector<GroupView> views;
  for (const auto& group : groups) {
    KITH_TRY(auto view, show(group));
    views.push_back(std::move(view));
  }
  return views;
}

Result<GroupView> Groups::show(const GroupId& group) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(const auto people, people_of(node_, *book));
  KITH_TRY(const bool retired, node_.keyring().retired(group));
  KITH_TRY(const auto leaving, leaving_due(node_, group));
  const auto state = book->state();
  const bool to_sign = Agreements(node_).to_sign(group).has_value();
  const bool may = state->agreement && state->has_agreed(book->me) && book->i_am_active() && !retired;
  return GroupView{.group = group,
                   .name = book->name,
                   .mode = state->mode,
                   .me = me_of(*book, people),
                   .members = static_cast<std::size_t>(std::ranges::count_if(
                       people, [](const Person& p) { return p.status == group::Status::active; })),
                   .agreement_in_force = state->agreement.has_value(),
                   .waiting_for_my_signature = to_sign,
                   .may_share = may,
                   .device_retired = retired,
                   .alarm = state->split,
                   .leaving_at = leaving};
}

Result<GroupId> Groups::find(std::string_view which) {
  KITH_TRY(const auto groups, node_.groups());
  std::vector<GroupId> fits;
  for (const auto& group : groups) {
    KITH_TRY(auto* book, node_.book(group));
    const bool by_id = which.size() >= kLeastHex && group.hex().starts_with(which);
    if (which.empty() || book->name == which || by_id) fits.push_back(group);
  }
  if (fits.empty()) return fail(Errc::not_found, "there is no such group here");
  if (fits.size() > 1) return fail(Errc::usage, "several groups fit: say which");
  return fits.front();
}

Result<People> Groups::members(const GroupId& group) {
  KITH_TRY(auto* book, node_.book(group));
  return people_of(node_, *book);
}

Result<Person> Groups::person(const GroupId& group, std::string_view handle) {
  KITH_TRY(const auto people, members(group));
  const Person* person = find_handle(people, handle);
  if (person == nullptr) return fail(Errc::not_found, "nobody in the group has this name");
  return *person;
}

Result<void> Groups::set_profile(const GroupId& group, const Profile& profile) {
  return ConsentGate(node_).set_profile(group, profile);
}

Result<void> Groups::set_addresses(const GroupId& group, const std::vector<mail::Address>& addresses) {
  return put_addresses(node_, group, addresses);
}

Result<std::string> Groups::phrase(const GroupId& group) {
  KITH_TRY(auto* book, node_.book(group));
  const auto now = book->state();
  const Digest state = group::state_digest(*now);
  KITH_TRY(auto select,
           node_.journal().prepare("SELECT phrase_state, phrase FROM share_group WHERE id = ?1"));
  select.bind(1, group.view());
  KITH_TRY(const bool found, select.step());
  if (found && !select.is_null(0) && equal(select.blob_view(0), state.view())) return select.text(1);
  KITH_TRY(const std::string phrase, crypto::circle_phrase(state, group));
  KITH_TRY(auto update,
           node_.journal().prepare("UPDATE share_group SET phrase_state = ?2, phrase = ?3 WHERE id = ?1"));
  update.bind(1, group.view()).bind(2, state.view()).bind(3, phrase);
  KITH_CHECK(update.run());
  return phrase;
}

Result<void> Groups::remove_member(const GroupId& group, const MemberId& member) {
  KITH_TRY(auto* book, node_.book(group));
  const auto state = book->state();
  const auto target = state->members.find(member);
  if (target == state->members.end() || target->second.status == group::Status::removed)
    return fail(Errc::not_found, "nobody with this name is a member now");
  if (member == book->me) return fail(Errc::usage, "to go yourself, leave the group");
  if (!state->leads(book->me))
    return fail(Errc::refused, "leader-only: who leads the group removes a member");
  KITH_TRY(auto cuts, cuts_of(node_, *book, *state, target->second));
  KITH_TRY([[maybe_unused]] const auto event,
           Publisher(node_).act(group, group::Remove{member, std::move(cuts)}, "member remove"));
  return {};
}

Result<WallTime> Groups::leave_now(const GroupId& group, const std::vector<ItemId>& keep) {
  KITH_TRY(auto* book, node_.book(group));
  const auto state = book->state();
  const auto me = state->members.find(book->me);
  if (me == state->members.end() || !is_member_now(me->second))
    return fail(Errc::refused, "not-a-member: you have left this group already");
  KITH_TRY(const auto wait, node_.outbox());
  const WallTime at = node_.now() + wait;
  Bytes kept;
  for (const auto& item : keep) append(kept, item.view());
  KITH_TRY(auto update,
           node_.journal().prepare("UPDATE share_group SET leave_at = ?2, leave_keep = ?3 WHERE id = ?1"));
  update.bind(1, group.view()).bind(2, seconds(at)).bind(3, ByteView(kept));
  KITH_CHECK(update.run());
  KITH_CHECK(finish_leaving(node_, group));
  return at;
}

Result<void> Groups::undo_leave(const GroupId& group) {
  KITH_TRY(const auto due, leaving_due(node_, group));
  if (!due) return fail(Errc::not_found, "no leaving waits here; what is published stays so");
  KITH_TRY(auto update, node_.journal().prepare("UPDATE share_group SET leave_at = NULL WHERE id = ?1"));
  update.bind(1, group.view());
  return update.run();
}

Result<std::optional<WallTime>> leaving_due(Node& node, const GroupId& group) {
  KITH_TRY(auto select, node.journal().prepare("SELECT leave_at FROM share_group WHERE id = ?1"));
  select.bind(1, group.view());
  KITH_TRY(const bool found, select.step());
  if (!found || select.is_null(0)) return std::nullopt;
  return wall(select.integer(0));
}

Result<void> finish_leaving(Node& node, const GroupId& group) {
  KITH_TRY(const auto due, leaving_due(node, group));
  if (!due || *due > node.now()) return {};
  KITH_TRY(auto select, node.journal().prepare("SELECT leave_keep FROM share_group WHERE id = ?1"));
  select.bind(1, group.view());
  KITH_TRY([[maybe_unused]] const bool found, select.step());
  KITH_TRY(const auto erase, mine_but(node, group, select.blob(0)));
  KITH_TRY(auto cancel,
           node.journal().prepare("UPDATE share_consent SET state = 3, body = NULL WHERE grp = ?1 AND "
                                  "state IN (1, 4)"));
  cancel.bind(1, group.view());
  KITH_CHECK(cancel.run());
  KITH_CHECK(note_remnants(node));
  Publisher publisher(node);
  if (!erase.empty()) {
    KITH_TRY([[maybe_unused]] const auto tombs,
             publisher.tombs(group, erase, "leave now: shares asked to be erased", Erased::withdrawn));
  }
  KITH_TRY([[maybe_unused]] const auto event, publisher.act(group, group::Leave{}, "leave now"));
  KITH_TRY(auto update, node.journal().prepare("UPDATE share_group SET leave_at = NULL WHERE id = ?1"));
  update.bind(1, group.view());
  KITH_CHECK(update.run());
  return let_go(node, group);
}

}  // namespace kith::sharing
