// What the unlocked agent does, whenever mail arrived, something was confirmed, or time has come.
#pragma once

#include "core/sharing/intake.h"

namespace kith::sharing {

enum class Occasion : std::uint8_t {
  start,  // after unlocking: finishes what a crash left, looks at everything that waits
  timer,  // mail arrived, or next_due passed
  sync,   // a person asked for a sync: due shares and checkpoints go now, not with the next batch
};
struct TickReport {
  IntakeReport intake;
  std::size_t released = 0;
  bool mail_grew = false;  // tell the courier
  bool retired = false;    // a device of mine turned out to be a restored copy
  WallTime next_due;       // call again then, at the latest
};
Result<TickReport> tick(Node& node, Occasion occasion);

}  // namespace kith::sharing
