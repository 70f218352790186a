// What a peer sends: one frame.
#include "core/mail/frame.h"
#include "tests/fuzz/fuzz.h"

using namespace kith;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mail::quiet_protobuf();
  const auto frame = mail::parse_frame(ByteView(data, size));
  if (!frame || std::holds_alternative<mail::frame::Unknown>(*frame)) return 0;
  const Bytes written = mail::encode_frame(*frame);
  const auto again = mail::parse_frame(written);
  CLAIM(again && again->index() == frame->index());
  CLAIM(mail::encode_frame(*again) == written);
  return 0;
}
