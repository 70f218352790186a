#include "core/sharing/body.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/sharing/people.h"
#include "tests/db/scratch.h"
#include "tests/support/seeded_random.h"

namespace kith::test {
namespace {

using namespace sharing;

Body sample(std::size_t readers) {
  SeededRandom random(5);
  Body body;
  body.item = random.draw<ItemId>();
  for (std::size_t i = 0; i < readers; ++i) body.audience.push_back(random.draw<MemberId>());
  std::ranges::sort(body.audience);
  body.text = "words";
  body.responses = Responses::open;
  body.refs = {{random.draw<MemberId>(), random.draw<ItemId>()}};
  body.expires = Day{20'000};
  return body;
}

TEST(Body, ComesBackAsItWas) {
  const Body body = sample(3);
  const auto back = parse_body(encode(body, 5));
  ASSERT_TRUE(ok(back));
  EXPECT_EQ(encode(*back, 5), encode(body, 5));
}

TEST(Body, ItsSizeDoesNotTellHowManyReadIt) {
  for (const std::size_t members : {2U, 4U, 12U, 64U}) {
    const auto size = encode(sample(members), members).size();
    for (std::size_t readers = 1; readers <= members; ++readers)
      EXPECT_LE(std::max(size, encode(sample(readers), members).size()) -
                    std::min(size, encode(sample(readers), members).size()),
                0U)
          << readers << " of " << members;
  }
}

TEST(Body, LimitsAreChecked) {
  Body body = sample(64);
  EXPECT_TRUE(ok(parse_body(encode(body, 0))));
  EXPECT_TRUE(fails(parse_body(encode(sample(65), 0)), Errc::malformed));
  std::swap(body.audience[0], body.audience[1]);
  EXPECT_TRUE(fails(parse_body(encode(body, 0)), Errc::malformed)) << "not in order";
  body = sample(2);
  body.text = std::string(kMaxText, 'a');
  EXPECT_TRUE(ok(parse_body(encode(body, 0))));
  body.text += 'a';
  EXPECT_TRUE(fails(parse_body(encode(body, 0)), Errc::malformed));
  body.text = "\xc0\x80";
  EXPECT_TRUE(fails(parse_body(encode(body, 0)), Errc::malformed));
  body.text = std::string("a\0b", 3);
  EXPECT_TRUE(fails(parse_body(encode(body, 0)), Errc::malformed));
  body = sample(2);
  body.item = ItemId::zero();
  EXPECT_TRUE(fails(parse_body(encode(body, 0)), Errc::malformed));
  body = sample(2);
  body.type = BodyType::request;
  EXPECT_TRUE(fails(parse_body(encode(body, 0)), Errc::malformed)) << "a request without an ask";
  Bytes many;
  for (int i = 0; i < 100'000; ++i) append(many, std::array<std::uint8_t, 2>{0x22, 0});
  EXPECT_TRUE(fails(parse_body(many), Errc::malformed));
}

TEST(Body, EveryTruncationAndFlipIsAnErrorOrAnotherBodyNeverACrash) {
  const Bytes good = encode(sample(2), 0);
  for (std::size_t size = 0; size < good.size(); ++size) (void)parse_body(ByteView(good).first(size));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << (bit % 8)));
    (void)parse_body(bad);
  }
}

TEST(People, HandlesInATextAreFoundAsPeopleWriteThem) {
  const std::vector<std::pair<const char*, std::vector<std::string>>> table = {
      {"@ana", {"ana"}},  {"Ask @Ana, @ben-two and (@ana).", {"ana", "ben-two"}}, {"mail me: a@ana", {}},
      {"@ alone, @", {}}, {"\xc3\x89 @\xc3\x89mile", {"\xc3\xa9mile"}},           {"end @ana-", {"ana"}},
  };
  for (const auto& [text, handles] : table) EXPECT_EQ(handles_in(text), handles) << text;
}

}  // namespace
}  // namespace kith::test
