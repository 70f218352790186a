#include "core/group/graph.h"

#include <algorithm>

namespace kith::group {
namespace {

constexpr std::size_t kRecentStates = 8;

std::vector<const JoinRecord*> records_of(const Act& act) {
  if (const auto* admit = std::get_if<Admit>(&act)) return {&admit->join};
  if (const auto* add = std::get_if<DeviceAdd>(&act)) return {&add->join};
  std::vector<const JoinRecord*> found;
  if (const auto* genesis = std::get_if<Genesis>(&act))
    for (const auto& founder : genesis->founders) found.push_back(&founder.join);
  return found;
}

// Counted or not, it changes nobody's authority.
bool says_nothing_of_authority(const Act& act) {
  return std::holds_alternative<Endorse>(act) || std::holds_alternative<LeaveNotice>(act) ||
         std::holds_alternative<StepBack>(act) || std::holds_alternative<Return>(act);
}

// The group id binds the body, and this the header: with the founder's key somebody could else sign the same
// beginning again, and members are named after the event that let them in.
bool is_the_one(const mail::Header& header, const Genesis& genesis) {
  return !genesis.day || (header.day == *genesis.day && header.retention == 0 && header.lamport == 1 &&
                          header.ctl_digest == mail::ctl_digest_of({}));
}

}  // namespace

struct Graph::Entry {
  struct Read {           // of a body; stands still
    ControlBody control;  // of a CTL; malformed ones are unknown acts without deps
    std::optional<DeviceBody> device = {};
    std::vector<JoinBody> joins = {};
  };
  mail::Header header;
  EventId id;
  Link link;
  std::size_t body_size;
  std::unique_ptr<const Read> read;

  const std::vector<EventId>& deps() const { return read->device ? read->device->deps : read->control.deps; }
};

Graph::Graph(const GroupId& group) : group_(group) {}
Graph::~Graph() = default;

std::optional<SignPk> Graph::key(const DeviceId& device) const {
  const auto found = keys_.find(device);
  if (found == keys_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::size_t> Graph::find(const EventId& id) const {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::nullopt;
  return found->second;
}

std::optional<EventId> Graph::signed_as(const Link& link) const {
  const auto found = ids_.find(link);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::vector<Graph::Waiting> Graph::waiting() const {
  std::vector<Waiting> found;
  for (const auto& [missing, entries] : waiting_)
    for (const auto* entry : entries)
      for (const auto& id : entry->deps()) found.push_back({&id, &entry->id, &entry->header.device});
  std::ranges::sort(found, {}, [](const Waiting& waits) -> const EventId& { return *waits.names; });
  return found;
}

bool Graph::add(const mail::Event& event) {
  const auto& header = event.header();
  const bool control = header.kind == mail::Kind::ctl || header.kind == mail::Kind::dev;
  if (!control || header.group != group_ || !known_.insert(event.link()).second) return false;
  take_genesis(event);
  unverified_[header.device].push_back(event);
  settled_ = false;
  verify(header.device);
  return true;
}

void Graph::remove(const std::set<Link>& links) {
  const auto goes = [&links](const Link& link) { return links.contains(link); };
  std::erase_if(known_, goes);
  for (auto& [device, events] : unverified_)
    std::erase_if(events, [&](const mail::Event& event) { return goes(event.link()); });
  std::erase_if(entries_, [&](const Entry& entry) { return goes(entry.link); });
  meant_.clear();
  ids_.clear();
  for (const auto& entry : entries_) take_signature(entry.id, entry.link);
  std::erase_if(beginnings_, [this](const EventId& id) { return !meant_.contains(id); });
  restart();
  settled_ = false;
}

// Of an earlier kith, signed twice: the smaller id.
std::optional<EventId> Graph::genesis_id() const {
  if (beginnings_.empty()) return std::nullopt;
  return *beginnings_.begin();
}

// The beginning is known by its hash; founders' keys stand in it.
void Graph::take_genesis(const mail::Event& event) {
  const auto& header = event.header();
  if (header.kind != mail::Kind::ctl || header.seq != 0 || !equal(header.prev.view(), group_.view()) ||
      mail::group_id_of(event.body()) != group_)
    return;
  const auto body = parse_control(event.body());
  const auto* genesis = body ? std::get_if<Genesis>(&body->act) : nullptr;
  if (genesis == nullptr || !body->deps.empty() || !is_the_one(header, *genesis)) return;
  std::vector<JoinBody> joins;
  for (const auto& founder : genesis->founders) {
    const auto join = check_join(founder.join, group_, std::nullopt);
    if (!join || join->group) return;
    for (const auto& other : joins)
      if (other.sign == join->sign || other.dh == join->dh) return;
    joins.push_back(*join);
  }
  if (mail::device_id_of(joins.front().sign, joins.front().dh) != header.device ||
      !event.verify(joins.front().sign))
    return;
  const auto before = genesis_id();
  beginnings_.insert(event.id());
  if (before && genesis_id() != before) restart_ = true;
  founders_ = std::move(joins);
  enrol(founders_);
}

void Graph::verify(const DeviceId& device) {
  const auto key = keys_.find(device);
  const auto events = unverified_.find(device);
  if (key == keys_.end() || events == unverified_.end()) return;
  for (const auto& event : std::exchange(events->second, {})) {
    if (!event.verify(key->second)) continue;
    const auto& header = event.header();
    Entry::Read read{{{}, UnknownAct{}}};
    if (header.kind == mail::Kind::ctl) {
      if (auto body = parse_control(event.body())) read.control = std::move(*body);
    } else if (auto body = parse_device(event.body())) {
      read.device = std::move(*body);
    }
    for (const auto* record : records_of(read.control.act)) {
      auto join = check_device_signature(*record, group_);
      if (!join) {  // nobody agreed to this: it enrols nobody
        read.joins.clear();
        break;
      }
      read.joins.push_back(std::move(*join));
    }
    if (read.joins.empty() && !records_of(read.control.act).empty()) read.control.act = UnknownAct{};
    entries_.push_back({header, event.id(), event.link(), event.body().size(),
                        std::make_unique<const Entry::Read>(std::move(read))});
    fresh_.push_back(&entries_.back());
    take_signature(event.id(), event.link());
  }
}

// Of one event with several signatures those who name its id mean the one with the smallest link. A cut may
// name it by any of them, and so says more once that has come: all that rests on it is judged anew.
void Graph::take_signature(const EventId& id, const Link& link) {
  ids_.emplace(link, id);
  const auto [meant, first] = meant_.emplace(id, link);
  if (first) return;
  meant->second = std::min(meant->second, link);
  if (by_id_.contains(id)) restart_ = true;
}

// Called for acts with authority alone: else one member without any could make up devices until nobody else's
// log finds a place. Authority rests on an act's own past, so all nodes with the same acts know the same
// keys; that an enrolment counts no longer changes nothing here, since others may have built on that log.
void Graph::enrol(const std::vector<JoinBody>& joins) {
  for (const auto& join : joins) {
    const DeviceId id = mail::device_id_of(join.sign, join.dh);
    if (!keys_.emplace(id, join.sign).second) continue;
    if (const auto here = keyless_.extract(id); here)
      std::ranges::copy(here.mapped(), std::back_inserter(fresh_));
    verify(id);
  }
}

// Only the founders' keys are still certain: the others are enrolled again.
void Graph::restart() {
  acts_.clear();
  strands_.clear();
  strand_ends_.clear();
  loose_ = 0;
  past_bytes_ = 0;
  order_.clear();
  bearing_.clear();
  forked_.clear();
  of_forked_.clear();
  by_id_.clear();
  endorsements_.clear();
  by_device_.clear();
  records_.clear();
  doubled_.clear();
  genesis_.reset();
  recent_.clear();
  waiting_.clear();
  keyless_.clear();
  fresh_.clear();
  for (auto& entry : entries_) fresh_.push_back(&entry);
  restart_ = false;
  keys_.clear();
  if (!beginnings_.empty()) enrol(founders_);
}

void Graph::settle() {
  if (beginnings_.empty() || std::exchange(settled_, true)) return;
  while (restart_ || !fresh_.empty()) {
    if (restart_) restart();
    Entry& entry = *fresh_.back();
    fresh_.pop_back();
    try_place(entry);
  }
}

// The causes of an act are those that it names: a past is bound by hashes and never changes. That a log goes
// on from one act to another is none, since whoever signs there can fill a place between them later.
void Graph::try_place(Entry& entry) {
  if (!keys_.contains(entry.header.device)) {
    keyless_[entry.header.device].push_back(&entry);
    return;
  }
  ActSet past = none();
  std::uint32_t depth = 0;
  for (const auto& id : entry.deps()) {
    const auto dep = find(id);
    if (!dep) {
      waiting_[id].push_back(&entry);
      return;
    }
    past.add(acts_[*dep].past);
    past.add(*dep);
    depth = std::max(depth, acts_[*dep].depth + 1);
  }
  const auto& header = entry.header;
  if (header.kind == mail::Kind::dev) {
    if (entry.read->device)
      records_[header.device].push_back({entry.link, header.seq, header.day, *entry.read->device});
    return;
  }
  place_act({.id = entry.id,
             .link = entry.link,
             .device = header.device,
             .seq = header.seq,
             .day = header.day,
             .body_size = entry.body_size,
             .body = entry.read->control,
             .joins = entry.read->joins,
             .depth = depth,
             .past = std::move(past)});
}

std::optional<std::size_t> Graph::newest_of(const DeviceId& device, const ActSet* within) const {
  const auto own = by_device_.find(device);
  if (own == by_device_.end()) return std::nullopt;
  std::optional<std::size_t> newest;
  for (const auto number : own->second) {
    if (within != nullptr && !within->has(number)) continue;
    const auto later = [this](std::size_t a, std::size_t b) {
      return acts_[a].seq != acts_[b].seq ? acts_[a].seq > acts_[b].seq : acts_[a].link < acts_[b].link;
    };
    if (!newest || later(number, *newest)) newest = number;
  }
  return newest;
}

void Graph::extend_strand(std::size_t number) {
  const ActNode& act = acts_[number];
  const Strand before = act.own_before ? strands_[*act.own_before] : Strand{kLoose, 0};
  if (before.number != kLoose && strand_ends_[before.number] == *act.own_before) {
    strands_.push_back({before.number, before.place + 1});
    strand_ends_[before.number] = number;
  } else if (by_device_.at(act.device).size() == 1) {  // the device's first
    strands_.push_back({static_cast<std::uint32_t>(strand_ends_.size()), 0});
    strand_ends_.push_back(number);
  } else {
    strands_.push_back({kLoose, loose_++});
  }
}

void Graph::place_act(ActNode node) {
  const std::size_t number = acts_.size();
  const bool meant = meant_.at(node.id) == node.link;
  if (meant && genesis_id() == node.id && std::holds_alternative<Genesis>(node.body.act)) genesis_ = number;
  node.own_before = newest_of(node.device, &node.past);
  judge(node);
  if (meant) by_id_.emplace(node.id, number);
  if (const auto* endorse = std::get_if<Endorse>(&node.body.act))
    endorsements_[endorse->act].push_back(number);
  auto& own = by_device_[node.device];
  own.push_back(number);
  if (forked_.contains(node.device)) of_forked_.push_back(number);
  const bool counts = !node.ways.empty() || genesis_ == number;
  const bool enrols = !node.ways.empty() && !node.joins.empty();
  past_bytes_ += node.past.bytes();
  acts_.push_back(std::move(node));
  extend_strand(number);
  keep_in_order(order_, number);
  if (counts && !says_nothing_of_authority(acts_[number].body.act)) keep_in_order(bearing_, number);
  look_for_fork(number);
  if (enrols) enrol(acts_[number].joins);
  if (const auto waited = meant ? waiting_.extract(acts_[number].id) : decltype(waiting_)::node_type();
      waited)
    std::ranges::copy(waited.mapped(), std::back_inserter(fresh_));
}

void Graph::keep_in_order(std::vector<std::size_t>& order, std::size_t number) const {
  const auto earlier = [this](std::size_t a, std::size_t b) {
    return std::tie(acts_[a].depth, acts_[a].id, acts_[a].link) <
           std::tie(acts_[b].depth, acts_[b].id, acts_[b].link);
  };
  order.insert(std::upper_bound(order.begin(), order.end(), number, earlier), number);
}

// Two acts on one place, or evidence with authority.
void Graph::look_for_fork(std::size_t number) {
  ActNode& act = acts_[number];
  std::vector<std::size_t> there;
  for (const auto other : by_device_.at(act.device))
    if (acts_[other].seq == act.seq) there.push_back(other);
  if (there.size() > 1) {
    auto& places = doubled_[act.device];
    if (there.size() == 2) places.push_back(there.front());
    places.push_back(number);
    note_fork(act.device);
  }
  const auto* evidence = std::get_if<ForkEvidence>(&act.body.act);
  if (evidence == nullptr || act.ways.empty()) return;
  const auto shown = mail::parse_signed_header(evidence->first);
  if (!shown) return;
  act.shows = {shown->header.device, shown->header.seq};
  note_fork(act.shows->device);
}

void Graph::note_fork(const DeviceId& device) {
  if (!forked_.insert(device).second) return;
  if (const auto own = by_device_.find(device); own != by_device_.end())
    of_forked_.insert(of_forked_.end(), own->second.begin(), own->second.end());
  recent_.clear();
}

// A past differs from another for those who are judged by it in what its acts take and give, and, where logs
// forked, in what stands on their branches. Most acts do neither, so few states are made.
std::shared_ptr<const State> Graph::state_of(const ActSet& past) {
  const auto held = [&past](const std::vector<std::size_t>& numbers) {
    std::vector<std::size_t> found;
    std::ranges::copy_if(numbers, std::back_inserter(found), [&](auto number) { return past.has(number); });
    return found;
  };
  Recent now{held(bearing_), held(of_forked_), {}};
  for (const auto& recent : recent_)
    if (recent.bearing == now.bearing && recent.of_forked == now.of_forked) return recent.state;
  now.state = std::make_shared<const State>(evaluate_bearing(*this, past, now.bearing));
  if (recent_.size() == kRecentStates) recent_.erase(recent_.begin());
  recent_.push_back(now);
  return now.state;
}

// By what authority does it speak? Looks at its own causal past alone.
void Graph::judge(ActNode& node) {
  if (node.id == genesis_id() || std::holds_alternative<UnknownAct>(node.body.act)) return;
  const auto state = state_of(node.past);
  const auto* device = state->device(node.device);
  if (device == nullptr) return;
  node.author = device->member;
  node.enrolled_by = find(device->enrolled_by);

  std::map<DeviceId, std::uint64_t> seen;  // of a forked log what all its branches share
  if (protective(node.body.act))
    for (const auto& [id, own] : by_device_) {
      const auto* theirs = state->device(id);
      const bool forked = theirs != nullptr && theirs->forked_at;
      const std::uint64_t shared = forked ? *theirs->forked_at : UINT64_MAX;
      for (const auto number : own)
        if (node.past.has(number) && acts_[number].seq < shared)
          seen[id] = std::max(seen[id], acts_[number].seq);
    }
  Circumstances at{node.device, node.day, node.body_size, 0, &node.joins, &seen};
  if (const auto own = by_device_.find(node.device); own != by_device_.end())
    for (const auto number : own->second)
      if (node.past.has(number) && acts_[number].day == node.day && counts_in_day(acts_[number].body.act))
        ++at.acts_that_day;
  const auto found = ways(*state, device->member, node.body.act, at);
  if (!found) return;

  const auto signed_act = endorsements_.find(node.body.act_hash);
  for (const auto& way : *found) {
    SignedWay with{way, {}};
    const auto endorsed = [&](auto&& by) {
      std::vector<std::size_t> numbers;
      if (signed_act != endorsements_.end())
        for (const auto number : signed_act->second)
          if (node.past.has(number) && !acts_[number].ways.empty() &&
              by(acts_[number].device, acts_[number].author))
            numbers.push_back(number);
      if (!numbers.empty()) with.signers.push_back(std::move(numbers));
    };
    for (const auto& member : way.members) {
      if (member == device->member) {
        with.signers.emplace_back();
      } else {
        endorsed([&](const DeviceId&, const std::optional<MemberId>& author) { return author == member; });
      }
    }
    for (const auto& outsider : way.outsiders) {
      if (outsider == device->sign) {
        with.signers.emplace_back();
      } else {
        endorsed([&](const DeviceId& by, const auto&) { return key(by) == outsider; });
      }
    }
    if (with.signers.size() >= way.need) node.ways.push_back(std::move(with));
  }
  if (node.ways.empty()) return;
  node.sessions_then = state->sessions;
  const bool agreement = std::holds_alternative<AgreementAct>(node.body.act);
  const bool promotion = std::holds_alternative<Promote>(node.body.act);
  for (const auto& [id, member] : state->members) {
    if (member.status != Status::active) continue;
    if (agreement) node.members_then.push_back(id);
    if (promotion && member.role == Role::leader) node.leaders_then.push_back(id);
  }
}

std::vector<EventId> Graph::heads(const ActSet& within) const {
  ActSet covered = none();
  for (const auto number : order_)
    if (within.has(number)) covered.add(acts_[number].past);
  std::vector<EventId> heads;
  for (const auto number : order_)
    if (within.has(number) && !covered.has(number)) heads.push_back(acts_[number].id);
  std::ranges::sort(heads);
  heads.erase(std::unique(heads.begin(), heads.end()), heads.end());  // one event with two signatures
  return heads;
}

ActSet Graph::all() const {
  ActSet all = none();
  for (std::size_t number = 0; number < acts_.size(); ++number) all.add(number);
  return all;
}

}  // namespace kith::group
