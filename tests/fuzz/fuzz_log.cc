// Events and payloads in any order, twice, with bad signatures and of a second branch that is signed as well;
// restarts and checks between. The store says the same as a slow model that keeps everything in a list: which
// branch is the log, what is kept beside it, where it forked.
#include <algorithm>
#include <memory>

#include "core/mail/frame.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/sign_again.h"
#include "tests/support/toy_store.h"

using namespace kith;
using namespace kith::test;

namespace {

constexpr std::size_t kLogs = 2;

struct Written {
  std::size_t branch;
  std::size_t log;  // whose device
  mail::Event event;
  bool good;                    // its signature
  std::vector<Bytes> payloads;  // of an envelope: two variants that fit, one that does not
};

// What the input chooses from: two authors' logs, another branch of the first from its fourth event on, one
// act of the first signed twice, and copies of all with a bad signature.
struct Pool {
  Pool() {
    for (std::size_t who = 0; who < authors.size(); ++who) {
      std::vector<EventId> envelopes;
      for (int place = 0; place < 9; ++place) write(who, place, envelopes);
    }
  }
  void write(std::size_t who, int place, std::vector<EventId>& envelopes) {
    Author& author = authors[who];
    const bool apart = who == kTwin && place >= 3;
    const mail::Event event = place == 5                 ? author.tomb({envelopes.front()})
                              : apart && place != 6      ? author.device_record(std::to_string(place))
                              : !apart && place % 4 == 3 ? author.control(std::to_string(place))
                                                         : author.envelope();
    Written next{who, who == kOther ? 1U : 0U, event, true, {}};
    if (event.header().kind == mail::Kind::env) {
      envelopes.push_back(event.id());
      Bytes spoilt = author.payload(event.id());
      spoilt[200] ^= 1;
      next.payloads = {author.payload(event.id()), author.variant(event.id()), spoilt};
    }
    if (who == kTwin && !apart) return;  // what both branches begin with
    all.push_back(next);
    Bytes wire = to_bytes(event.wire());
    wire[200] ^= 1;  // in the signature
    all.push_back({who, next.log, *mail::Event::parse(wire), false, {}});
    if (who == 0 && place == 7)
      all.push_back({kAgain, next.log, signed_again(event, author.keys.seed, 5), true, {}});
  }
  static constexpr std::size_t kTwin = 1, kOther = 2, kAgain = 3;
  std::array<Author, 3> authors{Author(21), Author(21), Author(22)};
  std::vector<Written> all;
};

// A log is a list, and beside it stand acts of other branches. Slow and plain.
struct Log {
  std::vector<const Written*> events;
  std::map<Link, const Written*> beside;
  std::optional<std::uint64_t> forked;

  bool in_log(const EventId& id) const {
    return std::ranges::any_of(events, [&](const Written* written) { return written->event.id() == id; });
  }
  bool follows(const mail::Event& event) const {
    if (event.header().seq != events.size()) return false;
    return event.header().prev ==
           (events.empty() ? *Link::parse(kToyGroup.view()) : events.back()->event.link());
  }
  static bool is_act(const Written& written) {
    const auto kind = written.event.header().kind;
    return kind == mail::Kind::ctl || kind == mail::Kind::dev;
  }
  // An act of another branch is kept where two branches are certain.
  void keep_beside(const Written& written) {
    const auto seq = written.event.header().seq;
    const bool certain = seq < events.size() || (forked && *forked <= seq);
    if (!events.empty() && is_act(written) && certain && written.good)
      beside.emplace(written.event.link(), &written);
  }
  // False: the run ends here.
  bool take(const Written& written) {
    const std::uint64_t seq = written.event.header().seq;
    if (follows(written.event)) {
      if (written.good) events.push_back(&written);
      if (written.good) beside.erase(written.event.link());
      return written.good;
    }
    if (seq >= events.size()) {
      keep_beside(written);
      return true;
    }
    if (equal(events[seq]->event.wire(), written.event.wire())) return true;
    const bool news = !forked || *forked > seq;
    if (!written.good) return !news && !is_act(written);
    keep_beside(written);
    if (news) forked = seq;
    return true;
  }
};

struct Model {
  std::array<Log, kLogs> logs;
  std::set<EventId> tombstoned;
  std::map<EventId, std::set<Bytes>> payloads;

  // Events of one branch, in their order.
  void append(std::span<const Written* const> run) {
    for (const Written* written : run) {
      Log& log = logs[written->log];
      const std::size_t before = log.events.size();
      const bool goes_on = log.take(*written);
      if (log.events.size() > before) bury(*written);
      if (!goes_on) return;
    }
  }
  void bury(const Written& written) {
    if (written.event.header().kind != mail::Kind::tomb) return;
    const auto tomb = mail::parse_tomb(written.event.body());
    for (const EventId& event : tomb->events) {
      tombstoned.insert(event);
      payloads.erase(event);
    }
  }
  void put(const Written& written, std::size_t which) {
    const EventId& id = written.event.id();
    if (!logs[written.log].in_log(id) || !written.good || which > 1 || tombstoned.contains(id)) return;
    payloads[id].insert(written.payloads[which]);
  }
};

void compare_beside(mail::MailStore& store, const ToyRoster& roster, const Pool& pool, const Model& model) {
  std::set<Bytes> wanted, kept;
  std::map<DeviceId, std::uint64_t> forked, known;
  for (std::size_t log = 0; log < kLogs; ++log) {
    for (const auto& [link, written] : model.logs[log].beside) wanted.insert(to_bytes(written->event.wire()));
    const DeviceId& device = pool.authors[log == 0 ? 0 : Pool::kOther].id;
    if (model.logs[log].forked) forked.emplace(device, *model.logs[log].forked);
    CLAIM(roster.forked.contains(device) == model.logs[log].forked.has_value());
  }
  const auto beside = store.beside(kToyGroup, 0, 1000);
  CLAIM(beside.has_value());
  for (const auto& [row, wire] : *beside) kept.insert(wire);
  CLAIM(kept == wanted && kept.size() == beside->size());
  const auto forks = store.forks(kToyGroup, 0, 1000);
  CLAIM(forks.has_value());
  for (const auto& fork : *forks) known.emplace(fork.first.header.device, fork.first.header.seq);
  CLAIM(known == forked);
}

void compare(mail::MailStore& store, const Pool& pool, const Model& model) {
  for (std::size_t log = 0; log < kLogs; ++log) {
    const auto& events = model.logs[log].events;
    const auto head = store.head(kToyGroup, pool.authors[log == 0 ? 0 : Pool::kOther].id);
    CLAIM(head.has_value());
    CLAIM(head->has_value() == !events.empty());
    if (*head) CLAIM((*head)->seq + 1 == events.size());
    if (*head) CLAIM((*head)->link == events.back()->event.link());
  }
  for (const Written& written : pool.all) {  // in a log or in none
    const EventId& id = written.event.id();
    const auto held = store.payloads(id);
    CLAIM(held.has_value());
    const std::set<Bytes> found(held->begin(), held->end());
    const auto wanted = model.payloads.find(id);
    CLAIM(found == (wanted == model.payloads.end() ? std::set<Bytes>() : wanted->second));
    if (model.logs[written.log].in_log(id)) CLAIM(*store.tombstoned(id) == model.tombstoned.contains(id));
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
      const Written* written = &pool.all[in.byte() % pool.all.size()];
      CLAIM(store->append(kToyGroup, std::span(&written->event, 1), roster, Day{kToyDay}).has_value());
      model.append(std::span(&written, 1));
    } else if (what % 8 < 3) {  // a run of one to eight good ones of one branch
      std::vector<const Written*> run;
      std::vector<mail::Event> events;
      for (std::size_t at = in.byte() % pool.all.size();
           at < pool.all.size() && run.size() < 1U + what / 8 % 8; ++at) {
        const Written& next = pool.all[at];
        if (!next.good || (!run.empty() && next.branch != run.front()->branch)) continue;
        run.push_back(&next);
        events.push_back(next.event);
      }
      CLAIM(store->append(kToyGroup, events, roster, Day{kToyDay}).has_value());
      model.append(run);
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
  compare_beside(*store, roster, pool, model);
  return 0;
}
