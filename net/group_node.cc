#include "net/group_node.h"

#include <algorithm>

#include "net/limits.h"
#include "net/log.h"
#include "net/self_test.h"

namespace kith::net {

std::string member_domain(const GroupId& group) { return "kith.member." + group.hex().substr(0, 16); }

Result<std::unique_ptr<GroupNode>> GroupNode::open(Context& context, mail::MailStore& store,
                                                   const mail::LocalGroup& local, const mail::Address& listen,
                                                   Random& random, Instant now) {
  KITH_TRY(auto key, store.link_key(local.group));
  std::unique_ptr<GroupNode> node(new GroupNode(context, store, local, std::move(key), listen, random));
  KITH_CHECK(node->look(now));
  return node;
}

GroupNode::GroupNode(Context& context, mail::MailStore& store, const mail::LocalGroup& local,
                     crypto::LinkKeypair key, const mail::Address& listen, Random& random)
    : context_(context),
      store_(store),
      random_(random),
      key_(std::move(key)),
      self_{local.group, local.device, key_.pk},
      listen_(listen),
      domain_(member_domain(local.group)),
      roster_(local.group, {}),
      dialler_(context, key_, *this, random) {}

Result<void> GroupNode::announce(ZapHandler& zap, Instant now) {
  const PortSpec spec{.key = key_, .domain = domain_, .at = listen_};
  if (const auto tested = self_test(context_, zap, spec, random_); !tested) {
    say(log::Id::self_test_failed, now, static_cast<int>(tested.error().code), tested.error().detail);
    return tested;
  }
  KITH_TRY(auto port, bind_port(context_, zap, spec));
  port_ = std::make_unique<MemberPort>(std::move(port), zap, *this);
  say(log::Id::port_bound, now, port_->address().port);
  return {};
}

// ---- who may ---------------------------------------------------------------------------------------------

Admission GroupNode::judge(const LinkPk& key, Instant now) {
  if (port_) port_->watch(now);
  if (welcome(key, now)) return Admission::welcome;
  return removed_.contains(key) ? Admission::removed : Admission::unknown;
}

bool GroupNode::welcome(const LinkPk& key, Instant now) const {
  return welcome_.contains(key) && !penalties_.barred(key, now);
}

void GroupNode::roster_changed(Instant now) {
  welcome_.clear();
  removed_.clear();
  const auto state = roster_.state();
  for (const auto& [id, device] : state->devices) {
    if (roster_.may_connect(id, device.link)) {
      if (id != self_.device) welcome_.insert(device.link);
      continue;
    }
    const auto* member = state->member_of(id);
    if (device.revoked || (member != nullptr && member->status == group::Status::removed))
      removed_.insert(device.link);
  }
  std::erase_if(allowances_, [&](const auto& entry) { return !welcome_.contains(entry.first); });
  dialler_.aim(targets(), now);
  if (port_) port_->enforce(now);
  dialler_.enforce(now);
}

// A loopback address means the peer's own machine: only nodes that live on one machine may dial it.
std::map<DeviceId, Target> GroupNode::targets() const {
  std::map<DeviceId, Target> targets;
  const auto state = roster_.state();
  for (const auto& [id, device] : state->devices) {
    if (id == self_.device || !roster_.may_connect(id, device.link)) continue;
    Target target{device.link, {}};
    for (const auto& address : device.addresses)
      if (!address.ip.empty() && (!address.loopback() || listen_.loopback()))
        target.addresses.push_back(address);
    targets.emplace(id, std::move(target));
  }
  return targets;
}

// Having been removed is no misbehaviour, and a disk that fails is our own trouble.
void GroupNode::misbehaved(const LinkPk& key, mail::Reject reason, Instant now) {
  if (reason != mail::Reject::not_authorised && reason != mail::Reject::store_failed)
    penalties_.add(key, now);
}

std::unique_ptr<Link> GroupNode::make_link(const LinkPk& key, Instant now) {
  auto& allowance = allowances_[key];
  if (!allowance) allowance = std::make_shared<Allowance>(now);
  return std::make_unique<Link>(store_, roster_, self_, key, rejected_, allowance, now);
}

// ---- work ------------------------------------------------------------------------------------------------

bool GroupNode::pump(std::size_t allowed_dials, Day today, Instant now) {
  if (port_) port_->pump(today, now);
  dialler_.pump(today, now);
  const auto through_port = reached_through_port();
  keep_one_direction(through_port);
  dialler_.dial(
      allowed_dials, [&](const DeviceId& device) { return through_port.contains(device); }, now);
  look_after_failure(now);
  return share_news(now);
}

// A commit may stand that said it failed. Until that can be read, it is tried each time.
void GroupNode::look_after_failure(Instant now) {
  const std::uint64_t failed = rejected(mail::Reject::store_failed);
  if (failed != failed_ && look(now)) failed_ = failed;
}

// What one link brought, the others are told; and it may have been about who belongs here.
bool GroupNode::share_news(Instant now) {
  bool grew = false;
  each_link([&](Link& link) { grew = link.grew() || grew; });
  if (!grew) return false;
  if (const auto counted = count_acts(); !counted)
    say(log::Id::store_failed, now, static_cast<int>(counted.error().code), counted.error().detail);
  roster_changed(now);
  each_link([](Link& link) { link.store_grew(); });
  unchecked_ = true;
  return true;
}

Result<void> GroupNode::look(Instant now) {
  KITH_CHECK(count_acts());
  for (;;) {
    if (too_full()) return fail(Errc::too_large, "the acts of a group are more than a courier holds");
    KITH_TRY(const auto part, store_.control_after(self_.group, control_row_, kActsAtOnce));
    std::vector<mail::Event> control;
    for (const auto& stored : part) control.push_back(stored.event);
    if (!control.empty()) roster_.learn(control);
    if (!part.empty()) control_row_ = part.back().row;
    if (part.size() < kActsAtOnce) break;
  }
  KITH_CHECK(learn_forks());
  roster_changed(now);
  each_link([](Link& link) { link.store_grew(); });
  unchecked_ = true;
  return {};
}

Result<void> GroupNode::count_acts() {
  KITH_TRY(const auto more, store_.control_load(self_.group, load_.row));
  load_ = {load_.acts + more.acts, load_.bytes + more.bytes, more.row};
  return {};
}

bool GroupNode::too_full() const {
  return load_.acts > kMaxActs || load_.bytes > kMaxActBytes || roster_.past_bytes() > kMaxPastBytes;
}

Result<void> GroupNode::learn_forks() {
  for (;;) {
    KITH_TRY(const auto forks, store_.forks(self_.group, fork_row_, kForksAtOnce));
    for (const auto& fork : forks) {
      roster_.fork(fork.first, fork.second);
      fork_row_ = fork.row;
    }
    if (forks.size() < kForksAtOnce) return {};
  }
}

Result<bool> GroupNode::check_some() {
  unchecked_ = false;  // after a failure the next news or wake tries again
  KITH_TRY(const auto checked, store_.check_pending(self_.group, roster_, kCheckAtOnce));
  unchecked_ = checked > 0;
  if (checked > 0) each_link([](Link& link) { link.store_grew(); });
  return checked > 0;
}

Result<void> GroupNode::purge(Day today) {
  const auto state = roster_.state();
  KITH_CHECK(store_.purge_expired(self_.group, today, state->retention_days));
  return {};
}

// Both sides dialled: the connection that the device with the greater id opened is kept, by both.
void GroupNode::keep_one_direction(const std::set<DeviceId>& through_port) {
  for (const auto& device : through_port)
    if (self_.device < device) dialler_.drop(device);
}

std::set<DeviceId> GroupNode::reached_through_port() {
  std::set<DeviceId> reached;
  if (!port_) return reached;
  port_->each([&](Link& link) {
    if (const auto device = link.device()) reached.insert(*device);
  });
  return reached;
}

void GroupNode::each_link(const std::function<void(Link&)>& visit) {
  if (port_) port_->each(visit);
  dialler_.each(visit);
}

// ---- numbers ---------------------------------------------------------------------------------------------

Counts GroupNode::counts() {
  Counts counts;
  const auto state = roster_.state();
  for (const auto& [id, device] : state->devices)
    if (id != self_.device && roster_.may_connect(id, device.link)) ++counts.known;
  std::set<DeviceId> reached;
  each_link([&](Link& link) {
    if (const auto device = link.device()) reached.insert(*device);
    counts.quiet = counts.quiet && link.quiet();
  });
  counts.reached = reached.size();
  counts.tried = dialler_.all_tried([&](const DeviceId& device) { return reached.contains(device); });
  return counts;
}

Instant GroupNode::next_due(Instant now) {
  if ((port_ && port_->blocked()) || dialler_.blocked()) return now + kRetrySend;
  const auto through_port = reached_through_port();
  const Instant line =
      dialler_.next_due([&](const DeviceId& device) { return through_port.contains(device); });
  return port_ ? std::min(line, port_->next_due()) : line;
}

void GroupNode::add_sockets(const std::function<void(void*)>& add) const {
  if (port_) {
    add(port_->raw());
    add(port_->raw_monitor());
  }
  dialler_.add_sockets(add);
}

std::uint64_t GroupNode::rejected(mail::Reject reason) {
  std::uint64_t count = rejected_.at(static_cast<std::size_t>(reason));
  each_link([&](Link& link) { count += link.rejected(reason); });
  return count;
}

}  // namespace kith::net
