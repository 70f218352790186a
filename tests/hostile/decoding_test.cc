// What decoders of foreign bytes cost: memory counted as it is asked for, a small stack, and work that does
// not grow faster than the input.
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <new>

#include "core/base/text.h"
#include "core/group/acts.h"
#include "core/mail/event.h"
#include "core/mail/frame.h"
#include "crypto/agree.h"
#include "crypto/sign.h"
#include "tests/support/seeded_random.h"

namespace {
std::atomic<std::size_t> allocated{0};  // bytes ever asked for
}

void* operator new(std::size_t size) {
  allocated += size;
  if (void* block = std::malloc(size == 0 ? 1 : size)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace kith::hostile {
namespace {

using mail::Reject;

constexpr std::size_t kQuarter = 256 * 1024;
constexpr std::size_t kSmallStack = 256 * 1024;

Bytes varint(std::uint64_t value) {
  Bytes bytes;
  for (; value > 0x7f; value >>= 7) bytes.push_back(static_cast<std::uint8_t>(value | 0x80));
  bytes.push_back(static_cast<std::uint8_t>(value));
  return bytes;
}
Bytes field(std::uint32_t number, ByteView inside) {
  Bytes bytes = varint(std::uint64_t{number} << 3 | 2);
  append(bytes, varint(inside.size()));
  append(bytes, inside);
  return bytes;
}
Bytes joined(ByteView first, ByteView second) {
  Bytes bytes = to_bytes(first);
  append(bytes, second);
  return bytes;
}
Bytes many(const Bytes& entry, std::size_t times) {
  Bytes bytes;
  bytes.reserve(entry.size() * times);
  for (std::size_t i = 0; i < times; ++i) append(bytes, entry);
  return bytes;
}

// Every decoder that a stranger's or a member's bytes reach first.
void decode_all(ByteView bytes) {
  EXPECT_FALSE(mail::parse_frame(bytes).has_value());
  EXPECT_FALSE(group::parse_control(bytes).has_value());
  EXPECT_FALSE(mail::Event::parse(bytes).has_value());
}

void on_a_small_stack(const std::function<void()>& act) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kSmallStack);
  pthread_t thread;
  const auto run = [](void* what) -> void* {
    (*static_cast<const std::function<void()>*>(what))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, const_cast<std::function<void()>*>(&act)), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

TEST(Decoding, DeepNestingIsRefusedOnASmallStack) {
  on_a_small_stack([] {
    for (const std::uint32_t number : {1U, 2U, 5U, 10U, 15U}) {
      for (const std::size_t depth : {9U, 100U, 101U, 20'000U}) {
        // Built from the inside; beyond a hundred the lengths no longer matter, so they stay too long.
        Bytes nested;
        if (depth <= 101) {
          for (std::size_t i = 0; i < depth; ++i) nested = field(number, nested);
        } else {
          nested = many(Bytes{static_cast<std::uint8_t>(number << 3 | 2), 0xff, 0x7f}, depth);
        }
        EXPECT_FALSE(group::parse_control(nested).has_value()) << number << " " << depth;
        const auto frame = mail::parse_frame(nested);
        EXPECT_TRUE(!frame || depth <= 101) << number << " " << depth;
      }
      decode_all(many(Bytes{static_cast<std::uint8_t>(number << 3 | 3)}, 100'000));  // groups that never end
    }
  });
}

TEST(Decoding, NoFrameCostsMoreThanAFewTimesItsSize) {
  for (std::uint32_t kind = 1; kind <= 10; ++kind) {
    for (const Bytes& entry :
         {Bytes{0x0a, 0}, Bytes{0x12, 0}, Bytes{0x1a, 0}, Bytes{0xfa, 0x07, 0}, Bytes{0x78, 0}}) {
      const Bytes bytes = field(kind, many(entry, kQuarter / entry.size()));
      const std::size_t before = allocated;
      EXPECT_FALSE(mail::parse_frame(bytes).has_value()) << kind;
      EXPECT_LE(allocated - before, 4 * bytes.size()) << kind;
      const std::size_t then = allocated;
      EXPECT_FALSE(group::parse_control(ByteView(bytes).first(60'000)).has_value()) << kind;
      EXPECT_LE(allocated - then, 4 * bytes.size()) << kind;
    }
  }
}

TEST(Decoding, LengthsAtTheEdgesAreMalformed) {
  for (const std::uint64_t length :
       {(1ULL << 31) - 1, 1ULL << 31, (1ULL << 32) - 1, 1ULL << 32, ~0ULL, 1ULL << 63}) {
    for (std::uint32_t kind = 1; kind <= 10; ++kind) {
      Bytes bytes = varint(std::uint64_t{kind} << 3 | 2);
      append(bytes, varint(length));
      append(bytes, Bytes(1'000, 1));
      decode_all(bytes);
      decode_all(field(kind, bytes));
    }
  }
}

// A signature covers bytes, not their meaning: who writes the same act otherwise has written another event.
TEST(Decoding, OtherBytesOfTheSameActAreAnotherEvent) {
  crypto::start();
  kith::test::SeededRandom random(7);
  const auto sign = crypto::sign_keypair(random);
  const auto dh = crypto::dh_keypair(random);
  const Bytes body = group::encode(group::ControlBody{{}, group::AgreementAct{1, Digest::zero()}});
  Bytes longer = body;
  // A field nobody knows, its tag and its value in more bytes than needed.
  append(longer, Bytes{0xf8, 0x87, 0x00, 0x80, 0x00});
  const auto event_of = [&](const Bytes& of) {
    const mail::Header header{.kind = mail::Kind::ctl,
                              .group = GroupId::zero(),
                              .device = mail::device_id_of(sign.pk, dh.pk),
                              .seq = 0,
                              .prev = Link::zero(),
                              .day = Day{20'000},
                              .length = static_cast<std::uint32_t>(of.size()),
                              .bind = mail::body_bind(of),
                              .ctl_digest = Digest::zero(),
                              .lamport = 1};
    return mail::Event::parse(mail::Event::sign(header, of, sign.seed).wire());
  };
  const auto first = event_of(body), second = event_of(longer);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->id(), second->id());
  EXPECT_FALSE(mail::Event::parse(joined(first->wire().first(256), longer)))
      << "a signature over the one carries the other";
}

double seconds_of(const std::function<void()>& act) {
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    timespec before{}, after{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    act();
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    best = std::min(best, static_cast<double>(after.tv_sec - before.tv_sec) +
                              1e-9 * static_cast<double>(after.tv_nsec - before.tv_nsec));
  }
  return best;
}

// Four times the input may cost ten times the work, within one run: quadratic would be sixteen.
TEST(Decoding, TwiceTheInputIsAboutTwiceTheWork) {
  const std::pair<const char*, std::function<void(std::size_t)>> works[] = {
      {"marks on one letter",
       [](std::size_t n) {
         std::string text = "a";
         while (text.size() < n) text += "\u0301";
         EXPECT_FALSE(render_terminal(PeerText(text)).empty());
       }},
      {"directions that are never closed",
       [](std::size_t n) {
         std::string text;
         while (text.size() < n) text += "\u202e";
         render_terminal(PeerText(text + "a"));
       }},
      {"an escape that never ends",
       [](std::size_t n) {
         EXPECT_FALSE(render_terminal(PeerText("\x1b]0;" + std::string(n, 'x'))).empty());
       }},
      {"lines",
       [](std::size_t n) { EXPECT_FALSE(render_terminal(PeerText(std::string(n, '\n') + "a")).empty()); }},
      {"a frame of many small events",
       [](std::size_t n) {
         const Bytes frame = field(3, many(field(1, Bytes(256, 'e')), n / 260));
         EXPECT_TRUE(mail::parse_frame(frame).has_value());
       }},
      {"unknown fields",
       [](std::size_t n) {
         EXPECT_FALSE(mail::parse_frame(field(1, many(Bytes{0xfa, 0x07, 0}, n / 3))).has_value());
       }},
  };
  for (const auto& [name, work] : works) {
    const double small = seconds_of([&] { work(16 << 10); }), large = seconds_of([&] { work(64 << 10); });
    EXPECT_LE(large, 10 * small + 0.0005) << name << ": " << small << " s, " << large << " s";
  }
}

}  // namespace
}  // namespace kith::hostile
