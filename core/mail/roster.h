// What the mail room asks about devices. core/group answers from signed control acts; mail knows no members.
#pragma once

#include <optional>
#include <set>
#include <span>

#include "core/mail/event.h"

namespace kith::mail {

class Roster {
 public:
  virtual ~Roster() = default;
  // The key that signs `device`'s log, for every device ever enrolled in the group; none for strangers.
  virtual std::optional<SignPk> sign_key(const DeviceId& device) const = 0;
  // Two devices of one member may tombstone each other's envelopes.
  virtual bool same_member(const DeviceId& a, const DeviceId& b) const = 0;
  // May this event be stored? After a removal or revocation nothing beyond the cut is, except tombstones
  // after a removal. After a suspension everything is kept (unshown).
  virtual bool storable(const Header& header, const Link& link) const = 0;
  // May this event be told to others? What may be stored, and an act beyond a cut that stands all the same:
  // it counts, or somebody built on it and waits for it wherever it is not.
  virtual bool tells(const Header& header, const Link& link) const = 0;
  // For each of these events of one log: devices of other members whose acts are here and wait for it, or for
  // one of these that stands on it; and its own device if it is an act that is placed here already. None: it
  // is not wanted beyond a cut, nor beside a log that is full of others.
  virtual std::vector<std::vector<DeviceId>> waiting_for(std::span<const Event> run) const = 0;
  // Is the device enrolled by an act that counts? Those who are not have the bounds of one log together.
  virtual bool counts(const DeviceId& device) const = 0;
  // A device that may hold a live connection now, and the link key it must own.
  virtual bool may_connect(const DeviceId& device, const LinkPk& link) const = 0;
  // CTL and DEV events that were just stored, in log order; the roster answers anew from here on. Returns the
  // links of those that it did not know.
  virtual std::set<Link> learn(std::span<const Event> control) = 0;
  // These were not stored after all: the roster answers as if it had never learned them.
  virtual void unlearn(const std::set<Link>& links) = 0;
  // A proof, checked, that `first.header.device` signed two different events, or one event twice, on one
  // place of its log: the lowest such place that this node knows. MailStore::forks() gives them again after a
  // restart.
  virtual void fork(const SignedHeader& /*first*/, const SignedHeader& /*second*/) {}
};

// How many events of a run of one log may be stored: up to the first that is not storable; or, since an act
// stands on what is below it, up to the last act that others wait for.
std::size_t storable_run(const Roster& roster, std::span<const Event> run);

}  // namespace kith::mail
