// A message on agent.sock: from a program of the same user, whichever.
#include "cli/agent_messages.h"
#include "core/mail/frame.h"
#include "tests/fuzz/fuzz.h"

using namespace kith;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mail::quiet_protobuf();
  const ByteView bytes(data, size);
  if (const auto ask = cli::decode_ask(bytes)) {
    const auto again = cli::decode_ask(cli::encode(*ask).reveal());
    CLAIM(again && again->kind == ask->kind && again->keys.has_value() == ask->keys.has_value());
  }
  if (const auto answer = cli::decode_answer(bytes)) {
    const auto again = cli::decode_answer(cli::encode(*answer).reveal());
    CLAIM(again && again->code == answer->code && again->keys.has_value() == answer->keys.has_value());
  }
  return 0;
}
