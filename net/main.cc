// kith-courier --mail DIRECTORY --socket PATH: the network process. Started by kith, without a key.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <string_view>
#include <thread>

#include "net/courier.h"
#include "net/guardian.h"
#include "net/limits.h"
#include "net/log.h"

namespace {

using namespace kith;

// Exit codes as in the command line: 2 usage, 8 the self-test or sandbox failed, 9 another one runs.
int exit_code(const Error& error) {
  switch (error.code) {
    case Errc::usage:
      return 2;
    case Errc::busy:
      return 9;
    default:
      return 8;
  }
}

// One that was told to end may hold it a moment longer.
bool locked(int descriptor) {
  const auto until = std::chrono::steady_clock::now() + net::kLockPatience;
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(net::milliseconds{20});
  }
  return true;
}

Result<int> lock_directory(const std::string& directory) {
  const int descriptor =
      open((directory + "/courier.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return fail(Errc::usage, "no such mail directory", errno);
  if (!locked(descriptor)) return fail(Errc::busy, "a courier runs already", errno);
  return descriptor;  // held until guardian and courier have ended
}

// In the courier: SIGTERM and SIGINT wake the loop; libzmq's threads inherit the mask.
int take_signals() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  return signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
}

Result<net::Confinement> confine(const std::string& directory) {
  net::Confinement confinement;
  KITH_TRY(confinement.memory_limit, net::limit_memory());
  KITH_TRY(confinement.landlock_abi, net::confine_files(directory));
  confinement.seccomp = net::confine_calls().has_value();
  return confinement;
}

Result<void> run(const std::string& directory, net::LocalServer server, net::Estate& estate) {
  const int stop = take_signals();
  const net::ResidentMeter meter;
  KITH_TRY(const auto confinement, confine(directory));
  SystemClock clock;
  crypto::SystemRandom random;
  net::say(log::Id::courier_started, clock.steady(), confinement.seccomp, confinement.landlock_abi);
  KITH_TRY(const auto courier, net::Courier::start(std::move(server), directory + "/mail.db", estate,
                                                   confinement, meter, stop, clock, random));
  while (!courier->stopping()) courier->step(net::kIdle);
  if (!courier->sound()) return fail(Errc::unauthentic, "a port would let strangers in");
  courier->retire();
  return {};
}

int ended(const Result<void>& how) {
  const int code = how ? 0 : exit_code(how.error());
  log::event(log::Id::courier_stopped, code);
  return code;
}

int be_the_courier(const std::string& directory, net::LocalServer server, net::Estate& estate) {
  try {
    return ended(run(directory, std::move(server), estate));
  } catch (const std::exception&) {  // out of memory, most likely: the limit did its work
    log::event(log::Id::courier_stopped, net::kFell);
    return net::kFell;
  }
}

Result<int> guarded(const std::string& directory, const std::string& socket_path) {
  KITH_CHECK(lock_directory(directory));
  KITH_TRY(auto server, net::LocalServer::listen(socket_path));
  KITH_TRY(auto estate, net::Estate::make());
  return net::guard([&] { return be_the_courier(directory, std::move(server), estate); }, estate,
                    server.listener(), SystemClock());
}

}  // namespace

int main(int count, char** arguments) {
  net::lower_limits();
  crypto::start();
  log::set_sink(STDERR_FILENO);
  const bool understood = count == 5 && std::string_view(arguments[1]) == "--mail" &&
                          arguments[2][0] == '/' && std::string_view(arguments[3]) == "--socket" &&
                          arguments[4][0] == '/';
  if (!understood) {
    static constexpr char usage[] = "kith-courier is started by kith (kith up).\n";
    [[maybe_unused]] const auto written = write(STDERR_FILENO, usage, sizeof usage - 1);
    return 2;
  }
  const auto code = guarded(arguments[2], arguments[4]);
  // Everything of ours is closed and wiped by now; nothing of a library needs to run any more.
  _exit(code ? *code : ended(tl::unexpected(code.error())));
}
