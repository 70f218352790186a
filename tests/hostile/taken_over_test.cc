// Somebody runs code of their own in the courier: same user, same sandbox, its listening socket in hand. Each
// attempt is made in a child that gives up what net/main.cc gives up; attempts that work outside prove
// themselves there first.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <functional>
#include <thread>

#include "cli/agent.h"
#include "cli/agent_client.h"
#include "core/db/database.h"
#include "crypto/key_file.h"
#include "net/local_server.h"
#include "net/sandbox.h"
#include "tests/db/scratch.h"

namespace kith::hostile {
namespace {

using kith::test::key_of;
using kith::test::ok;

class TakenOver : public testing::Test {
 protected:
  TakenOver() : home_{scratch_ / "data", scratch_ / "config", scratch_ / "run"} {
    crypto::start();
    for (const auto& folder :
         {home_.data, home_.config, home_.runtime, home_.journal_dir(), home_.mail_dir()})
      mkdir(folder.c_str(), 0700);
    for (const auto& file : {home_.key_file(), home_.heads(), home_.settings()})
      kith::test::write_file(file, "sealed");
    EXPECT_TRUE(ok(db::Database::open(home_.journal(), key_of(1), {.create = true})));
    EXPECT_TRUE(ok(db::Database::open(home_.mail(), key_of(2), {.create = true})));
    start_agent();
  }
  ~TakenOver() override {
    kill(agent_, SIGKILL);
    waitpid(agent_, nullptr, 0);
  }

  bool agent_lives() const {
    auto client = cli::AgentClient::connect(home_);
    return waitpid(agent_, nullptr, WNOHANG) == 0 && client && client->keys();
  }

  // True if the attempt got what it wanted. `confined`: as the courier, else as any program of this user.
  bool got(const std::function<bool()>& attempt, bool confined) const {
    const pid_t child = fork();
    if (child == 0) {
      if (confined) become_the_courier();
      _exit(attempt() ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) ADD_FAILURE() << "the sandbox was refused";
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  bool opens(const std::string& path, int how) const {
    const int descriptor = open(path.c_str(), how, 0600);
    if (descriptor >= 0) close(descriptor);
    return descriptor >= 0;
  }
  int unix_socket_to_agent(int socket) const {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, home_.agent_socket().data(), home_.agent_socket().size());
    return connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }

  kith::test::Scratch scratch_;
  cli::Home home_;
  pid_t agent_ = -1;
  mutable std::optional<net::LocalServer> server_;

 private:
  // In the order of net/main.cc.
  void become_the_courier() const {
    net::lower_limits();
    auto server = net::LocalServer::listen(home_.runtime + "/courier.sock");
    if (!server || !net::limit_memory() || !net::confine_files(home_.mail_dir()) || !net::confine_calls())
      _exit(77);
    server_.emplace(std::move(*server));
  }
  void start_agent() {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    agent_ = fork();
    if (agent_ == 0) {
      close(ready[0]);
      static const cli::BootClock clock;
      [[maybe_unused]] const bool ended = cli::run_agent({home_, clock, {}, ready[1]}).has_value();
      _exit(0);
    }
    close(ready[1]);
    char byte = 0;
    EXPECT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    auto client = cli::AgentClient::connect(home_);
    ASSERT_TRUE(ok(client));
    const auto journal = key_of(1), mail = key_of(2);
    std::array<std::uint8_t, 32> a = journal, b = mail;
    ASSERT_TRUE(
        ok(client->unlock({crypto::JournalKey::take(a), crypto::MailKey::take(b)}, std::chrono::hours(1))));
  }
};

struct Attempt {
  const char* name;
  bool works_outside;  // for this user, unconfined: shows that the attempt is a real one
  std::function<bool()> act;
};

TEST_F(TakenOver, ReadsAndWritesNothingOutsideItsFolder) {
  if (syscall(SYS_landlock_create_ruleset, nullptr, 0, 1) <= 0) GTEST_SKIP() << "this kernel has no Landlock";
  const std::string other = scratch_ / "elsewhere";
  const Attempt attempts[] = {
      {"reads the journal", true, [&] { return opens(home_.journal(), O_RDONLY); }},
      {"writes the journal", true, [&] { return opens(home_.journal(), O_WRONLY); }},
      {"empties the journal", false, [&] { return truncate(home_.journal().c_str(), 0) == 0; }},
      {"reads the key file", true, [&] { return opens(home_.key_file(), O_RDONLY); }},
      {"reads the head record", true, [&] { return opens(home_.heads(), O_RDONLY); }},
      {"writes settings", true, [&] { return opens(home_.settings(), O_WRONLY); }},
      {"lists the data folder", true, [&] { return opens(home_.data, O_RDONLY | O_DIRECTORY); }},
      {"makes a file beside the journal", true,
       [&] { return opens(home_.journal_dir() + "/x", O_CREAT | O_RDWR); }},
      {"makes a file elsewhere", true, [&] { return opens(other, O_CREAT | O_RDWR); }},
      {"leaves its folder by ..", true, [&] { return opens(home_.mail_dir() + "/../keyfile", O_RDONLY); }},
      {"links the key file into its folder", false,
       [&] { return link(home_.key_file().c_str(), (home_.mail_dir() + "/k").c_str()) == 0; }},
      {"points a link at the key file", false,
       [&] {
         const std::string place = home_.mail_dir() + "/s";
         return symlink(home_.key_file().c_str(), place.c_str()) == 0 && opens(place, O_RDONLY);
       }},
      {"moves the journal here", false,
       [&] { return rename(home_.journal().c_str(), (home_.mail_dir() + "/j").c_str()) == 0; }},
      {"removes the journal", false, [&] { return unlink(home_.journal().c_str()) == 0; }},
      {"reads its own environment", true, [] { return open("/proc/self/environ", O_RDONLY) >= 0; }},
      {"reads the agent's memory", false,
       [&] { return opens("/proc/" + std::to_string(agent_) + "/mem", O_RDONLY); }},
  };
  for (const auto& attempt : attempts) {
    if (attempt.works_outside) {
      EXPECT_TRUE(got(attempt.act, false)) << "not a real attempt: " << attempt.name;
    }
    EXPECT_FALSE(got(attempt.act, true)) << attempt.name;
  }
  EXPECT_TRUE(got([&] { return opens(home_.mail(), O_RDWR); }, true)) << "its own folder stays open to it";
  EXPECT_TRUE(agent_lives());
}

TEST_F(TakenOver, DoesNotReachTheAgent) {
  const auto ask_by = [&](int socket) { return socket >= 0 && unix_socket_to_agent(socket) == 0; };
  const auto signal_by_descriptor = [&](int signal) {
    int ends[2];
    return pipe2(ends, O_NONBLOCK) == 0 && fcntl(ends[0], F_SETSIG, signal) == 0 &&
           fcntl(ends[0], F_SETOWN, agent_) == 0;
  };
  const Attempt attempts[] = {
      {"a socket of its own", true, [&] { return ask_by(socket(AF_UNIX, SOCK_STREAM, 0)); }},
      {"a pair of sockets", true,
       [] {
         int pair[2];
         return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0;
       }},
      {"the socket it listens on, used to call", false,
       [&] {
         bool any = false;
         for (int descriptor = 0; descriptor < 64; ++descriptor) any = any || ask_by(descriptor);
         return any;
       }},
      {"a signal 0", true, [&] { return kill(agent_, 0) == 0; }},
      {"a signal to its thread", true, [&] { return syscall(SYS_tgkill, agent_, agent_, 0) == 0; }},
      {"a signal by descriptor", true, [&] { return signal_by_descriptor(SIGKILL); }},
      {"its owner by descriptor", true,
       [&] {
         int ends[2];
         return pipe2(ends, 0) == 0 && fcntl(ends[0], F_SETOWN, agent_) == 0;
       }},
      {"its memory", false,
       [&] {
         char byte = 0;
         iovec local{&byte, 1}, remote{&byte, 1};
         return process_vm_readv(agent_, &local, 1, &remote, 1, 0) == 1;
       }},
      {"ptrace", false, [&] { return ptrace(PTRACE_SEIZE, agent_, nullptr, nullptr) == 0; }},
      {"a descriptor that means it", true, [&] { return syscall(SYS_pidfd_open, agent_, 0) >= 0; }},
      {"its limits", false,
       [&] {
         const rlimit none{0, 0};
         return prlimit(agent_, RLIMIT_NOFILE, &none, nullptr) == 0;
       }},
  };
  for (const auto& attempt : attempts) {
    if (attempt.works_outside) {
      EXPECT_TRUE(got(attempt.act, false)) << "not a real attempt: " << attempt.name;
    }
    EXPECT_FALSE(got(attempt.act, true)) << attempt.name;
    EXPECT_TRUE(agent_lives()) << attempt.name;
  }
}

TEST_F(TakenOver, StartsNothingAndOpensNoOtherKindOfSocket) {
  const Attempt attempts[] = {
      {"a program", true,
       [] {
         char name[] = "/bin/true";
         char* arguments[] = {name, nullptr};
         execve(name, arguments, nullptr);  // exits with 0 if it works
         return false;
       }},
      {"a program from memory", true, [] { return syscall(SYS_memfd_create, "x", 0) >= 0; }},
      {"a child", true, [] { return fork() >= 0; }},
      {"a namespace", false, [] { return syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */) == 0; }},
      {"vsock", false, [] { return socket(40, SOCK_STREAM, 0) >= 0; }},
      {"packets", false, [] { return socket(AF_PACKET, SOCK_RAW, 0) >= 0; }},
      {"bluetooth", false, [] { return socket(31, SOCK_RAW, 0) >= 0; }},
      {"audit", false, [] { return socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT) >= 0; }},
      {"kernel events", false, [] { return socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT) >= 0; }},
      {"to be dumpable", true, [] { return prctl(PR_SET_DUMPABLE, 1) == 0; }},
      {"more memory", false,
       [] {
         const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
         return setrlimit(RLIMIT_DATA, &all) == 0;
       }},
      {"another user", false, [] { return setresuid(0, 0, 0) == 0; }},
      {"watching files", true, [] { return syscall(SYS_inotify_init1, 0) >= 0; }},
  };
  for (const auto& attempt : attempts) {
    if (attempt.works_outside) {
      EXPECT_TRUE(got(attempt.act, false)) << "not a real attempt: " << attempt.name;
    }
    EXPECT_FALSE(got(attempt.act, true)) << attempt.name;
  }
  EXPECT_TRUE(got([] { return socket(AF_INET, SOCK_STREAM, 0) >= 0; }, true)) << "what it lives by stays";
}

}  // namespace
}  // namespace kith::hostile
