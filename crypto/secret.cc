#include "crypto/secret.h"

namespace kith::crypto {

void start() {
  const bool sodium_started = sodium_init() >= 0;  // 1: it was started before
  KITH_ASSERT(sodium_started);
}

}  // namespace kith::crypto
