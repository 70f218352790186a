// The `fork` table. Private to core/mail.
#pragma once

#include "core/mail/mail_store.h"

namespace kith::mail {

// Keeps two checked, different signed headers of one place, unless a fork of the device at least as low is
// known. In a transaction.
Result<std::optional<Fork>> keep_fork(db::Database& database, std::int64_t grp, const SignedHeader& a,
                                      const SignedHeader& b);

}  // namespace kith::mail
