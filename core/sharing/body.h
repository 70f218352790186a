// What an envelope holds (proto/body.proto) as plain data, and its strict codec.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/clock.h"

namespace kith::sharing {

enum class BodyType : std::uint8_t {
  item = 1,
  feedback = 2,
  request = 4,
  resonance = 5,
  thanks = 6,
  agreement = 11,
  profile = 13,
  empty = 15,
  in_the_room = 16,
};
enum class Responses : std::uint8_t { none = 1, resonance = 2, open = 3 };
enum class LeaderMay : std::uint8_t { keep = 1, ask_first = 2, bring = 3 };
enum class AskKind : std::uint8_t { come_across = 1, support, think_with_me, challenge, reinforcement };

inline constexpr std::size_t kMaxText = 64 * 1024;
inline constexpr std::size_t kMaxNote = 256;
inline constexpr std::size_t kMaxAudience = 64;
inline constexpr std::size_t kMaxRefs = 8;

struct ItemRef {  // an item is (author, item id): nobody can publish a version of another's
  MemberId author;
  ItemId item;
  friend auto operator<=>(const ItemRef&, const ItemRef&) = default;
};
struct Ask {
  AskKind kind = AskKind::come_across;
  Day until{0};
  bool answers_to_all = false;
};

struct Body {
  BodyType type = BodyType::item;
  ItemId item = ItemId::zero();
  std::uint32_t version = 1;
  std::vector<MemberId> audience;  // sorted, the author included
  std::string purpose;
  std::optional<Responses> responses;
  std::optional<LeaderMay> leader_may;
  Day expires{0};  // 0: the agreement's term
  std::vector<ItemRef> refs;
  Digest agreement = Digest::zero();
  std::string text;
  bool tender = false;
  bool unfinished = false;
  std::string content_note;
  std::string kind;
  std::optional<Ask> ask;
  std::string profile_name, profile_pronouns;
  std::uint32_t agreement_version = 0;
  Bytes agreement_text;
  std::vector<MemberId> mentions;
  Day written{0};
};

// `as_wide_as`: padded so that the size does not tell how many of that many members read it.
Bytes encode(const Body& body, std::size_t as_wide_as);
// malformed: limits, sizes, unsorted audience, text that is not UTF-8; unsupported: a type of a newer kith.
Result<Body> parse_body(ByteView bytes);

}  // namespace kith::sharing
