#include "core/sharing/tick.h"

#include <algorithm>
#include <set>

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

constexpr const char* kEvidence = "evidence of a forked log";
constexpr std::size_t kMaxEvidence = 32;  // a day, of all devices: most of a day's places stay the person's

// The devices that this node showed to have forked on this day: once for each, however many places are shown.
Result<std::set<DeviceId>> shown_today(Node& node, const GroupId& group) {
  KITH_TRY(auto select, node.journal().prepare(
                            "SELECT c.wire FROM share_ledger l JOIN share_control c ON c.event = l.event "
                            "WHERE l.grp = ?1 AND l.why = ?2"));
  select.bind(1, group.view()).bind(2, std::string_view(kEvidence));
  std::set<DeviceId> devices;
  while (true) {
    KITH_TRY(const bool more, select.step());
    if (!more) return devices;
    const auto event = mail::Event::parse(select.blob_view(0));
    if (!event || event->header().day < node.today()) continue;
    const auto body = group::parse_control(event->body());
    const auto* evidence = body ? std::get_if<group::ForkEvidence>(&body->act) : nullptr;
    if (evidence == nullptr) continue;
    const auto header = mail::parse_signed_header(evidence->first);
    if (header) devices.insert(header->header.device);
  }
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
  KITH_TRY(auto shown, shown_today(node, group));
  for (const auto& proof : proofs) {
    KITH_TRY(const auto header, mail::parse_signed_header(proof.first));
    if (shown.size() >= kMaxEvidence || !shown.insert(header.header.device).second) continue;
    const auto state = book->state();
    if (!group::may(*state, book->me, proof, {}, book->device)) continue;
    KITH_TRY([[maybe_unused]] const auto event, Publisher(node).act(group, proof, kEvidence));
  }
  return false;
}

void add(IntakeReport& sum, const IntakeReport& part) {
  sum.events += part.events;
  sum.opened += part.opened;
  sum.dropped += part.dropped;
  sum.unreadable += part.unreadable;
  sum.tried += part.tried;
  sum.control_changed = sum.control_changed || part.control_changed;
}

// Not being allowed to write now (a full day, a retired device) keeps neither the other duties waiting nor
// the other groups.
Result<void> if_it_may(Result<void> done) {
  if (!done && passing(done.error())) return {};
  return done;
}

Result<void> look_for_copies(Node& node, const GroupId& group, TickReport& report) {
  KITH_TRY(const bool copied, retire_if_copied(node, group));
  report.retired = report.retired || copied;
  return {};
}

Result<void> take_in(Node& node, const GroupId& group, Occasion occasion, TickReport& report) {
  KITH_TRY(const auto arrived, Intake(node).run(group, occasion == Occasion::start));
  add(report.intake, arrived);
  return {};
}

Result<void> show_forks(Node& node, const GroupId& group, TickReport& report) {
  KITH_TRY(const bool forked, carry_forks(node, group));
  report.retired = report.retired || forked;
  return {};
}

Result<void> tick_group(Node& node, const GroupId& group, Occasion occasion, TickReport& report) {
  KITH_CHECK(if_it_may(look_for_copies(node, group, report)));
  KITH_CHECK(if_it_may(take_in(node, group, occasion, report)));
  KITH_CHECK(if_it_may(show_forks(node, group, report)));
  KITH_TRY([[maybe_unused]] const auto expired, Intake(node).expire(group));
  KITH_CHECK(forget_used_invites(node, group));
  KITH_CHECK(forget_prekeys(node, group));
  KITH_CHECK(if_it_may(finish_leaving(node, group)));
  return let_go(node, group);
}

Result<void> keep_record(Node& node, const GroupId& group, bool promptly) {
  KITH_TRY([[maybe_unused]] const bool kept, keep_device_record(node, group, promptly));
  return {};
}

}  // namespace

Result<TickReport> tick(Node& node, Occasion occasion) {
  TickReport report;
  report.next_due = node.now() + kAtLeastEvery;
  const bool promptly = occasion == Occasion::sync;
  const std::uint64_t published = node.publications();
  KITH_CHECK(Publisher(node).flush());
  KITH_TRY(const auto groups, node.groups());
  for (const auto& group : groups) KITH_CHECK(if_it_may(tick_group(node, group, occasion, report)));
  ConsentGate gate(node);
  KITH_TRY(report.released, gate.release_due(promptly));
  const auto scrubbed = scrub(node);  // before any receipt says that it is done
  if (!scrubbed && scrubbed.error().code != Errc::full) return tl::unexpected<Error>(scrubbed.error());
  for (const auto& group : groups) {
    // Full: there is no room to do it now. The words still stand in the file, and no receipt goes.
    if (scrubbed) KITH_CHECK(if_it_may(keep_record(node, group, promptly || report.released > 0)));
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
