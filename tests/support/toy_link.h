// Two exchanges joined in memory. What happens next is drawn from a seed: who sends, who receives, who checks
// signatures, when the link drops.
#pragma once

#include <deque>

#include "core/mail/exchange.h"
#include "tests/support/toy_store.h"

namespace kith::test {

class ToyLink {
 public:
  ToyLink(ToyStore& a, const Author& a_device, ToyStore& b, const Author& b_device)
      : ends_{End{&a, connect(a, a_device, b_device), {}}, End{&b, connect(b, b_device, a_device), {}}} {}

  mail::Exchange& a() { return ends_[0].exchange; }
  mail::Exchange& b() { return ends_[1].exchange; }

  // One step. False: nothing could happen.
  bool step(Random& random, std::size_t most_in_flight = 4) {
    const std::size_t first = random.below(2);
    for (const std::size_t i : {first, 1 - first})
      if (random.below(2) == 0 ? receive(i) || send(i, most_in_flight)
                               : send(i, most_in_flight) || receive(i))
        return true;
    for (const std::size_t i : {first, 1 - first})
      if (send(i, most_in_flight) || receive(i) || check(i)) return true;
    return false;
  }
  void run(Random& random) {
    while (step(random)) {
    }
  }
  // Every frame that crossed, by sender.
  std::array<std::vector<Bytes>, 2> crossed;
  std::optional<mail::Reject> cut;

 private:
  struct End {
    ToyStore* node;
    mail::Exchange exchange;
    std::deque<Bytes> incoming;
  };
  static mail::Exchange connect(ToyStore& node, const Author& self, const Author& peer) {
    return {node.store, node.roster, {kToyGroup, self.id, self.link}, peer.link};
  }
  bool send(std::size_t i, std::size_t most_in_flight) {
    if (ends_[1 - i].incoming.size() >= most_in_flight) return false;
    auto frame = ends_[i].exchange.next_frame(Instant{});
    if (!frame) return false;
    crossed[i].push_back(*frame);
    ends_[1 - i].incoming.push_back(std::move(*frame));
    return true;
  }
  bool receive(std::size_t i) {
    if (ends_[i].incoming.empty()) return false;
    const auto received = ends_[i].exchange.receive(ends_[i].incoming.front(), Day{kToyDay}, Instant{});
    if (!received) cut = received.error();
    ends_[i].incoming.pop_front();
    return true;
  }
  bool check(std::size_t i) {
    const auto looked_at = ends_[i].node->store.check_pending(kToyGroup, ends_[i].node->roster, 64);
    KITH_ASSERT(looked_at.has_value());
    if (*looked_at > 0) ends_[i].exchange.store_grew();
    return *looked_at > 0;
  }

  std::array<End, 2> ends_;
};

}  // namespace kith::test
