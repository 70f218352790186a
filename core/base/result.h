// Errors as values. What a peer, a disk or a person can cause is a Result; what only a bug can cause is
// KITH_ASSERT.
#pragma once

#include <cstdint>
#include <tl/expected.hpp>
#include <utility>

namespace kith {

enum class Errc : std::uint8_t {
  malformed,         // bytes that do not follow their format
  unauthentic,       // a signature, tag or hash does not match
  too_large,         // above a named limit
  unsupported,       // a version, suite or kind this build does not know
  not_found,         // no such thing
  refused,           // a rule forbids it; `what` names the rule
  cancelled,         // the person said no
  usage,             // asked for in a way that makes no sense
  waiting,           // saved, not done yet
  locked,            // the journal is locked
  wrong_passphrase,  // the passphrase does not open the key file
  damaged,           // stored bytes do not verify
  busy,              // another process holds it
  not_set_up,        // no journal here yet
  full,              // no space on the disk
  io,                // any other failure of the operating system
};

// Text known at compile time: an error cannot carry an entry, a name or a key.
class Literal {
 public:
  consteval Literal(const char* text) : text_(text) {}
  constexpr const char* text() const { return text_; }

 private:
  const char* text_;
};

struct Error {
  Errc code;
  Literal what;
  int detail = 0;  // errno or SQLite code, 0 if none
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Errc code, Literal what, int detail = 0) {
  return tl::unexpected<Error>(Error{code, what, detail});
}

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace kith

#define KITH_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::kith::assertion_failed(#condition, __FILE__, __LINE__))

#define KITH_CONCAT_(a, b) a##b
#define KITH_CONCAT(a, b) KITH_CONCAT_(a, b)

// KITH_TRY(auto x, expression): x is the value, or the enclosing function returns the error.
#define KITH_TRY(declaration, ...) KITH_TRY_(KITH_CONCAT(kith_try_, __LINE__), declaration, __VA_ARGS__)
#define KITH_TRY_(name, declaration, ...)                          \
  auto name = (__VA_ARGS__);                                       \
  if (!name) return ::tl::unexpected<::kith::Error>(name.error()); \
  declaration = std::move(*name)

// KITH_CHECK(expression): the same where there is no value to keep.
#define KITH_CHECK(...)                                             \
  do {                                                              \
    if (auto kith_checked = (__VA_ARGS__); !kith_checked)           \
      return ::tl::unexpected<::kith::Error>(kith_checked.error()); \
  } while (false)
