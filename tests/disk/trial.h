// One operation at a time, from where it stands in the workload: its folder before, its possible states
// after.
#pragma once

#include <gtest/gtest.h>

#include "tests/disk/workload.h"

namespace kith::test {

// Where an operation starts: the folder and the clock after everything before it in the workload.
struct Before {
  const Operation* operation;
  Image files;
  WallTime time;
};
const Stage& stage();
const std::vector<Before>& chosen();  // sixteen, one of each sort, by running the workload once

struct States {
  Digest journal, mail;
  friend bool operator==(const States&, const States&) = default;
};
States states_of(Desk& desk);
Digest key_file(const std::string& folder);

class Trial : public testing::Test {
 protected:
  static void SetUpTestSuite() { crypto::start(); }

  void of(const Before& before);  // learns its states
  std::unique_ptr<Desk> fresh();  // on the folder before the operation
  Result<std::unique_ptr<Desk>> open(std::uint64_t seed);
  std::unique_ptr<Desk> again(std::uint64_t seed) { return must(open(seed)); }
  Result<void> run(Desk& desk);  // the operation, and the head record after it
  bool is_state_of_journal(const Digest& found) const;
  bool is_state_of_mail(const Digest& found) const;
  // All tables whole, no own event missing, a tick and an entry work.
  void expect_it_works_on(Desk& desk);

  const Before* before_ = nullptr;
  Scratch scratch_{fast_folder()};
  std::string folder_ = std::filesystem::canonical(scratch_.path()).string();
  SetClock clock_;
  // What the databases may say along the way: the states after each commit of a run without faults.
  std::vector<Digest> journal_states_, mail_states_;
  Digest key_before_ = Digest::zero(), key_after_ = Digest::zero();

 private:
  void learn_states();
};

}  // namespace kith::test
