// A folder of its own for each test, gone afterwards.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "core/base/bytes.h"

namespace kith::test {

// In memory where the system has such a folder: thousands of commits need no disk to be right.
inline std::filesystem::path fast_folder() {
  return std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
}

class Scratch {
 public:
  explicit Scratch(const std::filesystem::path& where = std::filesystem::temp_directory_path()) {
    std::string name = (where / "kith-test-XXXXXX").string();
    KITH_ASSERT(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;  // a leftover in the temporary folder harms nothing
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::array<std::uint8_t, 32> key_of(std::uint8_t seed) {
  std::array<std::uint8_t, 32> key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(seed + i * 7);
  return key;
}

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << bytes;
  out.close();
  KITH_ASSERT(out.good());
}

// GoogleTest's way to say what went wrong in a Result.
template <class T>
testing::AssertionResult ok(const Result<T>& result) {
  if (result) return testing::AssertionSuccess();
  return testing::AssertionFailure() << result.error().what.text() << " (code "
                                     << static_cast<int>(result.error().code) << ", detail "
                                     << result.error().detail << ")";
}
template <class T>
testing::AssertionResult fails(const Result<T>& result, Errc code) {
  if (result) return testing::AssertionFailure() << "it worked";
  if (result.error().code == code) return testing::AssertionSuccess();
  return testing::AssertionFailure() << result.error().what.text() << " (code "
                                     << static_cast<int>(result.error().code) << ", detail "
                                     << result.error().detail << ")";
}

}  // namespace kith::test
