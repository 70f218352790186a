#include "tests/disk/options.h"

#include <gtest/gtest.h>

#include <iostream>
#include <string_view>

namespace kith::test {

DiskOptions& options() {
  static DiskOptions all;
  return all;
}

}  // namespace kith::test

int main(int count, char** arguments) {
  testing::InitGoogleTest(&count, arguments);
  auto& options = kith::test::options();
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = arguments[i];
    if (i + 1 == count) {
      std::cerr << name << " needs a value\n";
      return 2;
    }
    const std::string value = arguments[i + 1];
    if (name == "--seed") {
      options.seed = std::stoull(value);
    } else if (name == "--draws") {
      options.draws = std::stoull(value);
    } else if (name == "--state") {
      options.state = value;
    } else if (name == "--kills") {
      options.kills = std::stoi(value);
    } else if (name == "--every-call") {
      options.every_call = value == "1";
    } else {
      std::cerr << "unknown: " << name << "\n";
      return 2;
    }
  }
  return RUN_ALL_TESTS();
}
