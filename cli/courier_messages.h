// What the courier says over courier.sock (proto/local.proto). It runs as this user, but it talks to
// strangers: its words are read like a peer's.
#pragma once

#include <chrono>
#include <optional>
#include <variant>
#include <vector>

#include "core/mail/address.h"

namespace kith::cli {

struct CourierState {
  bool has_key = false;
  std::uint32_t connected = 0;
  struct Port {
    GroupId group;
    mail::Address address;
  };
  std::vector<Port> ports;
  std::vector<GroupId> at_rest;  // it carries nothing for them: so much was signed in each
  bool seccomp = false;
  bool landlock = false;
  std::uint64_t resident_bytes = 0;
  std::uint64_t rejected = 0;
  std::uint32_t falls_today = 0;  // it ended by itself so often, and was started again
};
struct SyncOutcome {
  std::uint32_t reached = 0;
  std::uint32_t known = 0;
  bool quiet = false;  // nothing was under way any more
};
struct DoorFrame {
  Bytes bytes;
  std::uint32_t caller;  // at an inviter's door: 1, 2, 3
};
struct CourierDid {};  // what it was asked to
struct CourierArrived {};
struct DoorOpened {
  mail::Address address;
};
struct DoorClosed {};
struct CourierFailed {
  Errc code;  // its words do not cross this border
};
using CourierAnswer = std::variant<CourierDid, CourierArrived, CourierState, SyncOutcome, DoorOpened,
                                   DoorFrame, DoorClosed, CourierFailed>;

inline constexpr std::size_t kMaxCourierPorts = 256;  // groups of one person, reasons included

// malformed: no answer of one known kind, nested deeper than 8, more entries than it may have, or a field
// that is out of range.
Result<CourierAnswer> decode_courier(ByteView message);

}  // namespace kith::cli
