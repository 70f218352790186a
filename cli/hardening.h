// What a process of kith does before anything else.
#pragma once

namespace kith::cli {

// umask 077; no core dumps and no tracing by others (RLIMIT_CORE 0, PR_SET_DUMPABLE 0); standard descriptors
// that were closed are taken, so that no database can land on them; libsodium started. Ends the process if
// the system refuses.
void harden_process();

}  // namespace kith::cli
