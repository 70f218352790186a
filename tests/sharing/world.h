// Several nodes in one process: real SQLCipher files, real keys, a clock that the test sets. When two meet,
// the frames of two mail::Exchanges cross, as between their couriers; carry() copies one way, as a bundle
// would.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/sharing/agreements.h"
#include "core/sharing/audit.h"
#include "core/sharing/feedback.h"
#include "core/sharing/groups.h"
#include "core/sharing/joining.h"
#include "core/sharing/publish.h"
#include "core/sharing/tick.h"
#include "tests/support/test_node.h"

namespace kith::test {

using namespace std::chrono_literals;

// A frame as anybody sees it who watches a connection from inside CURVE without keys to any envelope.
struct Crossed {
  std::string from, to;
  std::size_t kind;  // of mail::Frame
  std::size_t size;
  friend bool operator==(const Crossed&, const Crossed&) = default;
};

// A led group. The first name is the leader's.
class World {
 public:
  explicit World(const std::vector<std::string>& names, std::uint64_t seed = 1);

  TestNode& operator[](const std::string& name);
  GroupId found();  // by the first: agreement in force, alone
  // Invited by the first; words compared; not signed yet. `shows`: what the joiner's clock says meanwhile.
  void join(const std::string& name, std::optional<WallTime> shows = {});
  void sign(const std::string& name);        // what there is to sign
  void everybody();                          // found, join, sign, and exchanged until all is quiet
  void carry(TestNode& from, TestNode& to);  // everything of the group that `from` holds
  // Two couriers connect and talk until both are quiet. Nothing crosses if one of them would refuse the
  // other.
  void meet(const std::string& a, const std::string& b);
  void settle(int rounds = 3);  // everybody meets everybody, with ticks that send what is due

  MemberId member(const std::string& name);
  sharing::TickReport tick(const std::string& name, sharing::Occasion occasion = sharing::Occasion::sync);
  EventId act(TestNode& node, const group::Act& what);  // published, and in its own mail
  // Preview, confirm with the digest shown, let the outbox end, release. What left under.
  sharing::Confirmed share(const std::string& from, const sharing::Draft& draft);
  sharing::Draft draft(std::string text, sharing::To to, const std::vector<std::string>& people = {});

  SetClock clock;
  GroupId group = GroupId::zero();
  std::vector<std::unique_ptr<TestNode>> nodes;
  std::vector<Crossed> crossed;  // at every meeting so far
};

}  // namespace kith::test
