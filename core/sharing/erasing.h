// Making erased words gone from the file, not only from its rows. Private.
#pragma once

#include "core/sharing/node.h"

namespace kith::sharing {

// Notes that words were taken out of a row. SQLite may keep copies of the row from when it moved it between
// pages, and the index keeps its words until it is merged. Part of the caller's transaction, if there is one.
Result<void> note_remnants(Node& node);

// The last day that something shared on `day` is kept: the agreement's term, in 64 bits, for a clock may say
// anything.
Day keep_until(Day day, const group::State& state);

// Does away with what note_remnants() spoke of, by rewriting journal.db: nothing else in it changes. Nothing
// happens if nothing was noted. Not inside a transaction. full, busy, io: the note stays for the next time.
Result<void> scrub(Node& node);

}  // namespace kith::sharing
