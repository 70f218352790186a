#include "core/sharing/joining.h"

#include <algorithm>

#include "core/keyring/head_record.h"
#include "core/sharing/agreements.h"
#include "core/sharing/compose.h"
#include "core/sharing/control.h"
#include "core/sharing/founding.h"
#include "core/sharing/gate.h"
#include "core/sharing/join_keys.h"
#include "core/sharing/pen.h"
#include "core/sharing/publish.h"
#include "core/sharing/received.h"
#include "core/sharing/tables.h"

namespace kith::sharing {
namespace {

constexpr std::size_t kBytesAtOnce = 1024 * 1024;
constexpr std::size_t kActsAtOnce = 64;
constexpr std::uint32_t kLongestInvitation = 90;  // days

struct StoredInvite {
  crypto::InviteSecret secret;
  Day expires;
};
Result<StoredInvite> stored_invite(Node& node, const GroupId& group, const EventId& invite) {
  KITH_TRY(auto select,
           node.journal().prepare("SELECT secret, expires FROM share_invite WHERE event = ?1 AND grp = ?2"));
  select.bind(1, invite.view()).bind(2, group.view());
  KITH_TRY(const bool found, select.step());
  if (!found) return fail(Errc::not_found, "there is no such invitation here");
  KITH_TRY(auto secret, crypto::InviteSecret::copy_of(select.blob_view(0)));
  return StoredInvite{std::move(secret), Day{static_cast<std::uint32_t>(select.integer(1))}};
}

bool used(const Book& book, const EventId& invite) {
  const auto state = book.state();
  const auto found = state->invites.find(invite);
  return found == state->invites.end() || found->second.used;
}

// The device that this invitation let in, as long as no event of it has come.
Result<std::optional<DeviceId>> awaited(Node& node, const Book& book, const EventId& invite) {
  const auto state = book.state();
  const auto found = state->invites.find(invite);
  if (found == state->invites.end() || found->second.admits.size() != 1) return std::nullopt;
  for (const auto& [id, device] : state->devices) {
    if (device.enrolled_by != found->second.admits.front() || !state->active(id)) continue;
    KITH_TRY(auto select, node.journal().prepare("SELECT 1 FROM share_log WHERE grp = ?1 AND device = ?2"));
    select.bind(1, book.group.view()).bind(2, id.view());
    KITH_TRY(const bool heard, select.step());
    if (!heard) return id;
  }
  return std::nullopt;
}

Result<Bytes> own_record(Node& node, const Book& book) {
  KITH_TRY(const auto keys, node.keyring().device(book.group));
  KITH_TRY(const auto prekeys, node.keyring().prekeys(book.group));
  const auto state = book.state();
  const auto* own = state->device(book.device);
  if (!keys || prekeys.empty() || own == nullptr)
    return fail(Errc::not_found, "this node has no keys in the group");
  return group::encode(group::JoinBody{.invite = std::nullopt,
                                       .group = book.group,
                                       .sign = keys->sign_pk,
                                       .dh = keys->dh_pk,
                                       .link = own->link,
                                       .prekey = {prekeys.front().pk, prekeys.front().number},
                                       .recovery = std::nullopt,
                                       .addresses = own->addresses});
}

Result<Bytes> genesis_of(Node& node, const GroupId& group) {
  KITH_TRY(auto select, node.journal().prepare("SELECT wire FROM share_control WHERE grp = ?1 ORDER BY row"));
  select.bind(1, group.view());
  while (true) {
    KITH_TRY(const bool more, select.step());
    if (!more) return fail(Errc::damaged, "the genesis of the group is missing");
    const auto event = mail::Event::parse(select.blob_view(0));
    if (event && event->header().seq == 0 && mail::group_id_of(event->body()) == group) return select.blob(0);
  }
}

// Everything this node holds of the group and has checked: each log from its first event, those first that
// came first; then the acts beside them. The order in which single events came is anybody's choice.
Result<std::vector<Bytes>> whole_log(Node& node, const GroupId& group) {
  std::vector<Bytes> events;
  KITH_TRY(const auto heads, node.mail().heads(group));
  for (const auto& head : heads) {
    std::optional<std::uint64_t> after;
    while (true) {
      KITH_TRY(auto part, node.mail().wire_after(group, head.device, after, kBytesAtOnce));
      if (part.empty()) break;
      after = (after ? *after + 1 : 0) + part.size() - 1;
      std::ranges::move(part, std::back_inserter(events));
    }
  }
  std::int64_t row = 0;
  while (true) {
    KITH_TRY(auto part, node.mail().beside(group, row, kActsAtOnce));
    if (part.empty()) return events;
    row = part.back().first;
    for (auto& [at, wire] : part) events.push_back(std::move(wire));
  }
}

}  // namespace

Result<Invited> Joining::invite(const GroupId& group, const InviteText& text, Day expires,
                                const std::vector<mail::Address>& addresses) {
  KITH_TRY(auto* book, node_.book(group));
  const auto state = book->state();
  if (!state->agreement || !state->has_agreed(book->me))
    return tl::unexpected<Error>(refusal(Rule::not_agreed));
  const auto me = state->members.find(book->me);
  const bool may = me != state->members.end() &&
                   (me->second.role == group::Role::leader || me->second.role == group::Role::co_leader);
  if (!may) return fail(Errc::refused, "leader-only: who leads the group invites");
  if (expires < node_.today() || expires > node_.today() + kLongestInvitation)
    return fail(Errc::usage, "an invitation holds between today and ninety days");
  KITH_TRY(const auto agreement, agreement_text(node_, group, state->agreement->text));
  if (!agreement) return fail(Errc::waiting, "the agreement's text has not arrived yet");
  crypto::InviteSecret secret(node_.random());
  const auto keys = group::invite_keys(secret);
  KITH_TRY(const auto invite, InvitePk::parse(keys.sign.pk.view()));
  KITH_TRY(const auto event,
           Publisher(node_).act(group, group::Invite{invite, expires, group::Role::member}, "group invite"));
  KITH_TRY(auto put, node_.journal().prepare("INSERT INTO share_invite VALUES (?1, ?2, ?3, ?4)"));
  put.bind(1, event.view()).bind(2, group.view()).bind(3, ByteView(secret.reveal()));
  put.bind(4, static_cast<std::int64_t>(number(expires)));
  KITH_CHECK(put.run());
  group::Token token{group, book->device, std::move(secret), expires, addresses};
  for (auto& address : token.addresses) address.port = group::door_port(group::invite_keys(token.secret));
  const group::Invitation invitation{book->name, text.welcome, text.who_for, group::encode(*agreement)};
  return Invited{.invite = event,
                 .code = group::invite_code(token.secret),
                 .file = group::encode(invitation, token, group::Code::apart),
                 .file_with_key = group::encode(invitation, token, group::Code::inside),
                 .expires = expires};
}

Result<std::vector<OpenInvite>> Joining::invites(const GroupId& group) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(auto select,
           node_.journal().prepare("SELECT event, expires FROM share_invite WHERE grp = ?1 ORDER BY rowid"));
  select.bind(1, group.view());
  std::vector<OpenInvite> invites;
  while (true) {
    KITH_TRY(const bool more, select.step());
    if (!more) return invites;
    KITH_TRY(const auto event, column<EventId>(select, 0));
    const Day expires{static_cast<std::uint32_t>(select.integer(1))};
    KITH_TRY(const auto waiting, awaited(node_, *book, event));
    invites.push_back({event, expires, used(*book, event), expires < node_.today(), waiting.has_value()});
  }
}

Result<void> forget_used_invites(Node& node, const GroupId& group) {
  KITH_TRY(const auto invites, Joining(node).invites(group));
  for (const auto& one : invites) {
    if (!one.expired && (!one.used || one.awaited)) continue;
    KITH_TRY(auto forget, node.journal().prepare("DELETE FROM share_invite WHERE event = ?1"));
    forget.bind(1, one.invite.view());
    KITH_CHECK(forget.run());
  }
  return {};
}

Result<crypto::InviteSecret> Joining::door_secret(const GroupId& group, const EventId& invite) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(auto stored, stored_invite(node_, group, invite));
  KITH_TRY(const auto waiting, awaited(node_, *book, invite));
  if (used(*book, invite) && !waiting)
    return fail(Errc::refused, "invitation-used: somebody has joined with it");
  if (stored.expires < node_.today()) return fail(Errc::refused, "invitation-expired: write a new one");
  return std::move(stored.secret);
}

Result<group::DoorInviter> Joining::open_door(const GroupId& group, const EventId& invite) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(const auto secret, door_secret(group, invite));
  KITH_TRY(auto record, own_record(node_, *book));
  KITH_TRY(const auto genesis, genesis_of(node_, group));
  return group::DoorInviter(group, invite, secret, genesis, std::move(record), node_.random());
}

Result<std::vector<Bytes>> Joining::admit(const GroupId& group, const EventId& invite,
                                          const group::DoorInviter& door) {
  KITH_TRY([[maybe_unused]] const auto still_open, door_secret(group, invite));
  KITH_TRY(const auto admit, door.admit());
  if (admit.invite != invite)
    return fail(Errc::refused, "invitation-other: this door was opened for another one");
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(const auto waiting, awaited(node_, *book, invite));
  if (!waiting) {
    KITH_TRY([[maybe_unused]] const auto event, Publisher(node_).act(group, admit, "group admit"));
    KITH_CHECK(node_.book(group));
  } else {
    KITH_TRY(const auto join, group::parse_join(admit.join.body));
    if (mail::device_id_of(join.sign, join.dh) != *waiting)
      return fail(Errc::refused, "invitation-used: somebody has joined with it");
  }
  KITH_TRY(const auto events, whole_log(node_, group));
  return door.welcome(events);
}

JoinAttempt::JoinAttempt(keyring::DeviceKeys keys, keyring::HeldPrekey prekey, crypto::LinkKeypair link,
                         group::Token token, group::Invitation invitation, Profile me, std::uint16_t port)
    : keys_(std::move(keys)),
      prekey_(std::move(prekey)),
      link_(std::move(link)),
      token_(std::move(token)),
      invitation_(std::move(invitation)),
      me_(std::move(me)),
      port_(port) {}

Result<std::unique_ptr<JoinAttempt>> Joining::begin_join(const group::Invitation& invitation,
                                                         const group::Token& given, const Profile& me,
                                                         const std::vector<mail::Address>& addresses,
                                                         std::uint16_t port) {
  KITH_TRY(const auto profile, sound_profile(me));
  if (given.expires < node_.today()) return fail(Errc::refused, "invitation-expired: ask for a new one");
  KITH_TRY(const auto groups, node_.groups());
  if (std::ranges::find(groups, given.group) != groups.end())
    return fail(Errc::refused, "already-a-member: this node is in that group");
  KITH_TRY([[maybe_unused]] const auto readable, group::parse_agreement(invitation.agreement));
  auto& random = node_.random();
  const auto invite_keys = group::invite_keys(given.secret);
  const InvitePk invite = *InvitePk::parse(invite_keys.sign.pk.view());
  crypto::SecretBytes words;
  KITH_TRY(auto own, kept_join_keys(node_, invite));
  if (!own) {
    const crypto::SignSeed recovery(random);
    words = sharing::recovery_words(recovery);
    own = JoinKeys{crypto::sign_keypair(random),
                   crypto::dh_keypair(random),
                   crypto::pre_keypair(random),
                   crypto::link_keypair(random),
                   *RecoveryPk::parse(crypto::sign_public(recovery).view()),
                   node_.today()};
    KITH_CHECK(keep_join_keys(node_, invite, given.expires, *own));
  }
  auto& [sign, dh, pre, link, recovery, made] = *own;
  const group::JoinBody join{.invite = invite,
                             .group = given.group,
                             .sign = sign.pk,
                             .dh = dh.pk,
                             .link = link.pk,
                             .prekey = {pre.pk, 1},
                             .recovery = recovery,
                             .addresses = addresses};
  const DeviceId device = mail::device_id_of(sign.pk, dh.pk);
  keyring::DeviceKeys keys{given.group, device, sign.pk, std::move(sign.seed), dh.pk, std::move(dh.secret)};
  group::Token token{given.group, given.inviter, given.secret.clone(), given.expires, given.addresses};
  std::unique_ptr<JoinAttempt> attempt(new JoinAttempt(
      std::move(keys), keyring::HeldPrekey{1, pre.pk, std::move(pre.secret), made}, std::move(link),
      std::move(token), invitation, profile, port == 0 ? draw_port(random) : port));
  attempt->addresses_ = addresses;
  attempt->recovery_words_ = std::move(words);
  attempt->door_ = std::make_unique<group::DoorJoiner>(attempt->token_, join, attempt->keys_.sign, random);
  return attempt;
}

Result<GroupId> Joining::joined(std::unique_ptr<JoinAttempt> attempt) {
  if (!attempt->door_->done()) return fail(Errc::waiting, "the other side has not let you in yet");
  KITH_TRY(const auto events, attempt->door_->logs());
  const GroupId group = attempt->token_.group;
  std::vector<mail::Event> control;
  for (const auto& event : events)
    if (event.header().kind == mail::Kind::ctl || event.header().kind == mail::Kind::dev)
      control.push_back(event);
  group::GroupRoster roster(group, control);
  const auto state = roster.state();
  const auto* me = state->member_of(attempt->keys_.device);
  if (me == nullptr || !state->active(me->id))
    return fail(Errc::unauthentic, "the group that came does not hold you as a member");
  if (!state->agreement || group::text_hash(attempt->invitation_.agreement) != state->agreement->text)
    return fail(Errc::unauthentic, "the agreement you read is not the one the group signed");
  // Events dated ahead of a clock wait, and without the logs no courier would ever be let in here: a clock
  // that is behind is read as the inviter's.
  Day today = node_.today();
  for (const auto& event : control)
    if (event.id() == me->enrolled_by) today = std::max(today, event.header().day);
  // Before the journal knows of the group: who is stopped between the two joins again.
  KITH_TRY([[maybe_unused]] const auto kept, node_.mail().append(group, events, roster, today));
  {
    KITH_TRY(auto transaction, db::Transaction::begin(node_.journal()));
    const Place place{attempt->invitation_.group_name, me->id, attempt->addresses_, attempt->port_};
    KITH_CHECK(put_place(node_, attempt->keys_, attempt->prekey_, attempt->link_, place));
    for (const auto& event : control) KITH_CHECK(put_control(node_, event));
    KITH_CHECK(put_agreement_text(node_, group, attempt->invitation_.agreement));
    const auto invite = group::invite_keys(attempt->token_.secret);
    KITH_CHECK(forget_join_keys(node_, *InvitePk::parse(invite.sign.pk.view())));
    KITH_CHECK(keyring::raise_head(node_.journal()));
    KITH_CHECK(transaction.commit());
  }
  KITH_CHECK(Publisher(node_).flush());
  KITH_CHECK(ConsentGate(node_).set_profile(group, attempt->me_));
  return group;
}

}  // namespace kith::sharing
