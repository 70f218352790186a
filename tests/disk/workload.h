// What a member's node does to its disk: fifty operations of the journal, the sharing room, mail.db, the key
// file and the head record, one after the other, through the doors that the command line uses.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/journal/journal.h"
#include "core/keyring/head_record.h"
#include "tests/disk/crash_disk.h"
#include "tests/sharing/world.h"

namespace kith::test {

// An unlocked node on the files of one folder: journal.db, mail.db, heads, keyfile.
class Desk {
 public:
  // As a command begins: the head record is compared, tables are brought up. Any error ends it.
  static Result<std::unique_ptr<Desk>> open(const std::string& folder, SetClock& clock, std::uint64_t seed);

  db::Database& journal_db() { return *journal_db_; }
  journal::Journal& journal() { return *journal_; }
  mail::MailStore& mail() { return *mail_; }
  sharing::Node& node() { return *node_; }
  SetClock& clock() { return clock_; }
  Random& random() { return random_; }
  Result<void> keep();  // as a command ends: the head record follows
  const std::string& folder() const { return folder_; }

 private:
  Desk(std::string folder, SetClock& clock, std::uint64_t seed);
  std::string folder_;
  SetClock& clock_;
  SeededRandom random_;
  crypto::JournalKey key_;
  std::unique_ptr<db::Database> journal_db_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<mail::MailStore> mail_;
  std::unique_ptr<sharing::Node> node_;
};

// A group of three in which Ana can do all of it, and what Lena's node has for hers: words, a question, and
// that Mira is no longer a member.
struct Stage {
  Stage();
  GroupId group = GroupId::zero();
  WallTime start;
  Image files;                      // of Ana's folder
  std::vector<mail::Event> events;  // on their way to Ana
  std::vector<std::pair<EventId, Bytes>> payloads;
};

struct Operation {
  const char* name;
  int commits;  // how many transactions of journal.db it may take at most; 0: as many as it needs
  std::function<Result<void>(Desk&, const Stage&)> run;
};
const std::vector<Operation>& workload();

// Everything that the tables of a database say, in one digest; free pages and the order of rows in pages are
// not.
Digest contents(db::Database& database);

}  // namespace kith::test
