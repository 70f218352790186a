#include "core/sharing/tick.h"

#include <algorithm>

#include "core/sharing/consent.h"
#include "core/sharing/duties.h"
#include "core/sharing/erasing.h"
#include "core/sharing/joining.h"
#include "core/sharing/leaving.h"
#include "core/sharing/prekeys.h"
#include "core/sharing/publish.h"

namespace kith::sharing {
namespace {

constexpr std::chrono::hours kAtLeastEvery{1};

void sooner(WallTime& due, const std::optional<WallTime>& other) {
  if (other && *other < due) due = *other;
}

Result<bool> retire_if_copied(Node& node, const GroupId& group) {
  KITH_TRY(const bool retired, node.keyring().retired(group));
  if (retired) return false;
  KITH_TRY(const bool ours, Publisher(node).still_ours(group));
  if (!ours) return true;
  KITH_TRY(auto* book, node.book(group));
  const auto state = book->state();
  const auto* own = state->device(book->device);
  if (own == nullptr || !own->forked) return false;
  KITH_CHECK(node.keyring().retire_device(group));
  return true;
}

// Two different events on one place of a log: the proof becomes an act, so that everybody holds what the
// device built from there on. A proof against this node itself means that a copy of it is in use.
Result<bool> carry_forks(Node& node, const GroupId& group) {
  KITH_TRY(auto* book, node.book(group));
  KITH_TRY(const auto forks, node.mail().forks(group, 0, mail::kMaxLogs));
  for (const auto& fork : forks) book->roster->fork(fork.first, fork.second);
  const auto proofs = book->roster->uncarried();
  if (proofs.empty()) return false;
  KITH_TRY(const bool retired, node.keyring().retired(group));
  if (retired || !book->i_am_active()) return false;
  for (const auto& proof : proofs) {
    KITH_TRY(const auto header, mail::parse_signed_header(proof.first));
    if (header.header.device != book->device) continue;
    KITH_CHECK(node.keyring().retire_device(group));
    return true;
  }
  for (const auto& proof : proofs) {
    const auto state = book->state();
    if (!group::may(*state, book->me, proof, {}, book->device)) continue;
    KITH_TRY([[maybe_unused]] const auto event,
             Publisher(node).act(group, proof, "evidence of a forked log"));
  }
  return false;
}

void add(IntakeReport& sum, const IntakeReport& part) {
  sum.events += part.events;
  sum.opened += part.opened;
  sum.dropped += part.dropped;
  sum.unreadable += part.unreadable;
  sum.control_changed = sum.control_changed || part.control_changed;
}

Result<void> tick_group(Node& node, const GroupId& group, Occasion occasion, TickReport& report) {
  KITH_TRY(const bool copied, retire_if_copied(node, group));
  report.retired = report.retired || copied;
  Intake intake(node);
  KITH_TRY(const auto arrived, intake.run(group, occasion == Occasion::start));
  add(report.intake, arrived);
  KITH_TRY(const bool forked, carry_forks(node, group));
  report.retired = report.retired || forked;
  KITH_TRY([[maybe_unused]] const auto expired, intake.expire(group));
  KITH_CHECK(forget_used_invites(node, group));
  KITH_CHECK(forget_prekeys(node, group));
  KITH_CHECK(finish_leaving(node, group));
  return let_go(node, group);
}

// Not being allowed to write now (a full day, a retired device) must not keep the other groups waiting.
bool passing(const Error& error) { return error.code == Errc::refused || error.code == Errc::waiting; }

}  // namespace

Result<TickReport> tick(Node& node, Occasion occasion) {
  TickReport report;
  report.next_due = node.now() + kAtLeastEvery;
  const bool promptly = occasion == Occasion::sync;
  const std::uint64_t published = node.publications();
  KITH_CHECK(Publisher(node).flush());
  KITH_TRY(const auto groups, node.groups());
  for (const auto& group : groups) {
    const auto done = tick_group(node, group, occasion, report);
    if (!done && !passing(done.error())) return tl::unexpected<Error>(done.error());
  }
  ConsentGate gate(node);
  const auto released = gate.release_due(promptly);
  if (!released && !passing(released.error())) return tl::unexpected<Error>(released.error());
  report.released = released.value_or(0);
  KITH_CHECK(scrub(node));  // before any receipt says that it is done
  for (const auto& group : groups) {
    const auto kept = keep_device_record(node, group, promptly || report.released > 0);
    if (!kept && !passing(kept.error())) return tl::unexpected<Error>(kept.error());
    KITH_TRY(const auto due, device_record_due(node, group));
    sooner(report.next_due, due);
    KITH_TRY(const auto leaving, leaving_due(node, group));
    sooner(report.next_due, leaving);
  }
  report.mail_grew = node.publications() > published;
  KITH_TRY(const auto next, gate.next_due());
  sooner(report.next_due, next);
  report.next_due = std::max(report.next_due, node.now());
  return report;
}

}  // namespace kith::sharing
