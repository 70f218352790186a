// Events and payloads in any order, twice, with bad signatures and from a second branch; restarts and checks
// between. The store says the same as a slow model that keeps everything in a list.
#include <memory>

#include "core/mail/frame.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/toy_store.h"

using namespace kith;
using namespace kith::test;

namespace {

constexpr std::size_t kLogs = 2;

struct Written {
  std::size_t author;
  mail::Event event;
  bool good;                    // its signature
  std::vector<Bytes> payloads;  // of an envelope: two variants that fit, one that does not
};

// What the input chooses from: two authors' logs, and copies that no node may take.
struct Pool {
  Pool() {
    for (std::size_t who = 0; who < kLogs; ++who) {
      Author& author = authors[who];
      std::vector<EventId> envelopes;
      for (int i = 0; i < 9; ++i) {
        if (i == 5) {
          all.push_back({who, author.tomb({envelopes.front()}), true, {}});
        } else if (i % 4 == 3) {
          all.push_back({who, author.control(std::to_string(i)), true, {}});
        } else {
          const auto event = author.envelope();
          envelopes.push_back(event.id());
          Bytes spoilt = author.payload(event.id());
          spoilt[200] ^= 1;
          all.push_back({who, event, true, {author.payload(event.id()), author.variant(event.id()), spoilt}});
        }
        Bytes wire = to_bytes(all.back().event.wire());
        wire[200] ^= 1;  // in the signature
        all.push_back({who, *mail::Event::parse(wire), false, {}});
      }
    }
  }
  std::array<Author, kLogs> authors{Author(21), Author(22)};
  std::vector<Written> all;
};

struct Model {
  std::array<std::vector<const Written*>, kLogs> logs;
  std::set<EventId> tombstoned;
  std::map<EventId, std::set<Bytes>> payloads;

  void append(const Written& written) {
    auto& log = logs[written.author];
    if (!written.good || written.event.header().seq != log.size()) return;
    log.push_back(&written);
    if (written.event.header().kind != mail::Kind::tomb) return;
    const auto tomb = mail::parse_tomb(written.event.body());
    for (const EventId& event : tomb->events) {
      tombstoned.insert(event);
      payloads.erase(event);
    }
  }
  void put(const Written& written, std::size_t which) {
    const auto& log = logs[written.author];
    const bool known = written.event.header().seq < log.size();
    if (!known || !written.good || which > 1 || tombstoned.contains(written.event.id())) return;
    payloads[written.event.id()].insert(written.payloads[which]);
  }
};

void compare(mail::MailStore& store, const Pool& pool, const Model& model) {
  for (std::size_t who = 0; who < kLogs; ++who) {
    const auto head = store.head(kToyGroup, pool.authors[who].id);
    CLAIM(head.has_value());
    CLAIM(head->has_value() == !model.logs[who].empty());
    if (*head) CLAIM((*head)->seq + 1 == model.logs[who].size());
    if (*head) CLAIM((*head)->link == model.logs[who].back()->event.link());
    for (const Written* written : model.logs[who]) {
      const EventId& id = written->event.id();
      const auto held = store.payloads(id);
      CLAIM(held.has_value());
      const std::set<Bytes> found(held->begin(), held->end());
      const auto wanted = model.payloads.find(id);
      CLAIM(found == (wanted == model.payloads.end() ? std::set<Bytes>() : wanted->second));
      CLAIM(*store.tombstoned(id) == model.tombstoned.contains(id));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mail::quiet_protobuf();
  crypto::start();
  static const Pool pool;
  ToyRoster roster;
  for (const Author& author : pool.authors) roster.add(author);
  const Scratch scratch(fast_folder());
  auto store = std::make_unique<mail::MailStore>(ToyStore::open(scratch));
  Model model;
  fuzz::Input in(data, std::min<std::size_t>(size, 300));
  while (!in.empty()) {
    const std::uint8_t what = in.byte();
    if (what % 8 == 3) {  // one event, perhaps with a bad signature
      const Written& written = pool.all[in.byte() % pool.all.size()];
      CLAIM(store->append(kToyGroup, std::span(&written.event, 1), roster, Day{kToyDay}).has_value());
      model.append(written);
    } else if (what % 8 < 3) {  // a run of one to eight good ones
      std::vector<mail::Event> run;
      std::size_t at = in.byte() % pool.all.size();
      for (std::size_t i = 0; i < 1U + what / 8 % 8 && at < pool.all.size(); ++at) {
        if (!pool.all[at].good) continue;
        run.push_back(pool.all[at].event);
        model.append(pool.all[at]);
        ++i;
      }
      CLAIM(store->append(kToyGroup, run, roster, Day{kToyDay}).has_value());
    } else if (what % 8 < 6) {
      const Written& written = pool.all[in.byte() % pool.all.size()];
      if (written.payloads.empty()) continue;
      const std::size_t which = what / 8 % 3;
      const mail::PayloadOf item{written.event.id(), written.payloads[which]};
      CLAIM(store->put_payloads(kToyGroup, std::span(&item, 1)).has_value());
      model.put(written, which);
    } else if (what % 8 == 6) {
      while (*store->check_pending(kToyGroup, roster, 4) > 0) continue;
    } else {
      store.reset();
      store = std::make_unique<mail::MailStore>(ToyStore::open(scratch));
    }
  }
  while (*store->check_pending(kToyGroup, roster, 64) > 0) continue;
  compare(*store, pool, model);
  return 0;
}
