// The tables of mail.db.
#pragma once

#include "core/db/database.h"

namespace kith::mail {

// Brings the tables up to date, then compares every statement in sqlite_master with ours. damaged: they
// differ.
Result<void> prepare_schema(db::Database& database);

}  // namespace kith::mail
