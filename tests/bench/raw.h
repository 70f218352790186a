// What the machine can do with the bytes of (a): CURVE, SQLCipher and signatures, alone and together.
#pragma once

#include "tests/bench/group_world.h"
#include "tests/bench/measure.h"

namespace kith::bench {

struct Work {
  bool network = false;  // the bytes come over CURVE; else the first frame is stored again and again
  bool store = false;
  bool items = false;   // the item signature of every payload
  bool events = false;  // the signature of every header
};
// A receiver in a process of its own, from "go" until the last frame is worked up.
Sample raw(const GroupWorld& world, const std::string& data, const Work& work);

}  // namespace kith::bench
