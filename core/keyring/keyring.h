// This device's secrets, in journal.db: one signing and one dh key for each group, the prekeys, and the own
// head. Secrets never leave journal.db but in the hands of core/sharing. Which prekeys may go is decided
// there.
#pragma once

#include <optional>
#include <vector>

#include "core/base/clock.h"
#include "core/db/database.h"
#include "crypto/agree.h"
#include "crypto/sign.h"

namespace kith::keyring {

struct DeviceKeys {
  GroupId group;
  DeviceId device;
  SignPk sign_pk;
  crypto::SignSeed sign;
  DhPk dh_pk;
  crypto::DhSecret dh;
};
struct HeldPrekey {
  std::uint64_t number;
  PrePk pk;
  crypto::PreSecret secret;
  Day made;
  std::optional<std::uint64_t> announced = {};  // the place in the own log that told the others of it
};
struct OwnHead {  // the last event this device signed: the only source of the next seq and prev
  std::uint64_t seq;
  Link link;
  std::uint64_t lamport;
  Day day;
  std::uint32_t events_that_day;
};

// Every call joins the caller's transaction if one is open.
class Keyring {
 public:
  static Result<Keyring> open(db::Database& journal);  // brings its tables up; borrows the database

  // refused: the group has a device that is not retired, or a key was used before (even by a retired device).
  Result<void> add_device(const DeviceKeys& keys);
  Result<std::optional<DeviceKeys>> device(const GroupId& group);  // the newest, retired or not
  Result<std::vector<GroupId>> groups();                           // in the order they were joined
  Result<void> retire_device(const GroupId& group);  // its own head never moves again; its log stays readable
  Result<bool> retired(const GroupId& group);

  Result<void> add_prekey(const GroupId& group, const HeldPrekey& prekey);  // refused: the number was used
  Result<std::vector<HeldPrekey>> prekeys(const GroupId& group);            // newest first, at most 15
  // The last place told counts; nothing happens if there is no such prekey.
  Result<void> announce_prekey(const GroupId& group, std::uint64_t number, std::uint64_t seq);
  // The secrets of all up to this number are overwritten. refused: the newest stays. How many went.
  Result<std::size_t> delete_prekeys(const GroupId& group, std::uint64_t through);

  Result<std::optional<OwnHead>> own_head(const GroupId& group);  // none: nothing signed yet
  // refused unless seq is the next one (the first is 0), or if the device is retired; not_found: no device.
  Result<void> advance(const GroupId& group, const OwnHead& head);

 private:
  explicit Keyring(db::Database& journal) : journal_(&journal) {}
  db::Database* journal_;
};

}  // namespace kith::keyring
