// Payloads: what travels apart from the logs, in variants, until a tombstone or its age takes it.
#include <map>

#include "core/mail/frame.h"
#include "core/mail/log_rows.h"
#include "crypto/carrier.h"

namespace kith::mail {
namespace {

constexpr std::int64_t kUnjudged = 0;
constexpr std::int64_t kNobody = 0;  // the owner of a log whose device does not count

struct Bound {  // what an event says of its payload
  EventRow row;
  std::int64_t owner;
  SignedHeader signed_header;
};
Result<std::optional<Bound>> bound(db::Database& database, std::int64_t grp, const EventId& id) {
  KITH_TRY(auto query,
           database.prepare("SELECT e.row, e.log, e.gone, h.owner, e.wire FROM event e JOIN head h ON "
                            "h.log = e.log WHERE e.id = ?1 AND e.grp = ?2"));
  query.bind(1, id.view()).bind(2, grp);
  KITH_TRY(const bool found, query.step());
  if (!found) return std::nullopt;
  const ByteView wire = query.blob_view(4);
  if (wire.size() < kSignedSize) return fail(Errc::damaged, "a stored event is damaged");
  auto header = parse_signed_header(wire.first(kSignedSize));
  if (!header) return fail(Errc::damaged, "a stored event is damaged");
  if (header->header.kind != Kind::env) return std::nullopt;
  return Bound{
      {query.integer(0), query.integer(1), query.integer(2) != 0}, query.integer(3), std::move(*header)};
}

Result<std::map<std::int64_t, std::int64_t>> bytes_by_owner(db::Database& database, std::int64_t grp) {
  KITH_TRY(auto query,
           database.prepare("SELECT owner, sum(payload_bytes) FROM head WHERE grp = ?1 GROUP BY owner"));
  query.bind(1, grp);
  std::map<std::int64_t, std::int64_t> bytes;
  while (true) {
    KITH_TRY(const bool found, query.step());
    if (!found) return bytes;
    bytes.emplace(query.integer(0), query.integer(1));
  }
}

struct Variant {
  std::int64_t row;
  Digest digest;
  std::int64_t verdict;
  std::int64_t size;  // 0: only remembered as being of no use
  std::optional<DeviceId> giver;
};
Result<std::vector<Variant>> variants(db::Database& database, std::int64_t event) {
  KITH_TRY(
      auto query,
      database.prepare("SELECT p.row, p.digest, p.verdict, length(p.bytes), g.device_id FROM payload p LEFT "
                       "JOIN giver g ON g.payload = p.row WHERE p.event = ?1 ORDER BY p.row"));
  query.bind(1, event);
  std::vector<Variant> found;
  while (true) {
    KITH_TRY(const bool more, query.step());
    if (!more) return found;
    KITH_TRY(const auto digest, Digest::parse(query.blob_view(1)));
    Variant variant{query.integer(0), digest, query.integer(2), query.integer(3), std::nullopt};
    if (!query.is_null(4)) {
      KITH_TRY(variant.giver, DeviceId::parse(query.blob_view(4)));
    }
    found.push_back(variant);
  }
}

// As many as are taken of this one for one event. Counted by giver, so that nobody's copies keep out what
// others, the author among them, have.
bool gave_enough(const std::vector<Variant>& held, const std::optional<DeviceId>& giver) {
  const auto given = std::ranges::count(held, giver, &Variant::giver);
  return static_cast<std::size_t>(given) >= (giver ? kMaxBadOfOne : kMaxBadDigests);
}

// What a WANT says is not wanted: first what the peer itself gave, then what came last.
std::vector<Digest> of_no_use(const std::vector<Variant>& held, const std::optional<DeviceId>& asks) {
  std::vector<Digest> except;
  for (const bool own : {true, false})
    for (auto variant = held.rbegin(); variant != held.rend(); ++variant)
      if ((variant->giver == asks) == own && except.size() < kMaxExcept) except.push_back(variant->digest);
  return except;
}

Result<std::optional<Missing>> missing_of(db::Database& database, std::int64_t grp, const EventId& event,
                                          const std::optional<DeviceId>& asks) {
  KITH_TRY(const auto of_event, bound(database, grp, event));
  if (!of_event || of_event->owner == kNobody) return std::nullopt;
  KITH_TRY(auto query, database.prepare("SELECT row FROM missing WHERE event = ?1"));
  query.bind(1, of_event->row.row);
  KITH_TRY(const bool found, query.step());
  if (!found) return std::nullopt;
  KITH_TRY(const auto held, variants(database, of_event->row.row));
  if (gave_enough(held, asks)) return std::nullopt;
  return Missing{query.integer(0), event, of_event->signed_header.header.length, of_no_use(held, asks)};
}

bool is_bad(const Variant& variant) { return variant.verdict == static_cast<std::int64_t>(Verdict::bad); }

Result<void> run_on(db::Database& database, db::Sql sql, std::int64_t row) {
  KITH_TRY(auto statement, database.prepare(sql));
  return statement.bind(1, row).run();
}

// Takes payloads in; the transaction is the caller's.
class Counter {
 public:
  Counter(db::Database& database, std::int64_t grp, Day kept, std::map<std::int64_t, std::int64_t> bytes,
          const std::optional<DeviceId>& giver)
      : database_(database), grp_(grp), kept_(kept), bytes_(std::move(bytes)), giver_(giver) {}

  Result<Put> put(const PayloadOf& item);
  Result<void> finish();
  std::int64_t last_row() const { return last_row_; }  // 0: nothing was stored

 private:
  Result<bool> make_room(const Bound& bound, const std::vector<Variant>& held);
  Result<void> insert(const Bound& bound, const PayloadOf& item, const Digest& digest);

  db::Database& database_;
  std::int64_t grp_;
  Day kept_;
  std::map<std::int64_t, std::int64_t> bytes_;  // by owner
  std::map<std::int64_t, std::int64_t> grown_;  // by log
  std::optional<DeviceId> giver_;
  std::int64_t last_row_ = 0;
};

Result<Put> Counter::put(const PayloadOf& item) {
  KITH_TRY(const auto event, bound(database_, grp_, item.event));
  if (!event) return Put::unknown_event;
  if (event->row.gone) return Put::tombstoned;
  const Header& header = event->signed_header.header;
  if (header.day < kept_) return Put::expired;
  if (item.payload.size() != header.length) return Put::bad;
  const Digest digest = crypto::payload_digest(item.payload);
  KITH_TRY(const auto held, variants(database_, event->row.row));
  for (const Variant& variant : held)
    if (variant.digest == digest) return Put::known;
  const auto size = static_cast<std::int64_t>(item.payload.size());
  if (event->owner == kNobody || bytes_[event->owner] + size > kMaxMemberPayload) return Put::over_quota;
  KITH_TRY(const bool room, make_room(*event, held));
  if (!room) return Put::too_many;
  if (!crypto::check_payload(item.payload, item.event, *ItemPk::parse(header.bind.view()))) return Put::bad;
  KITH_CHECK(insert(*event, item, digest));
  bytes_[event->owner] += size;
  grown_[event->row.log] += size;
  return Put::stored;
}

// A variant that is of no use gives its bytes up for another; its digest stays known.
Result<bool> Counter::make_room(const Bound& bound, const std::vector<Variant>& held) {
  if (gave_enough(held, giver_)) return false;
  const auto with_bytes = std::ranges::count_if(held, [](const Variant& v) { return v.size > 0; });
  if (static_cast<std::size_t>(with_bytes) < kMaxVariants) return true;
  const auto useless = std::ranges::find_if(held, [](const Variant& v) { return is_bad(v) && v.size > 0; });
  if (useless == held.end()) return false;
  KITH_CHECK(run_on(database_, "UPDATE payload SET bytes = x'' WHERE row = ?1", useless->row));
  bytes_[bound.owner] -= useless->size;
  grown_[bound.row.log] -= useless->size;
  return true;
}

Result<void> Counter::insert(const Bound& bound, const PayloadOf& item, const Digest& digest) {
  {
    KITH_TRY(auto insert, database_.prepare("INSERT INTO payload(grp, event, verdict, digest, bytes) "
                                            "VALUES(?1, ?2, ?3, ?4, ?5)"));
    insert.bind(1, grp_).bind(2, bound.row.row).bind(3, kUnjudged).bind(4, digest.view());
    KITH_CHECK(insert.bind(5, item.payload).run());
    last_row_ = database_.last_rowid();
  }
  if (giver_) {
    KITH_TRY(auto note, database_.prepare("INSERT INTO giver(payload, device_id) VALUES(?1, ?2)"));
    KITH_CHECK(note.bind(1, last_row_).bind(2, giver_->view()).run());
  }
  return run_on(database_, "DELETE FROM missing WHERE event = ?1", bound.row.row);
}

Result<void> Counter::finish() {
  for (const auto& [log, bytes] : grown_) {
    KITH_TRY(auto update,
             database_.prepare("UPDATE head SET payload_bytes = payload_bytes + ?2 WHERE log = ?1"));
    KITH_CHECK(update.bind(1, log).bind(2, bytes).run());
  }
  return {};
}

}  // namespace

Result<std::vector<Put>> MailStore::put_payloads(const GroupId& group, std::span<const PayloadOf> payloads,
                                                 const std::optional<DeviceId>& giver) {
  KITH_TRY(auto transaction, db::Transaction::begin(database_));
  const auto grp = group_number(database_, group);
  if (!grp && grp.error().code == Errc::not_found)
    return std::vector<Put>(payloads.size(), Put::unknown_event);
  if (!grp) return tl::unexpected(grp.error());
  KITH_TRY(const Day kept, keep_from(database_, *grp));
  KITH_TRY(auto bytes, bytes_by_owner(database_, *grp));
  Counter counter(database_, *grp, kept, std::move(bytes), giver);
  std::vector<Put> answers;
  for (const PayloadOf& item : payloads) {
    KITH_TRY(const Put answer, counter.put(item));
    answers.push_back(answer);
  }
  KITH_CHECK(counter.finish());
  KITH_CHECK(transaction.commit());
  if (counter.last_row() != 0) last_stored_payload_ = counter.last_row();
  return answers;
}

Result<void> MailStore::put_payload(const EventId& event, ByteView payload) {
  KITH_TRY(const auto known, this->event(event));
  if (!known) return fail(Errc::not_found, "the payload's event is not here");
  const PayloadOf item{event, payload};
  KITH_TRY(const auto answers, put_payloads(known->header().group, std::span(&item, 1)));
  switch (answers.front()) {
    case Put::stored:
    case Put::known:
      return {};
    case Put::unknown_event:
      return fail(Errc::not_found, "the payload's event is not an envelope");
    case Put::tombstoned:
    case Put::expired:
      return fail(Errc::refused, "the payload was taken back or has expired");
    case Put::bad:
      return fail(Errc::unauthentic, "the payload is not the one that its event binds");
    case Put::too_many:
    case Put::over_quota:
      return fail(Errc::too_large, "too many payloads");
  }
  KITH_ASSERT(false);
}

Result<std::vector<Bytes>> MailStore::payloads(const EventId& event) {
  KITH_TRY(auto query, database_.prepare("SELECT p.bytes FROM event e JOIN payload p ON p.event = e.row "
                                         "WHERE e.id = ?1 AND e.gone = 0 AND length(p.bytes) > 0 "
                                         "ORDER BY p.verdict = 2, p.verdict = 0, p.row"));
  query.bind(1, event.view());
  std::vector<Bytes> found;
  while (true) {
    KITH_TRY(const bool more, query.step());
    if (!more) return found;
    found.push_back(query.blob(0));
  }
}

Result<std::optional<Bytes>> MailStore::payload_but(const GroupId& group, const EventId& event,
                                                    const std::optional<Digest>& digest,
                                                    std::span<const Digest> except) {
  KITH_TRY(auto query,
           database_.prepare(
               "SELECT p.digest, p.bytes FROM event e JOIN head h ON h.log = e.log JOIN payload p ON "
               "p.event = e.row WHERE e.id = ?1 AND e.grp = (SELECT grp FROM place WHERE group_id = ?2) "
               "AND e.gone = 0 AND e.seq < h.checked AND length(p.bytes) > 0 "
               "ORDER BY p.verdict = 2, p.verdict = 0, p.row"));
  query.bind(1, event.view()).bind(2, group.view());
  while (true) {
    KITH_TRY(const bool found, query.step());
    if (!found) return std::nullopt;
    KITH_TRY(const auto held, Digest::parse(query.blob_view(0)));
    if ((!digest || *digest == held) && std::ranges::find(except, held) == except.end()) return query.blob(1);
  }
}

Result<std::optional<Missing>> MailStore::missing_payload(const GroupId& group, const EventId& event) {
  KITH_TRY(auto missing, missing_among(group, {&event, 1}));
  if (missing.empty()) return std::nullopt;
  return std::move(missing.front());
}

Result<std::vector<Missing>> MailStore::missing_among(const GroupId& group, std::span<const EventId> events,
                                                      const std::optional<DeviceId>& asks) {
  std::vector<Missing> missing;
  KITH_TRY(auto place, database_.prepare("SELECT grp FROM place WHERE group_id = ?1"));
  place.bind(1, group.view());
  KITH_TRY(const bool known, place.step());  // stays stepped: while it is read, nothing below locks anew
  if (!known) return missing;
  for (const EventId& event : events) {
    KITH_TRY(auto found, missing_of(database_, place.integer(0), event, asks));
    if (found) missing.push_back(std::move(*found));
  }
  return missing;
}

Result<std::vector<Missing>> MailStore::missing_payloads(const GroupId& group, std::int64_t after_row,
                                                         std::size_t limit,
                                                         const std::optional<DeviceId>& asks) {
  std::vector<Missing> missing;
  const auto grp = group_number(database_, group);
  if (!grp && grp.error().code == Errc::not_found) return missing;
  if (!grp) return tl::unexpected(grp.error());
  KITH_TRY(const auto bytes, bytes_by_owner(database_, *grp));
  KITH_TRY(auto query,
           database_.prepare("SELECT m.row, e.row, e.id, e.wire, h.owner FROM missing m JOIN event e ON "
                             "e.row = m.event JOIN head h ON h.log = e.log WHERE m.grp = ?1 AND "
                             "m.row > ?2 ORDER BY m.row"));
  query.bind(1, *grp).bind(2, after_row);
  while (missing.size() < limit) {
    KITH_TRY(const bool found, query.step());
    if (!found) break;
    const auto header = parse_signed_header(query.blob_view(3));
    if (!header) return fail(Errc::damaged, "a stored event is damaged");
    const std::uint32_t length = header->header.length;
    if (query.integer(4) == kNobody) continue;
    const auto held = bytes.find(query.integer(4));
    if (held != bytes.end() && held->second + length > kMaxMemberPayload) continue;
    KITH_TRY(const auto variants_held, variants(database_, query.integer(1)));
    if (gave_enough(variants_held, asks)) continue;
    missing.push_back({query.integer(0), header->id, length, of_no_use(variants_held, asks)});
  }
  return missing;
}

Result<std::vector<Offer>> MailStore::offers(const GroupId& group, std::int64_t after_row,
                                             std::size_t limit) {
  KITH_TRY(auto query,
           database_.prepare(
               "SELECT p.row, e.id, p.digest, length(p.bytes), e.seq < h.checked FROM payload p JOIN "
               "event e ON e.row = p.event JOIN head h ON h.log = e.log WHERE p.grp = (SELECT grp "
               "FROM place WHERE group_id = ?1) AND p.row > ?2 AND length(p.bytes) > 0 "
               "ORDER BY p.row LIMIT ?3"));
  query.bind(1, group.view()).bind(2, after_row).bind(3, signed64(limit));
  std::vector<Offer> offers;
  while (true) {
    KITH_TRY(const bool found, query.step());
    if (!found || query.integer(4) == 0) return offers;  // the rest when its event is checked
    KITH_TRY(const auto event, EventId::parse(query.blob_view(1)));
    KITH_TRY(const auto digest, Digest::parse(query.blob_view(2)));
    offers.push_back({query.integer(0), event, digest, static_cast<std::uint32_t>(query.integer(3))});
  }
}

Result<std::vector<std::pair<std::int64_t, EventId>>> MailStore::payload_arrivals(const GroupId& group,
                                                                                  std::int64_t after_row,
                                                                                  std::size_t limit) {
  KITH_TRY(const auto found, offers(group, after_row, limit));
  std::vector<std::pair<std::int64_t, EventId>> arrivals;
  arrivals.reserve(found.size());
  for (const Offer& offer : found) arrivals.emplace_back(offer.row, offer.event);
  return arrivals;
}

Result<std::int64_t> MailStore::last_payload_row(const GroupId& group) {
  KITH_TRY(auto query,
           database_.prepare("SELECT max(row) FROM payload WHERE grp = (SELECT grp FROM place WHERE "
                             "group_id = ?1)"));
  query.bind(1, group.view());
  KITH_CHECK(query.step());
  return query.integer(0);  // 0 for none
}

Result<std::vector<EventId>> MailStore::unjudged(const GroupId& group) {
  KITH_TRY(auto query, database_.prepare(
                           "SELECT DISTINCT e.row, e.id FROM payload p JOIN event e ON e.row = p.event WHERE "
                           "p.grp = (SELECT grp FROM place WHERE group_id = ?1) AND p.verdict = ?2 AND "
                           "length(p.bytes) > 0 ORDER BY e.row"));
  query.bind(1, group.view()).bind(2, kUnjudged);
  std::vector<EventId> found;
  while (true) {
    KITH_TRY(const bool more, query.step());
    if (!more) return found;
    KITH_TRY(const auto event, EventId::parse(query.blob_view(1)));
    found.push_back(event);
  }
}

Result<void> MailStore::judge(const EventId& event, const Digest& payload_digest, Verdict verdict) {
  KITH_TRY(auto transaction, db::Transaction::join(database_));
  std::int64_t grp = 0;
  EventRow row{};
  {
    KITH_TRY(auto query, database_.prepare("SELECT row, log, gone, grp FROM event WHERE id = ?1"));
    query.bind(1, event.view());
    KITH_TRY(const bool found, query.step());
    if (!found) return fail(Errc::not_found, "the event is not here");
    row = {query.integer(0), query.integer(1), query.integer(2) != 0};
    grp = query.integer(3);
  }
  KITH_TRY(auto held, variants(database_, row.row));
  const auto judged = std::ranges::find(held, payload_digest, &Variant::digest);
  if (judged == held.end()) return fail(Errc::not_found, "the payload is not here");
  judged->verdict = static_cast<std::int64_t>(verdict);
  {
    KITH_TRY(auto update, database_.prepare("UPDATE payload SET verdict = ?2 WHERE row = ?1"));
    KITH_CHECK(update.bind(1, judged->row).bind(2, judged->verdict).run());
  }
  if (verdict == Verdict::good) {
    std::int64_t dropped = 0;
    for (const Variant& other : held) {
      if (other.row == judged->row || !is_bad(other)) continue;
      KITH_CHECK(run_on(database_, "DELETE FROM payload WHERE row = ?1", other.row));
      KITH_CHECK(run_on(database_, "DELETE FROM giver WHERE payload = ?1", other.row));
      dropped += other.size;
    }
    KITH_TRY(auto less,
             database_.prepare("UPDATE head SET payload_bytes = payload_bytes - ?2 WHERE log = ?1"));
    KITH_CHECK(less.bind(1, row.log).bind(2, dropped).run());
    KITH_CHECK(run_on(database_, "DELETE FROM missing WHERE event = ?1", row.row));
  } else if (!row.gone && std::ranges::all_of(held, is_bad)) {
    KITH_CHECK(note_missing(database_, grp, row.row));
  }
  return transaction.commit();
}

Result<bool> MailStore::tombstoned(const EventId& event) {
  KITH_TRY(auto query, database_.prepare("SELECT gone FROM event WHERE id = ?1"));
  query.bind(1, event.view());
  KITH_TRY(const bool found, query.step());
  return found && query.integer(0) != 0;
}

}  // namespace kith::mail
