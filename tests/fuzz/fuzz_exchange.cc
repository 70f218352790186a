// A member's node that lies: frames of its making, good ones among them, against one exchange. Frames stand
// one after the other with their sizes; whatever comes, what is stored afterwards was signed by its author,
// and an honest member is served.
#include "core/mail/frame.h"
#include "crypto/carrier.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/toy_link.h"

using namespace kith;
using namespace kith::test;

namespace {

// Everything that is stored verifies again.
void claim_sound(ToyStore& node, const std::vector<const Author*>& authors) {
  for (const Author* author : authors) {
    std::optional<mail::LogHead> head;
    const auto last = node.store.head(kToyGroup, author->id);
    CLAIM(last.has_value());
    for (std::uint64_t seq = 0; *last && seq <= (*last)->seq; ++seq) {
      const auto event = node.store.event_at(kToyGroup, author->id, seq);
      CLAIM(event && *event && (*event)->verify(author->keys.pk));
      const auto next = mail::follow(head, **event, Day{kToyDay});
      CLAIM(next.has_value());
      head = *next;
      const auto held = node.store.payloads((*event)->id());
      CLAIM(held.has_value());
      for (const Bytes& payload : *held)
        CLAIM(crypto::check_payload(payload, (*event)->id(), *ItemPk::parse((*event)->header().bind.view())));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mail::quiet_protobuf();
  crypto::start();
  Author ana(1), liar(2), ben(3);
  ToyStore node, other;
  for (ToyStore* each : {&node, &other})
    for (const Author* author : {&ana, &liar, &ben}) each->roster.add(*author);
  node.write(ana, 2);
  fuzz::Input in(data, size);
  mail::Exchange exchange(node.store, node.roster, {kToyGroup, ana.id, ana.link}, liar.link);
  if (in.byte() % 2 == 0) {  // the liar begins well
    mail::frame::Hello hello{1, Bytes{1}, liar.id, liar.link};
    if (!exchange.receive(mail::encode_frame(hello), Day{kToyDay}, Instant{})) return 0;
  }
  while (!in.empty()) {
    const bool stays = exchange.receive(in.piece(), Day{kToyDay}, Instant{}).has_value();
    for (int i = 0; i < 8; ++i) {
      const auto frame = exchange.next_frame(Instant{});
      if (!frame) break;
      CLAIM(frame->size() <= mail::kMaxFrame && mail::parse_frame(*frame));
    }
    CLAIM(!exchange.failed());
    if (!stays) break;
  }
  node.check_all();
  claim_sound(node, {&ana, &liar, &ben});
  SeededRandom random(3);
  ToyLink link(node, ana, other, ben);
  link.run(random);
  CLAIM(!link.cut && other.heads().contains(ana.id) && other.held().size() >= 2);
  return 0;
}
