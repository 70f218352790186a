// What leaves: each fresh envelope is opened with the keys of everybody, and each frame is read before a
// connection encrypts it.
#include <algorithm>

#include "core/sharing/body.h"
#include "crypto/envelope.h"
#include "tests/simulation/judging.h"
#include "tests/simulation/leaks.h"

namespace kith::simulation {
namespace {

constexpr std::uint32_t kPrekeyTooOld = 91;  // days
constexpr std::size_t kAll = 1'000'000;

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
                 const std::map<std::size_t, sharing::Body>& opened, bool late) {
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
  if (late) return world.coverage.count("envelope looked at late");
  for (const auto& reader : share->audience) {
    const auto owner = world.owner_of(reader);
    if (!owner) continue;
    Person& one = world.person(*owner);
    if (!one.in_group() || one.odd() || world.member(one) != reader) continue;
    const auto* device = state.device(one.courier()->self().device);
    // Who has suspended or removed the author waits for nothing of theirs, and may have forgotten older
    // prekeys.
    const auto theirs = (*one.node().node().book(world.group))->state();
    const bool heard = theirs->active(by.courier()->self().device);
    const bool should = heard && device != nullptr && state.active(device->id) && state.has_agreed(reader) &&
                        number(day_of(by.clock.now())) <= number(device->prekey_day) + kPrekeyTooOld;
    if (!should) continue;
    if (!opened.contains(*owner))
      return world.fail("everybody who was named can open", by.name + " to " + one.name);
    world.coverage.count("readers who should");
  }
}

// The row of the event among those that came after `row`, if it is there.
std::optional<std::int64_t> arrived_after(World& world, Person& by, std::int64_t row,
                                          const mail::Event& event) {
  for (const auto& stored : test::must(by.node().mail().arrivals(world.group, row, kAll)))
    if (stored.event.id() == event.id()) return stored.row;
  return std::nullopt;
}

// What the author knew when the event was written: what came to its mail later is left out.
group::Snapshot known_at(World& world, Person& by, const mail::Event& event) {
  const auto control = test::must(by.node().mail().control_after(world.group, 0, kAll));
  const std::int64_t last = control.empty() ? 0 : control.back().row;
  if (arrived_after(world, by, last, event)) return (*by.node().node().book(world.group))->state();
  const std::int64_t written = arrived_after(world, by, 0, event).value_or(0);
  std::vector<mail::Event> acts;
  for (const auto& [row, act] : control)
    if (row < written) acts.push_back(act);
  return test::must(state_of(world, acts));
}

// No body holds a private word, and of what was shared only the text holds words: the rest is terms.
void check_words(World& world, Person& by, sharing::Body body) {
  const bool words = body.type != sharing::BodyType::empty && body.type != sharing::BodyType::profile &&
                     body.type != sharing::BodyType::agreement;
  const auto in_text = leaked(as_bytes(body.text));
  if (in_text == kPrivateMarker || (in_text && !words)) world.fail("private words stay at home", by.name);
  body.text.clear();
  if (leaked(sharing::encode(body, 0))) world.fail("words stand in the text alone", by.name);
  if (leaked(body.agreement_text)) world.fail("no word in an agreement", by.name);
}

enum class Judged : std::uint8_t { no, yes, later };

// `late`: its payload was not there yet when it was signed; keys may have gone since.
Judged check_envelope(World& world, std::size_t author, const mail::Event& event, bool late) {
  Person& by = world.person(author);
  const auto payloads = by.node().mail().payloads(event.id());
  if (!payloads || payloads->empty()) {  // not written yet by a full disk, unless it went already
    const auto gone = by.node().mail().tombstoned(event.id());
    return gone && !*gone ? Judged::later : Judged::no;
  }
  const auto state = known_at(world, by, event);
  const auto* device = state->device(event.header().device);
  if (device == nullptr) return Judged::no;
  const auto opened = opened_by(world, event, payloads->front(), device->dh);
  if (opened.empty()) {
    // Its author reads it, too, if the own prekey was fresh.
    if (!late && !by.disk().is_limited() &&
        number(day_of(by.clock.now())) <= number(device->prekey_day) + kPrekeyTooOld)
      world.fail("who wrote it can open it", by.name);
    return Judged::no;
  }
  const sharing::Body& body = opened.begin()->second;
  check_words(world, by, body);
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
      return Judged::yes;
    default:
      check_share(world, author, *state, event, opened, late);
      return Judged::yes;
  }
}

}  // namespace

std::uint64_t new_envelopes(World& world) {
  std::uint64_t judged = 0;
  for (std::size_t i = 0; i < world.people.size() && !world.failed(); ++i) {
    Person& one = world.person(i);
    if (!one.in_group() || one.odd()) continue;
    const DeviceId device = one.courier()->self().device;
    const auto look = [&](std::uint64_t seq, bool late) {
      const auto event = one.node().mail().event_at(world.group, device, seq);
      if (!event || !*event) return Judged::later;
      if ((*event)->header().kind != mail::Kind::env) return Judged::no;
      return check_envelope(world, i, **event, late);
    };
    auto& unseen = world.unseen[device];
    for (auto at = unseen.begin(); at != unseen.end() && !world.failed();) {
      const Judged late = look(*at, true);
      if (late == Judged::yes) ++judged;
      at = late == Judged::later ? std::next(at) : unseen.erase(at);
    }
    const auto head = one.node().mail().head(world.group, device);
    if (!head || !*head) continue;
    std::uint64_t& next = world.looked_at[device];
    for (; next <= (*head)->seq && !world.failed(); ++next) {
      const Judged now = look(next, false);
      if (now == Judged::yes) ++judged;
      if (now == Judged::later) unseen.insert(next);
    }
  }
  return judged;
}

// Seen by all, before a connection encrypts it: no word may be in it, and no honest device signs twice.
void World::crossed(std::size_t from, std::size_t to, const mail::Frame& frame, ByteView bytes) {
  mix(bytes);
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
