// Random control graphs: several devices that see only part of each other's acts, write acts of every kind
// with and without authority, date back, and now and then fork their own log.
#pragma once

#include "tests/group/kit.h"

namespace kith::group::test {

class RandomGroup {
 public:
  RandomGroup(Mode kind, std::uint64_t seed, std::size_t steps, bool quarrel = false, bool forks = true)
      : w(seed), mode(kind), quarrel_(quarrel), forks_(forks && !quarrel) {
    for (int i = 0; i < 9; ++i) devices.push_back(w.device());
    paper = crypto::sign_keypair(w.random);
    std::vector<Device*> founders{&devices[0]};
    if (mode == Mode::pair) founders.push_back(&devices[1]);
    w.found(founders, mode, {}, 0, *RecoveryPk::parse(paper.pk.view()));
    enrolled = founders.size();
    views.resize(devices.size());
    note({});
    for (std::size_t i = 0; i < enrolled; ++i) views[i] = {0};
    settle_in();
    trunk = w.events.size();
    while (w.events.size() < trunk + steps) step();
  }

  World w;
  Mode mode;
  std::size_t trunk = 0;  // events of the quiet beginning
  std::vector<Device> devices;
  std::size_t enrolled = 0;                  // devices that some act named
  std::vector<std::set<std::size_t>> views;  // events each device saw
  crypto::SignKeypair paper{SignPk::zero(), crypto::SignSeed(w.random)};

 private:
  // A group that has begun: an agreement in force, five members, ranks, stand-ins.
  void settle_in() {
    const Digest text = w.random.draw<Digest>();
    together(AgreementAct{++version_, text});
    const EventId proposed = w.events.back().id();
    see_all();
    for (std::size_t i = 0; i < enrolled; ++i) write(i, Agree{proposed, text, Digest::zero()});
    while (enrolled < 5) {
      auto key = crypto::sign_keypair(w.random);
      const InvitePk pk = *InvitePk::parse(key.pk.view());
      see_all();
      write(0, Invite{pk, kToday, Role::member});
      Device& newcomer = devices[enrolled];
      together(Admit{w.events.back().id(),
                     sign_join(w.body_of(newcomer, pk, false), newcomer.sign.seed, &key.seed)});
      newcomer.member = mail::member_id_of(w.events.back().id(), newcomer.sign.pk);
      newcomer.at = {0, *Link::parse(w.group.view())};
      views[enrolled++] = views[0];
    }
    if (mode == Mode::led) {
      together(Promote{devices[1].member, Role::co_leader});
      together(Promote{devices[2].member, Role::co_leader});
    }
    if (mode != Mode::peer)
      together(Policy{{{devices[1].member, {}}, {devices[2].member, {}}, {devices[3].member, {}}}, 2, 1, 90});
    for (int i = 0; i < 2; ++i) {  // two invitations are open
      auto key = crypto::sign_keypair(w.random);
      const InvitePk pk = *InvitePk::parse(key.pk.view());
      write(0, Invite{pk, kToday, Role::member});
      invites_.push_back({std::move(key), w.events.back().id()});
    }
    see_all();
  }
  void see_all() {
    for (std::size_t i = 0; i < enrolled; ++i)
      for (std::size_t at = 0; at < w.events.size(); ++at) views[i].insert(at);
  }
  void together(const Act& what) {
    if (mode != Mode::led)
      for (std::size_t i = 1; i < enrolled; ++i) write(i, Endorse{act_hash_of(what)});
    see_all();
    write(0, what);
  }

  std::uint32_t pick(std::size_t below) { return w.random.below(static_cast<std::uint32_t>(below)); }
  bool chance(std::uint32_t percent) { return w.random.below(100) < percent; }

  void note(std::set<std::size_t> past) { pasts_.push_back(std::move(past)); }
  std::vector<EventId> heads(const std::set<std::size_t>& view) const {
    std::set<std::size_t> covered;
    const auto is_act = [this](std::size_t at) { return w.events[at].header().kind == mail::Kind::ctl; };
    for (const auto at : view)
      if (is_act(at)) covered.insert(pasts_[at].begin(), pasts_[at].end());
    std::vector<EventId> found;
    for (const auto at : view)
      if (is_act(at) && !covered.contains(at)) found.push_back(w.events[at].id());
    std::ranges::sort(found);
    return found;
  }
  void write(std::size_t by, const Act& what) {
    const std::size_t at = w.events.size();
    w.act(devices[by], what, heads(views[by]));
    note(views[by]);
    views[by].insert(at);
  }
  // The target's log as `by` saw it, sometimes lower (not authorised then), sometimes as a fork's other end.
  Cut cut(std::size_t by, const Device& device) {
    Cut found{device.id, std::nullopt, Link::zero()};
    for (const auto at : views[by]) {
      const auto& event = w.events[at];
      if (event.header().device == device.id && (!found.seq || event.header().seq >= *found.seq))
        found = World::cut_at(event);
    }
    return found;
  }
  std::vector<Cut> cuts(std::size_t by, const MemberId& member) {
    std::vector<Cut> all;
    for (std::size_t i = 0; i < enrolled; ++i)
      if (devices[i].member == member && chance(95)) all.push_back(cut(by, devices[i]));
    std::ranges::sort(all, {}, &Cut::device);
    return all;
  }
  template <class Wanted>
  std::optional<std::size_t> seen(std::size_t by) {  // a random act of this kind in the view
    std::vector<std::size_t> found;
    for (const auto at : views[by]) {
      if (w.events[at].header().kind != mail::Kind::ctl) continue;
      const auto body = parse_control(w.events[at].body());
      if (body && std::holds_alternative<Wanted>(body->act)) found.push_back(at);
    }
    if (found.empty()) return std::nullopt;
    return found[pick(found.size())];
  }
  template <class Wanted>
  Wanted act_at(std::size_t at) const {
    return std::get<Wanted>(parse_control(w.events[at].body())->act);
  }

  void step() {
    const std::size_t by = chance(50) ? 0 : pick(enrolled);
    if (chance(quarrel_ ? 25 : 50)) {  // hears from somebody
      const auto& other = views[pick(enrolled)];
      views[by].insert(other.begin(), other.end());
    }
    if (views[by].empty()) return;
    Device& self = devices[by];
    if (forks_ && chance(3) && self.at.next > 1) {  // a restored copy writes on
      for (const auto& event : w.events)
        if (event.header().device == self.id && event.header().seq + 2 == self.at.next) {
          self.at = {event.header().seq + 1, event.link()};
          std::erase_if(views[by], [&](std::size_t at) {
            return w.events[at].header().device == self.id && w.events[at].header().seq >= self.at.next;
          });
          break;
        }
    }
    if (chance(10)) self.at = {self.at.next + 2, w.random.draw<Link>(), self.at.last};  // words between
    const Device& target = devices[pick(enrolled)];
    const MemberId whom = target.member;
    static constexpr std::size_t kTaking[] = {10, 12, 13, 14};
    switch (quarrel_ && chance(75) ? kTaking[pick(4)] : pick(28)) {
      case 0:
      case 1: {
        auto key = crypto::sign_keypair(w.random);
        const InvitePk pk = *InvitePk::parse(key.pk.view());
        invites_.push_back({std::move(key), EventId::zero()});
        write(by, Invite{pk, kToday + pick(2), chance(85) ? Role::member : Role::co_leader});
        invites_.back().event = w.events.back().id();
        return;
      }
      case 2:
      case 3:
      case 4:
        return admit(by);
      case 5:
        return write(by, Endorse{last_proposal_.value_or(Digest::zero())});
      case 6:
      case 7:
      case 8:
        if (const auto at = seen<AgreementAct>(by))
          write(by, Agree{w.events[*at].id(), act_at<AgreementAct>(*at).text, Digest::zero()});
        return;
      case 9:
        if (enrolled < devices.size()) {
          Device& added = devices[enrolled++];
          const auto what = w.device_add(self, added);
          added.member = self.member;
          added.at = {0, *Link::parse(w.group.view())};
          write(by, what);
          if (known(added)) {
            views[enrolled - 1] = views[by];
          } else {
            --enrolled;
          }
        }
        return;
      case 10: {
        DeviceRevoke revoke{target.id, cut(by, target), {}};
        if (chance(20))
          revoke.recovery_signature = crypto::sign(paper.seed, "recovery", w.group, recovery_message(revoke));
        return propose(by, revoke);
      }
      case 11: {
        auto fresh = crypto::sign_keypair(w.random);
        RecoveryReplace replace{*RecoveryPk::parse(fresh.pk.view()), whom, {}};
        replace.recovery_signature = crypto::sign(paper.seed, "recovery", w.group, recovery_message(replace));
        return propose(by, replace);
      }
      case 12:
        return propose(by, Suspend{whom, cuts(by, whom)});
      case 13:
        return propose(by, Remove{whom, cuts(by, whom)});
      case 14:
        return propose(by, Demote{whom, cuts(by, whom)});
      case 15:
        if (const auto at = seen<Suspend>(by))
          propose(by, Unsuspend{
                          act_at<Suspend>(*at).member, {w.events[*at].id()}, {{target.id, target.at.next}}});
        return;
      case 16:
      case 17:
        return propose(by, Promote{whom, static_cast<Role>(2 + pick(3))});
      case 18: {
        std::vector<Trustee> trustees;
        for (std::size_t i = 0; i < enrolled; ++i)
          if (chance(50) && std::ranges::find(trustees, std::optional(devices[i].member), &Trustee::member) ==
                                trustees.end())
            trustees.push_back({devices[i].member, {}});
        const auto need = trustees.empty() ? 0U : 1 + pick(std::min<std::size_t>(2, trustees.size()));
        return propose(by, Policy{trustees, need, 1, 30 + pick(60)});
      }
      case 19:
        if (version_ == 0 || chance(40)) ++version_;
        return propose(by, AgreementAct{version_, w.random.draw<Digest>()});
      case 20:
        if (const auto at = seen<Admit>(by))
          propose(by, ResolveInvite{act_at<Admit>(*at).invite, w.events[*at].id()});
        return;
      case 21:
        return write(by, Session{1 + pick(2), chance(70)});
      case 22:
        return write(by, chance(50)   ? Act(StepBack{})
                         : chance(50) ? Act(Return{})
                                      : Act(LeaveNotice{kToday}));
      case 24:
      case 25:
      case 26:
        return admit(by);
      default:
        if (chance(15)) return write(by, Leave{});
        return device_record(by);
    }
  }
  void propose(std::size_t by, const Act& what) {  // sometimes with the endorsement of others
    last_proposal_ = act_hash_of(what);
    const bool many = mode != Mode::led && chance(85);
    // Both leaders and now and then the stand-ins, or every peer.
    const std::size_t all = mode == Mode::peer ? enrolled : chance(30) ? 4 : 2;
    for (std::size_t i = 0; i < (many ? all : 2); ++i) {
      if (!many && !chance(50)) continue;
      const std::size_t other = many ? i : pick(enrolled);
      if (other == by || views[other].empty()) continue;
      write(other, Endorse{*last_proposal_});
      views[by].insert(views[other].begin(), views[other].end());
    }
    write(by, what);
  }
  // Else no node takes anything that it writes, nor what would build on that.
  bool known(const Device& device) const {
    return GroupRoster(w.group, w.events).sign_key(device.id).has_value();
  }
  void admit(std::size_t by) {
    if (invites_.empty()) return;
    const auto& open = invites_[pick(invites_.size())];
    const bool reuse = chance(10) || enrolled == devices.size();
    Device& newcomer = reuse ? devices[pick(enrolled)] : devices[enrolled];
    const Admit what{open.event,
                     sign_join(w.body_of(newcomer, open.pk(), false), newcomer.sign.seed, &open.key.seed)};
    propose(by, what);
    if (reuse || !known(newcomer)) return;
    newcomer.member = mail::member_id_of(w.events.back().id(), newcomer.sign.pk);
    newcomer.at = {0, *Link::parse(w.group.view())};
    views[enrolled++] = views[by];
  }
  void device_record(std::size_t by) {  // what it has seen, its device's next act has seen too
    const DeviceBody body{heads(views[by]),        {devices[by].prekey, 1}, devices[by].link, {}, {},
                          w.random.draw<Digest>(), Digest::zero()};
    const std::size_t at = w.events.size();
    w.sign(devices[by], mail::Kind::dev, encode(body));
    note(views[by]);
    views[by].insert(at);
  }

 private:
  bool quarrel_;  // mostly protective acts, no forks
  bool forks_;
  std::vector<std::set<std::size_t>> pasts_;
  std::vector<World::Open> invites_;
  std::optional<Digest> last_proposal_;
  std::uint32_t version_ = 0;
};

}  // namespace kith::group::test
