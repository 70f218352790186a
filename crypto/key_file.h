// The key file: a passphrase, Argon2id (RFC 9106, libsodium), and the two database keys wrapped apart.
//
//   "KKF1" 4 | version 1 | algorithm 1 | reserved 2 | memory KiB 4 | passes 4 | salt 16
//   | nonce 24 + journal key 32 + tag 16 | nonce 24 + mail key 32 + tag 16 | BLAKE2b-256 of all before 32
#pragma once

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "crypto/argon2.h"
#include "crypto/secret.h"

namespace kith::crypto {

inline constexpr Argon2Cost kArgon2Floor = {64 * 1024, 3};
inline constexpr Argon2Cost kArgon2Ceiling = {256 * 1024, 10};

struct DatabaseKeys {
  JournalKey journal;
  MailKey mail;
};

// `cost` lies between floor and ceiling. io: not enough memory for Argon2id.
Result<Bytes> make_key_file(const DatabaseKeys& keys, ByteView passphrase, Argon2Cost cost, Random& random);
// damaged: size, magic or closing hash; unsupported: version or algorithm of a newer kith, or cost above the
// ceiling or below the floor (checked before any allocation); wrong_passphrase: a tag fails; io: not
// enough memory for Argon2id.
Result<DatabaseKeys> open_key_file(ByteView file, ByteView passphrase);

// Between floor and ceiling, about half a second on this machine. Measures; call it only when making a file.
Argon2Cost calibrate_argon2();

}  // namespace kith::crypto
