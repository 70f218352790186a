// What a member's key can say once it is in, as rows: broken boxes, broken messages, lies. They are said to
// the courier as it is, and to one whose transport lets everybody in.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "core/mail/exchange.h"
#include "tests/hostile/scene.h"

namespace kith::hostile {

inline constexpr std::chrono::seconds kSoon{5};

struct Said {
  Attacker& by;
  Node& as;
  Scene& scene;

  void bytes(ByteView plain, std::uint8_t inner = 0) const { by.say(by.message(plain, inner)); }
  void frame(const mail::Frame& what) const { bytes(mail::encode_frame(what)); }
  void hello() const { bytes(hello_of(as)); }
  void met() const {  // and then any frame may follow
    hello();
    frame(mail::frame::Frontier{});
  }
  // Waits until Ana's node has read what was said.
  bool heard() const { return by.hear(kSoon).has_value(); }
};

enum class End { cut, stands };
struct Case {
  const char* name;
  End end;
  std::map<mail::Reject, std::uint64_t> rose;
  std::function<void(Said)> act;
};

std::vector<Case> broken_boxes();  // below the frames: nothing of it reaches a counter, libzmq ends it
std::vector<Case> broken_messages();
std::vector<Case> lies();

// Each said by a caller of its own, who passes for the scene's member of that number.
using Caller = std::function<std::unique_ptr<Attacker>(std::size_t)>;
void run_cases(Scene& scene, const std::vector<Case>& cases, const Caller& caller);

}  // namespace kith::hostile
