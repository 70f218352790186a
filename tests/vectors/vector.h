// Test vectors as text. A vector is a block of `field: value` lines, a blank line ends it:
//
//   name: what this one claims        kind: which judge looks at it        expect: what the judge must say
//   from: an earlier name of the same file (every field that is not given here is taken from there)
//   flip: FIELD OFFSET MASK (hex)     cut: FIELD SIZE                      (damage, done last, not inherited)
//
// All other fields belong to the kind; a field may occur several times. A new kind is one function and one
// line `const Judge kMine("mine", judge_mine);` in a .cc file of tests/vectors/CMakeLists.txt; a new file is
// found by itself.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"

namespace kith::test {

struct Vector {
  std::string file, name, kind, expect;
  std::map<std::string, std::vector<std::string>> fields;

  bool has(const std::string& field) const { return fields.contains(field); }
  // The functions below end the program with the vector's name if the field is missing or not what it says.
  std::string text(const std::string& field) const;
  std::uint64_t number(const std::string& field) const;
  Bytes bytes(const std::string& field) const;               // from hex
  std::vector<Bytes> every(const std::string& field) const;  // none if the field is missing
  template <class Fixed>
  Fixed fixed(const std::string& field) const {
    return parsed(Fixed::parse(ByteView(bytes(field))), field);
  }
  template <class Secret>
  Secret secret(const std::string& field) const {
    return parsed(Secret::copy_of(bytes(field)), field);
  }

 private:
  template <class T>
  T parsed(Result<T> value, const std::string& field) const {
    if (!value) broken(field);
    return std::move(*value);
  }
  [[noreturn]] void broken(const std::string& field) const;
};

class Judge {
 public:
  using Function = std::string (*)(const Vector&);  // what happened, in the words of `expect`
  Judge(std::string kind, Function judge);
};

// "ok", or the error as `expect` writes it: "malformed", "unauthentic", ...
std::string word_for(Errc code);
template <class T>
std::string word_for(const Result<T>& result) {
  return result ? "ok" : word_for(result.error().code);
}

std::vector<Vector> read_vectors(const std::string& folder);
Judge::Function judge_for(const std::string& kind);  // null if there is none

}  // namespace kith::test
