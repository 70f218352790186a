// One person's node: real SQLCipher files with keys that need no passphrase, and what works on them.
#pragma once

#include <memory>
#include <string>

#include "core/sharing/node.h"
#include "tests/db/scratch.h"
#include "tests/support/seeded_random.h"
#include "tests/support/test_clock.h"

namespace kith::test {

class TestNode {
 public:
  TestNode(std::string name, std::uint64_t seed, const Clock& clock);

  sharing::Node& node() { return *node_; }
  operator sharing::Node&() { return *node_; }
  // Both databases, as an unlock opens them; their files are made if they are missing.
  Result<void> open();
  void close();
  bool is_open() const { return node_ != nullptr; }
  // Closes and opens, as after a lock or a crash.
  void reopen();
  // The files as they are now, and back again.
  void snapshot(const std::string& to);
  void restore_journal(const std::string& from);

  std::string name;
  Scratch folder{fast_folder()};
  SeededRandom random;

  db::Database& journal() { return *journal_; }
  mail::MailStore& mail() { return *mail_; }

 private:
  const Clock& clock_;
  std::unique_ptr<db::Database> journal_;
  std::unique_ptr<mail::MailStore> mail_;
  std::unique_ptr<sharing::Node> node_;
};

}  // namespace kith::test
