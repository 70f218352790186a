#include "core/sharing/duties.h"

#include <algorithm>
#include <map>

#include "core/base/endian.h"
#include "core/sharing/accept.h"
#include "core/sharing/consent.h"
#include "core/sharing/publish.h"
#include "core/sharing/tables.h"

namespace kith::sharing {
namespace {

constexpr std::uint32_t kDaySeconds = 24 * 60 * 60;
constexpr std::int64_t kPromptADay = 4;          // device records that a day's syncs may cause
constexpr std::int64_t kPromptWithReceipts = 8;  // the same, when somebody waits for a receipt
constexpr const char* kWeekly = "device record: prekey of the week and checkpoint";
constexpr const char* kCheckpoint = "device record: checkpoint of what was processed";
constexpr const char* kAfterRemoval = "device record: new prekey because somebody is no member any more";
constexpr const char* kExpired = "expired: its day has passed";

struct Pace {
  std::int64_t due, day, that_day, gone, news, receipts;
  std::vector<mail::Address> addresses;
};
Result<Pace> pace_of(Node& node, const GroupId& group) {
  KITH_TRY(auto select,
           node.journal().prepare("SELECT dev_due, dev_day, dev_that_day, dev_gone, news, receipts, "
                                  "addresses FROM share_group WHERE id = ?1"));
  select.bind(1, group.view());
  KITH_TRY(const bool found, select.step());
  if (!found) return fail(Errc::not_found, "there is no such group here");
  KITH_TRY(auto addresses, parse_addresses(select.blob_view(6)));
  return Pace{select.integer(0), select.integer(1), select.integer(2),   select.integer(3),
              select.integer(4), select.integer(5), std::move(addresses)};
}

std::int64_t gone_members(const group::State& state) {
  return std::ranges::count_if(state.members, [&](const auto& entry) { return !state.active(entry.first); });
}

struct Need {
  bool prekey = false;
  const char* why = nullptr;  // nullptr: nothing to say
};
Result<Need> need_of(Node& node, const Book& book, const Pace& pace) {
  const auto state = book.state();
  const auto* own = state->device(book.device);
  KITH_TRY(const auto prekeys, node.keyring().prekeys(book.group));
  const bool never = own == nullptr || !own->checkpoint_seq;
  const bool old = prekeys.empty() || monday_of(prekeys.front().made) < monday_of(node.today());
  if (gone_members(*state) > pace.gone) return Need{true, kAfterRemoval};
  if (old) return Need{true, kWeekly};
  const bool unnamed = own != nullptr && own->prekey.number != prekeys.front().number;
  if (never || unnamed) return Need{false, kWeekly};
  const bool moved = own != nullptr && own->addresses != pace.addresses;
  if (pace.news > 0 || pace.receipts > 0 || moved) return Need{false, kCheckpoint};
  return Need{};
}

// For every log the last place up to which everything was processed: an envelope whose payload has not come
// holds the mark before it.
Result<std::vector<group::Mark>> marks(Node& node, const GroupId& group) {
  struct Head {
    std::uint64_t seq;
    Link link;
  };
  std::map<DeviceId, std::optional<Head>> heads;
  KITH_TRY(auto logs, node.journal().prepare("SELECT device, seq, link FROM share_log WHERE grp = ?1"));
  logs.bind(1, group.view());
  while (true) {
    KITH_TRY(const bool more, logs.step());
    if (!more) break;
    KITH_TRY(const auto device, column<DeviceId>(logs, 0));
    KITH_TRY(const auto link, column<Link>(logs, 2));
    heads.emplace(device, Head{static_cast<std::uint64_t>(logs.integer(1)), link});
  }
  KITH_TRY(auto waiting, node.journal().prepare("SELECT header FROM share_event WHERE grp = ?1 AND state = 0 "
                                                "ORDER BY device, seq DESC"));
  waiting.bind(1, group.view());
  while (true) {
    KITH_TRY(const bool more, waiting.step());
    if (!more) break;
    const auto header = mail::parse_signed_header(waiting.blob_view(0));
    if (!header) return fail(Errc::damaged, "a stored header does not parse");
    auto& head = heads[header->header.device];
    if (header->header.seq == 0)
      head.reset();
    else
      head = Head{header->header.seq - 1, header->header.prev};
  }
  KITH_TRY(const auto own, node.keyring().own_head(group));
  KITH_TRY(const auto keys, node.keyring().device(group));
  if (own && keys) heads[keys->device] = Head{own->seq, own->link};
  std::vector<group::Mark> marks;
  for (const auto& [device, head] : heads) {
    if (!head) continue;
    group::Mark mark{device, head->seq, {}};
    std::copy_n(head->link.data(), mark.link.size(), mark.link.begin());
    marks.push_back(mark);
  }
  return marks;
}

Result<keyring::HeldPrekey> new_prekey(Node& node, const GroupId& group) {
  KITH_TRY(const auto prekeys, node.keyring().prekeys(group));
  auto pair = crypto::pre_keypair(node.random());
  keyring::HeldPrekey prekey{prekeys.empty() ? 1 : prekeys.front().number + 1, pair.pk,
                             std::move(pair.secret), node.today()};
  KITH_CHECK(node.keyring().add_prekey(group, prekey));
  return prekey;
}

Result<void> publish_record(Node& node, Book& book, const Pace& pace, const Need& need) {
  if (need.prekey) {
    KITH_TRY([[maybe_unused]] const auto made, new_prekey(node, book.group));
  }
  KITH_TRY(const auto prekeys, node.keyring().prekeys(book.group));
  const auto state = book.state();
  const auto* own = state->device(book.device);
  if (prekeys.empty() || own == nullptr)
    return fail(Errc::not_found, "this device has no place in the group");
  const group::DeviceBody body{.deps = {},
                               .prekey = {prekeys.front().pk, prekeys.front().number},
                               .link = own->link,
                               .addresses = pace.addresses,
                               .checkpoint = {},
                               .ctl_digest = Digest::zero(),
                               .state_digest = Digest::zero()};
  group::DeviceBody full = body;
  KITH_TRY(full.checkpoint, marks(node, book.group));
  const std::int64_t gone = gone_members(*state);
  KITH_TRY([[maybe_unused]] const auto event, Publisher(node).device(book.group, full, need.why));
  // Another process may have signed since: then this place is too late, and the older prekey stays longer.
  KITH_TRY(const auto head, node.keyring().own_head(book.group));
  const bool news = own->prekey.number != prekeys.front().number || !prekeys.front().announced;
  if (head && news) KITH_CHECK(node.keyring().announce_prekey(book.group, prekeys.front().number, head->seq));
  const auto today = static_cast<std::int64_t>(number(node.today()));
  KITH_TRY(auto update,
           node.journal().prepare("UPDATE share_group SET dev_due = 0, dev_day = ?2, dev_that_day = ?3, "
                                  "dev_gone = ?4, news = 0, receipts = 0 WHERE id = ?1"));
  update.bind(1, book.group.view())
      .bind(2, today)
      .bind(3, pace.day == today ? pace.that_day + 1 : 1)
      .bind(4, gone);
  return update.run();
}

}  // namespace

Bytes encode_addresses(const std::vector<mail::Address>& addresses) {
  std::string lines;
  for (const auto& address : addresses) lines += mail::text_of(address) + "\n";
  return to_bytes(as_bytes(lines));
}

Result<std::vector<mail::Address>> parse_addresses(ByteView bytes) {
  std::vector<mail::Address> addresses;
  std::string_view lines = as_text(bytes);
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    KITH_TRY(auto address, mail::parse_address(lines.substr(0, end)));
    addresses.push_back(std::move(address));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return addresses;
}

Result<void> put_addresses(Node& node, const GroupId& group, const std::vector<mail::Address>& addresses) {
  if (addresses.size() > mail::kMaxAddresses)
    return fail(Errc::usage, "a node names at most eight addresses");
  KITH_TRY(auto update, node.journal().prepare("UPDATE share_group SET addresses = ?2 WHERE id = ?1"));
  const Bytes encoded = encode_addresses(addresses);
  update.bind(1, group.view()).bind(2, ByteView(encoded));
  return update.run();
}

Result<std::optional<WallTime>> device_record_due(Node& node, const GroupId& group) {
  KITH_TRY(auto* book, node.book(group));
  KITH_TRY(const auto pace, pace_of(node, group));
  KITH_TRY(const auto need, need_of(node, *book, pace));
  if (need.why == nullptr || !book->i_am_active()) return std::nullopt;
  const std::int64_t now = seconds(node.now());
  // A due time more than a day ahead is a clock that went back.
  if (pace.due != 0 && pace.due <= now + kDaySeconds) return wall(pace.due);
  const std::int64_t due = now + node.random().below(kDaySeconds);
  KITH_TRY(auto update, node.journal().prepare("UPDATE share_group SET dev_due = ?2 WHERE id = ?1"));
  update.bind(1, group.view()).bind(2, due);
  KITH_CHECK(update.run());
  return wall(due);
}

Result<bool> keep_device_record(Node& node, const GroupId& group, bool promptly) {
  KITH_TRY(auto* book, node.book(group));
  KITH_TRY(const bool retired, node.keyring().retired(group));
  if (retired || !book->i_am_active()) return false;
  KITH_TRY(const auto pace, pace_of(node, group));
  KITH_TRY(const auto need, need_of(node, *book, pace));
  if (need.why == nullptr) return false;
  KITH_TRY(const auto due, device_record_due(node, group));
  const bool today = pace.day == static_cast<std::int64_t>(number(node.today()));
  const std::int64_t cap = pace.receipts > 0 ? kPromptWithReceipts : kPromptADay;
  const bool may = promptly && (!today || pace.that_day < cap);
  if (!may && (!due || *due > node.now())) return false;
  KITH_CHECK(bury_expired(node, group));
  KITH_CHECK(publish_record(node, *book, pace, need));
  return true;
}

Result<void> bury_expired(Node& node, const GroupId& group) {
  KITH_TRY(const auto rows, consent_rows(node, group));
  std::vector<EventId> due;
  for (const auto& row : rows) {
    const bool passed =
        row.state == ConsentState::released && row.until != Day{0} && row.until < node.today();
    if (!passed || row.type == BodyType::profile) continue;
    KITH_TRY(const auto events, events_of(node, row.id));
    due.insert(due.end(), events.begin(), events.end());
  }
  if (due.empty()) return {};
  KITH_TRY([[maybe_unused]] const auto tombs, Publisher(node).tombs(group, due, kExpired, Erased::expired));
  return {};
}

Result<void> let_go(Node& node, const GroupId& group) {
  KITH_TRY(auto* book, node.book(group));
  const auto state = book->state();
  const auto me = state->members.find(book->me);
  if (me == state->members.end()) return {};
  if (me->second.status != group::Status::left && me->second.status != group::Status::removed) return {};
  KITH_TRY(const auto items, received_items(node, group));
  KITH_TRY(auto transaction, db::Transaction::begin(node.journal()));
  for (const auto& item : items) {
    if (item.state != ItemState::shown) continue;
    KITH_CHECK(erase_items(node, item.event, ItemState::withdrawn));
  }
  return transaction.commit();
}

}  // namespace kith::sharing
