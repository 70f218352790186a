#include "core/keyring/head_record.h"

#include "core/keyring/file.h"
#include "core/keyring/head_bytes.h"
#include "crypto/aead.h"
#include "crypto/hash.h"

namespace kith::keyring {
namespace {

constexpr std::string_view kMagic = "KHR1";
constexpr std::size_t kHeader = kMagic.size() + crypto::Nonce::size;

constexpr db::Migration kHeadMigrations[] = {
    {1,
     "CREATE TABLE head(id INTEGER PRIMARY KEY CHECK(id=1), counter INTEGER NOT NULL) STRICT;"
     "CREATE TABLE head_note(name TEXT PRIMARY KEY, contents BLOB NOT NULL) STRICT;"
     "INSERT INTO head(id,counter) VALUES(1,0)"},
};

// One statement, so that count and notes are of one moment.
Result<Heads> heads_of(db::Database& journal) {
  KITH_TRY(auto query,
           journal.prepare("SELECT h.counter, n.name, n.contents FROM head h LEFT JOIN head_note n"));
  Heads heads;
  for (bool any = false;; any = true) {
    KITH_TRY(const bool row, query.step());
    if (!row && !any) return fail(Errc::damaged, "the journal lacks its count of changes");
    if (!row) return heads;
    heads.counter = static_cast<std::uint64_t>(query.integer(0));
    if (!query.is_null(1)) heads.notes[query.text(1)] = query.blob(2);
  }
}

crypto::SymmetricKey record_key(const crypto::JournalKey& key) {
  return crypto::H_key("kith1.head-rec", {}, key.reveal());
}

Result<std::optional<Heads>> read_record(const std::string& path, const crypto::JournalKey& key) {
  auto file = read_small_file(path, kMaxHeadFile);
  if (!file && file.error().code == Errc::too_large)
    return fail(Errc::damaged, "the head record is too large");
  if (!file) return tl::unexpected<Error>(file.error());
  if (!*file) return std::optional<Heads>();
  const ByteView bytes(**file);
  if (bytes.size() < kHeader || as_text(bytes.first(kMagic.size())) != kMagic)
    return fail(Errc::damaged, "the head record is not one");
  KITH_TRY(const auto nonce, crypto::Nonce::parse(bytes.subspan(kMagic.size(), crypto::Nonce::size)));
  const auto plain = crypto::aead_open(record_key(key), nonce, as_bytes(kMagic), bytes.subspan(kHeader));
  if (!plain) return fail(Errc::damaged, "the head record does not open");
  KITH_TRY(Heads heads, parse_heads(plain->reveal()));
  return std::optional<Heads>(std::move(heads));
}

Result<void> write_record(const std::string& path, const crypto::JournalKey& key, const Heads& heads,
                          Random& random) {
  const auto nonce = random.draw<crypto::Nonce>();  // 192 random bits: they do not repeat
  Bytes file = to_bytes(as_bytes(kMagic));
  append(file, nonce.view());
  append(file, crypto::aead_seal(record_key(key), nonce, as_bytes(kMagic), encode(heads)));
  if (file.size() > kMaxHeadFile) return fail(Errc::too_large, "the head record would be too large");
  return replace_file(path, file);
}

}  // namespace

Result<void> open_heads(db::Database& journal) { return journal.migrate("head", kHeadMigrations); }

Result<void> raise_head(db::Database& journal) {
  KITH_TRY(auto raise, journal.prepare("UPDATE head SET counter=counter+1"));
  KITH_CHECK(raise.run());
  if (journal.changes() != 1) return fail(Errc::damaged, "the journal lacks its count of changes");
  return {};
}

Result<void> note_head(db::Database& journal, std::string_view name, ByteView contents) {
  if (contents.size() > kMaxHeadNote) return fail(Errc::too_large, "a note for the head record is too large");
  KITH_ASSERT(!name.empty() && name.size() <= kMaxHeadName);
  KITH_TRY(auto transaction, db::Transaction::join(journal));
  {
    KITH_TRY(auto note, journal.prepare("INSERT INTO head_note(name,contents) VALUES(?1,?2) "
                                        "ON CONFLICT(name) DO UPDATE SET contents=excluded.contents"));
    KITH_CHECK(note.bind(1, name).bind(2, contents).run());
  }
  KITH_CHECK(raise_head(journal));
  return transaction.commit();
}

Result<void> save_head(db::Database& journal, const std::string& path, const crypto::JournalKey& key,
                       Random& random) {
  KITH_ASSERT(!journal.in_transaction());
  KITH_TRY(const FolderLock lock, FolderLock::take(path));  // else an older record could land last
  KITH_TRY(const auto recorded, read_record(path, key));
  KITH_TRY(const Heads heads, heads_of(journal));
  if (recorded && recorded->counter > heads.counter)
    return fail(Errc::damaged, "the journal is older than its head record");
  if (recorded && recorded->counter == heads.counter) return {};
  return write_record(path, key, heads, random);
}

Result<HeadCheck> check_head(db::Database& journal, const std::string& path, const crypto::JournalKey& key) {
  KITH_TRY(auto recorded, read_record(path, key));  // before the journal: others may be writing
  KITH_TRY(const Heads heads, heads_of(journal));
  HeadCheck check{.state = HeadState::none, .recorded = 0, .counter = heads.counter, .notes = {}};
  if (!recorded) return check;
  check.recorded = recorded->counter;
  if (heads.counter < recorded->counter)
    return fail(Errc::damaged, "the journal is older than its head record");
  if (heads.counter == recorded->counter && heads.notes != recorded->notes)
    return fail(Errc::damaged, "the journal differs from its head record");
  check.state = heads.counter == recorded->counter ? HeadState::equal : HeadState::ahead;
  check.notes = std::move(recorded->notes);
  return check;
}

}  // namespace kith::keyring
