#include "core/base/result.h"

#include <cstdio>
#include <cstdlib>

namespace kith {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "kith: a mistake in kith itself (%s, %s:%d). Nothing more was written.\n", condition,
               file, line);
  std::abort();
}

}  // namespace kith
