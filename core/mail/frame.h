// The frames that cross between two nodes, as plain values. proto/wire.proto is how they travel.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/bytes.h"

namespace kith::mail {

inline constexpr std::size_t kMaxFrame = 512 * 1024;
inline constexpr std::size_t kFrameTarget = 256 * 1024;  // of events or payloads in one frame
inline constexpr std::size_t kMaxFrontier = 256;         // logs
inline constexpr std::size_t kMaxFrameEvents = 1024;     // 256 KiB of envelopes' headers
inline constexpr std::size_t kMaxFrameItems = 256;       // of OFFER, WANT and PAYLOADS
inline constexpr std::size_t kMaxExcept = 8;             // variants that one WANT item excludes

enum class Reject : std::uint8_t {  // why something of a peer was dropped; counted, never answered
  malformed = 1,
  wrong_hello,
  stranger,
  unauthentic,
  gap,
  not_storable,
  too_large,
  too_many,
  bad_payload,
  unknown_payload,
  tombstoned,
  unsupported,
  too_fast,
  not_authorised,
  parts,
  protocol,
  store_failed,  // our own trouble, not the peer's
};
inline constexpr std::size_t kRejects = 18;

namespace frame {

struct Hello {
  std::uint32_t proto;
  Bytes suites;
  DeviceId device;
  LinkPk user_id;
};
struct LogEnd {
  DeviceId device;
  std::uint64_t seq;
  std::optional<Link> link;  // none: nothing of this log
};
struct Frontier {
  std::vector<LogEnd> heads;
  bool probe = false;
};
struct Events {
  std::vector<std::string> events;  // raw
};
struct OfferItem {
  EventId event;
  Digest digest;
  std::uint32_t length;
};
struct Offer {
  std::vector<OfferItem> items;
};
struct WantItem {
  EventId event;
  std::optional<Digest> digest;  // none: any
  std::vector<Digest> except;
};
struct Want {
  std::vector<WantItem> items;
  std::uint32_t heard = 0;
};
struct PayloadItem {
  EventId event;
  std::string payload;
};
struct Payloads {
  std::vector<PayloadItem> items;
  std::uint32_t settled = 0;
};
struct ForkProof {
  Bytes first, second;
};
struct Busy {
  std::uint32_t retry_after_seconds;
};
struct Done {};
struct Credit {
  std::uint32_t bytes;
};
struct Unknown {};  // a kind of a newer kith

using Any =
    std::variant<Hello, Frontier, Events, Offer, Want, Payloads, ForkProof, Busy, Done, Credit, Unknown>;

}  // namespace frame

using Frame = frame::Any;

// Counts before it parses, so that no frame costs more memory than a few times its size: too_large, too_many,
// malformed.
tl::expected<Frame, Reject> parse_frame(ByteView bytes);
Bytes encode_frame(const Frame& frame);  // everything but Unknown

// Protobuf writes nothing to stderr from here on. Every program that parses frames calls it first.
void quiet_protobuf();

}  // namespace kith::mail
