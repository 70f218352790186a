#include "core/group/resolver.h"

#include <algorithm>

#include "core/group/branches.h"
#include "core/group/graph.h"

namespace kith::group {
namespace {

// What devices say of themselves week by week; never part of the digest.
void add_records(const Graph& graph, State& state) {
  for (auto& [id, device] : state.devices) {
    const auto records = graph.records().find(id);
    if (records == graph.records().end()) continue;
    const DeviceRecord* newest = nullptr;
    for (const auto& record : records->second) {
      if (!state.counts(id, record.seq, mail::Kind::dev)) continue;
      const auto later = [](const DeviceRecord& a, const DeviceRecord& b) {
        return a.seq != b.seq ? a.seq > b.seq : a.link < b.link;
      };
      if (newest == nullptr || later(record, *newest)) newest = &record;
    }
    if (newest == nullptr) continue;
    device.link = newest->body.link;
    device.prekey = newest->body.prekey;
    device.prekey_day = newest->day;
    device.addresses = newest->body.addresses;
    device.checkpoint = newest->body.checkpoint;
    device.checkpoint_ctl = newest->body.ctl_digest;
    device.checkpoint_state = newest->body.state_digest;
    device.checkpoint_seq = newest->seq;
  }
}

// Up to an erasing cut, on the branch that it names.
bool within_cut(const DeviceState& device, std::uint64_t seq, const Link& link) {
  if (!device.cut_erases) return true;
  const auto& last = device.cut->seq;
  return last && (seq < *last || (seq == *last && link == device.cut->link));
}

bool beyond_cut(const State& state, const ActNode& act) {
  const auto* device = state.device(act.device);
  return device != nullptr && !within_cut(*device, act.seq, act.link);
}

// What lies beyond an erasing cut came to some before the cut and to others never. It stands if it counts all
// the same (a removal is not undone by its author's going) or if somebody built on it; then it is told on.
// The rest is as if it had never come.
ActSet standing(const Graph& graph, const State& state) {
  ActSet kept = graph.none();
  for (std::size_t number = 0; number < graph.acts().size(); ++number) {
    const auto& act = graph.acts()[number];
    if (beyond_cut(state, act) && !state.accepted.contains(act.id)) continue;
    kept.add(act.past);
    kept.add(number);
  }
  return kept;
}

// `told`: the acts that stand beyond a cut.
State state_now(const Graph& graph, std::set<Link>& told) {
  State state = evaluate(graph, graph.all());
  const ActSet stand = standing(graph, state);
  told.clear();
  for (std::size_t number = 0; number < graph.acts().size(); ++number)
    if (stand.has(number) && beyond_cut(state, graph.acts()[number])) told.insert(graph.acts()[number].link);
  state.control_heads = graph.heads(stand);
  add_records(graph, state);
  const Digest heads = ctl_digest(state);
  const Digest digest = state_digest(state);
  for (const auto& [id, device] : state.devices)
    if (device.checkpoint_seq && state.active(id) && device.checkpoint_ctl == heads &&
        device.checkpoint_state != digest)
      state.split = true;
  return state;
}

std::vector<EventId> deps_of(const mail::Event& event) {
  if (event.header().kind == mail::Kind::ctl)
    if (auto body = parse_control(event.body())) return std::move(body->deps);
  if (event.header().kind == mail::Kind::dev)
    if (auto body = parse_device(event.body())) return std::move(body->deps);
  return {};
}

}  // namespace

Result<State> resolve(const GroupId& group, std::span<const mail::Event> control) {
  Graph graph(group);
  for (const auto& event : control) graph.add(event);
  graph.settle();
  if (!graph.genesis()) return fail(Errc::not_found, "the group's beginning is missing");
  std::set<Link> told;
  return state_now(graph, told);
}

struct GroupRoster::Impl {
  explicit Impl(const GroupId& group) : graph(group) {}
  const std::shared_ptr<const State>& state() {
    if (!now) {
      graph.settle();
      now = std::make_shared<const State>(state_now(graph, told));
      waiting.reset();
    }
    return now;
  }
  std::vector<DeviceId> who_named(const DeviceId& author, const Link& link) const;
  void add_waiting(const EventId& act, const MemberId& member, std::set<DeviceId>& devices);
  struct Proof {
    std::uint64_t seq;
    ForkEvidence evidence;
  };
  Graph graph;
  std::shared_ptr<const State> now;                    // none: something was learned since
  std::set<Link> told;                                 // here and below: of `now`
  std::optional<std::vector<Graph::Waiting>> waiting;  // once it was asked
  std::map<DeviceId, Proof> proofs;                    // the lowest place shown of each device
};

GroupRoster::GroupRoster(const GroupId& group, std::span<const mail::Event> control)
    : impl_(std::make_unique<Impl>(group)) {
  learn(control);
}
GroupRoster::~GroupRoster() = default;

std::set<Link> GroupRoster::learn(std::span<const mail::Event> control) {
  std::set<Link> news;
  for (const auto& event : control)
    if (impl_->graph.add(event)) news.insert(event.link());
  if (!control.empty()) impl_->now.reset();
  return news;
}

void GroupRoster::unlearn(const std::set<Link>& links) {
  impl_->graph.remove(links);
  impl_->now.reset();
}

Snapshot GroupRoster::state() const { return Snapshot(impl_->state()); }

void GroupRoster::fork(const mail::SignedHeader& first, const mail::SignedHeader& second) {
  const auto& [device, seq] = std::tie(first.header.device, first.header.seq);
  const auto key = sign_key(device);
  if (!key || second.header.device != device || second.header.seq != seq ||
      first.header.group != impl_->graph.group() || second.header.group != impl_->graph.group() ||
      first.link == second.link || !first.verify(*key) || !second.verify(*key))
    return;
  const auto known = impl_->proofs.find(device);
  if (known != impl_->proofs.end() && known->second.seq <= seq) return;
  impl_->proofs.insert_or_assign(device, Impl::Proof{seq, {first.bytes, second.bytes}});
}

std::vector<ForkEvidence> GroupRoster::uncarried() const {
  std::vector<ForkEvidence> found;
  for (const auto& [id, proof] : impl_->proofs) {
    const auto* device = impl_->state()->device(id);
    if (device != nullptr && (!device->forked_at || *device->forked_at > proof.seq))
      found.push_back(proof.evidence);
  }
  return found;
}

std::optional<SignPk> GroupRoster::sign_key(const DeviceId& device) const {
  impl_->graph.settle();
  return impl_->graph.key(device);
}

bool GroupRoster::same_member(const DeviceId& a, const DeviceId& b) const {
  if (a == b) return true;
  const auto* first = impl_->state()->device(a);
  const auto* second = impl_->state()->device(b);
  return first != nullptr && second != nullptr && first->member == second->member;
}

bool GroupRoster::storable(const mail::Header& header, const Link& link) const {
  const auto* device = impl_->state()->device(header.device);
  if (device == nullptr || within_cut(*device, header.seq, link)) return true;
  return device->cut_keeps_tombs && header.kind == mail::Kind::tomb;
}

bool GroupRoster::tells(const mail::Header& header, const Link& link) const {
  return storable(header, link) || impl_->told.contains(link);
}

bool GroupRoster::counts(const DeviceId& device) const { return impl_->state()->device(device) != nullptr; }

// Of an act that is here with another signature: whose cut names this one.
std::vector<DeviceId> GroupRoster::Impl::who_named(const DeviceId& author, const Link& link) const {
  std::set<DeviceId> found;
  for (const auto& act : graph.acts()) {
    const Cut* cut = act.ways.empty() ? nullptr : cut_of(act.body.act, author);
    if (cut != nullptr && cut->seq && cut->link == link && act.device != author) found.insert(act.device);
  }
  return {found.begin(), found.end()};
}

// Who forked a log could have acts of theirs wait for more than is kept, and crowd out what others built on.
// So those count for whom, in the end, an act of another member waits.
void GroupRoster::Impl::add_waiting(const EventId& act, const MemberId& member, std::set<DeviceId>& devices) {
  if (!waiting) waiting = graph.waiting();
  const auto named = [](const Graph::Waiting& waits) -> const EventId& { return *waits.names; };
  std::set<EventId> seen{act};
  std::vector<EventId> open{act};
  while (!open.empty()) {
    const EventId next = open.back();
    open.pop_back();
    for (auto at = std::ranges::lower_bound(*waiting, next, {}, named);
         at != waiting->end() && *at->names == next; ++at) {
      const auto* device = now->device(*at->device);
      if (device != nullptr && device->member != member)
        devices.insert(*at->device);
      else if (seen.insert(*at->event).second)
        open.push_back(*at->event);
    }
  }
}

std::vector<std::vector<DeviceId>> GroupRoster::waiting_for(std::span<const mail::Event> run) const {
  const auto state = impl_->state();  // settles
  std::vector<std::vector<DeviceId>> found(run.size());
  std::map<EventId, std::set<DeviceId>> needed;  // by those of the run that came later in it
  for (std::size_t at = run.size(); at-- > 0;) {
    const auto& event = run[at];
    const DeviceId& author = event.header().device;
    if (impl_->graph.find(event.id())) {
      found[at] = impl_->who_named(author, event.link());
      found[at].push_back(author);
      continue;
    }
    auto& devices = needed[event.id()];
    const auto* device = state->device(author);
    impl_->add_waiting(event.id(), device != nullptr ? device->member : MemberId::zero(), devices);
    if (devices.empty()) continue;
    found[at].assign(devices.begin(), devices.end());
    for (const auto& dep : deps_of(event)) needed[dep].insert(found[at].begin(), found[at].end());
  }
  return found;
}

bool GroupRoster::may_connect(const DeviceId& device, const LinkPk& link) const {
  const auto& now = *impl_->state();
  const auto* found = now.device(device);
  return found != nullptr && now.active(device) && found->link == link;
}

std::optional<LogEnd> GroupRoster::newest_act(const DeviceId& device) const {
  impl_->state();
  const auto newest = impl_->graph.newest_of(device);
  if (!newest) return std::nullopt;
  const auto& act = impl_->graph.acts()[*newest];
  return LogEnd{device, act.seq, act.link};
}

std::size_t GroupRoster::past_bytes() const {
  impl_->graph.settle();
  return impl_->graph.past_bytes();
}

// More heads than an act names: each device's newest first. Who leaves their own acts out of what they name
// makes any number of heads, and would crowd out the others'.
std::vector<EventId> GroupRoster::causes_for(const DeviceId& author) const {
  const auto state = impl_->state();
  std::vector<EventId> causes = state->control_heads;
  if (causes.size() > kMaxDeps) {
    std::map<DeviceId, std::vector<const ActNode*>> by_device;
    for (const auto& id : causes) {
      const auto& act = impl_->graph.acts()[*impl_->graph.find(id)];
      by_device[act.device].push_back(&act);
    }
    const auto newer = [](const ActNode* a, const ActNode* b) {
      return std::tie(b->seq, a->id) < std::tie(a->seq, b->id);
    };
    for (auto& [device, heads] : by_device) std::ranges::sort(heads, newer);
    causes.clear();
    const auto own = impl_->graph.newest_of(author);
    const EventId mine = own ? impl_->graph.acts()[*own].id : EventId::zero();
    if (own) causes.push_back(mine);
    for (std::size_t rank = 0; causes.size() < kMaxDeps; ++rank)
      for (const auto& [device, heads] : by_device)
        if (rank < heads.size() && heads[rank]->id != mine && causes.size() < kMaxDeps)
          causes.push_back(heads[rank]->id);
  }
  std::ranges::sort(causes);
  return causes;
}

std::vector<EventId> GroupRoster::heads_without(const Cut& cut) const {
  impl_->state();
  const auto& acts = impl_->graph.acts();
  std::vector<std::size_t> beyond;
  for (std::size_t number = 0; number < acts.size(); ++number)
    if (acts[number].device == cut.device && (!cut.seq || acts[number].seq > *cut.seq))
      beyond.push_back(number);
  ActSet kept = impl_->graph.none();
  for (std::size_t number = 0; number < acts.size(); ++number) {
    const auto builds_on = [&](std::size_t other) { return number == other || acts[number].past.has(other); };
    if (std::ranges::none_of(beyond, builds_on)) kept.add(number);
  }
  return impl_->graph.heads(kept);
}

}  // namespace kith::group
