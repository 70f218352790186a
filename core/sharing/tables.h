// The tables of this room in journal.db. Private to core/sharing.
#pragma once

#include <span>
#include <vector>

#include "core/db/database.h"

namespace kith::sharing {

std::span<const db::Migration> sharing_migrations();

template <class Fixed>
Result<Fixed> column(const db::Statement& row, int index) {
  auto value = Fixed::parse(row.blob_view(index));
  if (!value) return fail(Errc::damaged, "a stored id has the wrong size");
  return *value;
}

// The first column of all rows that are left.
template <class Fixed>
Result<std::vector<Fixed>> first_column(db::Statement& rows) {
  std::vector<Fixed> values;
  while (true) {
    KITH_TRY(const bool more, rows.step());
    if (!more) return values;
    KITH_TRY(const auto value, column<Fixed>(rows, 0));
    values.push_back(value);
  }
}

}  // namespace kith::sharing
