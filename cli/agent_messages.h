// The messages of agent.sock as plain values. What held a key is wiped after coding.
#pragma once

#include <chrono>
#include <optional>

#include "crypto/key_file.h"

namespace kith::cli {

struct AgentAsk {
  enum class Kind : std::uint8_t { get_keys, status, lock, unlock, wake, stop, watch, touch };
  Kind kind;
  std::optional<crypto::DatabaseKeys> keys = std::nullopt;  // unlock
  std::chrono::seconds idle{0};                             // unlock
};
struct AgentAnswer {
  enum class Code : std::uint8_t { ok, locked, refused };
  Code code;
  std::optional<crypto::DatabaseKeys> keys = std::nullopt;  // get_keys
  std::chrono::seconds idle{0};
  std::chrono::seconds locks_in{0};
};

crypto::SecretBytes encode(const AgentAsk& ask);
crypto::SecretBytes encode(const AgentAnswer& answer);
Result<AgentAsk> decode_ask(ByteView message);        // malformed
Result<AgentAnswer> decode_answer(ByteView message);  // malformed

}  // namespace kith::cli
