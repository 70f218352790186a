// From mail.db into journal.db. mail.db is foreign ground: every chain, signature and roster is checked again
// from the group id, so that wrong, missing or extra rows there only ever shrink what this node does.
#pragma once

#include "core/sharing/node.h"

namespace kith::sharing {

struct IntakeReport {
  std::size_t events = 0;        // newly verified, of others
  std::size_t opened = 0;        // bodies that are for me and may be shown or wait for a signature
  std::size_t dropped = 0;       // unasked feedback, bodies that break a rule: erased unseen
  std::size_t unreadable = 0;    // copies that did not open; another variant may come
  std::size_t tried = 0;         // envelopes that the prekeys were tried on
  bool control_changed = false;  // the state may have changed
};

class Intake {
 public:
  explicit Intake(Node& node) : node_(node) {}
  // Everything new in one group; small transactions. `all`: look again at every envelope still waiting for
  // its payload (start-up), else only at payloads that arrived since.
  Result<IntakeReport> run(const GroupId& group, bool all);
  // Received items whose day has come, by the local clock, never lengthened by a wrong one.
  Result<std::size_t> expire(const GroupId& group);

 private:
  Node& node_;
};

}  // namespace kith::sharing
