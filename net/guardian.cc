#include "net/guardian.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

#include "core/base/log.h"

namespace kith::net {

// ---- estate ----------------------------------------------------------------------------------------------

// Plain memory: a courier may fall in the midst of writing it, and one that was taken over may write
// anything.
struct Estate::Page {
  std::atomic<std::uint32_t> complete;  // 1: what follows was left
  std::array<std::uint8_t, 32> key;
  std::uint8_t ip_size;
  std::array<std::uint8_t, 16> ip;
  std::uint16_t port;
  std::atomic<std::uint32_t> day, falls;  // by the guardian
};

Result<Estate> Estate::make() {
  void* page = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return fail(Errc::io, "no memory to share", errno);
  mlock(page, sizeof(Page));  // not in swap, where the system allows it
  madvise(page, sizeof(Page), MADV_DONTDUMP);
  return Estate(new (page) Page{});
}

Estate::~Estate() {
  if (page_ == nullptr) return;
  sodium_memzero(page_->key.data(), page_->key.size());
  munmap(page_, sizeof(Page));
}

void Estate::leave(const crypto::MailKey& key, const mail::Address& listen) {
  if (page_->complete != 0 || listen.ip.size() > page_->ip.size()) return;
  std::ranges::copy(key.reveal(), page_->key.begin());
  std::ranges::copy(listen.ip, page_->ip.begin());
  page_->ip_size = static_cast<std::uint8_t>(listen.ip.size());
  page_->port = listen.port;
  page_->complete = 1;
}

std::optional<Estate::Left> Estate::left() const {
  if (page_->complete != 1 || page_->ip_size > page_->ip.size()) return std::nullopt;
  mail::Address listen{Bytes(page_->ip.begin(), page_->ip.begin() + page_->ip_size), "", page_->port};
  mail::Address checked = listen;
  if (checked.port == 0) checked.port = 1;  // each group has its own
  auto key = crypto::MailKey::copy_of(page_->key);
  if (!key || !mail::check_address(checked)) return std::nullopt;
  return Left{std::move(*key), std::move(listen)};
}

void Estate::note_fall(Day today) {
  if (page_->day != number(today)) page_->falls = 0;
  page_->day = number(today);
  ++page_->falls;
}

std::uint32_t Estate::falls(Day today) const { return page_->day == number(today) ? page_->falls.load() : 0; }

// ---- guardian --------------------------------------------------------------------------------------------

milliseconds Pauses::after(milliseconds life) {
  if (life >= kLongLife) next_ = kFirstPause;
  return std::exchange(next_, std::min(kLastPause, 2 * next_));
}

bool meant(int exit_code) { return exit_code == 0 || exit_code == 2 || exit_code == 8 || exit_code == 9; }

namespace {

struct End {
  int code;    // as a shell tells it: 128 and more for a signal
  bool asked;  // the guardian was told to end, and passed it on
};

class Guardian {
 public:
  Guardian(int listener, const Clock& clock) : listener_(listener), clock_(clock) {
    sigset_t waited;
    sigemptyset(&waited);
    for (const int signal : {SIGTERM, SIGINT, SIGCHLD}) sigaddset(&waited, signal);
    sigprocmask(SIG_BLOCK, &waited, &before_);
    signals_ = signalfd(-1, &waited, SFD_CLOEXEC | SFD_NONBLOCK);
    for (const int signal : {SIGPIPE, SIGHUP}) std::signal(signal, SIG_IGN);
  }
  ~Guardian() { close(signals_); }
  Guardian(const Guardian&) = delete;
  Guardian& operator=(const Guardian&) = delete;

  pid_t start(const std::function<int()>& courier);
  End wait_for(pid_t child);
  bool pause(milliseconds wait);  // false: told to end meanwhile

 private:
  // The next signal, within so long: 0 if none came. `asked`: a client of courier.sock counts as one, -1.
  int next_signal(milliseconds wait, bool asked);

  int listener_, signals_ = -1;
  const Clock& clock_;
  sigset_t before_{};
};

pid_t Guardian::start(const std::function<int()>& courier) {
  const pid_t guardian = getpid();
  const pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != guardian) _exit(0);  // it went in between
  close(signals_);
  sigprocmask(SIG_SETMASK, &before_, nullptr);
  // Everything of the courier is closed and wiped when it returns; nothing of a library needs to run
  // afterwards.
  _exit(courier());
}

int Guardian::next_signal(milliseconds wait, bool asked) {
  std::array<pollfd, 2> items = {pollfd{signals_, POLLIN, 0}, pollfd{asked ? listener_ : -1, POLLIN, 0}};
  poll(items.data(), items.size(), static_cast<int>(wait.count()));
  signalfd_siginfo info{};
  if (read(signals_, &info, sizeof info) == sizeof info) return static_cast<int>(info.ssi_signo);
  return items[1].revents != 0 ? -1 : 0;
}

End Guardian::wait_for(pid_t child) {
  bool asked = false;
  for (;;) {
    int status = 0;
    if (waitpid(child, &status, WNOHANG) == child)
      return {WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), asked};
    const int signal = next_signal(kLookAfterChild, false);
    if (signal != SIGTERM && signal != SIGINT) continue;
    kill(child, asked ? SIGKILL : SIGTERM);  // whoever asks twice means it
    asked = true;
  }
}

bool Guardian::pause(milliseconds wait) {
  const Instant began = clock_.steady();
  for (;;) {
    const auto passed = clock_.steady() - began;
    if (passed >= wait) return true;
    const bool asked = passed >= kAskedPause;
    const auto left = asked ? wait - passed : std::min(wait, kAskedPause) - passed;
    const int signal = next_signal(left, asked);
    if (signal == SIGTERM || signal == SIGINT) return false;
    if (signal < 0) return true;
  }
}

}  // namespace

int guard(const std::function<int()>& courier, Estate& estate, int listener, const Clock& clock) {
  Guardian guardian(listener, clock);
  Pauses pauses;
  for (;;) {
    const Instant began = clock.steady();
    const pid_t child = guardian.start(courier);
    const End end = child < 0 ? End{kFell, false} : guardian.wait_for(child);
    if (end.asked || meant(end.code)) return end.asked ? 0 : end.code;
    const auto wait = pauses.after(clock.steady() - began);
    estate.note_fall(day_of(clock.now()));
    log::event(log::Id::courier_fell, end.code, wait.count());
    if (!guardian.pause(wait)) return 0;
  }
}

}  // namespace kith::net
