// What stands in a log unchecked: envelopes of a long run, vouched for by the run's last signature only.
// Private to core/mail.
#pragma once

#include "core/mail/log_rows.h"

namespace kith::mail {

// Verifies the envelopes of a log from `checked` on, at most `limit`. Returns how many of them are good.
// After them comes the end of the log, or an event that does not belong there: a bad signature, or (in a file
// that somebody edited) an event of another place.
struct Checked {
  std::uint64_t good = 0;
  bool bad_follows = false;
};
Result<Checked> check_stored(db::Database& database, const LogRow& log, const SignPk& pk, std::size_t limit);

// Ends a log before its event `end`: only envelopes that were not checked can lie there. In a transaction.
Result<void> truncate(db::Database& database, LogRow log, std::uint64_t end);

// What a log's row says of its head and of how far it is checked. In a transaction.
Result<void> write_head(db::Database& database, const LogRow& log);

}  // namespace kith::mail
