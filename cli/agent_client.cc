#include "cli/agent_client.h"

#include <poll.h>
#include <unistd.h>

#include "cli/spawn.h"

namespace kith::cli {
namespace {

using namespace std::chrono_literals;
using Kind = AgentAsk::Kind;

constexpr auto kPatience = 20s;  // an agent in the middle of a task answers after it
constexpr int kStartPatienceMs = 10'000;

}  // namespace

Result<AgentClient> AgentClient::connect(const Home& home) {
  KITH_TRY(auto channel, Channel::connect(home.agent_socket()));
  return AgentClient(std::move(channel));
}

Result<AgentAnswer> AgentClient::ask(const AgentAsk& ask) {
  KITH_CHECK(channel_.send(encode(ask).reveal()));
  KITH_TRY(const auto message, channel_.receive(kPatience));
  return decode_answer(message.reveal());
}

Result<crypto::DatabaseKeys> AgentClient::keys() {
  KITH_TRY(auto answer, ask({.kind = Kind::get_keys}));
  if (answer.code != AgentAnswer::Code::ok || !answer.keys)
    return fail(Errc::locked, "the journal is locked");
  return std::move(*answer.keys);
}

Result<AgentState> AgentClient::state() {
  KITH_TRY(const auto answer, ask({.kind = Kind::status}));
  return AgentState{answer.code == AgentAnswer::Code::ok, answer.locks_in, answer.idle};
}

Result<void> AgentClient::unlock(crypto::DatabaseKeys keys, std::chrono::seconds idle) {
  KITH_TRY(const auto answer, ask({Kind::unlock, std::move(keys), idle}));
  if (answer.code != AgentAnswer::Code::ok)
    return fail(Errc::busy, "the journal was unlocked elsewhere meanwhile");
  return {};
}

Result<void> AgentClient::set_idle(std::chrono::seconds idle) {
  KITH_TRY(const auto answer, ask({Kind::unlock, std::nullopt, idle}));
  if (answer.code != AgentAnswer::Code::ok) return fail(Errc::locked, "the journal is locked");
  return {};
}

Result<void> AgentClient::lock() {
  KITH_CHECK(ask({.kind = Kind::lock}));
  auto end = channel_.receive(kPatience);
  while (end) end = channel_.receive(kPatience);
  if (end.error().code != Errc::not_found) return tl::unexpected(end.error());
  return {};
}

Result<void> AgentClient::wake() {
  KITH_CHECK(ask({.kind = Kind::wake}));
  return {};
}
Result<void> AgentClient::touch() {
  KITH_CHECK(ask({.kind = Kind::touch}));
  return {};
}
Result<void> AgentClient::watch() {
  KITH_TRY(const auto answer, ask({.kind = Kind::watch}));
  if (answer.code != AgentAnswer::Code::ok) return fail(Errc::locked, "the journal is locked");
  return {};
}

Result<void> start_agent() {
  KITH_TRY(const std::string program, program_beside("kith"));
  int ready = -1;
  KITH_CHECK(spawn_background({program, "agent", "--ready"}, &ready));
  const Descriptor pipe_end(ready);
  pollfd wait{ready, POLLIN, 0};
  char byte = 0;
  if (poll(&wait, 1, kStartPatienceMs) <= 0 || ::read(ready, &byte, 1) != 1)
    return fail(Errc::io, "the agent did not start");
  return {};
}

Result<AgentState> agent_state(const Home& home) {
  auto agent = AgentClient::connect(home);
  if (!agent && agent.error().code == Errc::not_found) return AgentState{};
  if (!agent) return tl::unexpected(agent.error());
  auto state = agent->state();
  if (!state && state.error().code == Errc::not_found) return AgentState{};  // it ended meanwhile
  return state;
}

void wake_agent(const Home& home) {
  auto agent = AgentClient::connect(home);
  // Without an agent, or with one that is just ending, the next unlock looks for work anyway.
  if (agent) [[maybe_unused]]
    const auto woken = agent->wake();
}

}  // namespace kith::cli
