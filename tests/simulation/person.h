// One person of the simulated world: a node on a disk that can fail, a clock that can be wrong, and what they
// did that must not be lost.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/journal/drafts.h"
#include "core/journal/journal.h"
#include "core/sharing/items.h"
#include "core/sharing/tick.h"
#include "tests/support/courier.h"
#include "tests/support/memory_disk.h"
#include "tests/support/test_node.h"

namespace kith::simulation {

using namespace std::chrono_literals;
using test::SeededRandom;

// Time that goes on alike for everybody, as each one's clock shows it.
class PersonClock final : public Clock {
 public:
  explicit PersonClock(const WallTime& world) : world_(world) {}
  WallTime now() const override { return world_ < stands_until_ ? stands_at_ : world_ + skew_; }
  Instant steady() const override { return Instant{world_.time_since_epoch()}; }
  std::chrono::seconds skew() const { return skew_; }
  void set_skew(std::chrono::seconds skew) {
    skew_ = skew;
    furthest_ahead_ = std::max(furthest_ahead_, skew);
    stands_until_ = {};  // it was set, so it goes
  }
  void stand_still(std::chrono::seconds span) {
    stands_at_ = now();
    stands_until_ = world_ + span;
  }
  std::chrono::seconds furthest_ahead() const { return furthest_ahead_; }

 private:
  const WallTime& world_;
  std::chrono::seconds skew_{0}, furthest_ahead_{0};
  WallTime stands_at_{}, stands_until_{};
};

// What was acknowledged, so that it must be there. After a call that failed, one of several texts may be.
struct KeptEntry {
  journal::EntryNumber number;
  std::vector<std::string> texts;
  bool perhaps_gone = false;
  bool shared = false;
};
struct KeptDraft {
  journal::DraftNumber number;
  std::vector<std::string> texts;
  bool perhaps_gone = false;
};

// What a modified program does to frames, from when it was switched on.
struct Twist {
  bool withhold = false, reorder = false, replay = false, garble = false, speak_for_others = false;
  bool spoil = false, push = false, hurry = false, strange = false;
  std::optional<std::uint64_t> forks_at;       // from this place of its log on, some hear another story
  bool forks_by_signature = false;             // the first of them is the same event, signed once more
  std::set<std::size_t> hear_another;          // those
  std::map<std::uint64_t, mail::Event> other;  // the other story
  std::optional<mail::Event> below;            // an act on a place that was filled before
  Bytes last;
};

class Person {
 public:
  Person(std::string name, std::uint64_t seed, const WallTime& world);

  bool up() const { return node_->is_open(); }
  test::TestNode& node() { return *node_; }
  operator sharing::Node&() { return node_->node(); }
  test::MemoryDisk& disk() { return *disk_; }
  // Null unless the node is up and in the group.
  test::Courier* courier() { return courier_.get(); }
  bool in_group() const { return courier_ != nullptr; }

  void stop();
  Result<void> start(const GroupId& group);
  Result<void> open_courier(const GroupId& group);
  void wipe();  // stopped before, begun anew after; the member of before is a ghost from now on

  const std::string name;
  PersonClock clock;
  std::vector<KeptEntry> entries;
  std::vector<KeptDraft> drafts;
  test::MemoryDisk::Image copy;  // taken some time ago; empty: none

  bool locked = false;        // kith is closed, the courier runs
  bool courier_down = false;  // kith runs, and nothing reaches it
  bool mail_came = false;
  bool liar = false;  // runs a modified program
  Twist twist;
  bool restored = false;  // from an old copy, at least in part
  bool edited = false;    // somebody changed its mail.db
  bool odd() const { return liar || restored || edited; }

 private:
  void make();

  std::uint64_t seed_;
  std::unique_ptr<test::MemoryDisk> disk_;
  std::unique_ptr<test::TestNode> node_;
  std::unique_ptr<test::Courier> courier_;
};

}  // namespace kith::simulation
