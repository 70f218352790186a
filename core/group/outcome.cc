#include "core/group/outcome.h"

#include <algorithm>

namespace kith::group {
namespace {

template <class Value>
bool contains(const std::vector<Value>& values, const Value& value) {
  return std::ranges::find(values, value) != values.end();
}

}  // namespace

// One overload for each constructive act that changes something.
struct Outcome::Apply {
  Outcome& out;
  std::size_t number;
  const ActNode& node;

  void operator()(const Genesis& genesis) const { out.add_founders(number, genesis); }
  void operator()(const Invite& invite) const {
    out.state_.invites.emplace(
        node.id, InviteState{node.id, invite.invite, invite.expires, invite.role, node.device, false, {}});
  }
  void operator()(const Admit& admit) const {
    auto& invite = out.state_.invites.at(admit.invite);
    invite.used = true;
    invite.admits.push_back(node.id);
    const JoinBody& join = node.joins.front();
    const MemberId id = mail::member_id_of(node.id, join.sign);
    MemberState member{.id = id, .role = invite.role, .status = Status::active, .recovery = join.recovery};
    member.enrolled_by = node.id;
    out.state_.members.emplace(id, std::move(member));
    out.enrol(number, id, join);
  }
  void operator()(const DeviceAdd& add) const { out.enrol(number, add.member, node.joins.front()); }
  void operator()(const RecoveryReplace& replace) const { out.recoveries_[replace.member].push_back(number); }
  void operator()(const Promote& promote) const {
    out.roles_[promote.member].push_back({number, promote.role});
    if (promote.role != Role::leader || out.state_.mode != Mode::led) return;
    for (const auto& leader : node.leaders_then)  // hands over
      if (leader != promote.member) out.roles_[leader].push_back({number, Role::co_leader});
  }
  void operator()(const Policy&) const { out.policies_.push_back(number); }
  void operator()(const AgreementAct& agreement) const {
    out.state_.agreements.emplace(
        node.id,
        ProposalState{{agreement.version, agreement.text, node.id}, node.sessions_then, node.members_then});
  }
  void operator()(const Agree& agree) const { out.agreed_[agree.agreement].insert(*node.author); }
  void operator()(const ResolveInvite& resolve) const { out.resolutions_[resolve.invite].push_back(number); }
  void operator()(const Session& session) const {
    auto& [opened, closed] = out.sessions_[session.number];
    (session.open ? opened : closed) = true;
  }
  void operator()(const LeaveNotice& notice) const {
    out.state_.members.at(*node.author).leaving = notice.day;
  }
  void operator()(const StepBack&) const { out.steps_[*node.author].push_back(number); }
  void operator()(const Return&) const { out.steps_[*node.author].push_back(number); }
  void operator()(const Unsuspend&) const { out.unsuspends_.push_back(number); }
  void operator()(const auto&) const {}  // endorsements, fork evidence; protective acts come later
};

bool Outcome::fits(std::size_t number) const {
  const ActNode& node = act(number);
  const auto known = [this](const MemberId& member) { return state_.members.contains(member); };
  if (!node.author || !known(*node.author)) return false;
  const Act& what = node.body.act;
  if (const auto* admit = std::get_if<Admit>(&what)) {
    if (!state_.invites.contains(admit->invite)) return false;
    const auto here =
        std::ranges::count_if(state_.members, [this](const auto& m) { return !gone_.contains(m.first); });
    if (static_cast<std::size_t>(here) >= kMaxMembers) return false;
  } else if (const auto* add = std::get_if<DeviceAdd>(&what)) {
    const auto member = state_.members.find(add->member);
    if (member == state_.members.end() || member->second.devices.size() >= kMaxLifetimeDevices) return false;
  } else if (const auto* replace = std::get_if<RecoveryReplace>(&what)) {
    return known(replace->member);
  } else if (const auto* promote = std::get_if<Promote>(&what)) {
    return known(promote->member);
  } else if (const auto* unsuspend = std::get_if<Unsuspend>(&what)) {
    return known(unsuspend->member);
  } else if (const auto* agree = std::get_if<Agree>(&what)) {
    return state_.agreements.contains(agree->agreement);
  } else if (const auto* resolve = std::get_if<ResolveInvite>(&what)) {
    const auto invite = state_.invites.find(resolve->invite);
    return invite != state_.invites.end() && contains(invite->second.admits, resolve->keep);
  }
  if (node.joins.empty()) return true;
  const auto live = [this](const auto& entry) { return !revoked_.contains(entry.first); };
  if (state_.devices.size() >= kMaxDevices &&
      static_cast<std::size_t>(std::ranges::count_if(state_.devices, live)) >= kMaxDevices)
    return false;
  return keys_are_new(state_, node.joins.front());
}

void Outcome::apply(std::size_t number) {
  const ActNode& node = act(number);
  std::visit(Apply{*this, number, node}, node.body.act);
}

void Outcome::take_away(const std::vector<std::size_t>& numbers) {
  for (const auto number : numbers) {
    const ActNode& node = act(number);
    const Act& what = node.body.act;
    if (const auto* suspend = std::get_if<Suspend>(&what)) {
      suspends_.push_back(number);
      state_.suspensions.emplace(
          node.id, SuspensionState{suspend->member, static_cast<std::uint8_t>(class_of_[number]), false});
    } else if (const auto* remove = std::get_if<Remove>(&what)) {
      removes_.push_back(number);
      gone_.insert(remove->member);
    } else if (const auto* revoke = std::get_if<DeviceRevoke>(&what)) {
      revoked_.insert(revoke->device);
    } else if (const auto* demote = std::get_if<Demote>(&what)) {
      roles_[demote->member].push_back({number, Role::member});
    } else {
      leaves_.push_back(number);
      gone_.insert(*node.author);
    }
  }
}

void Outcome::add_founders(std::size_t number, const Genesis& genesis) {
  state_.mode = genesis.mode;
  for (std::size_t i = 0; i < genesis.founders.size(); ++i) {
    const JoinBody& join = act(number).joins[i];
    const MemberId id = mail::member_id_of(act(number).id, join.sign);
    MemberState member{
        .id = id, .role = genesis.founders[i].role, .status = Status::active, .recovery = join.recovery};
    member.enrolled_by = act(number).id;
    state_.members.emplace(id, std::move(member));
    enrol(number, id, join);
  }
  policies_.push_back(number);
}

void Outcome::enrol(std::size_t number, const MemberId& member, const JoinBody& join) {
  const DeviceId id = mail::device_id_of(join.sign, join.dh);
  state_.devices.emplace(id, DeviceState{.id = id,
                                         .member = member,
                                         .sign = join.sign,
                                         .dh = join.dh,
                                         .link = join.link,
                                         .prekey = join.prekey,
                                         .prekey_day = act(number).day,
                                         .addresses = join.addresses,
                                         .enrolled_by = act(number).id});
  auto& devices = state_.members.at(member).devices;
  devices.insert(std::ranges::upper_bound(devices, id), id);
}

std::vector<std::size_t> Outcome::newest(const std::vector<std::size_t>& numbers) const {
  ActSet covered = graph_.none();
  for (const auto number : numbers) covered.add(act(number).past);
  std::vector<std::size_t> kept;
  for (const auto number : numbers)
    if (!covered.has(number)) kept.push_back(number);
  return kept;
}

std::optional<std::size_t> Outcome::prevailing(const std::vector<std::size_t>& numbers) const {
  const auto kept = newest(numbers);
  const auto best = std::ranges::min_element(kept, [this](std::size_t a, std::size_t b) {
    return std::tuple(-class_of_[a], act(a).id) < std::tuple(-class_of_[b], act(b).id);
  });
  if (best == kept.end()) return std::nullopt;
  return *best;
}

// The lowest of the newest: a demotion wins unless a promotion follows it.
void Outcome::finish_roles() {
  std::vector<std::pair<std::size_t, MemberId>> made_leaders;
  for (auto& [id, acts] : roles_) {
    const auto member = state_.members.find(id);
    if (member == state_.members.end()) continue;
    ActSet covered = graph_.none();
    for (const auto& one : acts) covered.add(act(one.number).past);
    std::optional<RoleAct> lowest;
    for (const auto& one : acts) {
      if (covered.has(one.number)) continue;
      if (!lowest || one.role < lowest->role) lowest = one;
    }
    member->second.role = lowest->role;
    if (lowest->role == Role::leader) made_leaders.emplace_back(lowest->number, id);
  }
  if (state_.mode != Mode::led || made_leaders.size() < 2) return;
  std::ranges::sort(made_leaders, [this](const auto& a, const auto& b) {  // handed over twice: one leads
    return std::tuple(-class_of_[a.first], act(a.first).id) <
           std::tuple(-class_of_[b.first], act(b.first).id);
  });
  for (std::size_t i = 1; i < made_leaders.size(); ++i)
    state_.members.at(made_leaders[i].second).role = Role::co_leader;
}

void Outcome::finish_statuses() {
  for (auto& [id, invite] : state_.invites) {
    if (invite.admits.size() < 2) continue;
    const auto resolutions = resolutions_.find(id);
    const auto decided = resolutions == resolutions_.end() ? std::nullopt : prevailing(resolutions->second);
    for (auto& [member_id, member] : state_.members) {
      if (!contains(invite.admits, member.enrolled_by)) continue;
      if (!decided) {
        if (member.role == Role::member) member.status = Status::on_hold;
      } else if (std::get<ResolveInvite>(act(*decided).body.act).keep != member.enrolled_by) {
        member.status = Status::removed;
      }
    }
  }
  const auto set = [this](const MemberId& id, Status status) {
    const auto member = state_.members.find(id);
    if (member != state_.members.end()) member->second.status = std::max(member->second.status, status);
  };
  for (const auto number : suspends_) {
    const auto lifts = [&](std::size_t other) {
      return contains(std::get<Unsuspend>(act(other).body.act).suspends, act(number).id) &&
             precedes(number, other);
    };
    auto& suspension = state_.suspensions.at(act(number).id);
    suspension.lifted = std::ranges::any_of(unsuspends_, lifts);
    const auto member = state_.members.find(suspension.member);
    if (!suspension.lifted && member != state_.members.end() && member->second.status <= Status::on_hold)
      member->second.status = Status::suspended;
  }
  for (const auto number : leaves_) set(*act(number).author, Status::left);
  for (const auto number : removes_) set(std::get<Remove>(act(number).body.act).member, Status::removed);
}

std::optional<std::uint64_t> Outcome::resumed(std::size_t suspend, const DeviceId& device) const {
  std::optional<std::uint64_t> from;
  for (const auto number : unsuspends_) {
    const auto& lift = std::get<Unsuspend>(act(number).body.act);
    if (!precedes(suspend, number) || !contains(lift.suspends, act(suspend).id)) continue;
    const auto resume = std::ranges::find(lift.resume, device, &Resume::device);
    if (resume != lift.resume.end() && (!from || resume->seq < *from)) from = resume->seq;
  }
  return from;
}

void Outcome::cut_device(DeviceState& device, const MemberState& member, const AcceptedCut& accepted) {
  const Act& what = act(accepted.number).body.act;
  Cut cut{device.id, std::nullopt, Link::zero()};
  const auto listed = [&](const std::vector<Cut>& cuts) {
    const auto found = std::ranges::find(cuts, device.id, &Cut::device);
    if (found != cuts.end()) cut = *found;
  };
  VoidRange range;
  bool erases = true;
  if (const auto* revoke = std::get_if<DeviceRevoke>(&what)) {
    if (revoke->device != device.id) return;
    cut = revoke->cut;
    device.revoked = true;
    device.revoked_by = static_cast<std::uint8_t>(device.revoked_by | 1U << accepted.by_class);
    range.tombs_too = true;
  } else if (const auto* remove = std::get_if<Remove>(&what)) {
    if (remove->member != member.id) return;
    listed(remove->cuts);
  } else if (const auto* suspend = std::get_if<Suspend>(&what)) {
    if (suspend->member != member.id) return;
    listed(suspend->cuts);
    erases = false;
    range.held = true;
    if (state_.suspensions.at(act(accepted.number).id).lifted) {
      device.resume = resumed(accepted.number, device.id);
      if (accepted.by_class <= kCo) return;  // a co-leader cannot void a member's words
      range.held = false;
      range.until = device.resume;
    }
  } else {
    return;  // a demotion leaves words alone
  }
  range.after = cut.seq;
  device.voids.push_back(range);
  const bool lower = !device.cut || (device.cut->seq && (!cut.seq || *cut.seq < *device.cut->seq));
  if (erases > device.cut_erases || (erases == device.cut_erases && lower)) device.cut = cut;
  device.cut_erases = device.cut_erases || erases;
}

void Outcome::finish_devices(const Branches& branches, std::span<const AcceptedCut> cuts) {
  for (auto& [id, device] : state_.devices) {
    const auto& member = state_.members.at(device.member);
    for (const auto& cut : cuts) cut_device(device, member, cut);
    for (const auto number : leaves_) {
      const ActNode& node = act(number);
      if (node.device != id) continue;
      device.voids.push_back({node.seq, {}, false, false});
      if (!device.cut_erases) device.cut = Cut{id, node.seq, node.link};
      device.cut_erases = true;
    }
    device.cut_keeps_tombs = device.cut_erases && !device.revoked;
    device.forked = branches.open(id, cuts);
    device.forked_at = branches.first(id);
  }
}

void Outcome::finish_agreement() {
  std::vector<std::size_t> in_force, open;
  for (auto& [id, proposal] : state_.agreements) {
    const auto& agreed = proposal.agreed = agreed_[id];
    proposal.in_force = std::ranges::all_of(proposal.must_agree, [&](const MemberId& member) {
      return !state_.active(member) || agreed.contains(member);
    });
    proposal.lapsed = !proposal.in_force && state_.sessions >= proposal.sessions + 2;
    if (proposal.in_force) in_force.push_back(*graph_.find(id));
    for (const auto& member : agreed)
      state_.members.at(member).agreed.emplace(proposal.version.version, proposal.version.text);
  }
  const auto prefer = [&](const std::optional<AgreementVersion>& version) {  // one text for each version
    if (version)
      for (const auto& member : agreed_[version->event])
        state_.members.at(member).agreed.insert_or_assign(version->version, version->text);
  };
  if (const auto number = prevailing(in_force))
    state_.agreement = state_.agreements.at(act(*number).id).version;
  for (const auto& [id, proposal] : state_.agreements)
    if (!proposal.in_force && !proposal.lapsed &&
        (!state_.agreement || proposal.version.version > state_.agreement->version))
      open.push_back(*graph_.find(id));
  if (const auto number = prevailing(open)) state_.proposed = state_.agreements.at(act(*number).id).version;
  prefer(state_.proposed);
  prefer(state_.agreement);
}

State Outcome::finish(const Branches& branches, std::span<const AcceptedCut> cuts) {
  finish_roles();
  finish_statuses();
  for (const auto& [id, numbers] : recoveries_)
    if (const auto number = prevailing(numbers))
      state_.members.at(id).recovery = std::get<RecoveryReplace>(act(*number).body.act).recovery;
  for (const auto& [id, numbers] : steps_)
    state_.members.at(id).stepped_back = std::ranges::any_of(newest(numbers), [this](std::size_t number) {
      return std::holds_alternative<StepBack>(act(number).body.act);
    });
  if (const auto number = prevailing(policies_)) {
    const auto set = [this](const auto& terms) {
      state_.trustees = terms.trustees;
      state_.threshold = terms.threshold;
      state_.min_suite = terms.min_suite;
      state_.retention_days = terms.retention_days;
    };
    const Act& what = act(*number).body.act;
    if (const auto* policy = std::get_if<Policy>(&what)) {
      set(*policy);
    } else {
      set(std::get<Genesis>(what));
    }
  }
  if (!sessions_.empty()) {
    state_.sessions = sessions_.rbegin()->first;
    state_.session_open = !sessions_.rbegin()->second.second;
  }
  finish_devices(branches, cuts);
  finish_agreement();
  return std::move(state_);
}

}  // namespace kith::group
