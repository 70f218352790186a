// A look at a frame's raw bytes that counts its entries and allocates nothing: a parser would turn 256 KiB of
// empty entries into megabytes of heap. Private to core/mail.
#pragma once

#include "core/mail/frame.h"

namespace kith::mail {

// The number of the one field that the frame consists of. malformed: not exactly one field, or its inside
// does not end where it says; too_many: more entries than the kind may have.
tl::expected<std::uint32_t, Reject> scan_frame(ByteView frame);

}  // namespace kith::mail
