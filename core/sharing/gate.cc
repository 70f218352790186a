#include "core/sharing/gate.h"

#include <algorithm>

#include "core/sharing/compose.h"
#include "core/sharing/consent.h"
#include "core/sharing/erasing.h"
#include "core/sharing/publish.h"
#include "crypto/hash.h"

namespace kith::sharing {
namespace {

std::size_t members_now(const group::State& state) {
  return static_cast<std::size_t>(
      std::ranges::count_if(state.members, [&](const auto& entry) { return state.active(entry.first); }));
}

Digest digest_of_text(const GroupId& group, const Body& body) {
  return crypto::H("kith1.ledger", {group.view(), as_bytes(body.text)});
}

// The page and a terminal may show the same draft: one yes counts, and the second hears of the first.
constexpr std::chrono::seconds kSameMoment{60};

Result<bool> approved_already(Node& node, const GroupId& group, const Digest& digest) {
  KITH_TRY(auto select,
           node.journal().prepare("SELECT 1 FROM share_consent WHERE grp = ?1 AND digest = ?2 AND "
                                  "(state = 1 OR (state = 2 AND confirmed_at BETWEEN ?3 AND ?4))"));
  select.bind(1, group.view()).bind(2, digest.view());
  select.bind(3, seconds(node.now() - kSameMoment)).bind(4, seconds(node.now()));
  return select.step();
}

}  // namespace

Result<Preview> ConsentGate::preview(const GroupId& group, const Draft& draft) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(auto composed, compose(node_, *book, draft));
  KITH_TRY(const auto outbox, node_.outbox());
  const Body& body = composed.body;
  const auto state = book->state();
  return Preview{.text = body.text,
                 .readers = std::move(composed.readers),
                 .cannot_read_yet = std::move(composed.cannot_read_yet),
                 .leaders_only = composed.leaders_only,
                 .leader_may = body.leader_may,
                 .until = body.expires,
                 .responses = body.responses.value_or(Responses::none),
                 .tender = body.tender,
                 .unfinished = body.unfinished,
                 .content_note = body.content_note,
                 .agreement_version = state->agreement ? state->agreement->version : 0,
                 .can_be_stopped_for = outbox,
                 .pauses = std::move(composed.pauses),
                 .refusal = std::move(composed.refusal),
                 .digest = consent_digest(group, body)};
}

Result<Confirmed> ConsentGate::confirm(const GroupId& group, const Draft& draft, const Digest& seen) {
  KITH_TRY(auto transaction, db::Transaction::begin(node_.journal()));
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(auto composed, compose(node_, *book, draft));
  if (composed.refusal) return tl::unexpected<Error>(refusal(composed.refusal->rule));
  Body& body = composed.body;
  const Digest digest = consent_digest(group, body);
  if (digest != seen)
    return fail(Errc::refused, "consent: what was approved is not what would leave now; look at it again");
  KITH_TRY(const bool twice, approved_already(node_, group, digest));
  if (twice)
    return fail(Errc::refused, "once: exactly this was approved a moment ago, perhaps in another window");
  if (body.version == 1) body.item = node_.random().draw<ItemId>();
  body.written = node_.today();
  KITH_TRY(const auto wait, node_.outbox());
  const auto state = book->state();
  const ConsentRow row{.group = group,
                       .digest = digest,
                       .item = body.item,
                       .version = body.version,
                       .type = body.type,
                       .audience = body.audience,
                       .body = encode(body, members_now(*state)),
                       .text_digest = digest_of_text(group, body),
                       .agreement = body.agreement,
                       .agreement_version = state->agreement->version,
                       .entry = draft.entry,
                       .to = draft.audience.to,
                       .confirmed_at = node_.now(),
                       .release_at = node_.now() + wait,
                       .until = body.expires,
                       .state = ConsentState::waiting};
  KITH_TRY(const auto id, put_consent(node_, row));
  KITH_CHECK(transaction.commit());
  return Confirmed{id, body.item, row.release_at};
}

Result<std::vector<OutboxLine>> ConsentGate::outbox() {
  KITH_TRY(const auto rows, waiting_rows(node_));
  std::vector<OutboxLine> lines;
  for (const auto& row : rows) {
    if (row.type == BodyType::agreement || row.type == BodyType::profile) continue;
    KITH_TRY(auto* book, node_.book(row.group));
    KITH_TRY(const auto people, people_of(node_, *book));
    KITH_TRY(const auto body, parse_body(row.body));
    OutboxLine line{.consent = row.id,
                    .group = row.group,
                    .item = row.item,
                    .what = row.type,
                    .text = body.text,
                    .readers = {},
                    .confirmed_at = row.confirmed_at,
                    .release_at = row.release_at,
                    .state = row.state,
                    .why = std::nullopt};
    for (const auto& id : row.audience)
      if (const Person* person = find(people, id); person != nullptr && !person->me)
        line.readers.push_back(*person);
    if (row.state == ConsentState::ask_again) line.why = row.why;
    lines.push_back(std::move(line));
  }
  return lines;
}

Result<void> ConsentGate::take_back(std::int64_t consent) {
  KITH_TRY(auto transaction, db::Transaction::begin(node_.journal()));
  KITH_TRY(const auto row, consent_row(node_, consent));
  if (!row) return fail(Errc::not_found, "there is no such share");
  if (row->state != ConsentState::waiting && row->state != ConsentState::ask_again)
    return fail(Errc::refused, "left: it has left already; you can still ask for it back");
  KITH_TRY(auto update,
           node_.journal().prepare("UPDATE share_consent SET state = 3, body = NULL WHERE id = ?1"));
  update.bind(1, consent);
  KITH_CHECK(update.run());
  KITH_CHECK(note_remnants(node_));
  return transaction.commit();
}

Result<void> ConsentGate::release_now(std::int64_t consent) {
  KITH_TRY(const auto row, consent_row(node_, consent));
  if (!row) return fail(Errc::not_found, "there is no such share");
  if (row->state != ConsentState::waiting)
    return fail(Errc::refused, "not-waiting: it does not wait in the outbox");
  KITH_TRY(auto update,
           node_.journal().prepare("UPDATE share_consent SET release_at = ?2 WHERE id = ?1 AND state = 1"));
  update.bind(1, consent).bind(2, seconds(node_.now()));
  KITH_CHECK(update.run());
  KITH_TRY([[maybe_unused]] const auto released, release(row->group, true));
  KITH_TRY(const auto after, consent_row(node_, consent));
  if (after && after->state == ConsentState::ask_again) return tl::unexpected<Error>(refusal(after->why));
  return {};
}

Result<void> ConsentGate::set_profile(const GroupId& group, const Profile& given) {
  KITH_TRY(const auto profile, sound_profile(given));
  KITH_TRY(auto transaction, db::Transaction::begin(node_.journal()));
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(const auto rows, consent_rows(node_, group));
  Body body;
  body.type = BodyType::profile;
  body.item = node_.random().draw<ItemId>();
  body.audience = {book->me};
  body.profile_name = profile.name;
  body.profile_pronouns = profile.pronouns;
  for (const auto& row : rows)
    if (row.type == BodyType::profile) body.version = std::max(body.version, row.version + 1);
  KITH_TRY(auto old,
           node_.journal().prepare(
               "UPDATE share_consent SET state = 5 WHERE grp = ?1 AND type = 13 AND state IN (1, 2)"));
  old.bind(1, group.view());
  KITH_CHECK(old.run());
  const ConsentRow row{.group = group,
                       .digest = consent_digest(group, body),
                       .item = body.item,
                       .version = body.version,
                       .type = body.type,
                       .audience = body.audience,
                       .body = encode(body, 0),
                       .text_digest = digest_of_text(group, body),
                       .agreement = Digest::zero(),
                       .agreement_version = 0,
                       .entry = "",
                       .to = To::group,
                       .confirmed_at = node_.now(),
                       .release_at = node_.now(),
                       .until = Day{0},
                       .state = ConsentState::released};
  KITH_TRY([[maybe_unused]] const auto id, put_consent(node_, row));
  KITH_CHECK(store_profile(node_, group, book->me, {profile, body.version, Digest::zero(), EventId::zero()}));
  return transaction.commit();
}

Result<void> ConsentGate::send_agreement(const GroupId& group, std::uint32_t version, ByteView text) {
  KITH_TRY(auto transaction, db::Transaction::begin(node_.journal()));
  KITH_TRY(auto* book, node_.book(group));
  const auto state = book->state();
  Body body;
  body.type = BodyType::agreement;
  body.item = node_.random().draw<ItemId>();
  for (const auto& [id, member] : state->members)
    if (state->active(id)) body.audience.push_back(id);
  body.agreement_version = version;
  body.agreement_text = to_bytes(text);
  const ConsentRow row{.group = group,
                       .digest = consent_digest(group, body),
                       .item = body.item,
                       .version = 1,
                       .type = body.type,
                       .audience = body.audience,
                       .body = encode(body, members_now(*state)),
                       .text_digest = group::text_hash(text),
                       .agreement = Digest::zero(),
                       .agreement_version = version,
                       .entry = "",
                       .to = To::group,
                       .confirmed_at = node_.now(),
                       .release_at = node_.now(),
                       .until = Day{0},
                       .state = ConsentState::waiting};
  KITH_TRY([[maybe_unused]] const auto id, put_consent(node_, row));
  return transaction.commit();
}

}  // namespace kith::sharing
