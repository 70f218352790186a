// One signed event, and what the bodies of control, device and tombstone events say.
#include "core/group/acts.h"
#include "core/mail/event.h"
#include "core/mail/frame.h"
#include "tests/fuzz/fuzz.h"

using namespace kith;

namespace {

void look_at_body(ByteView body) {
  if (const auto control = group::parse_control(body)) {
    if (!std::holds_alternative<group::UnknownAct>(control->act)) {
      const auto again = group::parse_control(group::encode(*control));
      CLAIM(again && again->act.index() == control->act.index());
    }
  }
  if (const auto device = group::parse_device(body)) CLAIM(group::parse_device(group::encode(*device)));
  if (const auto join = group::parse_join(body)) CLAIM(group::parse_join(group::encode(*join)));
  if (const auto tomb = mail::parse_tomb(body)) CLAIM(!tomb->events.empty() && tomb->events.size() <= 256);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mail::quiet_protobuf();
  const ByteView bytes(data, size);
  const auto header = mail::parse_signed_header(bytes.first(size < 256 ? size : 256));
  const auto event = mail::Event::parse(bytes);
  if (event) {
    CLAIM(header.has_value());
    CLAIM(equal(event->wire(), bytes));
    look_at_body(event->body());
  }
  if (size > 0 && data[0] != 'K') look_at_body(bytes);
  return 0;
}
