// What stands in an envelope that opened: words of a member, who may be anybody.
#include "core/base/text.h"
#include "core/mail/frame.h"
#include "core/sharing/body.h"
#include "tests/fuzz/fuzz.h"

using namespace kith;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mail::quiet_protobuf();
  const auto body = sharing::parse_body(ByteView(data, size));
  if (!body) return 0;
  CLAIM(body->text.size() <= sharing::kMaxText && is_utf8(body->text));
  CLAIM(body->audience.size() <= sharing::kMaxAudience && std::ranges::is_sorted(body->audience));
  CLAIM(body->refs.size() <= sharing::kMaxRefs);
  CLAIM(is_utf8(body->profile_name) && is_utf8(body->content_note) && is_utf8(body->purpose) &&
        is_utf8(body->kind));
  const auto again = sharing::parse_body(sharing::encode(*body, sharing::kMaxAudience));
  CLAIM(again && again->text == body->text && again->audience == body->audience && again->type == body->type);
  return 0;
}
