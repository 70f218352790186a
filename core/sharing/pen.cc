#include "core/sharing/pen.h"

#include <algorithm>

#include "core/keyring/head_record.h"
#include "core/sharing/control.h"

namespace kith::sharing {
namespace {

constexpr std::uint64_t kLamportLeap = 1ULL << 20;  // a bigger leap is somebody's mistake or malice
// Of what a log holds, for withdrawing and leaving.
constexpr std::uint64_t kLastEvents = 1'024;
constexpr std::uint64_t kLastActs = 64;
constexpr std::uint64_t kLastBodies = 1024 * 1024;
constexpr std::uint64_t kMaxLamport = (1ULL << 63) - 1;

// The largest lamport seen in the group that is not a leap away from our own.
Result<std::uint64_t> lamport_seen(Node& node, const GroupId& group, std::uint64_t own) {
  KITH_TRY(auto select,
           node.journal().prepare("SELECT max(lamport) FROM share_log WHERE grp = ?1 AND lamport <= ?2"));
  select.bind(1, group.view()).bind(2, static_cast<std::int64_t>(std::min(own + kLamportLeap, kMaxLamport)));
  KITH_TRY(const bool row, select.step());
  const auto seen = row && !select.is_null(0) ? static_cast<std::uint64_t>(select.integer(0)) : 0;
  return std::max(own, seen);
}

Bytes joined(const std::vector<MemberId>& members) {
  Bytes bytes;
  for (const auto& member : members) append(bytes, member.view());
  return bytes;
}

}  // namespace

Result<Pen> Pen::take(Node& node, const GroupId& group) {
  KITH_TRY(auto* book, node.book(group));
  KITH_TRY(const bool retired, node.keyring().retired(group));
  if (retired) return fail(Errc::refused, kDeviceRetired);
  if (!book->i_am_active())
    return fail(Errc::refused, "not-a-member: this node has no place in the group now");
  KITH_TRY(auto keys, node.keyring().device(group));
  if (!keys) return fail(Errc::not_found, "this node has no keys in the group");
  KITH_TRY(const auto head, node.keyring().own_head(group));
  KITH_TRY(const auto lamport, lamport_seen(node, group, head ? head->lamport : 0));
  const auto state = book->state();
  return Pen(node, std::move(*keys), head, lamport, mail::ctl_digest_of(state->control_heads));
}

Result<mail::Header> Pen::header(mail::Kind kind, const Digest& bind, std::uint32_t length) const {
  const Day today = node_->today();
  // A key change is dated its Monday, so that it never tells when somebody unlocked; days never go back.
  Day day = kind == mail::Kind::dev ? monday_of(today) : today;
  if (head_ && day < head_->day) day = head_->day;
  if (head_ && day == head_->day && head_->events_that_day >= mail::kMaxEventsPerDay)
    return fail(Errc::waiting, "enough for one day: the rest goes tomorrow");
  const bool last_word = kind == mail::Kind::tomb || kind == mail::Kind::ctl;
  if (next_seq() + (last_word ? 0 : kLastEvents) >= mail::kMaxLogEvents)
    return fail(Errc::refused, kDeviceFull);
  const Link prev = head_ ? head_->link : *Link::parse(keys_.group.view());
  return mail::Header{.kind = kind,
                      .retention = 0,
                      .group = keys_.group,
                      .device = keys_.device,
                      .seq = next_seq(),
                      .prev = prev,
                      .day = day,
                      .length = length,
                      .bind = bind,
                      .ctl_digest = ctl_digest_,
                      .lamport = std::min(lamport_ + 1, kMaxLamport)};
}

// What is queued still counts as an act, whatever it is.
Result<void> Pen::room_for(mail::Kind kind, std::size_t body) const {
  KITH_TRY(const auto load, node_->mail().load_of(keys_.group, keys_.device));
  KITH_TRY(auto select,
           node_->journal().prepare("SELECT count(*), total(length(event)) FROM share_queue WHERE grp = ?1"));
  select.bind(1, keys_.group.view());
  KITH_CHECK(select.step());
  const auto acts = load.acts + static_cast<std::uint64_t>(select.integer(0));
  const auto bodies = load.bytes + static_cast<std::uint64_t>(select.integer(1)) + body;
  const bool act = kind == mail::Kind::ctl || kind == mail::Kind::dev;
  const bool spares = kind == mail::Kind::dev;
  if ((act && acts + (spares ? kLastActs : 0) >= mail::kMaxLogActs) ||
      bodies + (kind == mail::Kind::tomb ? 0 : kLastBodies / (spares ? 1 : 2)) > mail::kMaxLogBodies)
    return fail(Errc::refused, kDeviceFull);
  return {};
}

Result<mail::Event> Pen::write(mail::Kind kind, Bytes body) {
  if (body.size() > mail::kMaxBody) return fail(Errc::too_large, "an act is larger than 64 KiB");
  KITH_CHECK(room_for(kind, body.size()));
  KITH_TRY(const auto head, header(kind, mail::body_bind(body), static_cast<std::uint32_t>(body.size())));
  return mail::Event::sign(head, std::move(body), keys_.sign);
}

Result<mail::Event> Pen::write_envelope(const ItemPk& bind, std::uint32_t length) {
  KITH_TRY(const auto head, header(mail::Kind::env, *Digest::parse(bind.view()), length));
  return mail::Event::sign(head, {}, keys_.sign);
}

Result<void> Pen::keep(const mail::Event& event, const LedgerLine& line, ByteView payload) {
  const auto& header = event.header();
  const bool same_day = head_ && head_->day == header.day;
  const keyring::OwnHead next{.seq = header.seq,
                              .link = event.link(),
                              .lamport = header.lamport,
                              .day = header.day,
                              .events_that_day = same_day ? head_->events_that_day + 1 : 1};
  KITH_CHECK(node_->keyring().advance(header.group, next));
  if (header.kind == mail::Kind::ctl || header.kind == mail::Kind::dev)
    KITH_CHECK(put_control(*node_, event));
  KITH_CHECK(put_ledger(*node_, event, line));
  KITH_CHECK(put_queue(*node_, event, payload));
  KITH_CHECK(keyring::raise_head(node_->journal()));
  node_->count_publication();
  head_ = next;
  lamport_ = header.lamport;
  return {};
}

Result<void> put_ledger(Node& node, const mail::Event& event, const LedgerLine& line) {
  KITH_TRY(auto insert,
           node.journal().prepare("INSERT INTO share_ledger VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
  insert.bind(1, event.id().view()).bind(2, event.header().group.view());
  insert.bind(3, static_cast<std::int64_t>(event.header().seq)).bind(4, static_cast<std::int64_t>(line.kind));
  insert.bind(5, std::string_view(line.why));
  insert.bind(6, static_cast<std::int64_t>(node.now().time_since_epoch().count())).bind(7, line.consent);
  const Bytes sealed_to = joined(line.sealed_to);
  insert.bind(8, line.payload_digest.view()).bind(9, ByteView(sealed_to));
  return insert.run();
}

Result<void> put_queue(Node& node, const mail::Event& event, ByteView payload) {
  KITH_TRY(auto insert,
           node.journal().prepare("INSERT INTO share_queue(grp, event, payload) VALUES (?1, ?2, ?3)"));
  insert.bind(1, event.header().group.view()).bind(2, event.wire());
  if (payload.empty())
    insert.bind_null(3);
  else
    insert.bind(3, payload);
  return insert.run();
}

}  // namespace kith::sharing
