#include "tests/sharing/world.h"

#include "tests/support/courier.h"

namespace kith::test {
namespace {

// One end of a connection, as a courier has it: mail.db and what it says about the group, nothing else.
class End {
 public:
  End(TestNode& node, const GroupId& group)
      : today_(node.node().today()), courier_(must(Courier::open(node.mail(), group))) {}

  bool admits(const End& other) const { return courier_->admits(*other.courier_); }
  void connect(const End& other) { exchange_.emplace(courier_->connect(other.courier_->self().link)); }
  std::optional<Bytes> next() { return exchange_->next_frame(Instant{}); }
  // False: the other side was cut, as somebody whom this end has just learnt to have left.
  bool receive(ByteView frame) {
    const auto received = exchange_->receive(frame, today_, Instant{});
    if (received) return exchange_->may_stay();
    ADD_FAILURE() << "a frame was refused: " << static_cast<int>(received.error());
    return false;
  }
  bool check() {
    const bool checked = must(courier_->check_some());
    if (checked) exchange_->store_grew();
    return checked;
  }
  bool quiet() const { return exchange_->quiet(); }

 private:
  Day today_;
  std::unique_ptr<Courier> courier_;
  std::optional<mail::Exchange> exchange_;
};

}  // namespace

World::World(const std::vector<std::string>& names, std::uint64_t seed) {
  crypto::start();
  for (const auto& name : names)
    nodes.push_back(std::make_unique<TestNode>(name, seed * 1000 + nodes.size(), clock));
}

TestNode& World::operator[](const std::string& name) {
  for (auto& node : nodes)
    if (node->name == name) return *node;
  KITH_ASSERT(false);
  return *nodes.front();
}

GroupId World::found() {
  auto& leader = *nodes.front();
  sharing::Founding founding;
  founding.name = "Tuesdays";
  founding.me = {leader.name, "she"};
  group = must(sharing::Groups(leader).create(founding)).group;
  sharing::Agreements agreements(leader);
  for (const auto& section : must(agreements.missing(group)))
    must(agreements.edit(group, section, "We said so."));
  must(agreements.propose(group));
  return group;
}

void World::join(const std::string& name, std::optional<WallTime> shows) {
  auto& inviter = *nodes.front();
  auto& joiner = (*this)[name];
  const auto invited =
      must(sharing::Joining(inviter).invite(group, {"Welcome", "for us"}, inviter.node().today() + 7, {}));
  auto opened = must(group::parse_invitation(invited.file_with_key));
  auto door = must(sharing::Joining(inviter).open_door(group, invited.invite));
  auto attempt = must(sharing::Joining(joiner).begin_join(
      opened.invitation, group::token_of(opened, *opened.secret).value(), {name, "they"}, {}));
  std::optional<Bytes> frame = attempt->door().first_frame();
  while (frame) {
    const auto answer = must(door.receive(*frame));
    if (!answer) break;
    frame = must(attempt->door().receive(*answer));
  }
  ASSERT_TRUE(door.words().has_value());
  ASSERT_EQ(door.words(), attempt->door().words());
  attempt->door().confirm();
  for (const auto& part : must(sharing::Joining(inviter).admit(group, invited.invite, door)))
    must(attempt->door().receive(part));
  const WallTime now = clock.now();
  clock.set(shows.value_or(now));
  ASSERT_EQ(must(sharing::Joining(joiner).joined(std::move(attempt))), group);
  clock.set(now);
}

void World::sign(const std::string& name) {
  sharing::Agreements agreements((*this)[name]);
  must(agreements.sign(group, must(agreements.to_sign(group)).hash));
}

void World::everybody() {
  found();
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    join(nodes[i]->name);
    sign(nodes[i]->name);
  }
  settle();
}

void World::carry(TestNode& from, TestNode& to) {
  std::vector<mail::Event> events;
  for (const auto& stored : must(from.mail().arrivals(group, 0, 100'000))) events.push_back(stored.event);
  must(to.mail().append(group, events, *must(to.node().book(group))->roster, to.node().today()));
  for (const auto& [row, event] : must(from.mail().payload_arrivals(group, 0, 100'000)))
    for (const auto& payload : must(from.mail().payloads(event))) {
      const mail::PayloadOf one{event, payload};
      must(to.mail().put_payloads(group, std::span(&one, 1)));
    }
}

void World::meet(const std::string& a, const std::string& b) {
  const std::string names[] = {a, b};
  End ends[] = {End((*this)[a], group), End((*this)[b], group)};
  if (!ends[0].admits(ends[1]) || !ends[1].admits(ends[0])) return;
  ends[0].connect(ends[1]);
  ends[1].connect(ends[0]);
  bool stands = true;
  const auto step = [&](std::size_t from) {
    const auto frame = ends[from].next();
    if (!frame) return false;
    crossed.push_back({names[from], names[1 - from], mail::parse_frame(*frame)->index(), frame->size()});
    stands = ends[1 - from].receive(*frame);
    return stands;
  };
  while (step(0) || (stands && (step(1) || ends[0].check() || ends[1].check()))) continue;
  if (!stands) return;
  EXPECT_TRUE(ends[0].quiet() && ends[1].quiet()) << a << " and " << b << " have not told each other all";
}

void World::settle(int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (auto& node : nodes) {
      const auto report = sharing::tick(*node, sharing::Occasion::sync);
      if (!report) ADD_FAILURE() << report.error().what.text();
    }
    for (std::size_t i = 0; i < nodes.size(); ++i)
      for (std::size_t j = i + 1; j < nodes.size(); ++j)
        if (sharing::Groups(*nodes[i]).show(group) && sharing::Groups(*nodes[j]).show(group))
          meet(nodes[i]->name, nodes[j]->name);
  }
  for (auto& node : nodes) must(sharing::tick(*node, sharing::Occasion::timer));
}

MemberId World::member(const std::string& name) { return must((*this)[name].node().book(group))->me; }

sharing::TickReport World::tick(const std::string& name, sharing::Occasion occasion) {
  return must(sharing::tick((*this)[name], occasion));
}

EventId World::act(TestNode& node, const group::Act& what) {
  const auto event = must(sharing::Publisher(node).act(group, what, "tried"));
  must(sharing::tick(node, sharing::Occasion::sync));
  return event;
}

sharing::Confirmed World::share(const std::string& from, const sharing::Draft& draft) {
  sharing::ConsentGate gate((*this)[from]);
  const auto preview = must(gate.preview(group, draft));
  const auto confirmed = must(gate.confirm(group, draft, preview.digest));
  clock.advance(601s);
  tick(from);
  return confirmed;
}

sharing::Draft World::draft(std::string text, sharing::To to, const std::vector<std::string>& people) {
  sharing::Draft draft;
  draft.text = std::move(text);
  draft.kind = "reflection";
  draft.audience.to = to;
  for (const auto& name : people) draft.audience.people.push_back(member(name));
  return draft;
}

}  // namespace kith::test
