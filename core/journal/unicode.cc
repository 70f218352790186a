#include "core/journal/unicode.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

namespace kith::journal {
namespace {

struct Free {
  void operator()(utf8proc_uint8_t* bytes) const { std::free(bytes); }
};

Result<std::string> map(std::string_view text, int options) {
  if (text.find('\0') != std::string_view::npos) return fail(Errc::malformed, "the text holds a NUL");
  if (text.empty()) return std::string();
  utf8proc_uint8_t* mapped = nullptr;
  const auto size = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
      &mapped, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | options));
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(mapped);
  if (size == UTF8PROC_ERROR_NOMEM) return fail(Errc::io, "there is no memory for the text");
  if (size < 0) return fail(Errc::malformed, "the text is not UTF-8");
  return std::string(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
  utf8proc_int32_t value = -1;
  const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &value);
  if (size <= 0) return {-1, 1};
  return {value, static_cast<std::size_t>(size)};
}

bool is_letter(std::int32_t code_point) {
  const auto category = utf8proc_category(code_point);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool is_word_part(std::int32_t code_point) {
  const auto category = utf8proc_category(code_point);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

bool is_combining(std::int32_t code_point) {
  const auto category = utf8proc_category(code_point);
  return category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
}

bool is_white_space(std::int32_t code_point) {
  if (code_point >= 9 && code_point <= 13) return true;
  const auto category = utf8proc_category(code_point);
  return category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP;
}

Result<std::string> nfc(std::string_view text) { return map(text, 0); }
Result<std::string> fold(std::string_view text) { return map(text, UTF8PROC_CASEFOLD); }

}  // namespace kith::journal
