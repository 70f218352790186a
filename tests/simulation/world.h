// The simulated world: persons, the network between them, one clock, one seed. Nothing here knows what an
// operation, a fault or a checker does; those are rows of four tables (tables.h).
#pragma once

#include <set>
#include <span>

#include "tests/simulation/coverage.h"
#include "tests/simulation/network.h"
#include "tests/simulation/person.h"

namespace kith::simulation {

struct Options {
  std::uint64_t seed = 1;
  std::size_t steps = 60;
  bool trace = false;
  std::span<const char* const> script{};  // rows by name, one a step; none: rows are drawn
};

struct Operation;
struct Fault;
struct Lie;

// Something that a person consented to share, as it was shown to them.
struct Share {
  std::size_t author;
  MemberId by;
  std::string text;             // unique
  std::set<MemberId> audience;  // names shown, and the author
  sharing::BodyType what;
  std::int64_t consent = 0;  // 0: the confirmation failed, perhaps after it was written
  ItemId item = ItemId::zero();
  Day until{0};
  bool taken_back = false;         // before it left
  bool withdrawn = false;          // acknowledged
  bool perhaps_withdrawn = false;  // asked for, and the call failed
  // Its envelopes, and who could open them when they left.
  std::map<EventId, std::set<std::size_t>> opened_by = {};
};

// What people who were met since a restored device went back hold of its log, from the place on that it would
// sign next.
struct Met {
  std::uint64_t next = 0;
  std::map<std::uint64_t, Link> held;
};

class World {
 public:
  World(const Options& options, Coverage& coverage);
  ~World();

  // True: everything held. Else failure() says what did not.
  bool run();
  const std::string& failure() const { return failure_; }
  std::uint64_t digest() const { return digest_; }  // of all that happened: equal for equal seeds

  // For the tables.
  SeededRandom random;
  std::vector<std::unique_ptr<Person>> people;
  Network network{*this};
  GroupId group = GroupId::zero();
  WallTime now{std::chrono::seconds(1'780'000'000)};  // a Thursday in 2026
  std::vector<Share> shares;
  Coverage& coverage;
  bool calm = false;  // no more faults

  std::uint32_t below(std::size_t bound) { return random.below(static_cast<std::uint32_t>(bound)); }
  bool chance(std::uint32_t percent) { return random.below(100) < percent; }
  template <class T>
  T& one_of(std::vector<T>& all) {
    return all[below(all.size())];
  }
  Person& person(std::size_t index) { return *people[index]; }
  std::optional<std::size_t> some_person(const std::function<bool(Person&)>& fits);
  std::size_t index_of(const Person& person) const;
  std::optional<std::size_t> owner_of(const MemberId& member) const;
  MemberId member(Person& person);  // as its book says
  std::string unique(std::string_view marker);
  std::string word_of(const Person& person, std::string_view marker);  // the same, and whose it is is known

  void fail(const std::string& checker, const std::string& what);
  bool failed() const { return !failure_.empty(); }
  void trace(const std::string& line);
  void mix(ByteView bytes);  // into the digest

  // What a call may come to: nothing (a rule, a limit), or trouble of a disk that is in trouble. Anything
  // else is a failure of the run. True: it was done.
  bool allowed(const std::string& what, Person& person, const tl::expected<void, Error>& result);
  void tick(std::size_t person, sharing::Occasion occasion);
  // After anything that may have touched its disk: a crash is noticed, and the node starts again.
  void mind(std::size_t person);
  void restart(std::size_t person);
  void joined(std::size_t person);  // it is in the group now

  // What crosses, before anybody encrypts it.
  void crossed(std::size_t from, std::size_t to, const mail::Frame& frame, ByteView bytes);
  std::map<std::pair<DeviceId, std::uint64_t>, Link> signed_places;
  std::map<std::size_t, Met> met;                       // of persons with a restored journal
  std::map<DeviceId, std::uint64_t> looked_at;          // of each own log, by the checkers
  std::map<DeviceId, std::set<std::uint64_t>> unseen;   // envelopes whose payload was not there then
  std::map<std::string, std::size_t> words;             // unique ones, and who wrote them
  std::map<std::vector<Link>, group::Snapshot> states;  // that a set of acts came to

 private:
  void found();
  void step(std::size_t number);
  void pass_time();
  void something_happens();
  void follow_script(const std::string& row);
  void happen(const Fault& fault);
  void tell(std::size_t liar, const Lie& lie);
  bool somebody_does(const Operation& operation);
  void heal();
  std::size_t settle_round();

  Options options_;
  std::string failure_;
  std::uint64_t digest_ = 0;
  std::map<MemberId, std::size_t> owners_;
};

}  // namespace kith::simulation
