// How commands speak with the agent.
#pragma once

#include <optional>

#include "cli/agent_messages.h"
#include "cli/channel.h"
#include "cli/home.h"

namespace kith::cli {

struct AgentState {
  bool unlocked = false;
  std::chrono::seconds locks_in{0};
  std::chrono::seconds idle{0};
};

class AgentClient {
 public:
  static Result<AgentClient> connect(const Home& home);  // not_found: no agent, so it is locked

  Result<crypto::DatabaseKeys> keys();  // locked
  Result<AgentState> state();
  Result<void> unlock(crypto::DatabaseKeys keys, std::chrono::seconds idle);
  Result<void> set_idle(std::chrono::seconds idle);  // locked
  Result<void> lock();                               // returns when the agent has ended
  Result<void> wake();
  Result<void> touch();
  // From now on descriptor() becomes readable when the journal is locked.
  Result<void> watch();
  int descriptor() const { return channel_.descriptor(); }

 private:
  explicit AgentClient(Channel channel) : channel_(std::move(channel)) {}
  Result<AgentAnswer> ask(const AgentAsk& ask);
  Channel channel_;
};

// Starts an agent in the background and waits until it listens.
Result<void> start_agent();
Result<AgentState> agent_state(const Home& home);  // locked if there is no agent
// Tells the agent to look for work now; no agent: it looks at the next unlock.
void wake_agent(const Home& home);

}  // namespace kith::cli
