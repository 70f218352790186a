#include "core/base/text.h"

#include <gtest/gtest.h>
#include <utf8proc.h>

#include <random>
#include <type_traits>

#include "core/base/log.h"

namespace kith {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& text) {
  out << text;
};
static_assert(!Printable<PeerText>);
static_assert(!std::is_convertible_v<PeerText, std::string> && !std::is_convertible_v<std::string, PeerText>);

template <class T>
concept Loggable = requires(T value) {
  log::event(log::Id::agent_started, value);
};
static_assert(Loggable<int> && Loggable<std::uint64_t>);
static_assert(!Loggable<const char*> && !Loggable<std::string> && !Loggable<char> && !Loggable<PeerText>);

std::string shown(std::string bytes) { return render_terminal(PeerText(std::move(bytes))); }
std::string isolated(std::string_view text) { return "\u2502 \u2068" + std::string(text) + "\u2069"; }

TEST(PeerText, ControlsAreShownAndDoNothing) {
  EXPECT_EQ(shown("a\x1b[2Jb"), isolated("a\u241b[2Jb"));
  EXPECT_EQ(shown("\x1b]0;title\x07"), isolated("\u241b]0;title\u2407"));
  EXPECT_EQ(shown("a\rb\x7f\b\v"), isolated("a\u240db\u2421\u2408\u240b"));
  EXPECT_EQ(shown("\u009b31m"), isolated("\ufffd31m"));  // the one-character CSI
}

TEST(PeerText, EachLineCarriesTheMargin) {
  EXPECT_EQ(shown("one\nana: two\r\nthree"),
            isolated("one") + "\n" + isolated("ana: two") + "\n" + isolated("three"));
  EXPECT_EQ(shown("one\u2028two\u0085three"),
            isolated("one") + "\n" + isolated("two") + "\n" + isolated("three"));
}

TEST(PeerText, BidirectionalControlsTagsAndInvisiblesGo) {
  EXPECT_EQ(shown("a\u202eb\u2066c\u2069d\u200ee\u061cf\u200bg\u2060h\ufeffi\U000e0041j\u00adk"),
            isolated("abcdefghijk"));
}

TEST(PeerText, JoinersStayOnlyAfterAVisibleCharacter) {
  EXPECT_EQ(shown("\U0001f469\u200d\U0001f467"), isolated("\U0001f469\u200d\U0001f467"));
  EXPECT_EQ(shown("\u200d\u200da\u200d\u200d\u200db"), isolated("a\u200db"));
}

TEST(PeerText, EightMarksStayAndTheNinthGoes) {
  std::string eight = "q", nine = "q";
  for (int i = 0; i < 8; ++i) eight += "\u0331";
  for (int i = 0; i < 500; ++i) nine += "\u0331";
  EXPECT_EQ(shown(eight), isolated(eight));
  EXPECT_EQ(shown(nine), isolated(eight));
}

TEST(PeerText, ComposesAndReplacesInvalidBytes) {
  EXPECT_EQ(shown("e\u0301"), isolated("\u00e9"));
  EXPECT_EQ(shown("a\xff\xc3"), isolated("a\ufffd\ufffd"));
  EXPECT_EQ(shown(std::string("a\0b", 3)), isolated("a\u2400b"));
}

TEST(PeerText, ANameIsOneLine) {
  EXPECT_EQ(render_plain(PeerText("Ana\nSam:\tyes")), "\u2068Ana Sam: yes\u2069");
}

TEST(PeerText, JsonKeepsEverythingEscaped) {
  EXPECT_EQ(render_json(PeerText("\"\\\n\x1b\u202e\U000e0041\u00e9")),
            "\"\\\"\\\\\\n\\u001b\\u202e\\udb40\\udc41\u00e9\"");
}

TEST(OwnText, IsIsolatedOnlyWhenItRunsRightToLeft) {
  EXPECT_EQ(clean_line("plain"), "plain");
  EXPECT_EQ(clean_line("\u05d0"), "\u2068\u05d0\u2069");
}

TEST(Trimmed, TakesBlanksOffBothSidesAndLeavesThoseWithin) {
  EXPECT_EQ(trimmed(" \t two words\r\n"), "two words");
  EXPECT_EQ(trimmed(" \n\t"), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(Width, CountsColumnsAndShortensWithoutOpenIsolates) {
  EXPECT_EQ(display_width("ab\u4e2d"), 4U);
  EXPECT_EQ(shorten("abcdef", 6), "abcdef");
  EXPECT_EQ(shorten("abcdefg", 6), "abcde\u2026");
  EXPECT_EQ(shorten("\u2068abcdefg\u2069", 4), "\u2068abc\u2026\u2069");
}

bool may_be_shown(utf8proc_int32_t c) {
  if (c == '\n' || c == '\t' || c == 0x2068 || c == 0x2069 || c == 0x200c || c == 0x200d) return true;
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    default:
      return true;
  }
}

::testing::AssertionResult only_safe(const std::string& out) {
  int open = 0;
  for (std::size_t at = 0; at < out.size();) {
    utf8proc_int32_t c = 0;
    const auto used = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(out.data() + at),
                                       static_cast<utf8proc_ssize_t>(out.size() - at), &c);
    if (used <= 0) return ::testing::AssertionFailure() << "invalid UTF-8 at byte " << at;
    if (!may_be_shown(c)) return ::testing::AssertionFailure() << "U+" << std::hex << c;
    open += c == 0x2068 ? 1 : c == 0x2069 ? -1 : 0;
    if (open < 0 || open > 1 || (c == '\n' && open != 0)) return ::testing::AssertionFailure() << "isolate";
    at += static_cast<std::size_t>(used);
  }
  return open == 0 ? ::testing::AssertionSuccess() : ::testing::AssertionFailure() << "open isolate";
}

std::string any_bytes(std::mt19937& random) {
  std::string bytes(random() % 60, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::string any_characters(std::mt19937& random) {
  static constexpr utf8proc_int32_t kFavourites[] = {0x1b,   '\n',   0x9b,    0x202e, 0x2069,
                                                     0x200d, 0xfe0f, 0xe0041, 0x301,  0x331,
                                                     'a',    0x5d0,  0x85,    0x2028, 0xffff};
  std::string text;
  for (std::size_t left = random() % 40; left-- > 0;) {
    utf8proc_uint8_t bytes[4];
    const auto c = random() % 2 != 0 ? kFavourites[random() % std::size(kFavourites)]
                                     : static_cast<utf8proc_int32_t>(random() % 0x110000);
    text.append(reinterpret_cast<const char*>(bytes),
                static_cast<std::size_t>(utf8proc_encode_char(c, bytes)));
  }
  return text;
}

TEST(PeerTextProperty, AnyBytesBecomeOnlyPrintableLinesAndTabs) {
  std::mt19937 random(20260101);
  for (int run = 0; run < 20000; ++run) {
    const std::string bytes = run % 2 == 0 ? any_bytes(random) : any_characters(random);
    ASSERT_TRUE(only_safe(render_terminal(PeerText(bytes)))) << "run " << run;
    ASSERT_TRUE(only_safe(render_plain(PeerText(bytes)))) << "run " << run;
    ASSERT_TRUE(only_safe(render_json(PeerText(bytes)))) << "run " << run;
    ASSERT_TRUE(only_safe(clean_lines(bytes))) << "run " << run;
    ASSERT_TRUE(only_safe(shorten(render_plain(PeerText(bytes)), random() % 20))) << "run " << run;
  }
}

}  // namespace
}  // namespace kith
