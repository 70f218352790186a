#include "cli/hardening.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "core/base/result.h"
#include "crypto/secret.h"

namespace kith::cli {

void harden_process() {
  umask(077);
  std::signal(SIGXFSZ, SIG_IGN);  // a file above a limit is an error of the write that says so, not the end
  const rlimit none{0, 0};
  KITH_ASSERT(setrlimit(RLIMIT_CORE, &none) == 0);
  KITH_ASSERT(prctl(PR_SET_DUMPABLE, 0) == 0);
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    // Opened the wrong way round: whoever reads or writes it gets EBADF, as from the closed one.
    const int taken = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
    KITH_ASSERT(taken == descriptor);
  }
  crypto::start();
}

}  // namespace kith::cli
