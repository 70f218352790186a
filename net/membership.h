// What a port and a dialler ask about their group at each message.
#pragma once

#include <memory>

#include "net/link.h"

namespace kith::net {

class Membership {
 public:
  virtual ~Membership() = default;
  virtual bool welcome(const LinkPk& key, Instant now) const = 0;         // in the roster, not barred
  virtual void misbehaved(const LinkPk& key, mail::Reject, Instant) = 0;  // counted, and barred for a while
  virtual void unauthorised() = 0;                                        // counted
  virtual std::unique_ptr<Link> make_link(const LinkPk& key, Instant now) = 0;
  virtual const mail::Roster& roster() const = 0;
};

}  // namespace kith::net
