#include "tests/bench/group_world.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "core/sharing/pen.h"
#include "crypto/envelope.h"
#include "tests/bench/measure.h"
#include "tests/sharing/world.h"

namespace kith::bench {
namespace {

using test::TestNode;

constexpr std::array<const char*, kAuthors + 1> kNames = {"Ana", "Ben",  "Cleo", "Dora", "Emil",
                                                          "Fay", "Gabe", "Hana", "Iris"};
constexpr std::uint8_t kJournalKey = 3, kMailKey = 9;  // those of tests/sharing/world.cc
constexpr std::size_t kPerDay = 190;                   // some of the day's 200 events are not texts
constexpr int kDaysAgo = 12;                           // when the group was founded
constexpr std::uint16_t kPort = 47'811;

std::string text_of(const std::string& name, std::size_t number) {
  static constexpr std::array kWords = {"quiet",  "water", "again", "tired", "evening", "spoke",  "nothing",
                                        "mother", "hands", "sorry", "light", "window",  "waited", "almost"};
  std::string text = fmt::format("{} text{}", name, number);
  for (std::size_t i = number; text.size() < kTextSize; i = i * 31 + 7)
    text += ' ' + std::string(kWords[i % kWords.size()]);
  text.resize(kTextSize);
  return text;
}

std::vector<crypto::EnvelopeReader> everybody(const group::State& state) {
  std::vector<crypto::EnvelopeReader> readers;
  for (const auto& [id, device] : state.devices) readers.push_back({id, device.prekey.pk, true});
  return readers;
}

sharing::Body body_for(const test::World& world, const group::State& state, TestNode& author,
                       std::size_t number) {
  sharing::Body body;
  body.item = author.random.draw<ItemId>();
  for (const auto& [id, member] : state.members) body.audience.push_back(id);
  body.responses = sharing::Responses::resonance;
  body.text = text_of(author.name, number);
  body.kind = "reflection";
  body.written = day_of(world.clock.now());
  body.agreement_version = state.agreement ? state.agreement->version : 0;
  return body;
}

// What release does after consent, in one transaction and without the queue to the author's own mail.db.
void write_texts(test::World& world, TestNode& author, std::size_t first, std::size_t count,
                 mail::MailStore& source) {
  auto* book = must(author.node().book(world.group));
  const auto now = book->state();
  const auto& state = *now;
  const auto readers = everybody(state);
  auto transaction = must(db::Transaction::begin(author.journal()));
  auto pen = must(sharing::Pen::take(author, world.group));
  const auto& keys = pen.keys();
  const crypto::EnvelopeAuthor by{keys.group, keys.device, keys.dh_pk, keys.dh};
  std::vector<mail::Event> events;
  std::vector<Bytes> payloads;
  for (std::size_t i = 0; i < count; ++i) {
    const Bytes body = sharing::encode(body_for(world, state, author, first + i), state.members.size());
    auto draft = must(crypto::EnvelopeDraft::begin(by, pen.next_seq(), body, readers.size(), author.random));
    events.push_back(must(pen.write_envelope(draft.item_pk(), draft.payload_size())));
    payloads.push_back(std::move(draft).finish(events.back().id(), by, readers, author.random));
    must(pen.keep(events.back(), {sharing::LedgerKind::machine, "bench"}));
  }
  must(transaction.commit());
  std::vector<mail::PayloadOf> of;
  for (std::size_t i = 0; i < count; ++i) of.push_back({events[i].id(), payloads[i]});
  auto& roster = *must((*world.nodes.front()).node().book(world.group))->roster;
  const auto appended = must(source.append(world.group, events, roster, day_of(world.clock.now())));
  if (appended.stored != count) stop("the source did not take the texts");
  for (const auto put : must(source.put_payloads(world.group, of)))
    if (put != mail::Put::stored) stop("the source did not take a payload");
}

void make(const std::string& folder) {
  test::World world({kNames.begin(), kNames.end()});
  world.clock.set(SystemClock().now() - std::chrono::days(kDaysAgo));
  world.everybody();
  TestNode& source = *world.nodes.front();
  must(sharing::Groups(source).set_addresses(world.group, {{{127, 0, 0, 1}, "", kPort}}));
  world.clock.advance(std::chrono::days(1));  // a device makes few records on one day
  world.settle();
  for (std::size_t done = 0; done < kTexts / kAuthors;) {
    world.clock.advance(std::chrono::days(1));
    const std::size_t count = std::min(kPerDay, kTexts / kAuthors - done);
    for (std::size_t i = 0; i < kAuthors; ++i)
      write_texts(world, *world.nodes[i], done, count, source.mail());
    done += count;
  }
  const auto roster = must(source.node().book(world.group))->roster.get();
  while (must(source.mail().check_pending(world.group, *roster, 1024)) > 0) {
  }
  for (const char* part : {"source", "reader"}) {
    std::filesystem::create_directories(folder + "/" + part);
    std::filesystem::permissions(folder + "/" + part, std::filesystem::perms::owner_all);
  }
  std::filesystem::copy_file(source.folder / "mail.db", folder + "/source/mail.db");
  for (const char* file : {"mail.db", "journal.db"})
    std::filesystem::copy_file(world.nodes.back()->folder / file, folder + "/reader/" + file);
  std::ofstream(folder + "/group") << world.group.hex() << '\n';
}

}  // namespace

const std::array<std::uint8_t, 32>& mail_key() {
  static const auto key = test::key_of(kMailKey);
  return key;
}

db::Database open_journal(const std::string& folder) {
  return must(db::Database::open(folder + "/journal.db", test::key_of(kJournalKey), {}));
}

db::Database open_mail(const std::string& folder, bool read_only) {
  return must(db::Database::open(folder + "/mail.db", mail_key(), {.read_only = read_only}));
}

GroupWorld group_world(const std::string& data) {
  const std::string folder = data + "/group-world";
  if (!std::filesystem::exists(folder)) {
    const std::string half = folder + ".half";
    std::filesystem::remove_all(half);
    std::filesystem::create_directories(half);
    in_child([&] {
      make(half);
      return std::vector<Sample>{};
    });
    std::filesystem::rename(half, folder);
  }
  GroupWorld world{.source = folder + "/source",
                   .reader = folder + "/reader",
                   .group = GroupId::zero(),
                   .port = kPort,
                   .payload_bytes = 0,
                   .signs = {}};
  auto store = must(mail::MailStore::open(open_mail(world.source, false)));
  world.group = must(store.groups()).front().group;
  const group::GroupRoster roster(world.group, must(store.control_events(world.group)));
  const auto state = roster.state();
  for (const auto& [id, device] : state->devices) world.signs.emplace(id, *roster.sign_key(id));
  auto sum = must(store.database().prepare("SELECT total(payload_bytes) FROM head"));
  must(sum.step());
  world.payload_bytes = sum.integer(0);
  return world;
}

}  // namespace kith::bench
