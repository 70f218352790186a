// An append that fails changed nothing: neither mail.db, nor what the roster knows.
#include <gtest/gtest.h>

#include "tests/support/test_clock.h"
#include "tests/support/toy_store.h"

namespace kith::mail {
namespace {

using namespace kith::test;

// Somebody else reads the file, so that nothing can be committed.
class FailedAppend : public testing::Test {
 protected:
  FailedAppend() {
    node.roster.add(ana);
    auto own =
        db::Database::open(node.scratch / "mail.db", key_of(7), {.busy = std::chrono::milliseconds(1)});
    KITH_ASSERT(own.has_value());
    store = std::make_unique<MailStore>(must(MailStore::open(std::move(*own))));
    other = std::make_unique<db::Database>(must(db::Database::open(node.scratch / "mail.db", key_of(7), {})));
  }
  Result<Appended> append(const Event& event) {
    return store->append(kToyGroup, std::span(&event, 1), node.roster, Day{kToyDay});
  }
  void fail_to_append(const Event& event) {
    auto reading = must(other->prepare("SELECT name FROM sqlite_master"));
    ASSERT_TRUE(must(reading.step()));
    const auto failed = append(event);
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code, Errc::busy);
  }

  Author ana{1};
  ToyStore node;
  std::unique_ptr<MailStore> store;
  std::unique_ptr<db::Database> other;
};

TEST_F(FailedAppend, TeachesTheRosterNothing) {
  const auto first = ana.control("1"), second = ana.control("2");
  ASSERT_TRUE(append(first).has_value());
  fail_to_append(second);
  EXPECT_EQ(node.roster.learnt.size(), 2U) << "it was learned before it was to be stored";
  EXPECT_EQ(node.roster.known, std::set<Link>{first.link()});
  EXPECT_EQ(must(store->control_events(kToyGroup)).size(), 1U);

  ASSERT_TRUE(append(second).has_value());
  EXPECT_EQ(node.roster.known, (std::set<Link>{first.link(), second.link()}));
}

// kith's own acts are in the journal before they are in mail.db.
TEST_F(FailedAppend, LeavesWhatTheRosterKnewBefore) {
  const auto own = ana.control("1");
  node.roster.learn(std::span(&own, 1));
  fail_to_append(own);
  EXPECT_EQ(node.roster.known, std::set<Link>{own.link()});
}

TEST_F(FailedAppend, TellsOfNoFork) {
  mail::Header header = ana.next();
  ASSERT_TRUE(append(ana.control("1")).has_value());
  const Bytes body = to_bytes(as_bytes("2"));
  header.bind = body_bind(body);
  header.length = static_cast<std::uint32_t>(body.size());
  const auto branch = ana.sign(header, body);
  fail_to_append(branch);
  EXPECT_TRUE(node.roster.forked.empty());
  EXPECT_TRUE(must(store->forks(kToyGroup, 0, 10)).empty());
  ASSERT_TRUE(append(branch).has_value());
  EXPECT_TRUE(node.roster.forked.contains(ana.id));
}

}  // namespace
}  // namespace kith::mail
