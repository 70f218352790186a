// The head record notices that journal.db went back in time. SQLCipher authenticates pages, not their age: an
// old copy of the database verifies. So journal.db counts its changes, and a small sealed file beside it
// remembers the count and what each room noted (the heads of the logs, for example).
//
//   in the transaction:   raise_head(db) or note_head(db, "sharing", heads)
//   after its commit:     save_head(db, path, key, random)
//   at unlock:            check_head(db, path, key)
//
// A journal ahead of its record is normal (a crash between commit and save). A journal behind it is an alarm.
// Who can put back both files together is not noticed here, only by peers.
//
//   file: "KHR1" 4 | nonce 24 | XChaCha20-Poly1305 of (counter 8 | notes), associated data "KHR1",
//         key H("kith1.head-rec"; key = journal key).   notes: count 4, then name length 2, name, length 4,
//         bytes
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/db/database.h"
#include "crypto/secret.h"

namespace kith::keyring {

using HeadNotes = std::map<std::string, Bytes, std::less<>>;

inline constexpr std::size_t kMaxHeadNotes = 64;
inline constexpr std::size_t kMaxHeadName = 64;           // bytes
inline constexpr std::size_t kMaxHeadNote = 256 * 1024;   // bytes of one note
inline constexpr std::size_t kMaxHeadFile = 1024 * 1024;  // bytes

enum class HeadState : std::uint8_t {
  none,   // no record yet: a new journal, or one whose record was lost
  equal,  // the journal is where the record says
  ahead,  // the journal is newer than its record
};
struct HeadCheck {
  HeadState state;
  std::uint64_t recorded = 0;  // the record's counter
  std::uint64_t counter = 0;   // the journal's
  HeadNotes notes;             // as recorded; a room checks that it still has what its note names
};

// Brings the tables up; Keyring::open and Journal::open do it. Not inside a transaction.
Result<void> open_heads(db::Database& journal);

// Both join the caller's transaction if one is open. A note replaces the one of the same name.
Result<void> raise_head(db::Database& journal);
Result<void> note_head(db::Database& journal, std::string_view name, ByteView contents);  // too_large

// Writes the record if it is older than the journal. damaged: the record is newer than the journal or does
// not open; it is left as it is. Outside of transactions, after the commit. full, io.
Result<void> save_head(db::Database& journal, const std::string& path, const crypto::JournalKey& key,
                       Random& random);
// damaged: the journal is older than its record, differs from it at the same count, or the record does not
// open.
Result<HeadCheck> check_head(db::Database& journal, const std::string& path, const crypto::JournalKey& key);

}  // namespace kith::keyring
