// Who may: the table of core/group/README.md as code. Used for every act against the state of its own causal
// past, and by may() against the state of now. Private.
#pragma once

#include <vector>

#include "core/group/state.h"

namespace kith::group {

inline constexpr int kRecovery = 6, kOwn = 5, kTrustee = 4, kLeader = 3, kCo = 2, kMember = 1, kSelf = 0;

// One way in which an act could have authority: `need` of the eligible must have signed, the author or by
// endorsements.
struct Way {
  int by_class;
  std::size_t need;
  bool by_rank;  // rests on the author's rank, which a demotion takes away
  std::vector<MemberId> members;
  std::vector<SignPk> outsiders;
};

struct Circumstances {  // what the act's event adds; nothing of it for may()
  std::optional<DeviceId> device = {};
  std::optional<Day> day = {};
  std::size_t body_size = 0;
  std::size_t acts_that_day = 0;                 // of the same device, before this one
  const std::vector<JoinBody>* joins = nullptr;  // of the act's records, device signatures checked
  // Highest seq of a control event of each device in the act's past, of a forked one below the fork: cuts
  // must cover them.
  const std::map<DeviceId, std::uint64_t>* seen = nullptr;
};

// refused with the rule's name; else at least one way, the highest class first.
Result<std::vector<Way>> ways(const State& past, const MemberId& actor, const Act& act,
                              const Circumstances& at);

// Taking something away: decided in the first pass.
bool protective(const Act& act);

// Does it count among the acts that a plain member writes in a day? A proof of a fork does not: who can make
// forks would otherwise use up the days of whoever shows them.
bool counts_in_day(const Act& act);

// The keys a join record enrols are nobody's yet.
bool keys_are_new(const State& state, const JoinBody& join);

}  // namespace kith::group
