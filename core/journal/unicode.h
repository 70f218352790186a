// The little Unicode that journals need, by utf8proc. Private to core/journal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace kith::journal {

// The code point at the start of `text` (which must not be empty) and its size; -1 and 1 if it is not UTF-8.
struct CodePoint {
  std::int32_t value;
  std::size_t size;
};
CodePoint first_code_point(std::string_view text);

bool is_letter(std::int32_t code_point);       // of any script
bool is_word_part(std::int32_t code_point);    // letter, digit, combining mark
bool is_combining(std::int32_t code_point);    // a mark on the letter before
bool is_white_space(std::int32_t code_point);  // also line ends

Result<std::string> nfc(std::string_view text);   // malformed: not UTF-8, or NUL inside
Result<std::string> fold(std::string_view text);  // the same without case

}  // namespace kith::journal
