#include "core/sharing/founding.h"

#include "core/keyring/head_record.h"
#include "core/sharing/control.h"
#include "core/sharing/duties.h"
#include "core/sharing/gate.h"
#include "core/sharing/groups.h"
#include "core/sharing/pen.h"
#include "core/sharing/publish.h"
#include "crypto/words.h"

namespace kith::sharing {
namespace {

constexpr std::uint16_t kFirstPort = 20000;
constexpr std::uint32_t kPorts = 12000;  // below the range that systems hand out for outgoing connections
constexpr std::size_t kMaxGroupName = 64;

// The first event of a group and of its founder's device.
mail::Event genesis_event(Bytes body, const DeviceId& device, const crypto::SignSeed& seed, Day today) {
  const GroupId group = mail::group_id_of(body);
  const mail::Header header{.kind = mail::Kind::ctl,
                            .retention = 0,
                            .group = group,
                            .device = device,
                            .seq = 0,
                            .prev = *Link::parse(group.view()),
                            .day = today,
                            .length = static_cast<std::uint32_t>(body.size()),
                            .bind = mail::body_bind(body),
                            .ctl_digest = mail::ctl_digest_of({}),
                            .lamport = 1};
  return mail::Event::sign(header, std::move(body), seed);
}

Result<void> check(const Founding& founding) {
  if (founding.mode != group::Mode::led)
    return fail(Errc::unsupported, "this version founds groups that one person leads");
  if (founding.name.empty() || founding.name.size() > kMaxGroupName)
    return fail(Errc::usage, "a group has a name of at most 64 bytes");
  if (founding.retention_days == 0 || founding.retention_days > group::kMaxRetentionDays)
    return fail(Errc::usage, "things are kept between one day and ten years");
  if (founding.addresses.size() > mail::kMaxAddresses)
    return fail(Errc::usage, "a node names at most eight addresses");
  return {};
}

Result<void> put_genesis(Node& node, const mail::Event& event) {
  const auto& header = event.header();
  KITH_CHECK(node.keyring().advance(
      header.group,
      {.seq = 0, .link = event.link(), .lamport = header.lamport, .day = header.day, .events_that_day = 1}));
  KITH_CHECK(put_control(node, event));
  KITH_CHECK(put_ledger(node, event, {LedgerKind::command, "group create"}));
  KITH_CHECK(put_queue(node, event, {}));
  node.count_publication();
  return keyring::raise_head(node.journal());
}

}  // namespace

crypto::SecretBytes recovery_words(const crypto::SignSeed& seed) {
  Bytes text;
  for (const auto word : crypto::words_of_seed(seed.reveal())) {
    if (!text.empty()) text.push_back(' ');
    append(text, as_bytes(word));
  }
  return crypto::SecretBytes(std::move(text));
}

std::uint16_t draw_port(Random& random) {
  return static_cast<std::uint16_t>(kFirstPort + random.below(kPorts));
}

Result<void> put_place(Node& node, const keyring::DeviceKeys& keys, const keyring::HeldPrekey& prekey,
                       const crypto::LinkKeypair& link, const Place& place) {
  KITH_CHECK(node.keyring().add_device(keys));
  KITH_CHECK(node.keyring().add_prekey(keys.group, prekey));
  KITH_TRY(auto put,
           node.journal().prepare("INSERT INTO share_group(id, name, device, member, addresses) VALUES "
                                  "(?1, ?2, ?3, ?4, ?5)"));
  const Bytes addresses = encode_addresses(place.addresses);
  put.bind(1, keys.group.view()).bind(2, place.name).bind(3, keys.device.view());
  put.bind(4, place.me.view()).bind(5, ByteView(addresses));
  KITH_CHECK(put.run());
  KITH_TRY(auto queue, node.journal().prepare("INSERT INTO share_queue_group VALUES (?1, ?2, ?3, ?4, ?5)"));
  queue.bind(1, keys.group.view()).bind(2, keys.device.view()).bind(3, static_cast<std::int64_t>(place.port));
  queue.bind(4, link.pk.view()).bind(5, ByteView(link.secret.reveal()));
  return queue.run();
}

Result<Founded> Groups::create(const Founding& founding) {
  KITH_CHECK(check(founding));
  auto& random = node_.random();
  auto sign = crypto::sign_keypair(random);
  auto dh = crypto::dh_keypair(random);
  auto pre = crypto::pre_keypair(random);
  const auto link = crypto::link_keypair(random);
  const crypto::SignSeed recovery(random);
  const group::JoinBody join{.invite = std::nullopt,
                             .group = std::nullopt,
                             .sign = sign.pk,
                             .dh = dh.pk,
                             .link = link.pk,
                             .prekey = {pre.pk, 1},
                             .recovery = *RecoveryPk::parse(crypto::sign_public(recovery).view()),
                             .addresses = founding.addresses};
  group::Genesis genesis;
  random.fill(genesis.random);
  genesis.mode = founding.mode;
  genesis.founders.push_back({group::sign_join(join, sign.seed, nullptr), group::Role::leader});
  genesis.retention_days = founding.retention_days;
  genesis.day = node_.today();
  const DeviceId device = mail::device_id_of(sign.pk, dh.pk);
  const auto event =
      genesis_event(group::encode(group::ControlBody{{}, genesis}), device, sign.seed, *genesis.day);
  const GroupId group = event.header().group;
  const MemberId me = mail::member_id_of(event.id(), sign.pk);
  const Place place{founding.name, me, founding.addresses,
                    founding.port == 0 ? draw_port(random) : founding.port};
  const keyring::DeviceKeys keys{group, device, sign.pk, std::move(sign.seed), dh.pk, std::move(dh.secret)};
  const keyring::HeldPrekey prekey{1, pre.pk, std::move(pre.secret), node_.today()};
  {
    KITH_TRY(auto transaction, db::Transaction::begin(node_.journal()));
    KITH_CHECK(put_place(node_, keys, prekey, link, place));
    KITH_CHECK(put_genesis(node_, event));
    KITH_CHECK(transaction.commit());
  }
  KITH_CHECK(Publisher(node_).flush());
  KITH_CHECK(ConsentGate(node_).set_profile(group, founding.me));
  KITH_TRY([[maybe_unused]] const bool recorded, keep_device_record(node_, group, true));
  return Founded{group, recovery_words(recovery)};
}

}  // namespace kith::sharing
