#include "core/mail/event.h"

#include <gtest/gtest.h>

#include "core/base/endian.h"
#include "tests/support/toy_group.h"

namespace kith::mail {
namespace {

using test::Author;
using test::kToyDay;

constexpr Day kToday{kToyDay};

LogHead head_of(const Event& event, std::uint32_t count = 1) {
  return {
      .seq = event.header().seq, .link = event.link(), .day = event.header().day, .events_that_day = count};
}

TEST(Event, SaysWhatItWasSignedWith) {
  Author author(1);
  const Event signed_event = author.control("hello");
  const auto read = Event::parse(signed_event.wire());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id(), signed_event.id());
  EXPECT_EQ(read->link(), signed_event.link());
  EXPECT_EQ(read->header().kind, Kind::ctl);
  EXPECT_EQ(read->header().device, author.id);
  EXPECT_EQ(read->header().day, kToday);
  EXPECT_EQ(as_text(read->body()), "hello");
  EXPECT_TRUE(read->verify(author.keys.pk));
  EXPECT_FALSE(read->verify(Author(2).keys.pk));
}

TEST(Event, RefusesEverySingleBitFlipOfHeaderAndSignature) {
  Author author(1);
  const Event envelope = author.envelope();
  for (std::size_t bit = 0; bit < kSignedSize * 8; ++bit) {
    Bytes wire = to_bytes(envelope.wire());
    wire[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto read = Event::parse(wire);
    EXPECT_FALSE(read && read->verify(author.keys.pk)) << "bit " << bit;
  }
}

TEST(Event, RefusesEveryFlippedBitOfItsBody) {
  Author author(1);
  const Event event = author.control("body");
  for (std::size_t bit = kSignedSize * 8; bit < event.wire().size() * 8; ++bit) {
    Bytes wire = to_bytes(event.wire());
    wire[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_EQ(Event::parse(wire).error().code, Errc::unauthentic);
  }
}

TEST(Event, RefusesEveryTruncationAndAnyExtraByte) {
  Author author(1);
  for (const Event& event : {author.control("body"), author.envelope(), author.tomb({EventId::zero()})}) {
    for (std::size_t size = 0; size < event.wire().size(); ++size)
      EXPECT_FALSE(Event::parse(event.wire().first(size))) << size;
    Bytes longer = to_bytes(event.wire());
    longer.push_back(0);
    EXPECT_FALSE(Event::parse(longer));
  }
}

TEST(Event, WaitsForNewerSuitesKindsAndFlags) {
  Author author(1);
  const Event event = author.control();
  for (const auto& [at, value] :
       {std::pair<std::size_t, std::uint8_t>{4, 2}, {5, 5}, {5, 255}, {6, 1}, {6, 128}}) {
    Bytes wire = to_bytes(event.wire());
    wire[at] = value;
    EXPECT_EQ(Event::parse(wire).error().code, Errc::unsupported) << at;
  }
  Bytes wire = to_bytes(event.wire());
  wire[5] = 0;
  EXPECT_EQ(Event::parse(wire).error().code, Errc::malformed);
}

TEST(Event, HasLimitsOnItsNumbers) {
  Author author(1);
  Header header = author.next();
  header.bind = body_bind({});
  header.lamport = (std::uint64_t{1} << 63) - 1;
  const Event highest = author.sign(header, {});
  Bytes wire = to_bytes(highest.wire());
  wire[191] = 0x80;
  EXPECT_EQ(Event::parse(wire).error().code, Errc::malformed);
  wire = to_bytes(highest.wire());
  wire[79] = 0x80;
  EXPECT_EQ(Event::parse(wire).error().code, Errc::malformed);
}

TEST(Event, HasALimitOnItsBody) {
  Author author(1);
  const Event largest = author.control(std::string(kMaxBody, 'a'));
  EXPECT_TRUE(Event::parse(largest.wire()));
  Bytes wire = to_bytes(largest.wire());
  wire.push_back('a');
  const auto size = little_endian(static_cast<std::uint32_t>(kMaxBody + 1));
  std::ranges::copy(size, wire.begin() + 116);
  EXPECT_EQ(Event::parse(wire).error().code, Errc::too_large);
}

TEST(Event, TakesOnlyLengthsThatAnEnvelopeCanHave) {
  Author author(1);
  const Event event = author.envelope();
  const auto with_length = [&](std::uint32_t length) {
    Bytes wire = to_bytes(event.wire());
    std::ranges::copy(little_endian(length), wire.begin() + 116);
    return Event::parse(wire).has_value();
  };
  const std::uint32_t rest = 64 + 16 + 64;
  for (const std::uint32_t bucket : {4096U, 16384U, 65536U, 262144U}) {
    EXPECT_TRUE(with_length(rest + bucket + 8 * 48));
    EXPECT_TRUE(with_length(rest + bucket + 128 * 48));
    EXPECT_FALSE(with_length(rest + bucket));
    EXPECT_FALSE(with_length(rest + bucket + 8 * 48 - 1));
    EXPECT_FALSE(with_length(rest + bucket + 8 * 48 + 1));
    EXPECT_FALSE(with_length(rest + bucket + 136 * 48));
  }
  EXPECT_FALSE(with_length(0));
  EXPECT_FALSE(with_length(0xffffffff));
}

TEST(Event, BelongsToOneGroupOnly) {
  Author author(1);
  Header header = author.next();
  header.bind = body_bind({});
  const Event event = author.sign(header, {});
  Bytes wire = to_bytes(event.wire());
  wire[8] ^= 1;  // another group under the same signature
  EXPECT_FALSE(Event::parse(wire)->verify(author.keys.pk));
}

TEST(SignedHeader, IsAnEventWithoutItsBody) {
  Author author(1);
  const Event event = author.control("body");
  const auto header = parse_signed_header(event.signed_bytes());
  ASSERT_TRUE(header);
  EXPECT_EQ(header->id, event.id());
  EXPECT_EQ(header->link, event.link());
  EXPECT_TRUE(header->verify(author.keys.pk));
  EXPECT_FALSE(parse_signed_header(event.wire()));
}

TEST(Follow, AcceptsALogInItsOrderOnly) {
  Author author(1);
  const Event first = author.control("1"), second = author.envelope(), third = author.envelope();
  const auto one = follow(std::nullopt, first, kToday);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->events_that_day, 1U);
  const auto two = follow(*one, second, kToday);
  ASSERT_TRUE(two);
  EXPECT_EQ(two->events_that_day, 2U);
  EXPECT_EQ(two->link, second.link());
  EXPECT_EQ(follow(std::nullopt, second, kToday).error().code, Errc::not_found);
  EXPECT_EQ(follow(*one, third, kToday).error().code, Errc::not_found);
  EXPECT_EQ(follow(*two, first, kToday).error().code, Errc::refused);
  EXPECT_EQ(follow(*two, second, kToday).error().code, Errc::refused);
}

TEST(Follow, RefusesAnotherBranch) {
  Author author(1), other(2);
  const Event first = author.control("1"), second = author.control("2"), foreign = other.control("1");
  EXPECT_EQ(follow(head_of(foreign), second, kToday).error().code, Errc::unauthentic);
  Header lost = author.next();
  lost.seq = 0;  // prev is not the group
  lost.bind = body_bind({});
  EXPECT_EQ(follow(std::nullopt, author.sign(lost, {}), kToday).error().code, Errc::unauthentic);
}

TEST(Follow, CountsTwoHundredEventsOfADay) {
  Author author(1);
  const Event first = author.control("1"), second = author.control("2");
  EXPECT_TRUE(follow(head_of(first, kMaxEventsPerDay - 1), second, kToday));
  EXPECT_EQ(follow(head_of(first, kMaxEventsPerDay), second, kToday).error().code, Errc::too_large);
  Author again(1);
  const Event start = again.control("1");
  again.set_day(kToyDay + 1);
  const auto next_day = follow(head_of(start, kMaxEventsPerDay), again.control("2"), kToday);
  ASSERT_TRUE(next_day);
  EXPECT_EQ(next_day->events_that_day, 1U);
}

TEST(Follow, LetsDaysOnlyGrowAndWaitsForTheFuture) {
  Author author(1);
  author.set_day(kToyDay + 2);
  const Event ahead = author.control("1");
  EXPECT_TRUE(follow(std::nullopt, ahead, kToday));
  EXPECT_EQ(follow(std::nullopt, ahead, Day{kToyDay - 1}).error().code, Errc::waiting);
  author.set_day(kToyDay + 1);
  EXPECT_EQ(follow(head_of(ahead), author.control("2"), kToday).error().code, Errc::malformed);
  author.set_day(0xffffffff);
  EXPECT_EQ(follow(std::nullopt, Author(3).control(), Day{0}).error().code, Errc::waiting);
  EXPECT_TRUE(follow(std::nullopt, Author(3).control(), Day{0xffffffff}));
}

TEST(Tomb, KeepsItsIdsSortedAndCounted) {
  const auto id = [](std::uint16_t n) { return crypto::H_as<EventId>("test.id", {little_endian(n)}); };
  std::vector<EventId> ids;
  for (std::uint16_t i = 0; i < kMaxTombIds; ++i) ids.push_back(id(i));
  ids.push_back(ids.front());
  const Bytes body = encode(Tomb{.events = ids});
  const auto read = parse_tomb(body);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->events.size(), kMaxTombIds);
  EXPECT_EQ(read->reason, 0);
  Bytes swapped = body;
  std::swap_ranges(swapped.begin(), swapped.begin() + 32, swapped.begin() + 32);
  EXPECT_FALSE(parse_tomb(swapped));
  Bytes twice = to_bytes(ByteView(body).first(32));
  append(twice, ByteView(body).first(32));
  twice.push_back(0);
  EXPECT_FALSE(parse_tomb(twice));
  Bytes too_many = to_bytes(id(999).view());
  append(too_many, body);
  EXPECT_FALSE(parse_tomb(too_many));
  EXPECT_FALSE(parse_tomb(Bytes{0}));
  EXPECT_FALSE(parse_tomb({}));
}

TEST(Tomb, IsReadBeforeItsEventIsTaken) {
  Author author(1);
  const Bytes body(33 + 1, 7);  // not a whole number of ids
  Header header = author.next();
  header.kind = Kind::tomb;
  header.bind = body_bind(body);
  header.length = static_cast<std::uint32_t>(body.size());
  EXPECT_DEATH(author.sign(header, body), "");
}

TEST(ControlDigest, DoesNotDependOnTheOrderOfHeads) {
  const EventId a = crypto::H_as<EventId>("test.id", {}), b = crypto::H_as<EventId>("test.id2", {});
  EXPECT_EQ(ctl_digest_of({a, b}), ctl_digest_of({b, a}));
  EXPECT_NE(ctl_digest_of({a, b}), ctl_digest_of({a}));
}

}  // namespace
}  // namespace kith::mail
