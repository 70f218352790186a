// The two sides of a door (core/group/door.h), step by step: who welcomes and who joins. The courier pipes
// the frames; the caller shows words, asks, and decides how long to wait.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/desk.h"
#include "core/sharing/joining.h"

namespace kith::cli {

inline constexpr std::size_t kMaxInvitationFile = 256 * 1024;  // bytes
inline constexpr std::uint32_t kInvitationDays = 14;

enum class DoorPhase : std::uint8_t {
  waiting,  // nobody has come yet
  words,    // four words are known: both people compare them, then answer()
  passing,  // both said yes on this side; the rest arrives
  done,
};

// Told: cut short, or of a newer kith. Nothing is stored and nothing is sent.
Result<group::OpenedInvitation> open_invitation(Context& context, ByteView file);
// From the file, else from the typed code. Told.
Result<group::Token> token_of(Context& context, const group::OpenedInvitation& opened,
                              std::string_view typed);

class Welcome {
 public:
  // Opens the door of the newest open invitation. Told: there is none.
  static Result<std::unique_ptr<Welcome>> open(Desk& desk, const GroupId& group);
  const mail::Address& address() const { return address_; }
  // Waits for a frame at most that long. Told: three times nobody could be let in.
  Result<DoorPhase> step(std::chrono::milliseconds patience);
  const std::string& words() const { return *keeper_.door()->words(); }  // in DoorPhase::words
  // True admits; false turns this caller away, and the door waits for the next. Waiting after true: the one
  // whose words these were has left, and somebody else is there.
  Result<DoorPhase> answer(bool same);
  Result<void> close();

 private:
  Welcome(Desk& desk, const GroupId& group, const EventId& invite, CourierClient courier);
  Result<void> send(ByteView frame, std::uint32_t caller);
  Result<std::optional<DoorFrame>> newcomer();
  Result<DoorPhase> wait_for_next();
  Desk& desk_;
  GroupId group_;
  EventId invite_;
  CourierClient courier_;
  group::DoorKeeper keeper_;
  mail::Address address_{};
  std::optional<DoorFrame> early_;  // of a newcomer
  DoorPhase phase_ = DoorPhase::waiting;
};

class Knock {
 public:
  // Makes this person's keys; nothing is sent yet.
  static Result<std::unique_ptr<Knock>> prepare(Desk& desk, const group::OpenedInvitation& opened,
                                                group::Token token, const sharing::Profile& me,
                                                const std::vector<mail::Address>& addresses,
                                                std::uint16_t port);
  const crypto::SecretBytes& recovery_words() const { return attempt_->recovery_words(); }
  Result<void> dial();
  // Told: the line broke, the door did not open, nobody opened it for ten minutes.
  Result<DoorPhase> step(std::chrono::milliseconds patience);
  const std::string& words() const { return *attempt_->door().words(); }  // in DoorPhase::words
  Result<DoorPhase> answer(bool same);                                    // told: false ends the attempt
  Result<GroupId> finish();                                               // after DoorPhase::done, once
  Result<void> close();

 private:
  Knock(Desk& desk, group::Token token, std::unique_ptr<sharing::JoinAttempt> attempt)
      : desk_(desk), token_(std::move(token)), attempt_(std::move(attempt)) {}
  Desk& desk_;
  group::Token token_;
  std::unique_ptr<sharing::JoinAttempt> attempt_;
  std::optional<CourierClient> courier_;
  Instant heard_{};
  bool confirmed_ = false;
};

}  // namespace kith::cli
