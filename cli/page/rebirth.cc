#include "cli/page/rebirth.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "cli/page/tabs.h"

namespace kith::cli {
namespace {

constexpr int kNotes = 3, kHttp = 4, kLocal = 5;
constexpr int kAbove = 16;  // descriptors are gathered up here before they take their places

Result<void> put(int from, int place) {
  const int high = fcntl(from, F_DUPFD_CLOEXEC, kAbove);
  if (high < 0 || dup2(high, place) < 0) return fail(Errc::io, "the page could not start anew", errno);
  close(high);
  return {};
}

}  // namespace

Result<void> be_born_again(Inheritance sockets, const std::vector<Digest>& bearers) {
  Descriptor notes(memfd_create("page", MFD_CLOEXEC));
  if (!notes.valid()) return fail(Errc::io, "the page could not start anew", errno);
  for (const Digest& bearer : bearers)
    if (::write(notes.get(), bearer.data(), Digest::size) != static_cast<ssize_t>(Digest::size))
      return fail(Errc::io, "the page could not start anew", errno);
  // All three go up first, so that none lands on the place of another.
  std::array<Descriptor, 3> high;
  for (std::size_t i = 0; i < high.size(); ++i) {
    const int from = i == 0 ? notes.get() : i == 1 ? sockets.http.get() : sockets.local.get();
    high[i].reset(fcntl(from, F_DUPFD_CLOEXEC, kAbove));
    if (!high[i].valid()) return fail(Errc::io, "the page could not start anew", errno);
  }
  for (std::size_t i = 0; i < high.size(); ++i) KITH_CHECK(put(high[i].get(), kNotes + static_cast<int>(i)));
  std::array<const char*, 5> argv = {"kith", "page", "serve", "--again", nullptr};
  execv("/proc/self/exe", const_cast<char* const*>(argv.data()));
  return fail(Errc::io, "the page could not start anew", errno);
}

Result<Inheritance> inherit() {
  Inheritance left;
  const Descriptor notes(kNotes);
  left.http.reset(kHttp);
  left.local.reset(kLocal);
  if (lseek(kNotes, 0, SEEK_SET) != 0) return fail(Errc::malformed, "no page was here before");
  for (const int descriptor : {kHttp, kLocal})
    if (fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0) return fail(Errc::malformed, "no page was here before");
  std::array<std::uint8_t, Digest::size> bearer{};
  while (left.bearers.size() < kMaxTabs && ::read(kNotes, bearer.data(), bearer.size()) == Digest::size)
    left.bearers.emplace_back(bearer);
  return left;
}

}  // namespace kith::cli
