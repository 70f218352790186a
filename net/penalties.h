// Link keys that misbehaved and are not let in for a while. Pure. A stranger cannot put anybody here: only
// what arrived over a connection that proved the key counts against it.
#pragma once

#include <map>

#include "core/base/bytes.h"
#include "core/base/clock.h"

namespace kith::net {

class Penalties {
 public:
  void add(const LinkPk& key, Instant now);
  bool barred(const LinkPk& key, Instant now) const;

 private:
  struct Penalty {
    unsigned times;
    Instant until;
  };
  std::map<LinkPk, Penalty> penalties_;  // bounded by the roster: only members get this far
};

}  // namespace kith::net
