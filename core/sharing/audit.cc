#include "core/sharing/audit.h"

#include <algorithm>

#include "core/sharing/consent.h"
#include "core/sharing/pen.h"
#include "core/sharing/tables.h"
#include "crypto/envelope.h"

namespace kith::sharing {
namespace {

constexpr std::size_t kAuditChunk = 256 * 1024;  // bytes of log at once
constexpr const char* kEmptyRule = "padding";

struct LedgerRow {
  LedgerKind kind;
  std::string why;
  WallTime at;
  std::int64_t consent;
  Digest payload;
  std::vector<MemberId> sealed_to;
};
Result<std::optional<LedgerRow>> ledger_row(Node& node, const EventId& event) {
  KITH_TRY(
      auto select,
      node.journal().prepare(
          "SELECT kind, why, at, consent, payload_digest, sealed_to FROM share_ledger WHERE event = ?1"));
  select.bind(1, event.view());
  KITH_TRY(const bool found, select.step());
  if (!found) return std::nullopt;
  KITH_TRY(const auto payload, column<Digest>(select, 4));
  return LedgerRow{static_cast<LedgerKind>(select.integer(0)),
                   select.text(1),
                   wall(select.integer(2)),
                   select.integer(3),
                   payload,
                   split_members(select.blob_view(5))};
}

// A command permits acts alone, a consent envelopes alone, a rule anything but acts.
bool fits(LedgerKind permitted, mail::Kind kind) {
  if (kind == mail::Kind::ctl) return permitted == LedgerKind::command;
  if (kind == mail::Kind::env) return permitted != LedgerKind::command;
  return permitted == LedgerKind::machine;
}

class Auditor {
 public:
  Auditor(Node& node, const Book& book, const keyring::DeviceKeys& keys, People people)
      : node_(node), book_(book), keys_(keys), people_(std::move(people)) {}

  Result<AuditReport> run();

 private:
  void alarm(AlarmKind kind, std::uint64_t seq, std::optional<EventId> event) {
    report_.alarms.push_back({kind, seq, event});
  }
  Result<bool> walk(ByteView wire);
  Result<void> match(const mail::Event& event);
  Result<void> check_payload(const mail::Event& event, const LedgerRow& row);
  Result<void> add_consent(AuditLine& line, const mail::Event& event, const LedgerRow& row);
  Result<std::size_t> recorded();

  Node& node_;
  const Book& book_;
  const keyring::DeviceKeys& keys_;
  People people_;
  AuditReport report_;
  std::uint64_t next_ = 0;
  Link prev_ = Link::zero();
  std::size_t matched_ = 0;
};

Result<void> Auditor::check_payload(const mail::Event& event, const LedgerRow& row) {
  KITH_TRY(const auto copies, node_.mail().payloads(event.id()));
  for (const auto& copy : copies)
    if (crypto::payload_digest(copy) == row.payload) return {};
  if (!copies.empty()) alarm(AlarmKind::other_payload, event.header().seq, event.id());
  return {};
}

Result<void> Auditor::add_consent(AuditLine& line, const mail::Event& event, const LedgerRow& row) {
  KITH_TRY(const auto consent, consent_row(node_, row.consent));
  if (!consent || consent->group != book_.group) {
    alarm(AlarmKind::unmatched_event, event.header().seq, event.id());
    return {};
  }
  line.consent = consent->id;
  line.item = consent->item;
  line.what = consent->type;
  line.text_digest = consent->text_digest;
  line.agreement_version = consent->agreement_version;
  line.until = consent->until;
  line.state = consent->state;
  bool altered = false;
  if (!consent->body.empty()) {
    const auto body = parse_body(consent->body);
    altered = !body || consent_digest(book_.group, *body) != consent->digest;
  }
  // Sealed to nobody but those who were named; a profile goes to whoever has signed.
  for (const auto& id : row.sealed_to) {
    const bool named = std::ranges::find(consent->audience, id) != consent->audience.end();
    altered = altered || (!named && consent->type != BodyType::profile);
    if (const Person* person = find(people_, id)) line.audience.push_back(*person);
  }
  if (altered) alarm(AlarmKind::consent_altered, event.header().seq, event.id());
  return {};
}

Result<void> Auditor::match(const mail::Event& event) {
  const auto& header = event.header();
  KITH_TRY(const auto row, ledger_row(node_, event.id()));
  if (!row) {
    alarm(AlarmKind::unmatched_event, header.seq, event.id());
    return {};
  }
  ++matched_;
  if (!fits(row->kind, header.kind)) alarm(AlarmKind::wrong_kind, header.seq, event.id());
  AuditLine line{event.id(), header.seq, static_cast<AuditKind>(row->kind), row->why, row->at};
  if (header.kind == mail::Kind::env) {
    KITH_CHECK(check_payload(event, *row));
    const bool padding = row->kind == LedgerKind::machine && row->why.starts_with(kEmptyRule);
    const bool alone =
        row->sealed_to.empty() || (row->sealed_to.size() == 1 && row->sealed_to.front() == book_.me);
    if (!padding)
      KITH_CHECK(add_consent(line, event, *row));
    else if (!alone)
      alarm(AlarmKind::consent_altered, header.seq, event.id());
  }
  report_.lines.push_back(std::move(line));
  return {};
}

// False: the log cannot be followed from here on.
Result<bool> Auditor::walk(ByteView wire) {
  const auto event = mail::Event::parse(wire);
  const bool ours = event && event->header().group == book_.group && event->header().device == book_.device &&
                    event->header().seq == next_ && event->header().prev == prev_ &&
                    event->verify(keys_.sign_pk);
  if (!ours) {
    alarm(AlarmKind::broken_log, next_, std::nullopt);
    return false;
  }
  KITH_CHECK(match(*event));
  prev_ = event->link();
  ++next_;
  return true;
}

Result<std::size_t> Auditor::recorded() {
  KITH_TRY(auto count, node_.journal().prepare("SELECT count(*) FROM share_ledger WHERE grp = ?1"));
  count.bind(1, book_.group.view());
  KITH_TRY([[maybe_unused]] const bool row, count.step());
  return static_cast<std::size_t>(count.integer(0));
}

Result<AuditReport> Auditor::run() {
  prev_ = *Link::parse(book_.group.view());
  bool more = true;
  while (more) {
    std::optional<std::uint64_t> from;
    if (next_ > 0) from = next_ - 1;
    KITH_TRY(const auto wires, node_.mail().wire_after(book_.group, book_.device, from, kAuditChunk));
    more = !wires.empty();
    for (const auto& wire : wires) {
      KITH_TRY(more, walk(wire));
      if (!more) break;
    }
  }
  KITH_TRY(const auto all, recorded());
  report_.missing = all - std::min(all, matched_);
  return std::move(report_);
}

}  // namespace

Result<AuditReport> audit(Node& node, const GroupId& group) {
  KITH_TRY(auto* book, node.book(group));
  KITH_TRY(auto people, people_of(node, *book));
  KITH_TRY(const auto keys, node.keyring().device(group));
  if (!keys) return fail(Errc::not_found, "this node has no keys in the group");
  return Auditor(node, *book, *keys, std::move(people)).run();
}

}  // namespace kith::sharing
