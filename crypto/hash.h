// H(label, p1, p2, ...; key): BLAKE2b-256 with the label as personalisation (RFC 7693 section 2.8 as
// libsodium offers it), each part preceded by its length as 8 little-endian bytes. Injective, one label for
// each use.
#pragma once

#include <initializer_list>
#include <string_view>

#include "core/base/bytes.h"
#include "crypto/secret.h"

namespace kith::crypto {

// A label of at most 16 bytes, checked when compiled.
class Label {
 public:
  consteval Label(const char* text) : text_(text) {
    if (text_.empty() || text_.size() > 16) throw "a label has 1 to 16 bytes";
  }
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

Digest H(Label label, std::initializer_list<ByteView> parts, ByteView key = {});

// The same, as another 32-byte value.
template <class Fixed>
Fixed H_as(Label label, std::initializer_list<ByteView> parts, ByteView key = {}) {
  return *Fixed::parse(H(label, parts, key).view());
}

// The same, where the result is a key.
SymmetricKey H_key(Label label, std::initializer_list<ByteView> parts, ByteView key);

}  // namespace kith::crypto
