// What the folders below golden/ hold, for the program that makes one and the test that opens all.
#pragma once

#include <string_view>

namespace kith::test::golden {

inline constexpr std::string_view kPassphrase = "a lamp in the hall";
inline constexpr std::string_view kEntry = "The first frost. I waited at the gate ~calm:4 #garden @lena";
inline constexpr std::string_view kBefore = "What I wrote before I thought again.";
inline constexpr std::string_view kEdited = "What I wrote after I thought again ~sad:3.";
inline constexpr std::string_view kGone = "Taken away, and still to be had back.";
inline constexpr std::string_view kReceived = "What I take home from Tuesday.";
inline constexpr std::string_view kShared = "It was good to be asked.";
inline constexpr std::int64_t kLater = 1'780'200'000;  // Unix time at which a folder is looked at

}  // namespace kith::test::golden
