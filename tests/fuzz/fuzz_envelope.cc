// A payload from anybody, opened with keys that are not meant for it, and one that is, changed. The first
// byte says how: 0, the rest is the payload; else the rest is a list of (place, byte) to change in a good
// one.
#include "crypto/agree.h"
#include "crypto/carrier.h"
#include "crypto/envelope.h"
#include "crypto/hash.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/seeded_random.h"

using namespace kith;
using namespace kith::crypto;

namespace {

struct Sealed {
  Sealed() {
    start();
    test::SeededRandom random(5);
    const auto author_dh = dh_keypair(random);
    dh_pk = author_dh.pk;
    const EnvelopeAuthor author{group, author_device, dh_pk, author_dh.secret};
    auto draft = EnvelopeDraft::begin(author, 3, as_bytes("For your eyes."), 2, random).value();
    bind = draft.item_pk();
    const EnvelopeReader readers[] = {{my_device, mine.pk, true},
                                      {author_device, pre_keypair(random).pk, true}};
    payload = std::move(draft).finish(event, author, readers, random);
  }
  Opened open(ByteView bytes) const {
    const HeldPrekey held[] = {{mine.pk, mine.secret}};
    return open_payload(bytes, event, bind, group, 3, author_device, dh_pk, my_device, held);
  }

  GroupId group = H_as<GroupId>("test.group", {});
  DeviceId author_device = H_as<DeviceId>("test.author", {}), my_device = H_as<DeviceId>("test.mine", {});
  EventId event = H_as<EventId>("test.event", {});
  DhPk dh_pk = DhPk::zero();
  ItemPk bind = ItemPk::zero();
  test::SeededRandom random_{6};
  PreKeypair mine = pre_keypair(random_);
  Bytes payload;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Sealed sealed;
  fuzz::Input in(data, size);
  if (in.byte() == 0) {
    const ByteView bytes = in.rest();
    if (const auto view = view_payload(bytes)) CLAIM(view->slots.size() % (kSlotSize * kSlotStep) == 0);
    CLAIM(!check_payload(bytes, sealed.event, sealed.bind));
    CLAIM(sealed.open(bytes).what == Opening::no_slot);
    return 0;
  }
  Bytes changed = sealed.payload;
  while (!in.empty()) {
    const std::size_t at = in.below(changed.size());
    changed[at] = in.byte();
  }
  const bool same = changed == sealed.payload;
  CLAIM(check_payload(changed, sealed.event, sealed.bind).has_value() == same);
  CLAIM((sealed.open(changed).what == Opening::opened) == same);
  return 0;
}
