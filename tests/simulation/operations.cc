// What people do. Each function does one thing as one person; a row of the table says how often.
#include <algorithm>

#include "core/sharing/agreements.h"
#include "core/sharing/audit.h"
#include "core/sharing/feedback.h"
#include "core/sharing/groups.h"
#include "core/sharing/publish.h"
#include "core/sharing/tick.h"
#include "tests/simulation/joining.h"
#include "tests/simulation/leaks.h"
#include "tests/simulation/tables.h"

namespace kith::simulation {
namespace {

using sharing::Audience;
using sharing::Draft;
using sharing::ItemRef;
using sharing::To;

constexpr std::string_view kPrivate = kPrivateMarker, kShared = kSharedMarker;
constexpr std::string_view kPassage = "\nFor some: ";  // what follows it in an entry may be shared

template <class T>
tl::expected<void, Error> outcome(const Result<T>& result) {
  if (result) return {};
  return tl::unexpected<Error>(result.error());
}

bool takes_part(Person& person) { return person.in_group() && !person.locked && !person.liar; }

// ---- the private book ---------------------------------------------------------------------------------

journal::NewEntry entry_of(World& world, Person& person) {
  journal::NewEntry entry;
  entry.text = "Only for me: " + world.word_of(person, kPrivate) + std::string(kPassage) +
               world.word_of(person, kShared);
  entry.written = {person.clock.now()};
  return entry;
}

bool write(World& world, Person& person) {
  auto journal = journal::Journal::open(person.node().journal());
  if (!world.allowed("opening the journal", person, outcome(journal))) return false;
  const auto entry = entry_of(world, person);
  const auto number = journal->add(entry);
  if (!world.allowed("write", person, outcome(number))) return false;
  person.entries.push_back({*number, {entry.text}});
  return true;
}

bool edit(World& world, Person& person) {
  auto journal = journal::Journal::open(person.node().journal());
  if (!journal || person.entries.empty()) return false;
  KeptEntry& kept = world.one_of(person.entries);
  if (kept.perhaps_gone) return false;
  const std::string text = entry_of(world, person).text;
  const auto edited = journal->edit(kept.number, {.text = text}, person.clock.now());
  if (edited)
    kept.texts = {text};
  else
    kept.texts.push_back(text);
  return world.allowed("edit", person, edited);
}

bool take_away(World& world, Person& person) {
  auto journal = journal::Journal::open(person.node().journal());
  if (!journal || person.entries.empty()) return false;
  KeptEntry& kept = world.one_of(person.entries);
  if (kept.perhaps_gone) return false;
  kept.perhaps_gone = true;
  const auto removed = journal->remove(kept.number, person.clock.now());
  if (!world.allowed("take away", person, removed)) return false;
  if (world.chance(50)) {
    const auto back = journal->restore(kept.number);
    if (!world.allowed("put back", person, back)) return false;
    kept.perhaps_gone = false;
    return true;
  }
  return world.allowed("purge", person, outcome(journal->purge(person.clock.now() + 1s)));
}

bool draft(World& world, Person& person) {
  if (!journal::Journal::open(person.node().journal())) return false;
  journal::Drafts drafts(person.node().journal());
  const std::string text = entry_of(world, person).text;
  if (person.drafts.empty() || world.chance(40)) {
    const auto number = drafts.start(journal::Kind::free, text, {person.clock.now()});
    if (!world.allowed("draft", person, outcome(number))) return false;
    person.drafts.push_back({*number, {text}});
    return true;
  }
  KeptDraft& kept = world.one_of(person.drafts);
  if (kept.perhaps_gone) return false;
  if (world.chance(60)) {
    const auto saved = drafts.save(kept.number, text, person.clock.now());
    if (saved)
      kept.texts = {text};
    else
      kept.texts.push_back(text);
    return world.allowed("save the draft", person, saved);
  }
  kept.perhaps_gone = true;
  if (world.chance(30)) return world.allowed("discard", person, drafts.discard(kept.number));
  auto entry = entry_of(world, person);
  const auto number = drafts.keep(kept.number, entry);
  if (!world.allowed("keep the draft", person, outcome(number))) return false;
  person.entries.push_back({*number, {entry.text}});
  return true;
}

// ---- sharing ------------------------------------------------------------------------------------------

std::optional<MemberId> some_member(World& world, Person& person) {
  const auto people = sharing::Groups(person).members(world.group);
  if (!people) return std::nullopt;
  std::vector<MemberId> others;
  for (const auto& other : *people)
    if (!other.me) others.push_back(other.id);
  if (others.empty()) return std::nullopt;
  return world.one_of(others);
}

Audience some_audience(World& world, Person& person) {
  Audience audience{static_cast<To>(world.below(4)), {}};
  const std::size_t names = audience.to == To::one ? 1 : audience.to == To::some ? 2 : 0;
  for (std::size_t i = 0; i < names; ++i)
    if (const auto member = some_member(world, person)) audience.people.push_back(*member);
  std::ranges::sort(audience.people);
  const auto twice = std::ranges::unique(audience.people);
  audience.people.erase(twice.begin(), twice.end());
  return audience;
}

// Preview, sometimes a yes to something else (which must not count), then the yes to what was shown.
bool consent(World& world, Person& person, const Draft& draft, const char* what) {
  sharing::ConsentGate gate(person);
  const auto preview = gate.preview(world.group, draft);
  if (!world.allowed(what, person, outcome(preview)) || preview->refusal) return false;
  if (world.chance(20)) {
    Draft other = draft;
    other.text += " And more.";
    const auto wrong = gate.confirm(world.group, other, preview->digest);
    if (wrong) {
      world.fail("a consent is to what was shown", person.name);
      return false;
    }
  }
  Share share{.author = world.index_of(person),
              .by = world.member(person),
              .text = draft.text,
              .audience = {world.member(person)},
              .what = draft.what,
              .until = preview->until};
  for (const auto& reader : preview->readers) share.audience.insert(reader.id);
  world.shares.push_back(share);
  const auto confirmed = gate.confirm(world.group, draft, preview->digest);
  if (!world.allowed(what, person, outcome(confirmed))) return false;
  world.shares.back().consent = confirmed->consent;
  world.shares.back().item = confirmed->item;
  world.coverage.count("audience " + std::to_string(static_cast<int>(draft.audience.to)));
  return true;
}

// A passage of an entry that was not shared before; the rest of the entry stays at home.
void take_from_an_entry(World& world, Person& person, Draft& draft) {
  if (person.entries.empty()) return;
  KeptEntry& kept = world.one_of(person.entries);
  auto journal = journal::Journal::open(person.node().journal());
  if (!journal || kept.shared) return;
  const auto entry = journal->read(kept.number);
  if (!entry) return;
  kept.shared = true;
  draft.text = entry->text.substr(entry->text.find(kPassage) + kPassage.size());
  draft.entry = journal::name(kept.number);
}

bool share(World& world, Person& person) {
  if (!takes_part(person)) return false;
  Draft draft;
  draft.text = "For some: " + world.word_of(person, kShared);
  if (world.chance(50)) take_from_an_entry(world, person, draft);
  draft.audience = some_audience(world, person);
  draft.responses = static_cast<sharing::Responses>(1 + world.below(3));
  if (world.chance(40)) draft.until = person.node().node().today() + world.below(6);
  if (!consent(world, person, draft, "share")) return false;
  if (!draft.entry.empty()) world.coverage.count("share from an entry");
  return true;
}

Share* share_of(World& world, Person& person) {
  const std::size_t index = world.index_of(person);
  std::vector<Share*> mine;
  for (auto& one : world.shares)
    if (one.author == index && one.consent != 0) mine.push_back(&one);
  return mine.empty() ? nullptr : world.one_of(mine);
}

bool take_back(World& world, Person& person) {
  Share* share = takes_part(person) ? share_of(world, person) : nullptr;
  if (share == nullptr) return false;
  const auto taken = sharing::ConsentGate(person).take_back(share->consent);
  if (!world.allowed("take back", person, taken)) {
    share->perhaps_withdrawn = share->perhaps_withdrawn || taken.error().code != Errc::refused;
    return false;
  }
  if (!share->opened_by.empty()) world.fail("what left is not taken back", person.name);
  return share->taken_back = true;
}

bool release_now(World& world, Person& person) {
  Share* share = takes_part(person) ? share_of(world, person) : nullptr;
  return share != nullptr &&
         world.allowed("release now", person, sharing::ConsentGate(person).release_now(share->consent));
}

bool widen(World& world, Person& person) {
  Share* share = takes_part(person) ? share_of(world, person) : nullptr;
  if (share == nullptr || share->withdrawn) return false;
  const ItemId item = share->item;
  const auto draft = sharing::Items(person).widen(world.group, item, {To::group, {}});
  return world.allowed("widen", person, outcome(draft)) && consent(world, person, *draft, "widen");
}

bool withdraw(World& world, Person& person) {
  Share* share = takes_part(person) ? share_of(world, person) : nullptr;
  if (share == nullptr) return false;
  const ItemId item = share->item;
  const auto withdrawn = sharing::Items(person).withdraw(world.group, item);
  for (auto& one : world.shares) {
    if (one.author != share->author || one.item != item) continue;
    if (withdrawn)
      one.withdrawn = true;
    else if (withdrawn.error().code != Errc::not_found)
      one.perhaps_withdrawn = true;
  }
  return world.allowed("withdraw", person, outcome(withdrawn));
}

bool set_profile(World& world, Person& person) {
  if (!takes_part(person)) return false;
  return world.allowed("profile", person,
                       sharing::Groups(person).set_profile(world.group, {person.name, "they"}));
}

// Others can dial it elsewhere from now on, or nowhere.
bool move(World& world, Person& person) {
  if (!takes_part(person)) return false;
  std::vector<mail::Address> addresses;
  for (std::uint32_t left = world.below(3); left > 0; --left)
    addresses.push_back({.ip = {192, 0, 2, static_cast<std::uint8_t>(world.below(256))},
                         .onion = {},
                         .port = static_cast<std::uint16_t>(1 + world.below(65'535))});
  return world.allowed("move", person, sharing::Groups(person).set_addresses(world.group, addresses));
}

// ---- feedback -----------------------------------------------------------------------------------------

bool ask(World& world, Person& person) {
  if (!takes_part(person)) return false;
  const sharing::Ask ask{static_cast<sharing::AskKind>(1 + world.below(5)),
                         person.node().node().today() + 1 + world.below(6), world.chance(50)};
  const auto from = some_audience(world, person);
  return consent(world, person,
                 sharing::Feedback(person).ask(from, ask, "I ask: " + world.word_of(person, kShared)), "ask");
}

std::optional<ItemRef> some_request(World& world, Person& person) {
  const auto requests = sharing::Feedback(person).requests_to_me(world.group);
  if (!world.allowed("requests", person, outcome(requests)) || requests->empty()) return std::nullopt;
  return (*requests)[world.below(requests->size())].ref;
}

std::optional<ItemRef> some_received(World& world, Person& person) {
  const auto items = sharing::Items(person).received(world.group);
  if (!world.allowed("received", person, outcome(items)) || items->empty()) return std::nullopt;
  return (*items)[world.below(items->size())].ref;
}

bool give(World& world, Person& person) {
  if (!takes_part(person)) return false;
  auto to = world.chance(60) ? some_request(world, person) : some_received(world, person);
  if (!to) return false;
  const auto draft =
      sharing::Feedback(person).give(world.group, *to, "I answer: " + world.word_of(person, kShared));
  return world.allowed("give", person, outcome(draft)) && consent(world, person, *draft, "give");
}

bool say_in_the_room(World& world, Person& person) {
  const auto to = takes_part(person) ? some_request(world, person) : std::nullopt;
  if (!to) return false;
  const auto draft = sharing::Feedback(person).say_in_the_room(world.group, *to);
  return world.allowed("in the room", person, outcome(draft)) &&
         consent(world, person, *draft, "in the room");
}

bool resonate(World& world, Person& person) {
  const auto to = takes_part(person) ? some_received(world, person) : std::nullopt;
  if (!to) return false;
  const auto draft = sharing::Feedback(person).resonate(world.group, *to);
  return world.allowed("resonate", person, outcome(draft)) && consent(world, person, *draft, "resonate");
}

bool thank(World& world, Person& person) {
  const auto whom = takes_part(person) ? some_member(world, person) : std::nullopt;
  if (!whom) return false;
  return consent(world, person,
                 sharing::Feedback(person).thank(*whom, "Thank you: " + world.word_of(person, kShared)),
                 "thank");
}

bool pass(World& world, Person& person) {
  const auto request = takes_part(person) ? some_request(world, person) : std::nullopt;
  return request && world.allowed("pass", person, sharing::Feedback(person).pass(world.group, *request));
}

bool open_answer(World& world, Person& person) {
  if (!takes_part(person)) return false;
  sharing::Feedback feedback(person);
  const auto answers = feedback.answers(world.group);
  if (!world.allowed("answers", person, outcome(answers)) || answers->empty()) return false;
  const auto number = (*answers)[world.below(answers->size())].number;
  return world.allowed("open an answer", person, outcome(feedback.open_answer(world.group, number)));
}

// ---- the group ----------------------------------------------------------------------------------------

bool propose(World& world, Person& person) {
  if (!takes_part(person)) return false;
  sharing::Agreements agreements(person);
  const auto missing = agreements.missing(world.group);
  if (!world.allowed("agreement", person, outcome(missing))) return false;
  const auto edited = agreements.edit(world.group, "some", "We said " + world.unique("some"));
  return world.allowed("edit the agreement", person, edited) &&
         world.allowed("propose", person, outcome(agreements.propose(world.group)));
}

bool sign(World& world, Person& person) {
  if (!takes_part(person)) return false;
  sharing::Agreements agreements(person);
  const auto next = agreements.to_sign(world.group);
  return world.allowed("to sign", person, outcome(next)) &&
         world.allowed("sign", person, agreements.sign(world.group, next->hash));
}

bool invite(World& world, Person& person) {
  if (!takes_part(person)) return false;
  const auto newcomer =
      world.some_person([](Person& one) { return one.up() && !one.in_group() && !one.liar; });
  return newcomer && invite_and_join(world, world.index_of(person), *newcomer);
}

bool leave(World& world, Person& person) {
  if (!takes_part(person)) return false;
  sharing::Groups groups(person);
  const auto left = groups.leave_now(world.group, {});
  if (!world.allowed("leave", person, outcome(left))) return false;
  for (auto& share : world.shares)
    if (share.author == world.index_of(person)) share.perhaps_withdrawn = true;
  return world.chance(60) ? world.allowed("stay", person, groups.undo_leave(world.group)) : true;
}

bool remove_member(World& world, Person& person) {
  const auto whom = takes_part(person) ? some_member(world, person) : std::nullopt;
  return whom && world.allowed("remove", person, sharing::Groups(person).remove_member(world.group, *whom));
}

// An act for which there is no command yet, written as a command would: only with authority.
bool act(World& world, Person& person, const group::Act& what, const char* name) {
  const auto* book = *person.node().node().book(world.group);
  const auto state = book->state();
  if (!group::may(*state, book->me, what, {}, book->device)) return false;
  return world.allowed(name, person, outcome(sharing::Publisher(person).act(world.group, what, "simulated")));
}

std::vector<group::LogEnd> heads_of(World& world, Person& person) {
  std::vector<group::LogEnd> ends;
  for (const auto& head : test::must(person.node().mail().heads(world.group)))
    ends.push_back({head.device, head.seq, head.link});
  return ends;
}

bool promote(World& world, Person& person) {
  const auto whom = takes_part(person) ? some_member(world, person) : std::nullopt;
  if (!whom) return false;
  const auto role = world.chance(70) ? group::Role::co_leader : group::Role::member;
  return act(world, person, group::Promote{*whom, role}, "promote");
}

bool hand_over(World& world, Person& person) {
  const auto whom = takes_part(person) ? some_member(world, person) : std::nullopt;
  return whom && act(world, person, group::Promote{*whom, group::Role::leader}, "hand over");
}

bool demote(World& world, Person& person) {
  auto whom = takes_part(person) ? some_member(world, person) : std::nullopt;
  if (!whom) return false;
  const auto state = (*person.node().node().book(world.group))->state();
  for (const auto& [id, member] : state->members)  // rather somebody who has a rank to lose
    if (member.role == group::Role::co_leader && id != world.member(person)) whom = id;
  const auto ends = heads_of(world, person);
  return act(world, person, group::Demote{*whom, group::cuts_for(*state, *whom, ends)}, "demote");
}

bool suspend(World& world, Person& person) {
  const auto whom = takes_part(person) ? some_member(world, person) : std::nullopt;
  if (!whom) return false;
  const auto state = (*person.node().node().book(world.group))->state();
  const auto ends = heads_of(world, person);
  return act(world, person, group::Suspend{*whom, group::cuts_for(*state, *whom, ends)}, "suspend");
}

bool unsuspend(World& world, Person& person) {
  if (!takes_part(person)) return false;
  const auto state = (*person.node().node().book(world.group))->state();
  for (const auto& [id, member] : state->members) {
    if (member.status != group::Status::suspended) continue;
    group::Unsuspend lift{id, {}, group::resumes_for(*state, id, heads_of(world, person))};
    for (const auto& [event, suspension] : state->suspensions)
      if (suspension.member == id && !suspension.lifted) lift.suspends.push_back(event);
    if (act(world, person, lift, "unsuspend")) return true;
  }
  return false;
}

bool step_back(World& world, Person& person) {
  if (!takes_part(person)) return false;
  const auto state = (*person.node().node().book(world.group))->state();
  const auto& me = state->members.at(world.member(person));
  return act(world, person, me.stepped_back ? group::Act(group::Return{}) : group::Act(group::StepBack{}),
             "step back");
}

bool session(World& world, Person& person) {
  if (!takes_part(person)) return false;
  const auto state = (*person.node().node().book(world.group))->state();
  const bool open = !state->session_open;
  return act(world, person, group::Session{state->sessions + (open ? 1 : 0), open}, "session");
}

// A device whose log has two branches, and where the log ends that `person` holds for the true one.
std::optional<group::Act> revocation(World& world, Person& person) {
  const auto* book = *person.node().node().book(world.group);
  const auto state = book->state();
  for (const auto& [id, device] : state->devices) {
    if (!device.forked || device.revoked) continue;
    for (const auto& end : heads_of(world, person)) {
      const group::Act revoke = group::DeviceRevoke{id, {id, end.seq, end.link}, {}};
      if (end.device == id && group::may(*state, book->me, revoke, {}, book->device)) return revoke;
    }
  }
  return std::nullopt;
}

// Only who leads may, and only when there is such a device: it falls to whoever can.
bool revoke_copied(World& world, Person&) {
  const auto leader = world.some_person(
      [&](Person& one) { return one.up() && takes_part(one) && revocation(world, one).has_value(); });
  if (!leader) return false;
  Person& person = world.person(*leader);
  const bool done = act(world, person, *revocation(world, person), "revoke");
  world.mind(*leader);
  world.network.wake(*leader);
  return done;
}

// ---- the node -----------------------------------------------------------------------------------------

bool lock(World& world, Person& person) {
  if (person.locked) {
    person.locked = false;
    if (person.in_group()) world.tick(world.index_of(person), sharing::Occasion::start);
    return true;
  }
  return person.locked = true;
}

bool sync(World& world, Person& person) {
  if (!takes_part(person)) return false;
  world.tick(world.index_of(person), sharing::Occasion::sync);
  return true;
}

bool wait_for_the_timer(World& world, Person& person) {
  if (!takes_part(person)) return false;
  world.tick(world.index_of(person), sharing::Occasion::timer);
  return true;
}

bool stop_and_start(World& world, Person& person) {
  world.restart(world.index_of(person));
  return true;
}

bool look_around(World& world, Person& person) {
  if (!takes_part(person)) return false;
  sharing::Items items(person);
  const auto report = sharing::audit(person, world.group);
  if (!world.allowed("audit", person, outcome(report))) return false;
  if (!report->alarms.empty() && !person.odd())
    world.fail("the audit has no alarm",
               person.name + ": " + std::to_string(static_cast<int>(report->alarms.front().kind)));
  return world.allowed("mine", person, outcome(items.mine(world.group))) &&
         world.allowed("outbox", person, outcome(sharing::ConsentGate(person).outbox())) &&
         world.allowed("show", person, outcome(sharing::Groups(person).show(world.group)));
}

constexpr Operation kOperations[] = {
    {"write", 6, write},
    {"edit", 6, edit},
    {"take away", 2, take_away},
    {"draft", 4, draft},
    {"share", 22, share},
    {"take back", 3, take_back},
    {"release now", 10, release_now},
    {"widen", 4, widen},
    {"withdraw", 6, withdraw},
    {"profile", 2, set_profile},
    {"move", 3, move},
    {"ask", 8, ask},
    {"give", 16, give},
    {"say in the room", 4, say_in_the_room},
    {"resonate", 6, resonate},
    {"thank", 3, thank},
    {"pass", 6, pass},
    {"open an answer", 12, open_answer},
    {"propose", 3, propose},
    {"sign", 12, sign},
    {"invite", 6, invite},
    {"leave", 1, leave},
    {"remove", 4, remove_member},
    {"promote", 5, promote},
    {"hand over", 3, hand_over},
    {"demote", 6, demote},
    {"suspend", 3, suspend},
    {"unsuspend", 12, unsuspend},
    {"step back", 3, step_back},
    {"session", 6, session},
    {"revoke a copied device", 20, revoke_copied},
    {"lock or unlock", 6, lock},
    {"sync", 24, sync},
    {"timer", 8, wait_for_the_timer},
    {"stop and start", 4, stop_and_start},
    {"look around", 4, look_around},
};

}  // namespace

std::span<const Operation> operations() { return kOperations; }

}  // namespace kith::simulation
