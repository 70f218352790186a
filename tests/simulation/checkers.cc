// What must hold whatever happened. A checker looks at the nodes and at what people did; it never asks which
// faults there were, only whether a node's own disk, clock or program was not its owner's any more.
#include <algorithm>

#include "core/sharing/audit.h"
#include "core/sharing/items.h"
#include "tests/db/pages.h"
#include "tests/group/state_text.h"
#include "tests/simulation/judging.h"
#include "tests/simulation/leaks.h"

namespace kith::simulation {
namespace {

// ---- after a restart ----------------------------------------------------------------------------------

std::uint64_t acknowledged(World& world) {
  std::uint64_t judged = 0;
  for (auto& person : world.people) {
    if (!person->up()) continue;
    auto journal = journal::Journal::open(person->node().journal());
    if (!journal) {
      world.fail("the journal opens", person->name);
      return judged;
    }
    for (const auto& kept : person->entries) {
      const auto entry = journal->read(kept.number);
      if (!entry && kept.perhaps_gone) continue;
      if (!entry || std::ranges::find(kept.texts, entry->text) == kept.texts.end())
        world.fail("an acknowledged entry is there", person->name + " " + journal::name(kept.number));
      ++judged;
    }
    journal::Drafts drafts(person->node().journal());
    for (const auto& kept : person->drafts) {
      const auto draft = drafts.read(kept.number);
      if (!draft && kept.perhaps_gone) continue;
      if (!draft || std::ranges::find(kept.texts, draft->text) == kept.texts.end())
        world.fail("an acknowledged draft is there", person->name + " " + journal::name(kept.number));
      ++judged;
    }
  }
  return judged;
}

// ---- at the end ---------------------------------------------------------------------------------------

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

bool same_state(World& world, Person& one, const std::string& expected) {
  const auto own = (*one.node().node().book(world.group))->state();
  const auto couriers = one.courier()->roster().state();
  const std::string mine = group::test::text_of(*own), theirs = group::test::text_of(*couriers);
  if (mine != expected) world.fail("all come to the same state", one.name + difference(mine, expected));
  if (theirs != expected)
    world.fail("a courier comes to the same state", one.name + difference(theirs, expected));
  return !world.failed();
}

std::uint64_t convergence(World& world) {
  const Group group = everybody(world);
  say_where_logs_end(world, group);
  const std::string expected = group::test::text_of(*group.state);
  world.trace("all come to " + group::state_digest(*group.state).hex());
  Logs heads;
  std::set<EventId> payloads;
  for (const auto i : group.members) {
    Person& one = world.person(i);
    if (!same_state(world, one, expected)) break;
    const auto mine = logs_of(world, one, *group.state);
    const auto held = payloads_of(world, one, *group.state);
    if (i == group.members.front()) {
      heads = mine;
      payloads = held;
    }
    if (mine != heads) world.fail("all hold the same logs", one.name);
    if (held != payloads)
      world.fail("all hold the same sealed mail", one.name + only_one_has(world, one, held, payloads));
  }
  return group.members.size() > 1 ? group.members.size() : 0;  // one alone agrees with itself
}

// Each state is a function of its acts, in whatever order they come.
std::uint64_t order_is_nothing(World& world) {
  std::uint64_t judged = 0;
  for (auto& person : world.people) {
    if (!person->in_group() || !intact(world, *person)) continue;
    auto acts = test::must(person->node().mail().control_events(world.group));
    const auto first = acts.empty() ? Link::zero() : acts.front().link();
    const auto known = state_of(world, acts);  // in whatever order they stood when they were resolved
    for (std::size_t i = acts.size(); i > 1; --i) std::swap(acts[i - 1], acts[world.below(i)]);
    const auto again = group::resolve(world.group, acts);
    if (!known || !again || group::test::text_of(*again) != group::test::text_of(**known))
      world.fail("state is a function of the set", person->name);
    if (!acts.empty() && acts.front().link() != first) ++judged;
  }
  return judged;
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

std::uint64_t words_arrive(World& world) {
  std::uint64_t judged = 0;
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
      if (!left || !group.state->counts(left->header().device, left->header().seq)) continue;
      for (const auto i : readers) {
        Person& one = world.person(i);
        if (i == share.author || !members.contains(i) || one.clock.furthest_ahead() > 25h) continue;
        if (!share.audience.contains(world.member(one))) continue;  // came again as somebody new
        if (!reads(world, one, share))
          world.fail("words arrive", author.name + " to " + one.name + what_became(world, one, share, event));
        ++judged;
      }
    }
  }
  return judged;
}

std::uint64_t withdrawn_stays_withdrawn(World& world) {
  std::uint64_t judged = 0;
  const Group group = everybody(world);
  for (const Share& share : world.shares) {
    if (!share.withdrawn || std::ranges::find(group.members, share.author) == group.members.end()) continue;
    for (const auto i : group.members) {
      Person& one = world.person(i);
      for (const auto& [event, readers] : share.opened_by) {
        if (!test::must(one.node().mail().payloads(event)).empty())
          world.fail("withdrawn mail is gone", one.name);
        if (readers.contains(i)) ++judged;  // could have read it
      }
      if (i != share.author && reads(world, one, share)) world.fail("withdrawn words are gone", one.name);
    }
  }
  return judged;
}

// What was granted until a day is shown to nobody after it, whatever clocks said on the way.
std::uint64_t over_is_over(World& world) {
  std::uint64_t judged = 0;
  const Day looked = day_of(world.now - 3min);  // everybody's last tick was no earlier
  for (const auto& person : world.people) {
    if (!person->in_group() || person->liar) continue;
    std::map<std::string, std::uint32_t> until;  // of each text, the last day that was granted
    for (const Share& share : world.shares) {
      std::uint32_t& last = until[share.text];
      last = std::max(last, number(share.until));
      const bool read = std::ranges::any_of(
          share.opened_by, [&](const auto& left) { return left.second.contains(world.index_of(*person)); });
      if (share.author != world.index_of(*person) && number(share.until) < number(looked) && read) ++judged;
    }
    for (const auto& item : test::must(sharing::Items(*person).received(world.group))) {
      const auto granted = until.find(item.text);
      if (item.state == sharing::ItemState::shown && granted != until.end() &&
          granted->second < number(looked))
        world.fail("what was granted until a day is over after it", person->name + ": " + item.text);
    }
  }
  return judged;
}

// The unique words that stand in these decrypted pages, whole.
std::set<std::string> words_in(const World& world, std::string_view pages) {
  std::set<std::string> found;
  for (const auto marker : {kPrivateMarker, kSharedMarker})
    for (auto at = pages.find(marker); at != pages.npos; at = pages.find(marker, at + 1)) {
      std::string word(pages.substr(at, marker.size() + kUniqueSize));
      if (world.words.contains(word)) found.insert(std::move(word));
    }
  return found;
}

// Their own words, and those of others that were shared with them.
bool may_hold(const World& world, std::size_t who, const std::string& word) {
  if (world.words.at(word) == who) return true;
  return std::ranges::any_of(world.shares, [&](const Share& share) {
    return share.text.find(word) != std::string::npos &&
           std::ranges::any_of(share.audience, [&](const auto& id) { return world.owner_of(id) == who; });
  });
}

// Nothing in any file as it lies there. Decrypted, mail.db holds no word at all, and journal.db, free pages
// included, none that its owner was not meant to read.
std::uint64_t nothing_private_at_rest(World& world) {
  std::uint64_t judged = 0;
  for (std::size_t i = 0; i < world.people.size(); ++i) {
    Person& one = world.person(i);
    for (const auto& [name, bytes] : one.disk().copy())
      if (leaked(bytes)) world.fail("no word in a file", one.name + " " + name);
    if (!one.up()) continue;
    const std::string mail = test::pages_of(one.node().mail().database());
    if (leaked(as_bytes(mail))) world.fail("no word in mail.db", one.name);
    for (const auto& word : words_in(world, test::pages_of(one.node().journal()))) {
      if (!may_hold(world, i, word)) world.fail("only readers read", one.name + ": " + word);
      ++judged;
    }
  }
  return judged;
}

std::uint64_t audits(World& world) {
  std::uint64_t judged = 0;
  for (auto& person : world.people) {
    if (!person->in_group() || !intact(world, *person)) continue;
    const auto report = sharing::audit(*person, world.group);
    if (!report) {
      world.fail("the audit runs", person->name + ": " + report.error().what.text());
    } else if (!report->alarms.empty()) {
      world.fail("the audit has no alarm",
                 person->name + ": " + std::to_string(static_cast<int>(report->alarms.front().kind)));
    } else {
      ++judged;
    }
  }
  return judged;
}

std::uint64_t sound_files(World& world) {
  std::uint64_t judged = 0;
  for (auto& person : world.people) {
    if (!person->up() || person->edited) continue;
    if (!person->node().journal().check_integrity() || !person->node().mail().database().check_integrity())
      world.fail("files are sound", person->name);
    auto journal = journal::Journal::open(person->node().journal());
    if (!journal || !journal->check_index()) world.fail("the index fits the words", person->name);
    ++judged;
  }
  return judged;
}

constexpr Checker kCheckers[] = {
    {"consent", When::each_step, new_envelopes},
    {"restored signs nothing again", When::each_step, restored_signs_nothing_again},
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

}  // namespace kith::simulation
