#include "core/sharing/publish.h"

#include <algorithm>

#include "core/sharing/erasing.h"
#include "core/sharing/pen.h"
#include "core/sharing/tables.h"
#include "crypto/envelope.h"

namespace kith::sharing {
namespace {

constexpr std::uint32_t kPrekeyTooOld =
    91;  // days; then the slot is random and the item waits for its reader

struct Readers {
  std::vector<crypto::EnvelopeReader> devices;
  std::vector<MemberId> members;  // who really gets the key
};
// Every active device gets a slot; a key only those of the audience who have signed.
Readers readers_of(const group::State& state, const Outgoing& outgoing, Day today) {
  Readers readers;
  for (const auto& [id, device] : state.devices) {
    if (!state.active(id) || !state.active(device.member)) continue;
    const bool named = std::ranges::find(outgoing.audience(), device.member) != outgoing.audience().end();
    const bool may = outgoing.before_signing() || state.has_agreed(device.member);
    const bool fresh = number(today) <= number(device.prekey_day) + kPrekeyTooOld;
    std::optional<PrePk> prekey;
    if (fresh) prekey = device.prekey.pk;
    readers.devices.push_back({id, prekey, named && may});
    if (named && may && (readers.members.empty() || readers.members.back() != device.member))
      readers.members.push_back(device.member);
  }
  std::ranges::sort(readers.members);
  readers.members.erase(std::unique(readers.members.begin(), readers.members.end()), readers.members.end());
  return readers;
}

Result<EventId> seal_one(Node& node, Pen& pen, const group::State& state, const Outgoing& outgoing) {
  const auto readers = readers_of(state, outgoing, node.today());
  const auto& keys = pen.keys();
  const crypto::EnvelopeAuthor author{keys.group, keys.device, keys.dh_pk, keys.dh};
  KITH_TRY(auto draft, crypto::EnvelopeDraft::begin(author, pen.next_seq(), outgoing.body(),
                                                    readers.devices.size(), node.random()));
  KITH_TRY(const auto event, pen.write_envelope(draft.item_pk(), draft.payload_size()));
  const Bytes payload = std::move(draft).finish(event.id(), author, readers.devices, node.random());
  const LedgerLine line{outgoing.rule() == nullptr ? LedgerKind::share : LedgerKind::machine,
                        outgoing.rule() == nullptr ? "consent" : outgoing.rule(), outgoing.consent(),
                        crypto::payload_digest(payload), readers.members};
  KITH_CHECK(pen.keep(event, line, payload));
  if (outgoing.consent() != 0) {
    KITH_TRY(auto mark, node.journal().prepare(
                            "UPDATE share_consent SET state = 2, event = ?2, seq = ?3 WHERE id = ?1"));
    mark.bind(1, outgoing.consent()).bind(2, event.id().view());
    mark.bind(3, static_cast<std::int64_t>(event.header().seq));
    KITH_CHECK(mark.run());
  }
  return event.id();
}

}  // namespace

Result<EventId> Publisher::act(const GroupId& group, const group::Act& act, const char* command) {
  KITH_CHECK(refuse_copies(group));
  KITH_TRY(auto transaction, db::Transaction::begin(node_.journal()));
  KITH_TRY(auto pen, Pen::take(node_, group));
  KITH_TRY(const auto* book, node_.book(group));
  group::ControlBody body{book->roster->causes_for(book->device), act};
  KITH_TRY(const auto event, pen.write(mail::Kind::ctl, group::encode(body)));
  KITH_CHECK(pen.keep(event, {LedgerKind::command, command}));
  KITH_CHECK(transaction.commit());
  KITH_CHECK(flush());
  return event.id();
}

Result<EventId> Publisher::device(const GroupId& group, const group::DeviceBody& given, const char* rule) {
  KITH_CHECK(refuse_copies(group));
  KITH_TRY(auto transaction, db::Transaction::begin(node_.journal()));
  KITH_TRY(auto pen, Pen::take(node_, group));
  KITH_TRY(const auto* book, node_.book(group));
  const auto state = book->state();
  group::DeviceBody body = given;
  body.deps = book->roster->causes_for(book->device);
  body.ctl_digest = mail::ctl_digest_of(state->control_heads);
  body.state_digest = group::state_digest(*state);
  KITH_TRY(const auto event, pen.write(mail::Kind::dev, group::encode(body)));
  KITH_CHECK(pen.keep(event, {LedgerKind::machine, rule}));
  KITH_CHECK(transaction.commit());
  KITH_CHECK(flush());
  return event.id();
}

Result<std::vector<EventId>> Publisher::tombs(const GroupId& group, std::span<const EventId> envelopes,
                                              const char* rule, Erased erased) {
  std::vector<EventId> written;
  KITH_CHECK(refuse_copies(group));
  KITH_TRY(auto transaction, db::Transaction::begin(node_.journal()));
  KITH_TRY(auto pen, Pen::take(node_, group));
  for (std::size_t at = 0; at < envelopes.size(); at += mail::kMaxTombIds) {
    const auto part = envelopes.subspan(at, std::min(mail::kMaxTombIds, envelopes.size() - at));
    KITH_TRY(const auto event,
             pen.write(mail::Kind::tomb, mail::encode(mail::Tomb{{part.begin(), part.end()}, 0})));
    KITH_CHECK(pen.keep(event, {LedgerKind::machine, rule}));
    for (const auto& envelope : part) {
      KITH_TRY(auto mark,
               node_.journal().prepare("UPDATE share_consent SET state = ?2, tomb_seq = ?3, body = NULL "
                                       "WHERE id IN (SELECT consent FROM share_ledger WHERE event = ?1) "
                                       "AND type <> 13"));
      mark.bind(1, envelope.view()).bind(2, static_cast<std::int64_t>(erased));
      mark.bind(3, static_cast<std::int64_t>(event.header().seq));
      KITH_CHECK(mark.run());
    }
    written.push_back(event.id());
  }
  KITH_CHECK(note_remnants(node_));
  KITH_CHECK(transaction.commit());
  KITH_CHECK(flush());
  return written;
}

Result<std::vector<EventId>> Publisher::envelopes(const GroupId& group, std::span<const Outgoing> outgoing) {
  std::vector<EventId> written;
  KITH_CHECK(refuse_copies(group));
  KITH_TRY(auto transaction, db::Transaction::begin(node_.journal()));
  KITH_TRY(auto pen, Pen::take(node_, group));
  KITH_TRY(const auto* book, node_.book(group));
  const auto state = book->state();
  for (const auto& one : outgoing) {
    if (one.consent() != 0 &&
        one.rule() == nullptr) {  // taken back, or released by another process meanwhile
      KITH_TRY(auto select,
               node_.journal().prepare("SELECT 1 FROM share_consent WHERE id = ?1 AND state = 1"));
      select.bind(1, one.consent());
      KITH_TRY(const bool waits, select.step());
      if (!waits) continue;
    }
    KITH_TRY(const auto event, seal_one(node_, pen, *state, one));
    written.push_back(event);
  }
  KITH_CHECK(transaction.commit());
  KITH_CHECK(flush());
  return written;
}

}  // namespace kith::sharing
