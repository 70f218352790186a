#include "core/sharing/prekeys.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/sharing/accept.h"
#include "core/sharing/erasing.h"

namespace kith::sharing {
namespace {

std::uint32_t step(Day from, Day to) {
  const std::uint32_t days = number(to) > number(from) ? number(to) - number(from) : 0;
  return std::min(days, kPrekeyStep);
}

// Something that this device sent up to there is not open yet, and may be sealed to any prekey.
Result<bool> awaits(Node& node, const GroupId& group, const DeviceId& device, std::uint64_t seq) {
  KITH_TRY(auto select,
           node.journal().prepare("SELECT 1 FROM share_event WHERE grp = ?1 AND state IN (?2, ?3) AND "
                                  "device = ?4 AND seq <= ?5 LIMIT 1"));
  select.bind(1, group.view())
      .bind(2, static_cast<std::int64_t>(EventState::waiting))
      .bind(3, static_cast<std::int64_t>(EventState::parked))
      .bind(4, device.view())
      .bind(5, static_cast<std::int64_t>(seq));
  return select.step();
}

// What this device writes may count some day: one that is suspended or held is let back in with all it wrote
// before it heard of that, sealed to the prekeys that it knew.
bool may_be_heard(const group::State& state, const group::DeviceState& device) {
  const auto status = state.members.at(device.member).status;
  return !device.revoked && status != group::Status::left && status != group::Status::removed;
}

Result<std::optional<std::uint64_t>> confirmed_by_all(Node& node, const Book& book) {
  std::uint64_t lowest = std::numeric_limits<std::uint64_t>::max();
  const auto state = book.state();
  for (const auto& [id, device] : state->devices) {
    if (id == book.device || !may_be_heard(*state, device)) continue;
    const auto mark = std::ranges::find(device.checkpoint, book.device, &group::Mark::device);
    if (mark == device.checkpoint.end() || !device.checkpoint_seq) return std::nullopt;
    KITH_TRY(const bool open, awaits(node, book.group, id, *device.checkpoint_seq));
    if (open) return std::nullopt;
    lowest = std::min(lowest, mark->seq);
  }
  return lowest;
}

}  // namespace

std::optional<std::uint64_t> forgettable(std::span<const PrekeyAge> newest_first,
                                         std::optional<std::uint64_t> confirmed, Day today) {
  std::uint32_t age = 0;  // of the successor
  Day until = today;
  bool known = false;  // the others were told of a newer one
  const PrekeyAge* successor = nullptr;
  for (const auto& prekey : newest_first) {
    if (successor != nullptr) {
      const bool seen = confirmed && successor->announced && *confirmed >= *successor->announced;
      if (seen || (known && age >= kPrekeyCap)) return prekey.number;
    }
    known = known || prekey.announced.has_value();
    age += step(prekey.made, until);
    until = prekey.made;
    successor = &prekey;
  }
  return std::nullopt;
}

Result<void> forget_prekeys(Node& node, const GroupId& group) {
  KITH_TRY(const auto held, node.keyring().prekeys(group));
  if (held.size() < 2) return {};
  std::vector<PrekeyAge> ages;
  ages.reserve(held.size());
  for (const auto& prekey : held) ages.push_back({prekey.number, prekey.made, prekey.announced});
  KITH_TRY(const auto* book, node.book(group));
  KITH_TRY(const auto confirmed, confirmed_by_all(node, *book));
  auto through = forgettable(ages, confirmed, node.today());
  if (!through) return {};
  // The one that the group's state names stays: a record of a newer one may have been cut off by a
  // suspension, and others seal to what counts.
  const auto state = book->state();
  const auto* own = state->device(book->device);
  if (own != nullptr && own->prekey.number <= *through) through = own->prekey.number - 1;
  if (*through < held.back().number) return {};
  KITH_TRY(auto transaction, db::Transaction::begin(node.journal()));
  KITH_TRY([[maybe_unused]] const auto gone, node.keyring().delete_prekeys(group, *through));
  KITH_CHECK(note_remnants(node));
  return transaction.commit();
}

}  // namespace kith::sharing
