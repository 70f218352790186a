// The child of a process, as the system lists it.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace kith::test {

inline pid_t child_of(pid_t parent) {  // -1: none, or only one that has ended
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", gone)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto end = text.rfind(')');
    char state = 0;
    int of = -1;
    if (end != std::string::npos && std::sscanf(text.c_str() + end + 1, " %c %d", &state, &of) == 2 &&
        of == parent && state != 'Z' && state != 'X')
      return std::stoi(name);
  }
  return -1;
}

}  // namespace kith::test
