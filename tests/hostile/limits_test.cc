// The program with less than it likes of what the system gives: it works or ends with an error of its own,
// never by a signal, and what it acknowledged is there afterwards.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "tests/db/scratch.h"

namespace kith::hostile {
namespace {

struct Limit {
  int resource;
  rlim_t value;
};
struct Ended {
  int code;  // 128 and more: by a signal
  std::string out;
};

class Limits : public testing::Test {
 protected:
  Ended run(std::vector<std::string> words, const std::string& input, std::optional<Limit> limit = {}) const {
    int in[2], out[2];
    if (pipe(in) != 0 || pipe(out) != 0) return {-1, ""};
    const pid_t child = fork();
    if (child == 0) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      dup2(open("/dev/null", O_WRONLY), 2);
      for (int descriptor = 3; descriptor < 64; ++descriptor) close(descriptor);
      setenv("KITH_HOME", (scratch_ / "home").c_str(), 1);
      unsetenv("XDG_RUNTIME_DIR");
      if (limit) {
        const rlimit value{limit->value, limit->value};
        setrlimit(static_cast<__rlimit_resource>(limit->resource), &value);
      }
      std::vector<char*> arguments = {const_cast<char*>("kith")};
      for (auto& word : words) arguments.push_back(word.data());
      arguments.push_back(nullptr);
      execv(KITH_PROGRAM, arguments.data());
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    [[maybe_unused]] const auto sent = write(in[1], input.data(), input.size());
    close(in[1]);
    Ended ended{0, ""};
    char buffer[4096];
    for (ssize_t got = 0; (got = read(out[0], buffer, sizeof buffer)) > 0;)
      ended.out.append(buffer, static_cast<std::size_t>(got));
    close(out[0]);
    int status = 0;
    waitpid(child, &status, 0);
    ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return ended;
  }
  ~Limits() override { run({"lock", "-q"}, ""); }

  kith::test::Scratch scratch_;
};

TEST_F(Limits, AtTheEdgeTheProgramEndsCleanlyAndLosesNothing) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::string passphrase = "a long walk\n";
  ASSERT_EQ(run({"init"}, passphrase + passphrase).code, 0);
  ASSERT_EQ(run({"write", "-"}, "the first words").code, 0);
  std::vector<Limit> limits;
  for (const rlim_t files : {3U, 4U, 5U, 6U, 8U, 12U}) limits.push_back({RLIMIT_NOFILE, files});
  for (const rlim_t size : {0U, 1U, 512U, 4096U, 16'384U}) limits.push_back({RLIMIT_FSIZE, size});
  if (geteuid() != 0) limits.push_back({RLIMIT_NPROC, 1});  // it does not bind root
#if !defined(__SANITIZE_ADDRESS__)                          // it needs its shadow and a large stack
  for (const rlim_t stack : {128U << 10, 256U << 10}) limits.push_back({RLIMIT_STACK, stack});
  for (const rlim_t memory : {24U << 20, 32U << 20, 48U << 20, 64U << 20})
    limits.push_back({RLIMIT_AS, memory});
#endif
  int kept = 1, worked = 0, refused = 0;
  for (const auto& limit : limits) {
    SCOPED_TRACE(std::to_string(limit.resource) + " at " + std::to_string(limit.value));
    const auto wrote = run({"write", "-"}, "more words", limit), listed = run({"list", "--plain"}, "", limit);
    EXPECT_LT(wrote.code, 128) << "ended by a signal";
    EXPECT_LT(listed.code, 128) << "ended by a signal";
    kept += wrote.code == 0 ? 1 : 0;
    (wrote.code == 0 ? worked : refused) += 1;
    const auto after = run({"list", "--plain"}, "");
    EXPECT_EQ(after.code, 0);
    EXPECT_EQ(std::count(after.out.begin(), after.out.end(), '\n'), kept) << after.out;
  }
  EXPECT_GE(refused, 1) << "no limit was at the edge";
  EXPECT_GE(worked, 1);
}

}  // namespace
}  // namespace kith::hostile
