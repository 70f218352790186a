#include "tests/support/test_node.h"

#include "core/journal/journal.h"

namespace kith::test {
namespace {

constexpr std::uint8_t kJournalKey = 3, kMailKey = 9;

Result<db::Database> open_database(const std::string& path, std::uint8_t key) {
  return db::Database::open(path, key_of(key), {.create = true});
}

}  // namespace

TestNode::TestNode(std::string called, std::uint64_t seed, const Clock& clock)
    : name(std::move(called)), random(seed), clock_(clock) {
  reopen();
}

void TestNode::close() {
  node_.reset();
  mail_.reset();
  journal_.reset();
}

Result<void> TestNode::open() {
  KITH_TRY(auto journal, open_database(folder / "journal.db", kJournalKey));
  KITH_TRY(auto mail_database, open_database(folder / "mail.db", kMailKey));
  KITH_TRY(auto mail, mail::MailStore::open(std::move(mail_database)));
  KITH_CHECK(journal::Journal::open(journal));
  journal_ = std::make_unique<db::Database>(std::move(journal));
  mail_ = std::make_unique<mail::MailStore>(std::move(mail));
  auto node = sharing::Node::open(*journal_, *mail_, clock_, random);
  if (!node) {
    close();
    return tl::unexpected<Error>(node.error());
  }
  node_ = std::move(*node);
  return {};
}

void TestNode::reopen() {
  close();
  must(open());
}

void TestNode::snapshot(const std::string& to) { write_file(folder / to, read_file(folder / "journal.db")); }

void TestNode::restore_journal(const std::string& from) {
  close();
  write_file(folder / "journal.db", read_file(folder / from));
  reopen();
}

}  // namespace kith::test
