#include "tests/simulation/network.h"

#include <algorithm>

#include "tests/simulation/asked.h"
#include "tests/simulation/judging.h"
#include "tests/simulation/tables.h"

namespace kith::simulation {
namespace {

constexpr const char* kFrameNames[] = {"HELLO", "FRONTIER", "EVENTS", "OFFER",  "WANT",   "PAYLOADS",
                                       "FORK",  "BUSY",     "DONE",   "CREDIT", "unknown"};
constexpr std::size_t kOnTheWay = 4;           // frames in one direction
constexpr std::chrono::seconds kProgress{30};  // as net/limits.h: then a link that is not quiet is given up
constexpr std::chrono::milliseconds kFirstWait{1000}, kLongestWait{60'000};
constexpr std::size_t kMaxRounds = 200'000;

}  // namespace

void Network::run(std::chrono::seconds span) {
  const auto end = now_ + span;
  const WallTime started = world_.now;
  const auto begun = now_;
  std::size_t rounds = 0;
  while (now_ < end && !world_.failed()) {
    connect();
    bool moved = false;
    for (std::size_t i = 0; i < links_.size(); ++i) {
      const auto link = links_[i].get();
      for (const std::size_t side : {0, 1}) {
        if (links_.size() > i && links_[i].get() == link && send(*link, side)) moved = true;
        if (links_.size() > i && links_[i].get() == link && deliver(*link, side)) moved = true;
      }
    }
    if (moved && ++rounds < kMaxRounds) continue;
    if (rounds >= kMaxRounds) {
      world_.fail("the network rests", "frames cross for ever");
      return;
    }
    for (std::size_t i = 0; i < world_.people.size(); ++i) moved = check(i) || moved;
    if (moved) continue;
    const auto stale = [&](const auto& link) {
      const bool quiet = link->ends[0].exchange.quiet() && link->ends[1].exchange.quiet();
      return !quiet && now_ > link->heard + kProgress;
    };
    for (std::size_t i = 0; i < links_.size();)
      if (stale(links_[i])) {
        close(*links_[i]);
        moved = true;
      } else {
        ++i;
      }
    if (moved) continue;
    now_ = std::min(end, std::max(now_ + std::chrono::milliseconds(1), next_arrival()));
    world_.now = started + std::chrono::duration_cast<std::chrono::seconds>(now_ - begun);
  }
  now_ = std::max(now_, end);
  world_.now = started + span;
  note_meetings(world_);
}

std::vector<std::size_t> Network::level_with(std::size_t person) const {
  std::vector<std::size_t> others;
  for (const auto& link : links_)
    for (const std::size_t side : {0, 1})
      if (link->ends[side].person == person && !link->tampered && link->ends[0].exchange.quiet() &&
          link->ends[1].exchange.quiet())
        others.push_back(link->ends[1 - side].person);
  return others;
}

void Network::calm() {
  paths_.clear();
  patience_.clear();
}

std::chrono::milliseconds Network::next_arrival() const {
  auto next = std::chrono::milliseconds::max();
  for (const auto& [pair, patience] : patience_)
    if (patience.until > now_) next = std::min(next, patience.until);
  for (const auto& link : links_) {
    const bool quiet = link->ends[0].exchange.quiet() && link->ends[1].exchange.quiet();
    if (!quiet) next = std::min(next, link->heard + kProgress + std::chrono::milliseconds(1));
    for (const auto& end : link->ends)
      if (!end.coming.empty() && end.coming.front().at > now_) next = std::min(next, end.coming.front().at);
  }
  return next;
}

void Network::connect() {
  for (std::size_t a = 0; a < world_.people.size(); ++a) {
    for (std::size_t b = a + 1; b < world_.people.size(); ++b) {
      auto *first = world_.person(a).courier(), *second = world_.person(b).courier();
      if (world_.person(a).courier_down || world_.person(b).courier_down) continue;
      if (first == nullptr || second == nullptr || path(a, b).blocked || path(b, a).blocked) continue;
      const bool linked = std::ranges::any_of(
          links_, [&](const auto& link) { return link->ends[0].person == a && link->ends[1].person == b; });
      if (linked || patience_[{a, b}].until > now_ || !first->admits(*second) || !second->admits(*first))
        continue;
      links_.push_back(std::make_unique<Link>(Link{
          {End{a, first->connect(second->self().link), {}}, End{b, second->connect(first->self().link), {}}},
          false,
          now_}));
      world_.trace("link " + world_.person(a).name + " " + world_.person(b).name);
    }
  }
}

bool Network::send(Link& link, std::size_t from) {
  End &sender = link.ends[from], &receiver = link.ends[1 - from];
  if (receiver.coming.size() >= kOnTheWay) return false;
  auto frame = sender.exchange.next_frame(Instant{now_});
  Person& person = world_.person(sender.person);
  if (const auto failed = sender.exchange.failed()) {  // its own disk: begin anew later
    world_.allowed("sending", person, tl::unexpected<Error>(*failed));
    close(link);
    return true;
  }
  if (!frame) return false;
  if (!person.liar) {
    const auto parsed = mail::parse_frame(*frame);
    if (!parsed) {
      world_.fail("frames are well formed", person.name);
      return true;
    }
    world_.crossed(sender.person, receiver.person, *parsed, *frame);
    put_on_the_way(link, from, std::move(*frame));
    return true;
  }
  link.tampered = true;
  for (auto& one : twisted(world_, sender.person, receiver.person, std::move(*frame)))
    put_on_the_way(link, from, std::move(one));
  return true;
}

void Network::put_on_the_way(Link& link, std::size_t from, Bytes frame) {
  ++frames_;
  auto& coming = link.ends[1 - from].coming;
  const Path& way = path(link.ends[from].person, link.ends[1 - from].person);
  if (way.blocked || world_.chance(way.drop)) {
    link.tampered = true;
    world_.coverage.count("frame lost");
    return;
  }
  const auto at = now_ + way.delay + std::chrono::milliseconds(world_.below(10));
  if (world_.chance(way.twice)) {
    coming.push_back({frame, at});
    link.tampered = true;
    world_.coverage.count("frame doubled");
  }
  const bool overtakes = !coming.empty() && world_.chance(way.overtake);
  if (overtakes) {
    coming.push_front({std::move(frame), at});
    link.tampered = true;
    world_.coverage.count("frame overtook");
  } else {
    coming.push_back({std::move(frame), at});
  }
}

bool Network::deliver(Link& link, std::size_t to) {
  End &receiver = link.ends[to], &sender = link.ends[1 - to];
  if (receiver.coming.empty() || receiver.coming.front().at > now_) return false;
  if (path(sender.person, receiver.person).clogged) return false;
  const Bytes frame = std::move(receiver.coming.front().frame);
  receiver.coming.pop_front();
  Person& person = world_.person(receiver.person);
  if (person.liar && swallowed(world_, receiver.person, frame)) return true;
  link.heard = now_;
  const auto kind = mail::parse_frame(frame);
  world_.trace("  " + world_.person(sender.person).name + " to " + person.name + ": " +
               (kind ? kFrameNames[kind->index()] : "garbage") + " " + std::to_string(frame.size()));
  const auto taken = receiver.exchange.receive(frame, day_of(person.clock.now()), Instant{now_});
  const bool grew = receiver.exchange.grew();
  const std::size_t who = receiver.person;
  if (const auto failed = receiver.exchange.failed()) {
    world_.allowed("receiving", person, tl::unexpected<Error>(*failed));
    close(link);
    wake(who);  // a commit may stand that said it failed
  } else if (!taken) {
    refused(link, to, taken.error());
    close(link);
  }
  if (person.disk().dead()) {
    world_.mind(who);
  } else if (grew) {
    news(who);
  }
  return true;
}

// Between honest programs and untouched frames only one refusal is in order: of a peer who is not (yet, or
// any more) known.
void Network::refused(Link& link, std::size_t by, mail::Reject reason) {
  const Person &one = world_.person(link.ends[0].person), &other = world_.person(link.ends[1].person);
  world_.trace("refused by " + world_.person(link.ends[by].person).name + ": " + reject_row(reason));
  if (link.tampered || one.odd() || other.odd() || reason == mail::Reject::stranger) return;
  world_.fail("honest peers are not refused", one.name + " and " + other.name + ": " + reject_row(reason));
}

// What one link brought, the others are told; and it may have been about who belongs here.
void Network::news(std::size_t person) {
  world_.person(person).mail_came = true;
  const auto left = [&](const Link& link) {
    return std::ranges::any_of(link.ends, [&](const End& end) {
      return end.person == person && end.exchange.peer() && !end.exchange.may_stay();
    });
  };
  for (std::size_t i = 0; i < links_.size();) {
    for (auto& end : links_[i]->ends)
      if (end.person == person) end.exchange.store_grew();
    if (left(*links_[i]))
      close(*links_[i]);
    else
      ++i;
  }
}

bool Network::check(std::size_t person) {
  auto* courier = world_.person(person).courier();
  if (courier == nullptr || world_.person(person).courier_down) return false;
  const auto checked = courier->check_some();
  if (!checked) {
    world_.allowed("checking signatures", world_.person(person), tl::unexpected<Error>(checked.error()));
    world_.mind(person);
    return false;
  }
  if (*checked) news(person);
  return *checked;
}

void Network::wake(std::size_t person) {
  auto* courier = world_.person(person).courier();
  if (courier == nullptr || world_.person(person).courier_down) return;
  const auto looked = courier->look();
  if (!looked) {
    world_.allowed("waking the courier", world_.person(person), looked);
    return;
  }
  const bool came = world_.person(person).mail_came;
  news(person);
  world_.person(person).mail_came = came;
}

void Network::close(Link& link) {
  auto& patience = patience_[{link.ends[0].person, link.ends[1].person}];
  const bool quiet = link.ends[0].exchange.quiet() && link.ends[1].exchange.quiet();
  patience.wait =
      quiet ? std::chrono::milliseconds(0) : std::clamp(patience.wait * 2, kFirstWait, kLongestWait);
  patience.until = now_ + patience.wait;
  world_.trace("unlink " + world_.person(link.ends[0].person).name + " " +
               world_.person(link.ends[1].person).name + (quiet ? ", quiet" : ""));
  for (auto& end : link.ends) {
    for (std::size_t reason = 1; reason < mail::kRejects; ++reason) {
      const auto times = end.exchange.rejected(static_cast<mail::Reject>(reason));
      if (times == 0) continue;
      const std::string row = reject_row(static_cast<mail::Reject>(reason));
      world_.trace("  " + world_.person(end.person).name + " counted " + row);
      world_.coverage.count(row, times);
    }
  }
  std::erase_if(links_, [&](const auto& one) { return one.get() == &link; });
}

void Network::hang_up(std::size_t person) {
  for (std::size_t i = 0; i < links_.size();) {
    if (links_[i]->ends[0].person == person || links_[i]->ends[1].person == person)
      close(*links_[i]);
    else
      ++i;
  }
}

void Network::hang_up_all() {
  while (!links_.empty()) close(*links_.front());
}

}  // namespace kith::simulation
