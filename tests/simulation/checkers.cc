// What must hold whatever happened. A checker looks at the nodes and at what people did; it never asks which
// faults there were, only whether a node's own disk, clock or program was not its owner's any more.
#include <algorithm>
#include <cstring>

#include "core/sharing/agreements.h"
#include "core/sharing/audit.h"
#include "core/sharing/body.h"
#include "core/sharing/feedback.h"
#include "core/sharing/groups.h"
#include "crypto/envelope.h"
#include "tests/group/state_text.h"
#include "tests/simulation/leaks.h"
#include "tests/simulation/tables.h"

namespace kith::simulation {
namespace {

constexpr std::uint32_t kRetention = 90;     // days, as the group was founded
constexpr std::uint32_t kPrekeyTooOld = 91;  // days

bool intact(Person& person) { return person.up() && !person.odd(); }

// ---- what leaves --------------------------------------------------------------------------------------

// Opens a fresh envelope with everything each person holds.
std::map<std::size_t, sharing::Body> opened_by(World& world, const mail::Event& event, ByteView payload,
                                               const DhPk& author) {
  std::map<std::size_t, sharing::Body> opened;
  for (std::size_t i = 0; i < world.people.size(); ++i) {
    Person& one = world.person(i);
    if (!one.in_group()) continue;
    const auto held = one.node().node().keyring().prekeys(world.group);
    if (!held) continue;
    std::vector<crypto::HeldPrekey> keys;
    for (const auto& key : *held) keys.push_back({key.pk, key.secret});
    const auto found = crypto::open_payload(payload, event.id(), *ItemPk::parse(event.header().bind.view()),
                                            world.group, event.header().seq, event.header().device, author,
                                            one.courier()->self().device, keys);
    if (found.what != crypto::Opening::opened) continue;
    const auto body = sharing::parse_body(found.plain.reveal());
    if (!body)
      world.fail("every envelope reads", one.name);
    else
      opened.emplace(i, *body);
  }
  return opened;
}

// The consent under which it left: these words, to these readers.
Share* share_of(World& world, std::size_t author, const sharing::Body& body) {
  const std::set<MemberId> named(body.audience.begin(), body.audience.end());
  for (auto& share : world.shares)
    if (share.author == author && share.what == body.type && share.text == body.text &&
        share.audience == named && (share.item.is_zero() || share.item == body.item))
      return &share;
  return nullptr;
}

// An item, a question, an answer: to exactly those whose names were shown, as far as they have signed.
void check_share(World& world, std::size_t author, const group::State& state, const mail::Event& event,
                 const std::map<std::size_t, sharing::Body>& opened) {
  const sharing::Body& body = opened.begin()->second;
  Person& by = world.person(author);
  Share* share = share_of(world, author, body);
  if (share == nullptr)
    return world.fail("nothing leaves without consent",
                      by.name + ": type " + std::to_string(static_cast<int>(body.type)) + " to " +
                          std::to_string(body.audience.size()) + ": " + body.text);
  if (share->taken_back) return world.fail("what was taken back never leaves", by.name);
  auto& readers = share->opened_by[event.id()];
  for (const auto& [i, same] : opened) {
    Person& one = world.person(i);
    const MemberId reader = world.member(one);
    if (!share->audience.contains(reader))
      return world.fail("only who was named can open", by.name + " to " + one.name);
    if (!state.has_agreed(reader)) return world.fail("only who has signed can open", one.name);
    if (!state.active(one.courier()->self().device)) return world.fail("only members can open", one.name);
    readers.insert(i);
  }
  for (const auto& reader : share->audience) {
    const auto owner = world.owner_of(reader);
    if (!owner || opened.contains(*owner)) continue;
    Person& one = world.person(*owner);
    if (!one.in_group() || one.odd() || world.member(one) != reader) continue;
    const auto* device = state.device(one.courier()->self().device);
    // Who has suspended or removed the author waits for nothing of theirs, and may have forgotten older
    // prekeys.
    const auto theirs = (*one.node().node().book(world.group))->state();
    const bool heard = theirs->active(by.courier()->self().device);
    const bool should = heard && device != nullptr && state.active(device->id) && state.has_agreed(reader) &&
                        number(day_of(by.clock.now())) <= number(device->prekey_day) + kPrekeyTooOld;
    if (should) return world.fail("everybody who was named can open", by.name + " to " + one.name);
  }
}

// What the author knew when the event was written: what came to its mail later is left out.
group::Snapshot known_at(World& world, Person& by, const mail::Event& event) {
  constexpr std::size_t kAll = 1'000'000;
  std::int64_t written = 0;
  for (const auto& stored : test::must(by.node().mail().arrivals(world.group, 0, kAll)))
    if (stored.event.id() == event.id()) written = stored.row;
  const auto control = test::must(by.node().mail().control_after(world.group, 0, kAll));
  std::vector<mail::Event> acts;
  for (const auto& [row, act] : control)
    if (row < written) acts.push_back(act);
  if (acts.size() == control.size()) return (*by.node().node().book(world.group))->state();
  return group::Snapshot(std::make_shared<const group::State>(test::must(group::resolve(world.group, acts))));
}

void check_envelope(World& world, std::size_t author, const mail::Event& event) {
  Person& by = world.person(author);
  const auto payloads = by.node().mail().payloads(event.id());
  if (!payloads || payloads->empty()) return;  // taken back already, or not written yet by a full disk
  const auto state = known_at(world, by, event);
  const auto* device = state->device(event.header().device);
  if (device == nullptr) return;
  const auto opened = opened_by(world, event, payloads->front(), device->dh);
  if (opened.empty()) return;
  const sharing::Body& body = opened.begin()->second;
  for (const auto& [i, same] : opened)
    if (sharing::encode(same, 0) != sharing::encode(body, 0)) world.fail("all read the same", by.name);
  switch (body.type) {
    case sharing::BodyType::empty:
    case sharing::BodyType::profile:
    case sharing::BodyType::agreement:
      for (const auto& [i, same] : opened) {
        const MemberId reader = world.member(world.person(i));
        const bool named = std::ranges::find(body.audience, reader) != body.audience.end();
        if (!named || (body.type == sharing::BodyType::profile && !state->has_agreed(reader)))
          world.fail("what a rule sends goes to whom it names", by.name + " to " + world.person(i).name);
      }
      return;
    default:
      check_share(world, author, *state, event, opened);
  }
}

void new_envelopes(World& world) {
  for (std::size_t i = 0; i < world.people.size() && !world.failed(); ++i) {
    Person& one = world.person(i);
    if (!one.in_group() || one.odd()) continue;
    const DeviceId device = one.courier()->self().device;
    const auto head = one.node().mail().head(world.group, device);
    if (!head || !*head) continue;
    std::uint64_t& next = world.looked_at[device];
    for (; next <= (*head)->seq && !world.failed(); ++next) {
      const auto event = one.node().mail().event_at(world.group, device, next);
      if (!event || !*event) break;
      if ((*event)->header().kind == mail::Kind::env) check_envelope(world, i, **event);
    }
  }
}

// ---- after a restart ----------------------------------------------------------------------------------

void acknowledged(World& world) {
  for (auto& person : world.people) {
    if (!intact(*person)) continue;
    auto journal = journal::Journal::open(person->node().journal());
    if (!journal) return world.fail("the journal opens", person->name);
    for (const auto& kept : person->entries) {
      const auto entry = journal->read(kept.number);
      if (!entry && kept.perhaps_gone) continue;
      if (!entry || std::ranges::find(kept.texts, entry->text) == kept.texts.end())
        return world.fail("an acknowledged entry is there", person->name + " " + journal::name(kept.number));
    }
    journal::Drafts drafts(person->node().journal());
    for (const auto& kept : person->drafts) {
      const auto draft = drafts.read(kept.number);
      if (!draft && kept.perhaps_gone) continue;
      if (!draft || std::ranges::find(kept.texts, draft->text) == kept.texts.end())
        return world.fail("an acknowledged draft is there", person->name + " " + journal::name(kept.number));
    }
  }
}

// ---- at the end ---------------------------------------------------------------------------------------

bool holds_the_future(World& world, Person& person) {
  const Day tomorrow = day_of(world.now) + mail::kMaxDaysAhead;
  for (const auto& stored : test::must(person.node().mail().arrivals(world.group, 0, 1'000'000)))
    if (stored.event.header().day > tomorrow) return true;
  return false;
}

struct Group {
  std::vector<std::size_t> members;  // who can and must agree
  group::State state;                // what all their acts together come to
};

// Intact nodes that are members by the acts of all of them together.
Group everybody(World& world) {
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < world.people.size(); ++i)
    if (intact(world.person(i)) && world.person(i).in_group() && !holds_the_future(world, world.person(i)))
      members.push_back(i);
  while (true) {
    std::map<Link, mail::Event> acts;
    for (const auto i : members)
      for (const auto& event : test::must(world.person(i).node().mail().control_events(world.group)))
        acts.emplace(event.link(), event);
    std::vector<mail::Event> all;
    for (const auto& [link, event] : acts) all.push_back(event);
    auto state = group::resolve(world.group, all);
    if (!state) return {{}, group::State{.group = world.group}};
    const std::size_t before = members.size();
    std::erase_if(members, [&](std::size_t i) {
      Person& one = world.person(i);
      return !state->active(one.courier()->self().device) || !state->active(world.member(one));
    });
    if (members.size() == before) return {members, std::move(*state)};
  }
}

// The lines of `own` that `expected` lacks.
std::string more_in(const std::string& own, const std::string& expected) {
  std::string more;
  for (std::size_t at = 0; at < own.size();) {
    const std::size_t end = own.find('\n', at);
    const std::string line = own.substr(at, end - at + 1);
    if (expected.find(line) == std::string::npos) more += line;
    at = end + 1;
  }
  return more;
}
std::string difference(const std::string& own, const std::string& expected) {
  return "\n-- only here:\n" + more_in(own, expected) + "-- only by all acts:\n" + more_in(expected, own);
}

void say_where_logs_end(World& world, const Group& group) {
  for (const auto i : group.members)
    for (const auto& head : test::must(world.person(i).node().mail().heads(world.group)))
      world.trace(world.person(i).name + " has " + head.device.hex().substr(0, 10) + " to " +
                  std::to_string(head.seq) + " " + head.link.hex().substr(0, 10));
}

using Logs = std::map<DeviceId, std::pair<std::uint64_t, Link>>;

// What somebody wrote beyond an accepted cut lies with those who had it before they heard of the cut.
bool beyond_a_cut(const group::State& state, const DeviceId& device, std::uint64_t seq) {
  const auto* found = state.device(device);
  return found != nullptr && found->cut_erases && (!found->cut->seq || seq > *found->cut->seq);
}

// From its fork on each node keeps the branch that it heard first; the acts of all are kept by all.
bool on_a_branch(const group::State& state, const DeviceId& device, std::uint64_t seq) {
  const auto* found = state.device(device);
  return found != nullptr && found->forked_at && seq >= *found->forked_at;
}

Logs logs_of(World& world, Person& person, const group::State& state) {
  auto& mail = person.node().mail();
  Logs logs;
  for (auto [device, seq, link, checked] : test::must(mail.heads(world.group))) {
    if (beyond_a_cut(state, device, seq)) {
      const auto& cut = *state.device(device)->cut;
      if (!cut.seq) continue;
      seq = *cut.seq;
      link = test::must(mail.link_at(world.group, device, seq)).value();
    }
    if (!on_a_branch(state, device, seq)) logs.emplace(device, std::pair(seq, link));
  }
  return logs;
}

std::set<EventId> payloads_of(World& world, Person& person, const group::State& state) {
  std::set<EventId> held;
  for (const auto& [row, id] : test::must(person.node().mail().payload_arrivals(world.group, 0, 1'000'000))) {
    const auto event = test::must(person.node().mail().event(id));
    const auto* device = event ? state.device(event->header().device) : nullptr;
    // Who heard of the cut first never gets what lies beyond it, tombstones behind other events included.
    if (device != nullptr && !device->cut_erases && !on_a_branch(state, device->id, event->header().seq))
      held.insert(id);
  }
  return held;
}

std::string only_one_has(World& world, Person& person, const std::set<EventId>& mine,
                         const std::set<EventId>& first) {
  std::vector<EventId> different;
  std::ranges::set_symmetric_difference(mine, first, std::back_inserter(different));
  std::string all;
  for (const auto& id : different) {
    const auto event = test::must(person.node().mail().event(id));
    all += mine.contains(id) ? "\n has " : "\n lacks ";
    if (event) all += event->header().device.hex().substr(0, 10) + " " + std::to_string(event->header().seq);
    const auto missing = test::must(person.node().mail().missing_payload(world.group, id));
    if (missing) all += " wanted, but " + std::to_string(missing->except.size());
  }
  return all;
}

void convergence(World& world) {
  const Group group = everybody(world);
  say_where_logs_end(world, group);
  world.coverage.count("members compared", group.members.size());
  const std::string expected = group::test::text_of(group.state);
  Logs heads;
  std::set<EventId> payloads;
  for (const auto i : group.members) {
    Person& one = world.person(i);
    const auto own = (*one.node().node().book(world.group))->state();
    if (group::test::text_of(*own) != expected)
      return world.fail("all come to the same state",
                        one.name + difference(group::test::text_of(*own), expected));
    const auto couriers = one.courier()->roster().state();
    if (group::test::text_of(*couriers) != expected)
      return world.fail("a courier comes to the same state",
                        one.name + difference(group::test::text_of(*couriers), expected));
    const auto mine = logs_of(world, one, group.state);
    const auto held = payloads_of(world, one, group.state);
    if (i == group.members.front()) {
      heads = mine;
      payloads = held;
    }
    if (mine != heads) return world.fail("all hold the same logs", one.name);
    if (held != payloads)
      return world.fail("all hold the same sealed mail", one.name + only_one_has(world, one, held, payloads));
  }
}

// Each state is a function of its acts, in whatever order they come.
void order_is_nothing(World& world) {
  for (auto& person : world.people) {
    if (!intact(*person) || !person->in_group()) continue;
    auto acts = test::must(person->node().mail().control_events(world.group));
    const auto as_they_came = group::resolve(world.group, acts);
    for (std::size_t i = acts.size(); i > 1; --i) std::swap(acts[i - 1], acts[world.below(i)]);
    const auto again = group::resolve(world.group, acts);
    if (!as_they_came || !again || group::test::text_of(*again) != group::test::text_of(*as_they_came))
      return world.fail("state is a function of the set", person->name);
  }
}

bool reads(World& world, Person& person, const Share& share) {
  const sharing::ItemRef ref{share.by, share.item};
  const auto item = sharing::Items(person).get(world.group, ref);
  return item && item->state == sharing::ItemState::shown && item->text == share.text;
}

std::string what_became(World& world, Person& person, const Share& share, const EventId& event) {
  const auto item = sharing::Items(person).get(world.group, {share.by, share.item});
  std::string text =
      ": " + share.text + (item ? ", state " + std::to_string(static_cast<int>(item->state)) : ", not shown");
  text += ", copies " + std::to_string(test::must(person.node().mail().payloads(event)).size());
  auto select = test::must(person.node().journal().prepare("SELECT state FROM share_event WHERE event = ?1"));
  select.bind(1, event.view());
  if (test::must(select.step())) text += ", envelope " + std::to_string(select.integer(0));
  return text;
}

// The newest version that left of the same item.
bool overtaken(World& world, const Share& share) {
  return std::ranges::any_of(world.shares, [&](const Share& other) {
    return &other > &share && other.author == share.author && other.item == share.item;
  });
}

void words_arrive(World& world) {
  const Group group = everybody(world);
  const std::set<std::size_t> members(group.members.begin(), group.members.end());
  for (const Share& share : world.shares) {
    const bool plain = share.what == sharing::BodyType::item || share.what == sharing::BodyType::thanks;
    const Person& author = world.person(share.author);
    const bool gone = share.withdrawn || share.perhaps_withdrawn || overtaken(world, share) ||
                      number(share.until) + 1 < number(day_of(world.now)) + 2;
    if (!plain || gone || share.item.is_zero() || author.clock.furthest_ahead() > 25h ||
        !members.contains(share.author))
      continue;
    for (const auto& [event, readers] : share.opened_by) {
      const auto left = test::must(world.person(share.author).node().mail().event(event));
      // Written while suspended: void, also after the suspension was lifted.
      if (!left || !group.state.counts(left->header().device, left->header().seq)) continue;
      for (const auto i : readers) {
        Person& one = world.person(i);
        if (i == share.author || !members.contains(i) || one.clock.furthest_ahead() > 25h) continue;
        if (!share.audience.contains(world.member(one))) continue;  // came again as somebody new
        if (!reads(world, one, share))
          return world.fail("words arrive",
                            author.name + " to " + one.name + what_became(world, one, share, event));
        world.coverage.count("words that arrived");
      }
    }
  }
}

void withdrawn_stays_withdrawn(World& world) {
  const Group group = everybody(world);
  for (const Share& share : world.shares) {
    if (!share.withdrawn || std::ranges::find(group.members, share.author) == group.members.end()) continue;
    for (const auto i : group.members) {
      Person& one = world.person(i);
      for (const auto& [event, readers] : share.opened_by)
        if (!test::must(one.node().mail().payloads(event)).empty())
          return world.fail("withdrawn mail is gone", one.name);
      if (i != share.author && reads(world, one, share))
        return world.fail("withdrawn words are gone", one.name);
      world.coverage.count("words that went");
    }
  }
}

// What was granted until a day is shown to nobody after it, whatever clocks said on the way.
void over_is_over(World& world) {
  const Day looked = day_of(world.now - 3min);  // everybody's last tick was no earlier
  for (const auto& person : world.people) {
    if (!person->in_group() || person->liar) continue;
    std::map<std::string, std::uint32_t> until;  // of each text, the last day that was granted
    for (const Share& share : world.shares) {
      std::uint32_t& last = until[share.text];
      last = std::max(last, number(share.until));
      const bool other = share.author != world.index_of(*person);
      if (other && number(share.until) < number(looked) && !share.opened_by.empty() &&
          share.audience.contains(world.member(*person)))
        world.coverage.count("words that were over");
    }
    for (const auto& item : test::must(sharing::Items(*person).received(world.group))) {
      const auto granted = until.find(item.text);
      if (item.state == sharing::ItemState::shown && granted != until.end() &&
          granted->second < number(looked))
        return world.fail("what was granted until a day is over after it", person->name + ": " + item.text);
    }
  }
}

// No file holds a private word, and no journal holds the words of others but those it was meant to read.
void nothing_private_at_rest(World& world) {
  for (std::size_t i = 0; i < world.people.size(); ++i) {
    Person& one = world.person(i);
    for (const auto& [name, bytes] : one.disk().copy())
      if (const auto marker = leaked(bytes)) return world.fail("no word in a file", one.name + " " + name);
    if (!one.in_group() || one.liar) continue;
    for (const auto& item : test::must(sharing::Items(one).received(world.group))) {
      if (item.text.empty()) continue;
      if (item.text.find(kPrivateMarker) != std::string::npos)
        return world.fail("private words stay at home", one.name);
      const bool meant = std::ranges::any_of(world.shares, [&](const Share& share) {
        return share.text == item.text && share.audience.contains(world.member(one));
      });
      const auto author = world.owner_of(item.author.id);
      if (!meant && author && !world.person(*author).liar) return world.fail("only readers read", one.name);
    }
  }
}

void audits(World& world) {
  for (auto& person : world.people) {
    if (!intact(*person) || !person->in_group()) continue;
    const auto report = sharing::audit(*person, world.group);
    if (!report) return world.fail("the audit runs", person->name + ": " + report.error().what.text());
    if (!report->alarms.empty())
      return world.fail("the audit has no alarm",
                        person->name + ": " + std::to_string(static_cast<int>(report->alarms.front().kind)));
  }
}

void sound_files(World& world) {
  for (auto& person : world.people) {
    if (!person->up() || person->edited) continue;
    if (!person->node().journal().check_integrity() || !person->node().mail().database().check_integrity())
      return world.fail("files are sound", person->name);
    auto journal = journal::Journal::open(person->node().journal());
    if (!journal || !journal->check_index()) return world.fail("the index fits the words", person->name);
  }
}

constexpr Checker kCheckers[] = {
    {"consent", When::each_step, new_envelopes},
    {"acknowledged", When::after_restart, acknowledged},
    {"acknowledged at the end", When::at_the_end, acknowledged},
    {"convergence", When::at_the_end, convergence},
    {"order is nothing", When::at_the_end, order_is_nothing},
    {"words arrive", When::at_the_end, words_arrive},
    {"withdrawn stays withdrawn", When::at_the_end, withdrawn_stays_withdrawn},
    {"over is over", When::at_the_end, over_is_over},
    {"nothing private at rest", When::at_the_end, nothing_private_at_rest},
    {"audits", When::at_the_end, audits},
    {"sound files", When::at_the_end, sound_files},
};

}  // namespace

std::span<const Checker> checkers() { return kCheckers; }

// Seen by all, before a connection encrypts it: no word may be in it, and no honest device signs twice.
void World::crossed(std::size_t from, std::size_t to, const mail::Frame& frame, ByteView bytes) {
  if (const auto marker = leaked(bytes)) return fail("no word in a frame", person(from).name);
  const auto* events = std::get_if<mail::frame::Events>(&frame);
  if (events == nullptr) return;
  static_cast<void>(to);
  for (const auto& raw : events->events) {
    const auto event = mail::Event::parse(as_bytes(raw));
    if (!event) continue;
    const auto [place, added] =
        signed_places.emplace(std::pair(event->header().device, event->header().seq), event->link());
    if (added || place->second == event->link()) continue;
    const auto owner = std::ranges::find_if(people, [&](const auto& one) {
      return one->in_group() && one->courier()->self().device == event->header().device;
    });
    if (owner != people.end() && !(*owner)->odd()) fail("no place is signed twice", (*owner)->name);
  }
}

}  // namespace kith::simulation
