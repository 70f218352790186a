// What members with a modified program do. They hold valid keys. Their honest half goes on as before; what it
// sends and hears is twisted on the way, and now and then they sign what no honest program would.
#include <algorithm>

#include "core/sharing/pen.h"
#include "core/sharing/publish.h"
#include "tests/simulation/tables.h"
#include "tests/support/sign_again.h"

namespace kith::simulation {
namespace {

constexpr std::uint8_t kOtherNonce = 7;
constexpr std::size_t kHurriedFrames = 8;  // of 256 KiB: twice what is allowed

// ---- signed lies --------------------------------------------------------------------------------------

bool sign_act(World& world, Person& liar, const group::Act& act) {
  const auto signed_it = sharing::Publisher(liar).act(world.group, act, "a lie");
  world.allowed("signing a lie", liar,
                signed_it ? tl::expected<void, Error>{} : tl::unexpected<Error>(signed_it.error()));
  return signed_it.has_value();
}

std::optional<MemberId> victim(World& world, Person& liar) {
  const auto state = (*liar.node().node().book(world.group))->state();
  std::vector<MemberId> others;
  for (const auto& [id, member] : state->members)
    if (id != world.member(liar)) others.push_back(id);
  if (others.empty()) return std::nullopt;
  return world.one_of(others);
}

// Acts for which it has no authority, most of the time.
bool usurp(World& world, Person& liar) {
  const auto whom = victim(world, liar);
  if (!whom) return false;
  switch (world.below(5)) {
    case 0:
      return sign_act(world, liar, group::Promote{world.member(liar), group::Role::leader});
    case 1:
      return sign_act(world, liar, group::Remove{*whom, {}});
    case 2:
      return sign_act(world, liar, group::Suspend{*whom, {}});
    case 3:
      return sign_act(world, liar, group::Policy{{{world.member(liar), {}}}, 1, 1, 1});
    default:
      return sign_act(world, liar, group::AgreementAct{99, world.random.draw<Digest>()});
  }
}

// Tombstones for what others wrote.
bool bury_others(World& world, Person& liar) {
  std::vector<EventId> targets;
  for (const auto& stored : test::must(liar.node().mail().arrivals(world.group, 0, 1000)))
    if (stored.event.header().kind == mail::Kind::env &&
        stored.event.header().device != liar.courier()->self().device)
      targets.push_back(stored.event.id());
  if (targets.empty()) return false;
  std::ranges::sort(targets);
  const auto written =
      sharing::Publisher(liar).tombs(world.group, targets, "a lie", sharing::Erased::withdrawn);
  world.allowed("burying", liar,
                written ? tl::expected<void, Error>{} : tl::unexpected<Error>(written.error()));
  return written.has_value();
}

// An act as if it had seen nothing since the beginning.
bool date_back(World& world, Person& liar) {
  const auto whom = victim(world, liar);
  if (!whom) return false;
  const auto write = [&]() -> Result<void> {
    sharing::Node& node = liar;
    KITH_TRY(auto transaction, db::Transaction::begin(node.journal()));
    KITH_TRY(auto pen, sharing::Pen::take(node, world.group));
    KITH_TRY(const auto control, node.mail().control_events(world.group));
    const group::Act act = world.chance(50) ? group::Act(group::Suspend{*whom, {}})
                                            : group::Act(group::Promote{*whom, group::Role::member});
    std::vector<EventId> deps;
    if (!control.empty()) deps.push_back(control.front().id());
    KITH_TRY(const auto event, pen.write(mail::Kind::ctl, group::encode(group::ControlBody{deps, act})));
    KITH_CHECK(pen.keep(event, {sharing::LedgerKind::command, "a lie"}));
    KITH_CHECK(transaction.commit());
    return sharing::Publisher(node).flush();
  };
  return world.allowed("dating back", liar, write());
}

bool flood(World& world, Person& liar) {
  const std::size_t many = 20 + world.below(200);
  std::vector<EventId> nothing{EventId::zero()};
  std::size_t written = 0;
  for (; written < many; ++written) {
    nothing.front() = world.random.draw<EventId>();
    if (!sharing::Publisher(liar).tombs(world.group, nothing, "a lie", sharing::Erased::withdrawn)) break;
  }
  return written > 0;
}

// Another story for some, from the end of its log on: of another act, or of the same one signed once more.
template <bool Same>
bool equivocate(World& world, Person& liar) {
  if (liar.twist.forks_at) return false;
  const auto head = test::must(liar.node().mail().head(world.group, liar.courier()->self().device));
  if (!head) return false;
  liar.twist.forks_at = head->seq + 1;
  liar.twist.forks_by_signature = Same;
  for (std::size_t i = 0; i < world.people.size(); ++i)
    if (&world.person(i) != &liar && world.chance(50)) liar.twist.hear_another.insert(i);
  // Something to tell two stories about.
  return sign_act(world, liar, group::LeaveNotice{liar.node().node().today()});
}

// An act where words of its own stood, below what everybody has: it waits for nothing that exists, names what
// was built on it, or leaves.
bool sign_below(World& world, Person& liar) {
  if (liar.twist.below) return false;
  sharing::Node& node = liar;
  const auto keys = test::must(node.keyring().device(world.group));
  const auto head = test::must(node.mail().head(world.group, liar.courier()->self().device));
  if (!keys || !head) return false;
  std::optional<mail::Event> over;
  for (std::uint64_t seq = head->seq; seq > 0 && (!over || over->header().kind != mail::Kind::env); --seq)
    over = test::must(node.mail().event_at(world.group, keys->device, seq - 1));
  if (!over || over->header().kind != mail::Kind::env) return false;
  group::ControlBody act{{}, world.chance(50) ? group::Act(group::Leave{}) : group::Act(group::StepBack{})};
  if (world.chance(50))
    act.deps.push_back(world.random.draw<EventId>());
  else
    act.deps = test::must(node.book(world.group))->roster->causes_for(keys->device);
  Bytes body = group::encode(act);
  mail::Header header = over->header();
  header.kind = mail::Kind::ctl;
  header.bind = mail::body_bind(body);
  header.length = static_cast<std::uint32_t>(body.size());
  liar.twist.below = mail::Event::sign(header, std::move(body), keys->sign);
  return true;
}

// ---- switches -----------------------------------------------------------------------------------------

template <bool Twist::*Member>
bool toggle(World&, Person& liar) {
  liar.twist.*Member = !(liar.twist.*Member);
  return false;  // counted frame by frame: twisted()
}

constexpr Lie kLies[] = {
    {"usurp", 5, usurp},
    {"bury others", 3, bury_others},
    {"date back", 4, date_back},
    {"flood", 3, flood},
    {"equivocate", 4, equivocate<false>},
    {"sign twice", 3, equivocate<true>},
    {"sign below", 8, sign_below},
    {"withhold", 4, toggle<&Twist::withhold>},
    {"reorder", 3, toggle<&Twist::reorder>},
    {"replay", 3, toggle<&Twist::replay>},
    {"garble", 3, toggle<&Twist::garble>},
    {"speak for others", 3, toggle<&Twist::speak_for_others>},
    {"spoil", 3, toggle<&Twist::spoil>},
    {"push", 3, toggle<&Twist::push>},
    {"hurry", 3, toggle<&Twist::hurry>},
    {"strange frame", 3, toggle<&Twist::strange>},
};

// ---- frames -------------------------------------------------------------------------------------------

const mail::Event* other_story(World& world, Person& liar, std::uint64_t seq) {
  auto& twist = liar.twist;
  for (std::uint64_t at = *twist.forks_at; at <= seq; ++at) {
    if (twist.other.contains(at)) continue;
    const auto keys = liar.node().node().keyring().device(world.group);
    if (!keys || !*keys) return nullptr;
    const auto event = liar.node().mail().event_at(world.group, (*keys)->device, at);
    if (!event || !*event) return nullptr;
    if (at == *twist.forks_at && twist.forks_by_signature) {
      twist.other.emplace(at, test::signed_again(**event, (*keys)->sign, kOtherNonce));
      continue;
    }
    mail::Header header = (*event)->header();
    Bytes body = to_bytes((*event)->body());
    if (at > *twist.forks_at) header.prev = twist.other.at(at - 1).link();
    if (header.kind == mail::Kind::env) {  // nobody else can seal its payload again
      header.kind = mail::Kind::ctl;
      body = group::encode(group::ControlBody{{}, group::StepBack{}});
      header.bind = mail::body_bind(body);
      header.length = static_cast<std::uint32_t>(body.size());
    }
    ++header.lamport;
    twist.other.emplace(at, mail::Event::sign(header, std::move(body), (*keys)->sign));
  }
  return &twist.other.at(seq);
}

void tell_another_story(World& world, Person& liar, mail::Frame& frame) {
  const DeviceId own = liar.courier()->self().device;
  if (auto* events = std::get_if<mail::frame::Events>(&frame)) {
    for (auto& raw : events->events) {
      const auto event = mail::Event::parse(as_bytes(raw));
      if (!event || event->header().device != own || event->header().seq < *liar.twist.forks_at) continue;
      if (const auto* other = other_story(world, liar, event->header().seq))
        raw = std::string(as_text(other->wire()));
    }
  }
  if (auto* frontier = std::get_if<mail::frame::Frontier>(&frame)) {
    for (auto& end : frontier->heads) {
      if (end.device != own || !end.link || end.seq < *liar.twist.forks_at) continue;
      if (const auto* other = other_story(world, liar, end.seq)) end.link = other->link();
    }
  }
}

// Each of these says true if it changed the frame.
bool show_below(World& world, Person& liar, mail::Frame& frame) {
  auto* events = std::get_if<mail::frame::Events>(&frame);
  if (events == nullptr || events->events.size() >= mail::kMaxFrameEvents || !world.chance(50)) return false;
  events->events.push_back(std::string(as_text(liar.twist.below->wire())));
  return true;
}

bool withhold(World& world, mail::Frame& frame) {
  std::size_t left_out = 0;
  if (auto* events = std::get_if<mail::frame::Events>(&frame)) {
    left_out += std::erase_if(events->events, [&](const auto&) { return world.chance(20); });
    if (events->events.empty()) frame = mail::frame::Done{};
  }
  if (auto* payloads = std::get_if<mail::frame::Payloads>(&frame))
    left_out += std::erase_if(payloads->items, [&](const auto&) { return world.chance(50); });
  return left_out > 0;
}

bool speak_for_others(World& world, Person& liar, mail::Frame& frame) {
  auto* events = std::get_if<mail::frame::Events>(&frame);
  const auto keys = liar.node().node().keyring().device(world.group);
  if (events == nullptr || events->events.empty() || !keys || !*keys || !world.chance(30)) return false;
  const auto event = mail::Event::parse(as_bytes(events->events.back()));
  if (!event || event->header().device == (*keys)->device) return false;
  mail::Header header = event->header();
  ++header.lamport;
  const auto forged = mail::Event::sign(header, to_bytes(event->body()), (*keys)->sign);
  events->events.back() = std::string(as_text(forged.wire()));
  return true;
}

bool reorder(World& world, mail::Frame& frame) {
  auto* events = std::get_if<mail::frame::Events>(&frame);
  if (events == nullptr || events->events.size() < 2) return false;
  for (std::size_t i = events->events.size(); i > 1; --i)
    std::swap(events->events[i - 1], events->events[world.below(i)]);
  return true;
}

// Other bytes than those that the header binds.
bool spoil(World& world, mail::Frame& frame) {
  auto* payloads = std::get_if<mail::frame::Payloads>(&frame);
  if (payloads == nullptr || payloads->items.empty() || !world.chance(50)) return false;
  std::string& payload = payloads->items.back().payload;
  if (payload.empty()) return false;
  payload[world.below(payload.size())] ^= 1;
  return true;
}

// What nobody asked for.
bool push(World& world, mail::Frame& frame) {
  auto* payloads = std::get_if<mail::frame::Payloads>(&frame);
  if (payloads == nullptr || !world.chance(50)) return false;
  payloads->items.push_back({world.random.draw<EventId>(), std::string(100, 'x')});
  return true;
}

// The same events again and again, without a care for what the other side allowed.
std::vector<Bytes> hurried(const mail::Frame& frame) {
  const auto* events = std::get_if<mail::frame::Events>(&frame);
  if (events == nullptr || events->events.empty()) return {};
  mail::frame::Events thick;
  for (std::size_t size = 0; size < mail::kFrameTarget && thick.events.size() < mail::kMaxFrameEvents;) {
    thick.events.push_back(events->events[thick.events.size() % events->events.size()]);
    size += thick.events.back().size();
  }
  return std::vector<Bytes>(kHurriedFrames, mail::encode_frame(thick));
}

// Larger than any, with more in it than any, or of a newer kith.
Bytes strange_frame(World& world) {
  switch (world.below(3)) {
    case 0:
      return Bytes(mail::kMaxFrame + 1);
    case 1: {
      mail::frame::Offer offer;
      offer.items.assign(mail::kMaxFrameItems + 1, {EventId::zero(), Digest::zero(), 1});
      return mail::encode_frame(offer);
    }
    default:
      return {0xf2, 0x01, 0x00};  // field 30, empty
  }
}

}  // namespace

std::span<const Lie> lies() { return kLies; }

void begin_to_lie(World& world, Person& liar) {
  for (const auto twist :
       {&Twist::withhold, &Twist::reorder, &Twist::replay, &Twist::garble, &Twist::speak_for_others,
        &Twist::spoil, &Twist::push, &Twist::hurry, &Twist::strange})
    liar.twist.*twist = world.chance(20);
  liar.liar = true;
  liar.locked = false;
}

std::vector<Bytes> twisted(World& world, std::size_t from, std::size_t to, Bytes bytes) {
  Person& liar = world.person(from);
  auto& twist = liar.twist;
  auto frame = mail::parse_frame(bytes);
  if (!frame) return {std::move(bytes)};
  if (std::holds_alternative<mail::frame::ForkProof>(*frame) && (twist.forks_at || twist.withhold)) return {};
  const auto lied = [&](bool did, const char* name) {
    if (did) world.coverage.count(std::string("lie ") + name);
  };
  if (twist.forks_at && twist.hear_another.contains(to)) tell_another_story(world, liar, *frame);
  if (twist.below) lied(show_below(world, liar, *frame), "show below");
  if (twist.withhold) lied(withhold(world, *frame), "withhold");
  if (twist.speak_for_others) lied(speak_for_others(world, liar, *frame), "speak for others");
  if (twist.reorder) lied(reorder(world, *frame), "reorder");
  if (twist.spoil) lied(spoil(world, *frame), "spoil");
  if (twist.push) lied(push(world, *frame), "push");
  std::vector<Bytes> out{mail::encode_frame(*frame)};
  if (twist.garble && world.chance(15)) {
    out.front()[world.below(out.front().size())] ^= static_cast<std::uint8_t>(1U << world.below(8));
    lied(true, "garble");
  }
  if (twist.replay && world.chance(15) && !twist.last.empty()) {
    out.push_back(twist.last);
    lied(true, "replay");
  }
  if (twist.replay && world.chance(30)) twist.last = out.front();
  if (twist.strange && world.chance(5)) {
    out.push_back(strange_frame(world));
    lied(true, "strange frame");
  }
  if (twist.hurry && world.chance(20)) {
    auto more = hurried(*frame);
    lied(!more.empty(), "hurry");
    std::ranges::move(more, std::back_inserter(out));
  }
  return out;
}

bool swallowed(World& world, std::size_t by, ByteView bytes) {
  const Person& liar = world.person(by);
  if (!liar.twist.forks_at) return false;
  const auto frame = mail::parse_frame(bytes);
  return frame && std::holds_alternative<mail::frame::ForkProof>(*frame);
}

}  // namespace kith::simulation
