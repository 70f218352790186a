#include "core/mail/frame_scan.h"

namespace kith::mail {
namespace {

constexpr std::size_t kMaxOtherFields = 16;  // single fields of a message, known or of a newer kith
constexpr std::size_t kMaxVarint = 10;       // bytes

// A message: its repeated field (0: none), how often that may occur, and what it holds (nullptr: bytes).
struct Shape {
  std::uint32_t repeated;
  std::size_t most;
  const Shape* inside;
};
constexpr Shape kPlain = {0, 0, nullptr};
constexpr Shape kWantItem = {3, kMaxExcept, nullptr};
constexpr Shape kFrontier = {1, kMaxFrontier, &kPlain};
constexpr Shape kKinds[] = {
    kPlain,                           // no field has number 0
    kPlain,                           // HELLO
    kFrontier,                        // FRONTIER
    {1, kMaxFrameEvents, nullptr},    // EVENTS
    {1, kMaxFrameItems, &kPlain},     // OFFER
    {1, kMaxFrameItems, &kWantItem},  // WANT
    {1, kMaxFrameItems, &kPlain},     // PAYLOADS
    kPlain,                           // FORK
    kPlain,                           // BUSY
    {1, 1, &kFrontier},               // DONE
    kPlain,                           // CREDIT
};

// Reads Protobuf's wire format: https://protobuf.dev/programming-guides/encoding
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  struct Field {
    std::uint32_t number;
    bool delimited;  // has `inside`
    ByteView inside;
  };
  bool at_end() const { return rest_.empty(); }
  std::optional<Field> field() {
    const auto tag = varint();
    if (!tag || *tag > UINT32_MAX || *tag >> 3 == 0) return std::nullopt;
    Field field{static_cast<std::uint32_t>(*tag >> 3), false, {}};
    switch (*tag & 7) {
      case 0:
        return varint() ? std::optional(field) : std::nullopt;
      case 1:
        return skip(8) ? std::optional(field) : std::nullopt;
      case 2: {
        const auto size = varint();
        if (!size || *size > rest_.size()) return std::nullopt;
        field.delimited = true;
        field.inside = rest_.first(*size);
        skip(*size);
        return field;
      }
      case 5:
        return skip(4) ? std::optional(field) : std::nullopt;
      default:  // groups, which nobody writes any more
        return std::nullopt;
    }
  }

 private:
  bool skip(std::size_t size) {
    if (size > rest_.size()) return false;
    rest_ = rest_.subspan(size);
    return true;
  }
  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < kMaxVarint && i < rest_.size(); ++i) {
      const std::uint8_t byte = rest_[i];
      if (i == kMaxVarint - 1 && byte > 1) return std::nullopt;
      value |= std::uint64_t{byte & 0x7fU} << (7 * i);
      if (byte < 0x80) {
        skip(i + 1);
        return value;
      }
    }
    return std::nullopt;
  }

  ByteView rest_;
};

tl::expected<void, Reject> scan(ByteView bytes, const Shape& shape) {
  Reader reader(bytes);
  std::size_t entries = 0, others = 0;
  while (!reader.at_end()) {
    const auto field = reader.field();
    if (!field) return tl::unexpected(Reject::malformed);
    const bool entry = field->number == shape.repeated;
    if (entry && !field->delimited) return tl::unexpected(Reject::malformed);
    if (entry ? ++entries > shape.most : ++others > kMaxOtherFields) return tl::unexpected(Reject::too_many);
    if (!entry || shape.inside == nullptr) continue;
    if (const auto inside = scan(field->inside, *shape.inside); !inside) return inside;
  }
  return {};
}

}  // namespace

tl::expected<std::uint32_t, Reject> scan_frame(ByteView frame) {
  Reader reader(frame);
  const auto field = reader.field();
  if (!field || !field->delimited || !reader.at_end()) return tl::unexpected(Reject::malformed);
  if (field->number >= std::size(kKinds)) return field->number;
  if (const auto inside = scan(field->inside, kKinds[field->number]); !inside)
    return tl::unexpected(inside.error());
  return field->number;
}

}  // namespace kith::mail
