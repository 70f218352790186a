// Memory runs out at the n-th allocation of an operation. The programs let the exception end them
// (cli/main.cc); here it ends the operation. What it leaves is what a kill leaves: the state before or after,
// nothing between.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <new>

#include "tests/disk/options.h"
#include "tests/disk/trial.h"

namespace {

bool g_counting = false;
long g_count = 0;    // allocations since counting began
long g_failing = 0;  // the one that fails; 0: none

void* allocate(std::size_t size) {
  if (g_counting && ++g_count == g_failing) return nullptr;
  return std::malloc(size == 0 ? 1 : size);
}
void* allocate_or_throw(std::size_t size) {
  void* const room = allocate(size);
  if (room == nullptr) throw std::bad_alloc();
  return room;
}

}  // namespace

void* operator new(std::size_t size) { return allocate_or_throw(size); }
void* operator new[](std::size_t size) { return allocate_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* room) noexcept { std::free(room); }
void operator delete[](void* room) noexcept { std::free(room); }
void operator delete(void* room, std::size_t) noexcept { std::free(room); }
void operator delete[](void* room, std::size_t) noexcept { std::free(room); }
void operator delete(void* room, const std::nothrow_t&) noexcept { std::free(room); }
void operator delete[](void* room, const std::nothrow_t&) noexcept { std::free(room); }

// Protobuf loses what it was just making when memory runs out. The programs end then.
extern "C" const char* __lsan_default_options();
extern "C" const char* __lsan_default_options() { return "detect_leaks=0"; }

namespace kith::test {
namespace {

constexpr long kPoints = 5;  // of each operation, in the normal run

class OutOfMemory : public Trial {
 protected:
  // True: the operation was done, whatever failed on its way.
  bool run_without(Desk& desk, long failing);
  void judge();
  std::size_t ended_ = 0;
};

bool OutOfMemory::run_without(Desk& desk, long failing) {
  g_count = 0;
  g_failing = failing;
  try {
    g_counting = true;
    const auto done = run(desk);
    g_counting = false;
    EXPECT_TRUE(ok(done));
    return done.has_value();
  } catch (const std::bad_alloc&) {
    g_counting = false;
    ++ended_;
    return false;
  }
}

void OutOfMemory::judge() {
  auto desk = again(6);
  const auto found = states_of(*desk);
  EXPECT_TRUE(is_state_of_journal(found.journal));
  EXPECT_TRUE(is_state_of_mail(found.mail));
  EXPECT_TRUE(key_file(folder_) == key_before_ || key_file(folder_) == key_after_);
  expect_it_works_on(*desk);
}

TEST_F(OutOfMemory, LeavesTheStateBeforeOrAfter) {
  std::size_t tried = 0;
  for (const auto& before : chosen()) {
    SCOPED_TRACE(before.operation->name);
    of(before);
    ASSERT_TRUE(run_without(*fresh(), 0));
    const long all = g_count;
    const long step = options().every_call ? 1 : std::max(1L, all / kPoints);
    for (long n = 1; n <= all; n += step) {
      SCOPED_TRACE("allocation " + std::to_string(n) + " of " + std::to_string(all));
      auto desk = fresh();
      const bool done = run_without(*desk, n);
      EXPECT_TRUE(!done || states_of(*desk) == (States{journal_states_.back(), mail_states_.back()}));
      desk.reset();
      judge();
      ++tried;
    }
  }
  std::cout << tried << " allocations failed, " << ended_ << " operations ended there\n";
  EXPECT_GT(ended_, 40u);
}

}  // namespace
}  // namespace kith::test
