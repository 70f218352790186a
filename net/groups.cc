// mail.db and the groups in it, as the courier opens them.
#include "net/courier.h"
#include "net/limits.h"
#include "net/log.h"

namespace kith::net {

Result<void> Courier::open_store(const crypto::MailKey& key, const mail::Address& listen, Instant now) {
  KITH_TRY(auto database, db::Database::open(mail_path_, key.reveal(), {}));
  KITH_TRY(auto store, mail::MailStore::open(std::move(database)));
  store_.emplace(std::move(store));
  listen_ = listen;
  auto opened = open_groups(now);
  if (opened && !sound_) opened = fail(Errc::unauthentic, "a port would let strangers in");
  if (opened) return {};
  groups_.clear();
  at_rest_.clear();
  store_.reset();
  return opened;
}

// Groups that are in mail.db and not open yet. A port that is taken is tried again; everything else is given
// up.
Result<void> Courier::open_groups(Instant now) {
  KITH_TRY(const auto locals, store_->groups());
  bool first = true;
  for (const auto& local : locals) {
    mail::Address at = listen_;
    if (!first || at.port == 0) at.port = local.port;
    first = false;
    if (groups_.contains(local.group) || at_rest_.contains(local.group)) continue;
    auto node = GroupNode::open(context_, *store_, local, at, random_, now);
    if (!node && node.error().code == Errc::too_large) {
      rest(local.group, now);
      continue;
    }
    if (!node) return tl::unexpected<Error>(node.error());
    groups_.emplace(local.group, std::move(*node));
  }
  announce_groups(now);
  return {};
}

// Groups that have grown above what is held; the others go on.
void Courier::leave_at_rest(Instant now) {
  std::erase_if(groups_, [&](const auto& entry) {
    if (entry.second->too_full()) rest(entry.first, now);
    return entry.second->too_full();
  });
}

void Courier::rest(const GroupId& group, Instant now) {
  at_rest_.insert(group);
  say(log::Id::request_failed, now, static_cast<int>(Errc::too_large), 0);
}

void Courier::announce_groups(Instant now) {
  bind_again_ = now + kBindAgain;
  for (const auto& [id, node] : groups_) {
    if (node->announced()) continue;
    const auto announced = node->announce(*zap_, now);
    if (announced) continue;
    if (announced.error().code == Errc::unauthentic || announced.error().code == Errc::unsupported) {
      sound_ = false;
      stopping_ = true;
    } else if (announced.error().code != Errc::waiting) {  // of the self-test it was said
      say(log::Id::port_taken, now, announced.error().detail);
    }
  }
}

Counts Courier::counts() {
  Counts all;
  for (const auto& [id, node] : groups_) {
    const Counts one = node->counts();
    all.known += one.known;
    all.reached += one.reached;
    all.quiet = all.quiet && one.quiet;
    all.tried = all.tried && one.tried;
  }
  return all;
}

}  // namespace kith::net
