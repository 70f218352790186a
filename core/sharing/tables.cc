#include "core/sharing/tables.h"

#include <array>

namespace kith::sharing {
namespace {

// share_control  control and device events that this node verified itself; the only source of membership. Of
//                one event with several signatures all but the first have their link for `event`
// share_log      how far each device's log was verified
// share_event    envelopes and tombstones of others that were verified, and what became of them
// share_request  requests to me that I passed: known here and nowhere else
// share_item     bodies of others that were for me
// share_consent  what I consented to; share_ledger: what was signed, and what permitted it
// share_queue    signed and not yet known to be in mail.db
constexpr db::Migration kFirst{1, R"(
CREATE TABLE share_setting(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE share_group(
  id BLOB PRIMARY KEY, name TEXT NOT NULL, device BLOB NOT NULL, member BLOB NOT NULL, addresses BLOB NOT NULL,
  dev_due INTEGER NOT NULL DEFAULT 0, dev_day INTEGER NOT NULL DEFAULT 0, dev_that_day INTEGER NOT NULL DEFAULT 0,
  dev_gone INTEGER NOT NULL DEFAULT 0, news INTEGER NOT NULL DEFAULT 0, receipts INTEGER NOT NULL DEFAULT 0,
  last_batch INTEGER NOT NULL DEFAULT 0, leave_at INTEGER, leave_keep BLOB, phrase_state BLOB, phrase TEXT
) WITHOUT ROWID;
CREATE TABLE share_control(
  row INTEGER PRIMARY KEY, grp BLOB NOT NULL, event BLOB NOT NULL UNIQUE, wire BLOB NOT NULL);
CREATE INDEX share_control_grp ON share_control(grp, row);
CREATE TABLE share_log(
  grp BLOB NOT NULL, device BLOB NOT NULL, seq INTEGER NOT NULL, link BLOB NOT NULL, day INTEGER NOT NULL,
  that_day INTEGER NOT NULL, lamport INTEGER NOT NULL, PRIMARY KEY(grp, device)) WITHOUT ROWID;
CREATE TABLE share_event(
  event BLOB PRIMARY KEY, grp BLOB NOT NULL, device BLOB NOT NULL, seq INTEGER NOT NULL, header BLOB NOT NULL,
  state INTEGER NOT NULL, copy BLOB, body_digest BLOB) WITHOUT ROWID;
CREATE INDEX share_event_state ON share_event(grp, state, device, seq);
CREATE TABLE share_tomb(
  event BLOB NOT NULL, device BLOB NOT NULL, grp BLOB NOT NULL, PRIMARY KEY(event, device)) WITHOUT ROWID;
CREATE TABLE share_item(
  number INTEGER PRIMARY KEY, grp BLOB NOT NULL, author BLOB NOT NULL, item BLOB NOT NULL,
  version INTEGER NOT NULL, type INTEGER NOT NULL, event BLOB NOT NULL, device BLOB NOT NULL,
  seq INTEGER NOT NULL, day INTEGER NOT NULL, agreement BLOB NOT NULL, body BLOB, state INTEGER NOT NULL,
  expires INTEGER NOT NULL, two_versions INTEGER NOT NULL DEFAULT 0, opened INTEGER NOT NULL DEFAULT 0,
  UNIQUE(grp, author, item));
CREATE INDEX share_item_event ON share_item(event);
CREATE INDEX share_item_expires ON share_item(grp, state, expires);
CREATE VIRTUAL TABLE share_index USING fts5(text, tokenize = 'unicode61 remove_diacritics 2');
CREATE TABLE share_profile(
  grp BLOB NOT NULL, member BLOB NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL, pronouns TEXT NOT NULL,
  agreement BLOB NOT NULL, event BLOB NOT NULL, PRIMARY KEY(grp, member)) WITHOUT ROWID;
CREATE TABLE share_handle(
  grp BLOB NOT NULL, handle TEXT NOT NULL, member BLOB NOT NULL, given INTEGER NOT NULL,
  PRIMARY KEY(grp, handle)) WITHOUT ROWID;
CREATE TABLE share_agreement(
  grp BLOB NOT NULL, hash BLOB NOT NULL, text BLOB NOT NULL, PRIMARY KEY(grp, hash)) WITHOUT ROWID;
CREATE TABLE share_draft(grp BLOB PRIMARY KEY, text BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE share_request(
  grp BLOB NOT NULL, author BLOB NOT NULL, item BLOB NOT NULL, PRIMARY KEY(grp, author, item)) WITHOUT ROWID;
CREATE TABLE share_invite(
  event BLOB PRIMARY KEY, grp BLOB NOT NULL, secret BLOB NOT NULL, expires INTEGER NOT NULL);
CREATE TABLE share_consent(
  id INTEGER PRIMARY KEY AUTOINCREMENT, grp BLOB NOT NULL, digest BLOB NOT NULL, item BLOB NOT NULL,
  version INTEGER NOT NULL, type INTEGER NOT NULL, audience BLOB NOT NULL, body BLOB, text_digest BLOB NOT NULL,
  agreement BLOB NOT NULL, agreement_version INTEGER NOT NULL, entry TEXT NOT NULL, audience_rule INTEGER NOT NULL,
  confirmed_at INTEGER NOT NULL, release_at INTEGER NOT NULL, until_day INTEGER NOT NULL,
  state INTEGER NOT NULL, why INTEGER NOT NULL DEFAULT 0, event BLOB, seq INTEGER, tomb_seq INTEGER);
CREATE INDEX share_consent_item ON share_consent(grp, item);
CREATE INDEX share_consent_state ON share_consent(state, release_at);
CREATE TABLE share_ledger(
  event BLOB PRIMARY KEY, grp BLOB NOT NULL, seq INTEGER NOT NULL, kind INTEGER NOT NULL, why TEXT NOT NULL,
  at INTEGER NOT NULL, consent INTEGER NOT NULL DEFAULT 0, payload_digest BLOB, sealed_to BLOB) WITHOUT ROWID;
CREATE INDEX share_ledger_grp ON share_ledger(grp, seq);
CREATE INDEX share_ledger_consent ON share_ledger(consent);
CREATE TABLE share_queue(
  row INTEGER PRIMARY KEY AUTOINCREMENT, grp BLOB NOT NULL, event BLOB NOT NULL, payload BLOB);
CREATE TABLE share_queue_group(
  grp BLOB PRIMARY KEY, device BLOB NOT NULL, port INTEGER NOT NULL, link_pk BLOB NOT NULL,
  link_secret BLOB NOT NULL) WITHOUT ROWID;
)"};
// share_joining  keys of this person for an invitation whose door was tried; gone once they are in
constexpr db::Migration kSecond{2, R"(
CREATE TABLE share_joining(
  invite BLOB PRIMARY KEY, expires INTEGER NOT NULL, sign_pk BLOB NOT NULL, sign BLOB NOT NULL, dh_pk BLOB NOT NULL,
  dh BLOB NOT NULL, pre_pk BLOB NOT NULL, pre BLOB NOT NULL, link_pk BLOB NOT NULL, link BLOB NOT NULL,
  recovery BLOB NOT NULL, made INTEGER NOT NULL) WITHOUT ROWID;
)"};
// awaits: the author and the item of the request that a parked answer names. What was parked before is
// looked at once more.
constexpr db::Migration kThird{3, R"(
ALTER TABLE share_event ADD COLUMN awaits BLOB;
CREATE INDEX share_event_awaits ON share_event(grp, awaits) WHERE awaits IS NOT NULL;
UPDATE share_event SET state = 0 WHERE state = 7;
)"};
// Control events are noted in the head record from here on (control.h). A kith that does not do so would
// leave a note behind that is wrong, so it may not write here any more.
constexpr db::Migration kFourth{4, "DELETE FROM head_note WHERE name = 'control'"};
// author: who sent the text of an agreement; none of one's own.
constexpr db::Migration kFifth{5, "ALTER TABLE share_agreement ADD COLUMN author BLOB"};
constexpr std::array<db::Migration, 5> kMigrations = {kFirst, kSecond, kThird, kFourth, kFifth};

}  // namespace

std::span<const db::Migration> sharing_migrations() { return kMigrations; }

}  // namespace kith::sharing
