// The body of a call: one flat JSON object (RFC 8259), read strictly. Texts are wiped when they go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "crypto/secret.h"

namespace kith::cli {

inline constexpr std::size_t kMaxFields = 32;     // of one object
inline constexpr std::size_t kMaxElements = 512;  // of one array

class Fields {
 public:
  // malformed: not exactly one object; anything but strings, whole numbers, true, false, and arrays of
  // strings or of flat objects; a field twice; not UTF-8; a string with NUL; too many of something.
  static Result<Fields> parse(ByteView json);

  bool has(std::string_view name) const { return find(name) != nullptr; }
  // usage: missing where it has to be there, or of another sort.
  Result<std::string_view> text(std::string_view name) const;
  Result<std::string_view> text_or(std::string_view name, std::string_view otherwise) const;
  Result<std::optional<std::int64_t>> number(std::string_view name) const;
  Result<std::int64_t> number_within(std::string_view name, std::int64_t least, std::int64_t most,
                                     std::optional<std::int64_t> otherwise = {}) const;
  Result<bool> flag(std::string_view name) const;                            // false if missing
  Result<std::vector<std::string_view>> texts(std::string_view name) const;  // empty if missing
  Result<std::vector<const Fields*>> objects(std::string_view name) const;   // empty if missing
  // usage: a field that is none of these names, which are separated by blanks.
  Result<void> only(std::string_view names) const;

 private:
  friend class FieldReader;
  using Text = crypto::SecretBytes;
  using Value = std::variant<Text, std::int64_t, bool, std::vector<Text>, std::vector<Fields>>;
  struct Field {
    std::string name;
    Value value;
  };
  const Field* find(std::string_view name) const;
  std::vector<Field> fields_;
};

}  // namespace kith::cli
