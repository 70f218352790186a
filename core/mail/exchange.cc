#include "core/mail/exchange.h"

#include "core/mail/exchange_state.h"

namespace kith::mail {

Exchange::Exchange(MailStore& store, Roster& roster, const ExchangeSelf& self, const LinkPk& peer_link)
    : state_(std::make_unique<State>(store, roster, self, peer_link)) {}
Exchange::Exchange(Exchange&&) noexcept = default;
Exchange& Exchange::operator=(Exchange&&) noexcept = default;
Exchange::~Exchange() = default;

tl::expected<void, Reject> Exchange::receive(ByteView bytes, Day today, Instant now) {
  State& state = *state_;
  if (state.failed) return state.cut(Reject::store_failed);
  if (!may_stay()) return state.cut(Reject::not_authorised);
  state.today = today;
  state.now = now;
  auto frame = parse_frame(bytes);
  if (!frame) return state.cut(frame.error());
  const auto received = state.dispatch(*frame, bytes.size());
  if (state.failed) return state.cut(Reject::store_failed);
  return received;
}

std::optional<Bytes> Exchange::next_frame(Instant now) {
  if (state_->failed || !may_stay()) return std::nullopt;
  return state_->choose_frame(now);
}

void Exchange::store_grew() {
  State& state = *state_;
  state.logs_due = state.offers_due = state.forks_due = state.wants_due = true;
  for (auto& [device, of] : state.told) of.due = state.branches_due = true;
  for (auto& [device, log] : state.logs) log.held_back.reset();
  state.restate_taken();
}

bool Exchange::grew() { return std::exchange(state_->grew, false); }

std::size_t Exchange::looked_up() { return std::exchange(state_->looked_up, 0); }

bool Exchange::quiet() const {
  const State& state = *state_;
  const bool level =
      state.done_sent && state.done_heard && !state.logs_due && !state.forks_due && !state.branches_due;
  const bool given = state.asked.empty() && state.peer_rests && !state.offers_due;
  const bool taken =
      state.outstanding.empty() && state.offered.empty() && !state.wants_due && !state.rest_due;
  return level && given && taken && state.replies.empty() && state.probes.empty();
}

std::optional<DeviceId> Exchange::peer() const { return state_->peer; }

bool Exchange::may_stay() const {
  return !state_->peer || state_->roster.may_connect(*state_->peer, state_->peer_link);
}

std::uint64_t Exchange::rejected(Reject reason) const {
  return state_->rejects[static_cast<std::size_t>(reason)];
}

std::optional<Error> Exchange::failed() const { return state_->failed; }

}  // namespace kith::mail
