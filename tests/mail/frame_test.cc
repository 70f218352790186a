#include "core/mail/frame.h"

#include <gtest/gtest.h>

#include "core/mail/event.h"
#include "tests/support/toy_group.h"

namespace kith::mail {
namespace {

using test::Author;

template <class Fixed>
Fixed fixed(std::uint8_t byte) {
  std::array<std::uint8_t, Fixed::size> bytes{};
  bytes.fill(byte);
  return Fixed{bytes};
}

std::vector<Frame> one_of_each() {
  Author author(1);
  const auto device = fixed<DeviceId>(1);
  const auto event = fixed<EventId>(2);
  const auto digest = fixed<Digest>(3);
  const Event control = author.control("act");
  return {
      frame::Hello{1, {1}, device, fixed<LinkPk>(4)},
      frame::Frontier{{{device, 7, fixed<Link>(5)}, {device, 0, std::nullopt}}, false},
      frame::Frontier{{{device, 7, fixed<Link>(5)}}, true},
      frame::Events{{std::string(as_text(control.wire())), std::string(as_text(author.envelope().wire()))}},
      frame::Offer{{{event, digest, 4624}}},
      frame::Want{{{event, digest, {}}, {event, std::nullopt, {digest, digest}}}, 3},
      frame::Payloads{{{event, "bytes"}}, 2},
      frame::ForkProof{to_bytes(control.signed_bytes()), to_bytes(control.signed_bytes())},
      frame::Busy{5},
      frame::Done{},
      frame::Credit{131072}};
}

Reject refusal(ByteView bytes) {
  const auto frame = parse_frame(bytes);
  return frame ? Reject{} : frame.error();
}

// A field of Protobuf's wire format with bytes in it.
Bytes field(std::uint32_t number, ByteView inside) {
  Bytes bytes = {static_cast<std::uint8_t>(number << 3 | 2)};
  std::size_t size = inside.size();
  for (; size >= 0x80; size >>= 7) bytes.push_back(static_cast<std::uint8_t>(size | 0x80));
  bytes.push_back(static_cast<std::uint8_t>(size));
  append(bytes, inside);
  return bytes;
}
Bytes repeated(std::uint32_t number, ByteView inside, std::size_t count) {
  Bytes bytes;
  const Bytes one = field(number, inside);
  for (std::size_t i = 0; i < count; ++i) append(bytes, one);
  return bytes;
}

TEST(Frame, ComesBackAsItWasSent) {
  for (const Frame& frame : one_of_each()) {
    const Bytes bytes = encode_frame(frame);
    const auto read = parse_frame(bytes);
    ASSERT_TRUE(read) << frame.index();
    EXPECT_EQ(read->index(), frame.index());
    EXPECT_EQ(encode_frame(*read), bytes);
  }
}

TEST(Frame, IsRefusedWhenCutAnywhere) {
  for (const Frame& frame : one_of_each()) {
    const Bytes bytes = encode_frame(frame);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_FALSE(parse_frame(ByteView(bytes).first(size))) << frame.index() << " at " << size;
    Bytes longer = bytes;
    longer.push_back(0);
    EXPECT_FALSE(parse_frame(longer));
    append(longer = bytes, bytes);  // two fields
    EXPECT_FALSE(parse_frame(longer));
  }
}

TEST(Frame, NeverCrashesOnAFlippedBit) {
  for (const Frame& frame : one_of_each()) {
    Bytes bytes = encode_frame(frame);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      if (const auto read = parse_frame(bytes); read && !std::holds_alternative<frame::Unknown>(*read)) {
        EXPECT_LE(encode_frame(*read).size(), bytes.size() + 1);
      }
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    }
  }
}

TEST(Frame, HasItsCountsCheckedBeforeItIsParsed) {
  const auto kind = [](const Frame& frame) {
    return static_cast<std::uint32_t>(encode_frame(frame)[0] >> 3);
  };
  const struct {
    std::uint32_t kind;
    std::size_t most;
  } rows[] = {{kind(frame::Frontier{}), kMaxFrontier},
              {kind(frame::Events{}), kMaxFrameEvents},
              {kind(frame::Offer{}), kMaxFrameItems},
              {kind(frame::Want{}), kMaxFrameItems},
              {kind(frame::Payloads{}), kMaxFrameItems}};
  for (const auto& row : rows) {
    EXPECT_NE(refusal(field(row.kind, repeated(1, {}, row.most))), Reject::too_many) << row.kind;
    EXPECT_EQ(refusal(field(row.kind, repeated(1, {}, row.most + 1))), Reject::too_many) << row.kind;
  }
  const Bytes item = field(1, fixed<EventId>(1).view());
  Bytes eight = item, nine = item;
  append(eight, repeated(3, fixed<Digest>(1).view(), kMaxExcept));
  append(nine, repeated(3, fixed<Digest>(1).view(), kMaxExcept + 1));
  EXPECT_TRUE(parse_frame(field(5, field(1, eight))));
  EXPECT_EQ(refusal(field(5, field(1, nine))), Reject::too_many);
  // DONE holds one frontier, which holds as many heads as any.
  EXPECT_EQ(refusal(field(9, field(1, repeated(1, {}, kMaxFrontier + 1)))), Reject::too_many);
  EXPECT_EQ(refusal(field(9, repeated(1, {}, 2))), Reject::too_many);
}

TEST(Frame, OfEmptyEntriesOrUnknownFieldsIsRefusedCheaply) {
  for (std::uint32_t kind = 1; kind <= 10; ++kind) {
    for (const std::uint32_t inner : {1U, 3U, 15U}) {
      const Bytes bomb = field(kind, repeated(inner, {}, 131'072));
      EXPECT_EQ(refusal(bomb), Reject::too_many) << kind << " " << inner;
    }
  }
}

TEST(Frame, HasALimitOnItsSize) {
  frame::Payloads payloads{{{fixed<EventId>(1), std::string(kMaxFrame - 100, 'x')}}, 1};
  Bytes bytes = encode_frame(payloads);
  payloads.items[0].payload.append(kMaxFrame - bytes.size(), 'x');
  bytes = encode_frame(payloads);
  ASSERT_EQ(bytes.size(), kMaxFrame);
  EXPECT_TRUE(parse_frame(bytes));
  payloads.items[0].payload.push_back('x');
  EXPECT_EQ(refusal(encode_frame(payloads)), Reject::too_large);
  EXPECT_EQ(refusal({}), Reject::malformed);
}

TEST(Frame, OfAnotherShapeIsMalformed) {
  EXPECT_EQ(refusal(Bytes{0x08, 0x01}), Reject::malformed);                          // HELLO as a number
  EXPECT_EQ(refusal(Bytes{0x0b, 0x0c}), Reject::malformed);                          // a group
  EXPECT_EQ(refusal(Bytes{0x02, 0x00}), Reject::malformed);                          // field 0
  EXPECT_EQ(refusal(Bytes{0x0a, 0x80, 0x80, 0x80, 0x80, 0x10}), Reject::malformed);  // 4 GiB inside
  EXPECT_EQ(refusal(Bytes{0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
            Reject::malformed);
  EXPECT_EQ(refusal(field(2, Bytes{0x08, 0x01})), Reject::malformed);          // heads as a number
  EXPECT_EQ(refusal(field(1, Bytes{0x0b})), Reject::malformed);                // a group inside
  EXPECT_EQ(refusal(field(3, field(1, Bytes(255, 'x')))), Reject::malformed);  // no event is so short
  EXPECT_EQ(refusal(field(3, field(1, Bytes(kSignedSize + kMaxBody + 1, 'x')))), Reject::too_large);
  EXPECT_EQ(refusal(field(7, field(1, Bytes(256, 'x')))), Reject::malformed);  // half a fork
  Bytes nested;
  for (int i = 0; i < 10'000 && nested.size() < kMaxFrame / 2; ++i) nested = field(1, nested);
  EXPECT_NE(refusal(field(5, nested)), Reject{});
  EXPECT_TRUE(std::holds_alternative<frame::Unknown>(*parse_frame(field(11, {}))));
}

TEST(Frame, WithANumberOutOfRangeIsMalformed) {
  Bytes head = field(1, fixed<DeviceId>(1).view());
  append(head, Bytes{0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f});  // 2^63 - 1
  EXPECT_TRUE(parse_frame(field(2, field(1, head))));
  head = field(1, fixed<DeviceId>(1).view());
  append(head, Bytes{0x10, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01});  // 2^63
  EXPECT_EQ(refusal(field(2, field(1, head))), Reject::malformed);
}

}  // namespace
}  // namespace kith::mail
