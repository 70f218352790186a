// What a port and a dialler ask about their group at each message.
#pragma once

#include <memory>

#include "net/link.h"

namespace kith::net {

class Membership {
 public:
  virtual ~Membership() = default;
  virtual bool welcome(const LinkPk& key, Instant now) const = 0;  // in the roster, not barred
  // A connection with this key was cut for `reason`: bars it for a while if that is the peer's doing.
  virtual void misbehaved(const LinkPk& key, mail::Reject reason, Instant now) = 0;
  virtual void count(mail::Reject reason) = 0;  // what no link counts itself
  virtual std::unique_ptr<Link> make_link(const LinkPk& key, Instant now) = 0;
  virtual const mail::Roster& roster() const = 0;
};

}  // namespace kith::net
