// Ana's node, attacked; Ben's, honest; and members whose keys the attackers hold. After each case one
// function asks everything that must still be true.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/mail/frame.h"
#include "tests/hostile/attacker.h"
#include "tests/net/circle.h"

namespace kith::hostile {

using net::test::Circle;
using net::test::Node;

#if defined(__SANITIZE_ADDRESS__)
inline constexpr std::chrono::seconds kSyncBound{10};
#else
inline constexpr std::chrono::seconds kSyncBound{5};
#endif

bool eventually(const std::function<bool()>& wanted, milliseconds patience);

// The words that Circle seals, in every form in which they could lie about.
bool holds_canary(ByteView bytes);
// Every log, payload and fork of a mail.db: equal pictures, equal state.
std::string picture_of(const Node& node, const GroupId& group);
std::optional<std::size_t> descriptors_of(pid_t process);  // none: this user may not look

struct Expected {
  std::map<mail::Reject, std::uint64_t> rose = {};  // by exactly so many; every other counter stays
  bool at_least = false;                            // or by more
  bool same_picture = true;
  std::uint64_t may_keep = 16ULL << 20;  // bytes that the node may hold more than before
};

class Scene {
 public:
  // `members` beyond Ana and Ben, for attackers. `program`: another courier for Ana.
  explicit Scene(std::size_t members, const std::string& program = {});

  Circle circle;
  Node& ana;
  Node& ben;
  Node& member(std::size_t i) { return circle[2 + i]; }
  Attacker attacker(const crypto::LinkKeypair& key) { return {ana.port, ana.link.pk, key}; }

  // The global oracle: the node lives, an honest peer syncs within kSyncBound, exactly the expected
  // counters rose, mail.db says the same, descriptors and memory are back, the log is numbers and few, and no
  // attacker heard a word. Then it looks anew, for the next case.
  void check(const std::string& name, const Expected& expected, std::initializer_list<const Attacker*> heard);
  bool lives() const;  // the same courier as at the beginning; says how it ended, if it did
  milliseconds slowest_sync() const;
  milliseconds usual_sync() const;  // half of them were quicker
  void honest_sync();               // a word from the one to the other, by turns
  void restart_ana();               // her courier forgets whom it kept out, and what it counted
  std::uint64_t resident() const { return ana.status().resident_bytes(); }

 private:
  std::map<std::uint32_t, std::uint64_t> counters() const;
  void look();
  void check_counters(const Expected& expected);
  void check_log() const;

  std::map<std::uint32_t, std::uint64_t> counters_;
  std::string picture_;
  std::optional<std::size_t> descriptors_;
  std::uint64_t resident_ = 0;
  pid_t courier_ = -1;
  std::chrono::steady_clock::time_point began_;
  std::vector<milliseconds> syncs_;
  bool ben_speaks_ = true;
};

// What a member says first; then the port knows who it is.
Bytes hello_of(const Node& node);

}  // namespace kith::hostile
