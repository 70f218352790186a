// Courier non-interference: whatever is done to mail.db, by a courier that was taken over or by an old copy
// put in its place, only ever shrinks the set of devices that kith seals to.
#include <sqlite3.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "crypto/envelope.h"
#include "tests/sharing/world.h"

namespace kith::test {
namespace {

using namespace sharing;

struct Table {
  const char* name;
  std::vector<const char*> columns;
};
const std::vector<Table> kTables = {
    {"event", {"wire", "id", "seq", "log", "control", "gone", "grp"}},
    {"head", {"seq", "checked", "link", "device_id", "owner", "day", "day_events", "purged", "grp"}},
    {"payload", {"bytes", "event", "digest", "verdict", "grp"}},
    {"missing", {"event", "grp"}},
    {"place", {"device_id", "link_pk", "link_secret", "port", "keep_from", "group_id"}},
    {"fork", {"first", "second", "device_id", "seq"}},
};

// One edit with SQL made of data, which the product cannot make.
class Editor {
 public:
  Editor(sqlite3* db, SeededRandom& random) : db_(db), random_(random) {}

  // False: there was nothing to edit, or the schema forbids it.
  bool edit() {
    const Table& table = kTables[random_.below(static_cast<std::uint32_t>(kTables.size()))];
    const std::string name = table.name;
    const std::int64_t rows = number("SELECT count(*) FROM " + name);
    if (rows == 0) return false;
    const std::string row = any_row(name, rows), other = any_row(name, rows);
    const std::string column = table.columns[random_.below(static_cast<std::uint32_t>(table.columns.size()))];
    switch (random_.below(6)) {
      case 0:
        return run("DELETE FROM " + name + " WHERE rowid = " + row);
      case 1:
        return run("DELETE FROM " + name + " WHERE rowid >= " + row);
      case 2:
        return run("UPDATE " + name + " SET " + column + " = (SELECT " + column + " FROM " + name +
                   " WHERE rowid = " + other + ") WHERE rowid = " + row);
      case 3:
        return run("UPDATE " + name + " SET " + column + " = " + column + " + " +
                   std::to_string(1 + random_.below(3)) + " WHERE rowid = " + row);
      case 4:
        return flip(name, column, row);
      default:
        return run("INSERT OR REPLACE INTO tomb SELECT id, log FROM event ORDER BY row LIMIT 1 OFFSET " +
                   std::to_string(random_.below(8)));
    }
  }

 private:
  bool run(const std::string& sql) {
    return sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK && sqlite3_changes(db_) > 0;
  }
  std::int64_t number(const std::string& sql) {
    std::int64_t found = 0;
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
      found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return found;
  }
  std::string any_row(const std::string& table, std::int64_t rows) {
    return std::to_string(number("SELECT rowid FROM " + table + " ORDER BY rowid LIMIT 1 OFFSET " +
                                 std::to_string(random_.below(static_cast<std::uint32_t>(rows)))));
  }
  bool flip(const std::string& table, const std::string& column, const std::string& row) {
    sqlite3_stmt* read = nullptr;
    Bytes bytes;
    const std::string select = "SELECT " + column + " FROM " + table + " WHERE rowid = " + row;
    if (sqlite3_prepare_v2(db_, select.c_str(), -1, &read, nullptr) == SQLITE_OK &&
        sqlite3_step(read) == SQLITE_ROW && sqlite3_column_type(read, 0) == SQLITE_BLOB) {
      const auto* begin = static_cast<const std::uint8_t*>(sqlite3_column_blob(read, 0));
      bytes.assign(begin, begin + sqlite3_column_bytes(read, 0));
    }
    sqlite3_finalize(read);
    if (bytes.empty()) return false;
    const auto at = random_.below(static_cast<std::uint32_t>(bytes.size()));
    bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << random_.below(8)));
    return run("UPDATE " + table + " SET " + column + " = x'" + to_hex(bytes) + "' WHERE rowid = " + row);
  }

  sqlite3* db_;
  SeededRandom& random_;
};

// Whether `node` holds a prekey secret that opens what `author` just sealed.
bool opens(TestNode& node, TestNode& author, const GroupId& group, const mail::SignedHeader& envelope,
           ByteView payload) {
  const auto held = must(node.node().keyring().prekeys(group));
  std::vector<crypto::HeldPrekey> keys;
  for (const auto& prekey : held) keys.push_back({prekey.pk, prekey.secret});
  const auto* book = must(node.node().book(group));
  const auto state = must(author.node().book(group))->state();
  const auto bind = ItemPk::parse(envelope.header.bind.view());
  const auto opened =
      crypto::open_payload(payload, envelope.id, *bind, group, envelope.header.seq, envelope.header.device,
                           state->device(envelope.header.device)->dh, book->device, keys);
  return opened.what == crypto::Opening::opened;
}

class Taken {
 public:
  Taken() : world({"Lena", "Ana", "Ben", "Cleo", "Dan"}) {
    world.everybody();
    remember();
    world.share("Cleo", world.draft("Before I go.", To::group));
    world.settle();
    remember();
    must(Groups(world["Lena"]).remove_member(world.group, world.member("Cleo")));
    must(Groups(world["Dan"]).leave_now(world.group, {}));
    for (int i = 0; i < 2; ++i) {
      world.clock.advance(std::chrono::hours(1));
      for (const char* name : {"Lena", "Dan"}) world.tick(name);
      world.carry(world["Dan"], ana);
      world.carry(world["Lena"], ana);
      world.tick("Ana");
    }
    remember();
    journal = read_file(ana.folder / "journal.db");
    ana.close();
  }
  void remember() { mails.push_back(read_file(ana.folder / "mail.db")); }
  // Shares after `rounds` edits to the copy `which` of mail.db. Nothing: the node would not seal.
  std::optional<std::set<std::string>> sealed_to(std::size_t which, std::size_t rounds, SeededRandom& random,
                                                 std::size_t& edits) {
    ana.close();
    write_file(ana.folder / "journal.db", journal);
    write_file(ana.folder / "mail.db", mails.at(which));
    if (!ana.open()) return std::nullopt;
    for (std::size_t i = 0; i < rounds; ++i)
      edits += Editor(ana.mail().database().handle(), random).edit() ? 1 : 0;
    ana.close();
    if (!ana.open()) return std::nullopt;  // a schema or a key that is no longer ours
    [[maybe_unused]] const auto looked = tick(ana, Occasion::start);  // it may say that mail.db is damaged
    ConsentGate gate(ana);
    const auto draft = world.draft("After it.", To::group);
    const auto preview = gate.preview(world.group, draft);
    if (!preview || preview->refusal) return std::nullopt;
    const auto confirmed = gate.confirm(world.group, draft, preview->digest);
    if (!confirmed || !gate.release_now(confirmed->consent)) return std::nullopt;
    return readers();
  }

  World world;
  TestNode& ana = world["Ana"];
  std::vector<std::string> mails;
  std::string journal;

 private:
  // Who can open the newest envelope that this node signed, by trying everybody's keys.
  std::optional<std::set<std::string>> readers() {
    const auto head = must(ana.node().keyring().own_head(world.group));
    const auto* book = must(ana.node().book(world.group));
    std::set<std::string> names;
    bool found = false;
    const auto event = ana.mail().event_at(world.group, book->device, head->seq);
    if (!event || !*event) return std::nullopt;  // it was signed, but mail.db no longer takes it
    const auto header = must(mail::parse_signed_header((*event)->signed_bytes()));
    const auto payloads = ana.mail().payloads(header.id);
    if (!payloads) return std::nullopt;
    for (const auto& payload : *payloads)
      for (auto& node : world.nodes) {
        found = true;
        if (opens(*node, ana, world.group, header, payload)) names.insert(node->name);
      }
    return found ? std::optional(names) : std::nullopt;
  }
};

// KITH_BOUND: how many edited copies, in a long run.
TEST(CourierNonInterference, NoEditAndNoOldCopyAddsAReader) {
  const char* bound = std::getenv("KITH_BOUND");
  const int cases = bound == nullptr ? 40 : std::atoi(bound);
  Taken taken;
  SeededRandom random(61);
  std::size_t edits = 0, sealed = 0;
  const auto whole = taken.sealed_to(2, 0, random, edits);
  ASSERT_TRUE(whole.has_value());
  ASSERT_EQ(*whole, (std::set<std::string>{"Ana", "Ben", "Lena"})) << "Cleo was removed and Dan has left";
  for (int i = 0; i < cases; ++i) {
    SCOPED_TRACE(i);
    const auto which = static_cast<std::size_t>(i) % taken.mails.size();
    const auto rounds = which == 2 || i >= 6 ? 1 + random.below(4) : 0;  // the old copies as they were, too
    const auto now = taken.sealed_to(which, rounds, random, edits);
    if (!now) continue;
    ++sealed;
    EXPECT_TRUE(std::ranges::includes(*whole, *now)) << testing::PrintToString(*now);
  }
  std::printf("%d copies, %zu edits, sealed after %zu of them\n", cases, edits, sealed);
  EXPECT_GE(edits, static_cast<std::size_t>(cases) / 2);
  EXPECT_GE(sealed, static_cast<std::size_t>(cases) / 4) << "and something was sealed after them";
  taken.ana.close();
}

}  // namespace
}  // namespace kith::test
