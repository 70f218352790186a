// What a run of many seeds has seen. A simulator that never does something proves nothing about it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace kith::simulation {

class Coverage {
 public:
  // `what`: "operation withdraw", "fault power cut", "lie forge", "reject gap".
  void count(const std::string& what, std::uint64_t times = 1) { counts_[what] += times; }
  std::uint64_t of(const std::string& what) const {
    const auto found = counts_.find(what);
    return found == counts_.end() ? 0 : found->second;
  }
  const std::map<std::string, std::uint64_t>& all() const { return counts_; }
  void add(const Coverage& other) {
    for (const auto& [what, times] : other.counts_) counts_[what] += times;
  }

 private:
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace kith::simulation
