// The courier's log lines: an id and integers (core/base/log.h), and not more than a few a second, so that
// nobody can fill a disk by knocking.
#pragma once

#include "core/base/clock.h"
#include "core/base/log.h"

namespace kith::net {

void say(log::Id what, Instant now, std::int64_t a = 0, std::int64_t b = 0);

}  // namespace kith::net
