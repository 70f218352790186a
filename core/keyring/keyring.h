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

  Result<void> add_device(const DeviceKeys& keys);  // once a group
  Result<std::optional<DeviceKeys>> device(const GroupId& group);
  Result<std::vector<GroupId>> groups();
  Result<void> retire_device(const GroupId& group);  // never signs again; its log stays readable
  Result<bool> retired(const GroupId& group);

  Result<void> add_prekey(const GroupId& group, const HeldPrekey& prekey);
  Result<std::vector<HeldPrekey>> prekeys(const GroupId& group);  // newest first, at most 15
  Result<void> delete_prekey(const GroupId& group, std::uint64_t number);

  Result<std::optional<OwnHead>> own_head(const GroupId& group);    // none: nothing signed yet
  Result<void> advance(const GroupId& group, const OwnHead& head);  // refused unless seq is the next one

 private:
  explicit Keyring(db::Database& journal) : journal_(&journal) {}
  db::Database* journal_;
};

}  // namespace kith::keyring
