// Everything one unlocked node has. Use cases borrow it: Groups, Agreements, Joining, ConsentGate, Items,
// Feedback, Intake, audit(), tick(). Not thread-safe; several processes may each have one on the same files.
#pragma once

#include <chrono>
#include <map>
#include <memory>

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/db/database.h"
#include "core/group/resolver.h"
#include "core/keyring/keyring.h"
#include "core/mail/mail_store.h"

namespace kith::sharing {

// One group as this node knows it: resolved from control events that it verified itself and keeps in
// journal.db. mail.db is never asked who is a member.
struct Book {
  GroupId group;
  std::string name;
  DeviceId device;  // of this node
  MemberId me;
  std::unique_ptr<group::GroupRoster> roster;
  std::int64_t newest_row = 0;              // of the control events in it
  Digest chain = Digest::zero();            // over their ids
  std::optional<std::int64_t> payload_row;  // how far arrivals of payloads were looked at; none: all to do
  std::map<DeviceId, MemberId> buried_for = {};  // whose device is whose, when tombstones were last looked at

  // As it is now; what was asked before stays what it was.
  group::Snapshot state() const { return roster->state(); }
  bool i_am_active() const {
    const auto now = state();
    return now->active(me) && now->active(device);
  }
};

inline constexpr std::chrono::seconds kDefaultOutbox{600};
inline constexpr std::chrono::seconds kLongestOutbox{3600};

class Node {
 public:
  // Brings the tables of this room up. All are borrowed and outlive the node.
  static Result<std::unique_ptr<Node>> open(db::Database& journal, mail::MailStore& mail, const Clock& clock,
                                            Random& random);

  db::Database& journal() { return journal_; }
  mail::MailStore& mail() { return mail_; }
  keyring::Keyring& keyring() { return keyring_; }
  Random& random() { return random_; }
  WallTime now() const { return clock_.now(); }
  Day today() const { return day_of(clock_.now()); }

  // Events signed through this object so far.
  std::uint64_t publications() const { return publications_; }
  void count_publication() { ++publications_; }

  // The book, brought up to date with what any process of this node wrote. not_found; damaged: its acts are
  // not those that the head record notes, as after a page of journal.db was put back.
  Result<Book*> book(const GroupId& group);
  Result<std::vector<GroupId>> groups();
  // After a transaction that wrote control events failed: what was read inside it never was.
  void forget(const GroupId& group) { books_.erase(group); }

  // How long a confirmed share can still be stopped: 0 s to 60 min, an own setting. usage outside.
  Result<std::chrono::seconds> outbox();
  Result<void> set_outbox(std::chrono::seconds wait);

 private:
  Node(db::Database& journal, mail::MailStore& mail, keyring::Keyring keyring, const Clock& clock,
       Random& random);
  db::Database& journal_;
  mail::MailStore& mail_;
  keyring::Keyring keyring_;
  const Clock& clock_;
  Random& random_;
  std::map<GroupId, Book> books_;
  std::uint64_t publications_ = 0;
};

}  // namespace kith::sharing
