#include "tests/disk/workload.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "core/base/endian.h"
#include "core/journal/drafts.h"
#include "core/journal/feelings.h"
#include "core/journal/import.h"
#include "core/journal/people.h"
#include "core/journal/settings.h"
#include "core/journal/templates.h"
#include "core/keyring/file.h"
#include "core/sharing/groups.h"
#include "core/sharing/items.h"
#include "crypto/hash.h"

namespace kith::test {
namespace {

using namespace sharing;
using journal::DraftNumber;
using journal::Drafts;
using journal::EntryNumber;

constexpr std::uint8_t kJournalKey = 3, kMailKey = 9;  // as tests/sharing/world.cc opens them

crypto::JournalKey journal_key() {
  auto bytes = key_of(kJournalKey);
  return crypto::JournalKey::take(bytes);
}

std::string words(std::size_t bytes, std::size_t which) {
  constexpr std::string_view some[] = {"quiet ", "again ", "I ",       "noticed ", "#group ",
                                       "the ",   "door ",  "~calm:4 ", "@ben "};
  std::string text;
  for (std::size_t i = 0; text.size() < bytes; ++i) text += some[(i * i + which) % std::size(some)];
  return text;
}

journal::NewEntry entry(Desk& desk, std::string text) {
  return {.kind = journal::Kind::reflection, .text = std::move(text), .written = {desk.clock().now()}};
}

template <class T>
Result<void> done(Result<T> result) {
  if (!result) return tl::unexpected<Error>(result.error());
  return {};
}

Operation add(std::size_t bytes, std::size_t which) {
  return {"add an entry", 1, [=](Desk& desk, const Stage&) {
            return done(desk.journal().add(entry(desk, words(bytes, which))));
          }};
}
Operation edit(std::int64_t number, std::size_t bytes) {
  return {"edit an entry", 1, [=](Desk& desk, const Stage&) {
            const journal::Edit change{.text = words(bytes, bytes), .tender = bytes % 2 == 0};
            return desk.journal().edit(EntryNumber{number}, change, desk.clock().now());
          }};
}
Operation take_away(std::int64_t number) {
  return {"remove an entry", 1, [=](Desk& desk, const Stage&) {
            return desk.journal().remove(EntryNumber{number}, desk.clock().now());
          }};
}
Operation bring_back(std::int64_t number) {
  return {"bring an entry back", 1,
          [=](Desk& desk, const Stage&) { return desk.journal().restore(EntryNumber{number}); }};
}
Operation start_draft(std::size_t bytes, std::optional<EntryNumber> of = {}) {
  return {"start a draft", 1, [=](Desk& desk, const Stage&) {
            return done(Drafts(desk.journal_db())
                            .start(journal::Kind::reflection, words(bytes, 1), {desk.clock().now()}, of));
          }};
}
Operation save_draft(std::int64_t number, std::size_t bytes) {
  return {"save a draft", 1, [=](Desk& desk, const Stage&) {
            return Drafts(desk.journal_db()).save(DraftNumber{number}, words(bytes, 2), desk.clock().now());
          }};
}
Operation keep_draft(std::int64_t number) {
  return {"keep a draft", 1, [=](Desk& desk, const Stage&) {
            return done(Drafts(desk.journal_db()).keep(DraftNumber{number}, entry(desk, words(500, 3))));
          }};
}
Operation discard_draft(std::int64_t number) {
  return {"discard a draft", 1,
          [=](Desk& desk, const Stage&) { return Drafts(desk.journal_db()).discard(DraftNumber{number}); }};
}
Operation take_in(std::size_t files) {
  return {
      "import files", 1, [=](Desk& desk, const Stage&) {
        std::vector<journal::ImportFile> all;
        for (std::size_t i = 0; i < files; ++i)
          all.push_back(
              {"2026-03-" + std::to_string(10 + i) + ".md", words(300 + 700 * i, i), {desk.clock().now()}});
        return done(journal::import_files(desk.journal(), all, {.source = "old diary", .tag = "old"}));
      }};
}
Operation purge() {
  return {"purge", 0, [](Desk& desk, const Stage&) {
            return done(desk.journal().purge(desk.clock().now() + std::chrono::hours(1)));
          }};
}

Result<void> confirm(Desk& desk, const Stage& stage, const sharing::Draft& draft) {
  ConsentGate gate(desk.node());
  KITH_TRY(const auto preview, gate.preview(stage.group, draft));
  return done(gate.confirm(stage.group, draft, preview.digest));
}
Operation share(To to, std::size_t bytes) {
  return {"confirm a share", 1, [=](Desk& desk, const Stage& stage) {
            sharing::Draft draft;
            draft.text = "This is for you. " + std::string(bytes, 'w');
            draft.kind = "reflection";
            draft.audience.to = to;
            return confirm(desk, stage, draft);
          }};
}
Operation take_back() {
  return {"take a share back", 1, [](Desk& desk, const Stage&) -> Result<void> {
            ConsentGate gate(desk.node());
            KITH_TRY(const auto waiting, gate.outbox());
            if (waiting.empty()) return fail(Errc::not_found, "nothing waits");
            return gate.take_back(waiting.back().consent);
          }};
}
Operation let_go() {
  return {"release what is due", 0, [](Desk& desk, const Stage&) -> Result<void> {
            desk.clock().advance(std::chrono::hours(2));
            return done(tick(desk.node(), Occasion::sync));
          }};
}
Operation arrive() {
  return {"mail arrives", 1, [](Desk& desk, const Stage& stage) -> Result<void> {
            KITH_TRY(Book* const book, desk.node().book(stage.group));
            KITH_CHECK(desk.mail().append(stage.group, stage.events, *book->roster, desk.node().today()));
            std::vector<mail::PayloadOf> payloads;
            for (const auto& [event, payload] : stage.payloads) payloads.push_back({event, payload});
            return done(desk.mail().put_payloads(stage.group, payloads));
          }};
}
Operation take_note() {
  return {"take in what arrived", 0,
          [](Desk& desk, const Stage&) { return done(tick(desk.node(), Occasion::timer)); }};
}
Operation answer() {
  return {"confirm an answer", 1, [](Desk& desk, const Stage& stage) -> Result<void> {
            Feedback feedback(desk.node());
            KITH_TRY(const auto asked, feedback.requests_to_me(stage.group));
            if (asked.empty()) return fail(Errc::not_found, "nobody asked");
            KITH_TRY(const auto draft,
                     feedback.give(stage.group, asked.front().ref, "I felt closer to you."));
            return confirm(desk, stage, draft);
          }};
}
Operation ask() {
  return {"confirm a question", 1, [](Desk& desk, const Stage& stage) {
            const Ask wanted{AskKind::come_across, desk.node().today() + 7, false};
            return confirm(desk, stage, Feedback(desk.node()).ask({To::group, {}}, wanted, "How was I?"));
          }};
}
Operation widen() {
  return {"confirm more readers", 1, [](Desk& desk, const Stage& stage) -> Result<void> {
            Items items(desk.node());
            KITH_TRY(const auto mine, items.mine(stage.group));
            if (mine.empty()) return fail(Errc::not_found, "nothing was shared");
            KITH_TRY(const auto draft, items.widen(stage.group, mine.back().ref.item, {To::group, {}}));
            return confirm(desk, stage, draft);
          }};
}
Operation withdraw() {
  return {"withdraw a share", 0, [](Desk& desk, const Stage& stage) -> Result<void> {
            Items items(desk.node());
            KITH_TRY(const auto mine, items.mine(stage.group));
            if (mine.empty()) return fail(Errc::not_found, "nothing was shared");
            return done(items.withdraw(stage.group, mine.back().ref.item));
          }};
}
Operation next_week() {
  return {"a week later", 0, [](Desk& desk, const Stage&) -> Result<void> {
            desk.clock().advance(std::chrono::hours(24 * 8));
            return done(tick(desk.node(), Occasion::sync));
          }};
}
Operation new_key_file(std::uint8_t which) {
  return {"change the passphrase", 0, [=](Desk& desk, const Stage&) {
            return keyring::replace_file(desk.folder() + "/keyfile", Bytes(226, which));
          }};
}
template <class Do>
Operation journal_change(const char* name, Do change) {
  return {name, 1, [change](Desk& desk, const Stage&) { return done(change(desk)); }};
}

std::vector<Operation> make_workload() {
  std::vector<Operation> all = {
      add(40, 0),
      add(900, 1),
      add(20'000, 2),
      add(3'000, 3),
      add(120, 4),
      new_key_file(1),
      edit(2, 6'000),
      edit(3, 101),
      take_away(4),
      bring_back(4),
      take_away(5),
      start_draft(10),
      save_draft(1, 700),
      save_draft(1, 9'000),
      keep_draft(1),
      start_draft(5'000, EntryNumber{1}),
      keep_draft(2),
      start_draft(60'000),
      discard_draft(3),
      take_in(7),
      take_in(9),
      journal_change("add a feeling",
                     [](Desk& d) { return journal::Feelings(d.journal_db()).add("spacious"); }),
      journal_change("remove a feeling",
                     [](Desk& d) { return journal::Feelings(d.journal_db()).remove("bored"); }),
      journal_change(
          "change a template",
          [](Desk& d) {
            return journal::Templates(d.journal_db()).change(journal::Kind::repair, "What I want to mend:");
          }),
      journal_change("drop a template",
                     [](Desk& d) { return journal::Templates(d.journal_db()).drop(journal::Kind::repair); }),
      journal_change(
          "add a private link",
          [](Desk& d) { return journal::PrivateLinks(d.journal_db()).add("ben", "my neighbour"); }),
      share(To::leaders, 100),
      take_back(),
      share(To::leaders, 5'000),
      let_go(),
      share(To::group, 50),
      let_go(),
      arrive(),
      take_note(),
      answer(),
      let_go(),
      ask(),
      let_go(),
      widen(),
      let_go(),
      withdraw(),
      let_go(),
      new_key_file(2),
      next_week(),
      journal_change("undo a private link",
                     [](Desk& d) { return journal::PrivateLinks(d.journal_db()).remove(1); }),
      add(60'000, 5),
      take_away(6),
      purge(),
      add(80, 6),
      new_key_file(3),
  };
  return all;
}

void hash_table(sqlite3* db, const char* table, Bytes& all) {
  char* sql = sqlite3_mprintf("SELECT * FROM \"%w\" ORDER BY 1", table);
  sqlite3_stmt* rows = nullptr;
  KITH_ASSERT(sqlite3_prepare_v2(db, sql, -1, &rows, nullptr) == SQLITE_OK);
  sqlite3_free(sql);
  append(all, as_bytes(std::string_view(table)));
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(rows)) == SQLITE_ROW)
    for (int column = 0; column < sqlite3_column_count(rows); ++column) {
      const int type = sqlite3_column_type(rows, column);
      const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(rows, column));
      const auto size = static_cast<std::uint32_t>(sqlite3_column_bytes(rows, column));
      append_little_endian(all, size * 8 + static_cast<std::uint32_t>(type));
      append(all, ByteView(data, size));
    }
  if (code != SQLITE_DONE)
    ADD_FAILURE() << table << " cannot be read: " << sqlite3_extended_errcode(db) << ", "
                  << sqlite3_errmsg(db) << ", errno " << sqlite3_system_errno(db);
  sqlite3_finalize(rows);
}

}  // namespace

Desk::Desk(std::string folder, SetClock& clock, std::uint64_t seed)
    : folder_(std::move(folder)), clock_(clock), random_(seed), key_(journal_key()) {}

Result<std::unique_ptr<Desk>> Desk::open(const std::string& folder, SetClock& clock, std::uint64_t seed) {
  std::unique_ptr<Desk> desk(new Desk(folder, clock, seed));
  KITH_TRY(auto journal, db::Database::open(folder + "/journal.db", key_of(kJournalKey), {}));
  desk->journal_db_ = std::make_unique<db::Database>(std::move(journal));
  KITH_CHECK(keyring::open_heads(*desk->journal_db_));
  KITH_CHECK(keyring::check_head(*desk->journal_db_, folder + "/heads", desk->key_));
  KITH_TRY(auto opened, journal::Journal::open(*desk->journal_db_));
  desk->journal_ = std::make_unique<journal::Journal>(opened);
  KITH_TRY(auto mail, db::Database::open(folder + "/mail.db", key_of(kMailKey), {}));
  KITH_TRY(auto store, mail::MailStore::open(std::move(mail)));
  desk->mail_ = std::make_unique<mail::MailStore>(std::move(store));
  KITH_TRY(desk->node_, sharing::Node::open(*desk->journal_db_, *desk->mail_, clock, desk->random_));
  return desk;
}

Result<void> Desk::keep() { return keyring::save_head(*journal_db_, folder_ + "/heads", key_, random_); }

Stage::Stage() {
  World world({"Lena", "Ana", "Mira"}, 7);
  world.everybody();
  group = world.group;
  start = world.clock.now();
  auto& lena = world["Lena"];
  const std::size_t had = must(lena.mail().arrivals(group, 0, 100'000)).size();
  world.share("Lena", world.draft("What I take home from Tuesday.", To::group));
  const Ask wanted{AskKind::support, lena.node().today() + 30, false};
  world.share("Lena", Feedback(lena).ask({To::group, {}}, wanted, "What did you see me do?"));
  must(Groups(lena).remove_member(group, world.member("Mira")));
  const auto all = must(lena.mail().arrivals(group, 0, 100'000));
  for (std::size_t i = had; i < all.size(); ++i) events.push_back(all[i].event);
  for (const auto& [row, event] : must(lena.mail().payload_arrivals(group, 0, 100'000)))
    for (auto& payload : must(lena.mail().payloads(event))) payloads.emplace_back(event, std::move(payload));
  auto& ana = world["Ana"];
  must(keyring::save_head(ana.journal(), ana.folder / "heads", journal_key(), ana.random));
  must(keyring::replace_file(ana.folder / "keyfile", Bytes(226, 0)));
  start = world.clock.now();
  files = image_of(ana.folder.path().string());
}

const std::vector<Operation>& workload() {
  static const std::vector<Operation> all = make_workload();
  return all;
}

Digest contents(db::Database& database) {
  sqlite3* db = database.handle();
  sqlite3_stmt* tables = nullptr;
  KITH_ASSERT(sqlite3_prepare_v2(
                  db, "SELECT name, sql FROM sqlite_master WHERE type='table' AND rootpage>0 ORDER BY name",
                  -1, &tables, nullptr) == SQLITE_OK);
  Bytes all;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(tables)) == SQLITE_ROW)
    hash_table(db, reinterpret_cast<const char*>(sqlite3_column_text(tables, 0)), all);
  if (code != SQLITE_DONE)
    ADD_FAILURE() << "the tables cannot be listed: " << sqlite3_extended_errcode(db) << ", "
                  << sqlite3_errmsg(db) << ", errno " << sqlite3_system_errno(db);
  sqlite3_finalize(tables);
  return crypto::H_as<Digest>("test.disk", {ByteView(all)});
}

}  // namespace kith::test
