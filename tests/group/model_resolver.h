// A second resolver, deliberately naive: sets of event ids, everything recomputed from scratch, no classes,
// no caches, no bit sets. It shares with the real one the parsing of acts and the table of who may (rules.h),
// and nothing of the two passes, the past, the cuts or what acts come to.
#pragma once

#include <map>
#include <set>

#include "core/group/rules.h"
#include "crypto/sign.h"

namespace kith::group::test {

class Model {
 public:
  using Ids = std::set<EventId>;

  Model(const GroupId& group, const std::vector<mail::Event>& events) : group_(group) {
    for (const auto& event : events) {
      Item item{event, {}, {}};
      if (event.header().kind == mail::Kind::ctl) {
        if (auto body = parse_control(event.body())) item.body = *body;
      } else if (auto body = parse_device(event.body())) {
        item.body.deps = body->deps;
      }
      items_.emplace(event.id(), item);
    }
    for (auto& [id, item] : items_) item.past = past_of(id);
  }

  struct Result {
    std::map<EventId, int> accepted;
    State state;
  };
  Result all() { return judge(known()); }

 private:
  struct Item {
    mail::Event event;
    ControlBody body{{}, UnknownAct{}};
    Ids past;
  };
  struct Authority {
    MemberId member = MemberId::zero();
    EventId enrolled = EventId::zero();
    std::vector<std::pair<Way, std::vector<Ids>>> ways;  // each signer's endorsements; none: the author
    State then = State{.group = GroupId::zero()};
  };

  // Of devices that an act with authority enrols, and after nothing else.
  Ids known() {
    Ids found;
    std::set<DeviceId> devices;
    const auto enrol = [&](const JoinBody& join) { devices.insert(mail::device_id_of(join.sign, join.dh)); };
    for (const auto& [id, item] : items_)
      if (genesis(id))
        for (const auto& founder : std::get<Genesis>(item.body.act).founders)
          enrol(*parse_join(founder.join.body));
    for (bool grew = true; grew;) {
      grew = false;
      for (const auto& [id, item] : items_) {
        if (found.contains(id) || !devices.contains(item.event.header().device) ||
            !std::ranges::includes(found, item.past))
          continue;
        grew = found.insert(id).second;
        if (genesis(id) || authority(id).ways.empty()) continue;
        if (const auto* admit = std::get_if<Admit>(&item.body.act)) enrol(*parse_join(admit->join.body));
        if (const auto* add = std::get_if<DeviceAdd>(&item.body.act)) enrol(*parse_join(add->join.body));
      }
    }
    return found;
  }

  const Item& item(const EventId& id) const { return items_.at(id); }
  bool is_act(const EventId& id) const { return item(id).event.header().kind == mail::Kind::ctl; }
  bool before(const EventId& a, const EventId& b) const { return item(b).past.contains(a); }
  bool beside(const EventId& a, const EventId& b) const { return a != b && !before(a, b) && !before(b, a); }

  Ids past_of(const EventId& id) const {
    Ids found;
    std::vector<EventId> open{id};
    while (!open.empty()) {
      const EventId next = open.back();
      open.pop_back();
      std::vector<EventId> causes = item(next).body.deps;
      for (const auto& cause : causes)
        if (found.insert(cause).second) open.push_back(cause);
    }
    return found;
  }
  std::size_t depth(const EventId& id) {
    const auto known = depths_.find(id);
    if (known != depths_.end()) return known->second;
    std::size_t deepest = 0;
    for (const auto& cause : item(id).past) deepest = std::max(deepest, depth(cause) + 1);
    return depths_[id] = deepest;
  }
  std::vector<EventId> in_order(const Ids& set) {
    std::vector<EventId> order;
    for (const auto& id : set)
      if (is_act(id)) order.push_back(id);
    std::ranges::sort(order, {}, [this](const EventId& id) { return std::pair(depth(id), id); });
    return order;
  }
  bool genesis(const EventId& id) const {
    return is_act(id) && mail::group_id_of(item(id).event.body()) == group_;
  }

  const Authority& authority(const EventId& id) {
    const auto known = authorities_.find(id);
    if (known != authorities_.end()) return known->second;
    Authority found;
    found.then = judge(item(id).past).state;
    const auto& header = item(id).event.header();
    if (const auto* device = found.then.device(header.device); device != nullptr && !genesis(id)) {
      found.member = device->member;
      found.enrolled = device->enrolled_by;
      std::map<DeviceId, std::uint64_t> seen;
      for (const auto& other : item(id).past)
        if (is_act(other)) {
          const auto& their = item(other).event.header();
          const auto* forked = found.then.device(their.device);
          if (forked != nullptr && forked->forked_at && their.seq >= *forked->forked_at) continue;
          seen[their.device] = std::max(seen[their.device], their.seq);
        }
      Circumstances at{header.device, header.day, item(id).event.body().size(), 0, nullptr, &seen};
      for (const auto& other : item(id).past) {
        const auto& their = item(other).event.header();
        if (is_act(other) && their.device == header.device && their.day == header.day &&
            counts_in_day(item(other).body.act))
          ++at.acts_that_day;
      }
      if (const auto allowed = ways(found.then, found.member, item(id).body.act, at))
        for (const auto& way : *allowed) {
          std::vector<Ids> signers;
          for (const auto& member : way.members) {
            if (member == found.member) {
              signers.emplace_back();
              continue;
            }
            Ids endorsements;
            for (const auto& other : item(id).past) {
              const auto* endorse = std::get_if<Endorse>(&item(other).body.act);
              if (endorse != nullptr && endorse->act == item(id).body.act_hash &&
                  !authority(other).ways.empty() && authority(other).member == member)
                endorsements.insert(other);
            }
            if (!endorsements.empty()) signers.push_back(endorsements);
          }
          if (signers.size() >= way.need) found.ways.emplace_back(way, signers);
        }
    }
    return authorities_.emplace(id, std::move(found)).first->second;
  }

  // ---- cuts
  static std::vector<Cut> cuts_in(const Act& act) {
    if (const auto* a = std::get_if<Remove>(&act)) return a->cuts;
    if (const auto* a = std::get_if<Suspend>(&act)) return a->cuts;
    if (const auto* a = std::get_if<Demote>(&act)) return a->cuts;
    if (const auto* a = std::get_if<DeviceRevoke>(&act)) return {a->cut};
    return {};
  }
  static std::optional<MemberId> aims_at(const Act& act) {
    if (const auto* a = std::get_if<Remove>(&act)) return a->member;
    if (const auto* a = std::get_if<Suspend>(&act)) return a->member;
    if (const auto* a = std::get_if<Demote>(&act)) return a->member;
    return std::nullopt;
  }
  bool beyond(const EventId& cutter, const EventId& id, bool by_rank) {
    const Act& act = item(cutter).body.act;
    const auto& header = item(id).event.header();
    const auto& cutting = item(cutter).event.header();
    if (std::holds_alternative<Leave>(act))
      return header.device == cutting.device && header.seq > cutting.seq;
    if (!beside(cutter, id)) return false;
    if (std::holds_alternative<Demote>(act) && !by_rank) return false;
    const auto whom = aims_at(act);
    if (whom && *whom != authority(id).member) return false;
    for (const auto& cut : cuts_in(act))
      if (cut.device == header.device) return !cut.seq || header.seq > *cut.seq;
    return whom.has_value();
  }
  bool fallen(const std::map<EventId, int>& accepted, const EventId& id, int above, bool by_rank) {
    for (const auto& [cutter, by_class] : accepted)
      if (by_class > above && protective(item(cutter).body.act) && beyond(cutter, id, by_rank)) return true;
    const EventId enrolled = authority(id).enrolled;
    if (enrolled.is_zero() || genesis(enrolled) || authority(enrolled).ways.empty()) return false;
    return fallen(accepted, enrolled, above, authority(enrolled).ways.front().first.by_rank);
  }
  bool signed_enough(const std::map<EventId, int>& accepted, const Way& way,
                     const std::vector<Ids>& signers) {
    std::size_t count = 0;
    for (const auto& endorsements : signers) {
      bool stands = endorsements.empty();
      for (const auto& one : endorsements) stands = stands || !fallen(accepted, one, 4, false);
      count += stands ? 1 : 0;
    }
    return count >= way.need;
  }

  // ---- the two passes, on graphs without forks
  Result judge(const Ids& set) {
    const auto order = in_order(set);
    std::map<EventId, int> accepted;
    for (int by_class = 6; by_class >= 0; --by_class) {
      std::map<EventId, int> more;
      for (const auto& id : order) {
        if (accepted.contains(id) || !protective(item(id).body.act)) continue;
        for (const auto& [way, signers] : authority(id).ways)
          if (way.by_class == by_class && signed_enough(accepted, way, signers) &&
              !fallen(accepted, id, by_class, way.by_rank))
            more[id] = by_class;
      }
      accepted.insert(more.begin(), more.end());
    }
    const auto protections = accepted;
    State state{.group = group_};
    std::map<EventId, int> kept = protections;
    for (const auto& id : order) {
      const Act& act = item(id).body.act;
      if (protective(act)) continue;
      if (genesis(id)) {
        kept[id] = 6;
        begin(state, id);
        continue;
      }
      const auto& mine = authority(id);
      if (mine.ways.empty() || !kept.contains(mine.enrolled) || !fits(state, id, protections)) continue;
      for (const auto& [way, signers] : mine.ways)
        if (signed_enough(protections, way, signers) && !fallen(protections, id, -1, way.by_rank)) {
          kept[id] = way.by_class;
          apply(state, id);
          break;
        }
    }
    finish(state, kept, order);
    return {kept, state};
  }

  void enrol(State& state, const EventId& id, const MemberId& member, const JoinBody& join) {
    const DeviceId device = mail::device_id_of(join.sign, join.dh);
    state.devices.emplace(device, DeviceState{.id = device,
                                              .member = member,
                                              .sign = join.sign,
                                              .dh = join.dh,
                                              .link = join.link,
                                              .prekey = join.prekey,
                                              .prekey_day = Day{0},
                                              .enrolled_by = id});
    auto& devices = state.members.at(member).devices;
    devices.push_back(device);
    std::ranges::sort(devices);
  }
  void add_member(State& state, const EventId& id, const JoinBody& join, Role role) {
    const MemberId member = mail::member_id_of(id, join.sign);
    state.members.emplace(member, MemberState{.id = member,
                                              .role = role,
                                              .status = Status::active,
                                              .recovery = join.recovery,
                                              .enrolled_by = id});
    enrol(state, id, member, join);
  }
  void begin(State& state, const EventId& id) {
    const auto& genesis = std::get<Genesis>(item(id).body.act);
    state.mode = genesis.mode;
    for (const auto& founder : genesis.founders)
      add_member(state, id, *parse_join(founder.join.body), founder.role);
  }
  bool fits(const State& state, const EventId& id, const std::map<EventId, int>& protections) {
    static_cast<void>(protections);
    const Act& act = item(id).body.act;
    if (!state.members.contains(authority(id).member)) return false;
    if (const auto* a = std::get_if<Admit>(&act))
      return state.invites.contains(a->invite) && keys_are_new(state, *parse_join(a->join.body));
    if (const auto* a = std::get_if<DeviceAdd>(&act))
      return state.members.contains(a->member) && keys_are_new(state, *parse_join(a->join.body));
    if (const auto* a = std::get_if<Promote>(&act)) return state.members.contains(a->member);
    if (const auto* a = std::get_if<Unsuspend>(&act)) return state.members.contains(a->member);
    if (const auto* a = std::get_if<RecoveryReplace>(&act)) return state.members.contains(a->member);
    if (const auto* a = std::get_if<Agree>(&act)) return state.agreements.contains(a->agreement);
    if (const auto* a = std::get_if<ResolveInvite>(&act)) {
      const auto invite = state.invites.find(a->invite);
      return invite != state.invites.end() && std::ranges::count(invite->second.admits, a->keep) > 0;
    }
    return true;
  }
  void apply(State& state, const EventId& id) {
    const Act& act = item(id).body.act;
    if (const auto* a = std::get_if<Invite>(&act)) {
      state.invites.emplace(
          id, InviteState{id, a->invite, a->expires, a->role, item(id).event.header().device, false, {}});
    } else if (const auto* admit = std::get_if<Admit>(&act)) {
      auto& invite = state.invites.at(admit->invite);
      invite.used = true;
      invite.admits.push_back(id);
      add_member(state, id, *parse_join(admit->join.body), invite.role);
    } else if (const auto* add = std::get_if<DeviceAdd>(&act)) {
      enrol(state, id, add->member, *parse_join(add->join.body));
    } else if (const auto* text = std::get_if<AgreementAct>(&act)) {
      ProposalState proposal{{text->version, text->text, id}, authority(id).then.sessions, {}};
      for (const auto& [member, what] : authority(id).then.members)
        if (what.status == Status::active) proposal.must_agree.push_back(member);
      state.agreements.emplace(id, proposal);
    } else if (const auto* session = std::get_if<Session>(&act)) {
      if (session->number > state.sessions) {
        state.sessions = session->number;
        state.session_open = session->open;
      } else if (session->number == state.sessions && !session->open) {
        state.session_open = false;
      }
    }
  }

  // The accepted acts of one kind that no other of them follows; the higher class first, then the smaller id.
  template <class Kind, class Wanted>
  std::vector<EventId> newest(const std::map<EventId, int>& kept, Wanted wanted) {
    std::vector<EventId> all, found;
    for (const auto& [id, by_class] : kept)
      if (const auto* act = std::get_if<Kind>(&item(id).body.act); act != nullptr && wanted(id, *act))
        all.push_back(id);
    for (const auto& id : all)
      if (std::ranges::none_of(all, [&](const EventId& other) { return before(id, other); }))
        found.push_back(id);
    std::ranges::sort(found, {}, [&](const EventId& id) { return std::pair(-kept.at(id), id); });
    return found;
  }

  void finish(State& state, const std::map<EventId, int>& kept, const std::vector<EventId>& order) {
    std::map<MemberId, std::vector<std::pair<EventId, Role>>> roles;
    for (const auto& id : order) {
      if (!kept.contains(id)) continue;
      const Act& act = item(id).body.act;
      if (const auto* up = std::get_if<Promote>(&act)) {
        roles[up->member].emplace_back(id, up->role);
        if (up->role == Role::leader && state.mode == Mode::led)
          for (const auto& [member, what] : authority(id).then.members)
            if (what.status == Status::active && what.role == Role::leader && member != up->member)
              roles[member].emplace_back(id, Role::co_leader);
      } else if (const auto* down = std::get_if<Demote>(&act)) {
        roles[down->member].emplace_back(id, Role::member);
      } else if (const auto* suspend = std::get_if<Suspend>(&act)) {
        state.suspensions.emplace(
            id, SuspensionState{suspend->member, static_cast<std::uint8_t>(kept.at(id)), false});
      } else if (const auto* revoke = std::get_if<DeviceRevoke>(&act)) {
        const auto device = state.devices.find(revoke->device);
        if (device == state.devices.end()) continue;
        device->second.revoked = true;
        device->second.revoked_by = static_cast<std::uint8_t>(device->second.revoked_by | 1U << kept.at(id));
      }
    }
    std::vector<std::pair<std::pair<int, EventId>, MemberId>> leaders;
    for (const auto& [member, acts] : roles) {
      if (!state.members.contains(member)) continue;
      std::vector<std::pair<Role, EventId>> last;
      for (const auto& [id, role] : acts)
        if (std::ranges::none_of(acts, [&, own = id](const auto& other) { return before(own, other.first); }))
          last.emplace_back(role, id);
      Role lowest = Role::leader;
      for (const auto& [role, id] : last) lowest = std::min(lowest, role);
      state.members.at(member).role = lowest;
      if (lowest == Role::leader) {
        const auto by = std::ranges::min(
            last, {}, [this](const auto& one) { return std::pair(depth(one.second), one.second); });
        leaders.push_back({{-kept.at(by.second), by.second}, member});
      }
    }
    std::ranges::sort(leaders);
    if (state.mode == Mode::led)
      for (std::size_t i = 1; i < leaders.size(); ++i)
        state.members.at(leaders[i].second).role = Role::co_leader;

    for (auto& [id, invite] : state.invites) {
      if (invite.admits.size() < 2) continue;
      const auto decided = newest<ResolveInvite>(
          kept, [&, own = id](const EventId&, const ResolveInvite& r) { return r.invite == own; });
      for (auto& [member, what] : state.members) {
        if (std::ranges::count(invite.admits, what.enrolled_by) == 0) continue;
        if (decided.empty() && what.role == Role::member) what.status = Status::on_hold;
        if (!decided.empty() &&
            std::get<ResolveInvite>(item(decided.front()).body.act).keep != what.enrolled_by)
          what.status = Status::removed;
      }
    }
    for (auto& [id, suspension] : state.suspensions) {
      for (const auto& [other, by_class] : kept)
        if (const auto* lift = std::get_if<Unsuspend>(&item(other).body.act))
          if (before(id, other) && std::ranges::count(lift->suspends, id) > 0) suspension.lifted = true;
      const auto member = state.members.find(suspension.member);
      if (!suspension.lifted && member != state.members.end() && member->second.status <= Status::on_hold)
        member->second.status = Status::suspended;
    }
    for (const auto& [id, by_class] : kept) {
      const Act& act = item(id).body.act;
      if (std::holds_alternative<Leave>(act)) {
        const auto member = state.members.find(authority(id).member);
        if (member != state.members.end())
          member->second.status = std::max(member->second.status, Status::left);
      }
      if (const auto* remove = std::get_if<Remove>(&act))
        if (state.members.contains(remove->member)) state.members.at(remove->member).status = Status::removed;
      if (const auto* replace = std::get_if<RecoveryReplace>(&act)) {
        const auto last = newest<RecoveryReplace>(
            kept, [&](const EventId&, const RecoveryReplace& r) { return r.member == replace->member; });
        state.members.at(replace->member).recovery =
            std::get<RecoveryReplace>(item(last.front()).body.act).recovery;
      }
    }
    const auto terms = newest<Policy>(kept, [](const EventId&, const Policy&) { return true; });
    const auto set = [&](const auto& policy) {
      state.trustees = policy.trustees;
      state.threshold = policy.threshold;
      state.min_suite = policy.min_suite;
      state.retention_days = policy.retention_days;
    };
    for (const auto& [id, by_class] : kept)
      if (genesis(id)) set(std::get<Genesis>(item(id).body.act));
    if (!terms.empty()) set(std::get<Policy>(item(terms.front()).body.act));
    agreements(state, kept);
  }

  void agreements(State& state, const std::map<EventId, int>& kept) {
    const auto agreed = [&](const EventId& text, const MemberId& member) {
      return std::ranges::any_of(kept, [&](const auto& one) {
        const auto* agree = std::get_if<Agree>(&item(one.first).body.act);
        return agree != nullptr && agree->agreement == text && authority(one.first).member == member;
      });
    };
    for (auto& [id, proposal] : state.agreements) {
      for (const auto& [member, what] : state.members)
        if (agreed(id, member)) proposal.agreed.insert(member);
      proposal.in_force = true;
      for (const auto& member : proposal.must_agree)
        if (state.active(member) && !agreed(id, member)) proposal.in_force = false;
      proposal.lapsed = !proposal.in_force && state.sessions >= proposal.sessions + 2;
    }
    const auto force = newest<AgreementAct>(
        kept, [&](const EventId& id, const AgreementAct&) { return state.agreements.at(id).in_force; });
    if (!force.empty()) state.agreement = state.agreements.at(force.front()).version;
    for (const auto& [id, proposal] : state.agreements)
      for (auto& [member, what] : state.members)
        if (agreed(id, member)) what.agreed.insert_or_assign(proposal.version.version, proposal.version.text);
  }

  GroupId group_;
  std::map<EventId, Item> items_;
  std::map<EventId, std::size_t> depths_;
  std::map<EventId, Authority> authorities_;
};

}  // namespace kith::group::test
