// An open journal in a folder of its own.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "core/journal/journal.h"
#include "tests/db/scratch.h"

namespace kith::test {

inline WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }
inline constexpr std::int64_t kStart = 1'770'000'000;  // early 2026

class JournalTest : public testing::Test {
 protected:
  JournalTest() : db_(open()), journal_(*journal::Journal::open(db_)) {}

  db::Database open() {
    auto db = db::Database::open(path_, key_of(1), {.create = true});
    KITH_ASSERT(db.has_value());
    return std::move(*db);
  }
  journal::EntryNumber add(const std::string& text, std::int64_t second = 0,
                           journal::Kind kind = journal::Kind::free, bool tender = false) {
    const auto number = journal_.add({.kind = kind,
                                      .text = text,
                                      .written = {at(kStart + second)},
                                      .marks = {},
                                      .tender = tender,
                                      .source = {}});
    EXPECT_TRUE(ok(number));
    return number.value_or(journal::EntryNumber{0});
  }
  std::vector<std::string> find(const std::string& typed, std::size_t limit = 1000) {
    const auto found = journal_.find(journal::parse_query(typed, {}), {.limit = limit});
    EXPECT_TRUE(ok(found)) << typed << " -> " << journal::parse_query(typed, {}).match;
    std::vector<std::string> names;
    if (found)
      for (const auto& summary : *found) names.push_back(name(summary.number));
    return names;
  }

  Scratch scratch_;
  std::string path_ = scratch_ / "journal.db";
  db::Database db_;
  journal::Journal journal_;
};

}  // namespace kith::test
