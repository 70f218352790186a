// The flood against a whole node, as a person runs it: guardian, courier and agent, while another person
// shares.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "core/mail/mail_store.h"
#include "crypto/key_file.h"
#include "tests/hostile/flood.h"
#include "tests/page/person.h"
#include "tests/support/child.h"

namespace kith::hostile {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using page::json;
using page::Person;

constexpr double kMostOfTheAgent = 30;  // percent of a core
constexpr long kMostGrowth = 64 << 10;  // KiB, of courier and agent each
constexpr auto kBound = 10s;            // for a share to be read, both pages asked again and again

// Who listens at a local socket.
pid_t behind(const std::string& path) {
  const int asking = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(path, address.sun_path);
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool known = connect(asking, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                     getsockopt(asking, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  close(asking);
  return known ? peer.pid : -1;
}

long status_of(pid_t process, const std::string& name) {  // KiB
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1));
  return 0;
}

struct Watched {
  Watched(const char* what, pid_t of)
      : name(what), process(of), began(status_of(of, "VmRSS")), had(processor_of(of)) {}
  void print(double seconds) const {
    std::printf("  %s: %.1f MiB before, %+.1f MiB at its peak, %.1f %% of a core\n", name,
                static_cast<double>(began) / 1024, static_cast<double>(growth()) / 1024, percent(seconds));
  }
  long growth() const { return status_of(process, "VmHWM") - began; }
  double percent(double seconds) const { return 100 * (processor_of(process) - had) / seconds; }
  const char* name;
  pid_t process;
  long began;  // KiB
  double had;  // seconds of processor
};

// What somebody with a member's passphrase and files has.
mail::MailStore mail_of(Person& person, const std::string& passphrase) {
  std::ifstream file(person.node().path() + "/keyfile", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto keys = crypto::open_key_file(as_bytes(bytes), as_bytes(passphrase)).value();
  auto database = db::Database::open(person.node().path() + "/mail/mail.db", keys.mail.reveal(), {}).value();
  return mail::MailStore::open(std::move(database)).value();
}

void join_and_sign(Person& ruth, Person& other) {
  page::join(ruth, other);
  page::sign(other);
  ASSERT_TRUE(page::eventually(
      [&] {
        other.meet();
        ruth.meet();
        return other.ok("home").at("groups").at(0).at("may_share").get<bool>();
      },
      120s));
}

bool shares(Person& nina, Person& ruth, int number) {
  const std::string text = "I walked " + std::to_string(number) + " rounds";
  nina.send({{"what", "share"}, {"text", text}, {"to", {"leaders"}}});
  const auto until = Clock::now() + kBound;
  while (Clock::now() < until) {
    nina.meet();
    if (ruth.ok("shared").dump().find(text) != std::string::npos) return true;
  }
  return false;
}

TEST(NodeFlood, AgentAndCourierStaySmallAndPeopleAreServed) {
  Person ruth("Ruth"), mina("Mina"), nina("Nina");
  ruth.group = ruth.ok("group.create", {{"name", "Thursday"}, {"my_name", "Ruth"}}).at("group");
  page::agree(ruth);
  join_and_sign(ruth, mina);
  join_and_sign(ruth, nina);
  ASSERT_TRUE(shares(nina, ruth, 0));
  mina.ok("carry.down");
  auto mail = mail_of(mina, "a passphrase of Mina"), attacked = mail_of(ruth, "a passphrase of Ruth");
  const auto local = mail.groups().value().front();
  const auto link = mail.link_key(local.group).value();
  const Target target{attacked.groups().value().front().port, attacked.link_key(local.group).value().pk};

  const std::string run = ruth.node().path() + "/run/";
  const pid_t guardian = behind(run + "courier.sock"), agent = behind(run + "agent.sock");
  ASSERT_GT(guardian, 0);
  ASSERT_GT(agent, 0);
  const Watched watched[] = {{"courier", test::child_of(guardian)}, {"guardian", guardian}, {"agent", agent}};
  const auto began = Clock::now();
  int shared = 0;
  std::chrono::milliseconds slowest{0};
  Flood flood(target);
  flood.start([&](std::size_t turn) { flood.knock(turn); });
  flood.start([&](std::size_t) { flood.shake_hands(); });
  const auto said = nuisances();
  flood.start([&](std::size_t turn) {
    const auto& one = said[turn % said.size()];
    flood.repeat({local.device, link}, one.what, one.inner);
  });
  while (Clock::now() - began < flood_seconds && !testing::Test::HasFailure()) {
    const auto begun = Clock::now();
    EXPECT_TRUE(shares(nina, ruth, ++shared)) << shared;
    slowest = std::max(slowest, std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun));
    std::this_thread::sleep_for(500ms);
  }
  flood.stop();
  const std::chrono::duration<double> lasted = Clock::now() - began;
  std::printf("a node under a flood of %.0f s: %d shares read, the slowest after %ld ms; %.0f calls/s\n",
              lasted.count(), shared, static_cast<long>(slowest.count()),
              static_cast<double>(flood.calls) / lasted.count());
  for (const auto& one : watched) {
    one.print(lasted.count());
    EXPECT_LE(one.growth(), kMostGrowth) << one.name;
  }
  EXPECT_LE(watched[2].percent(lasted.count()), kMostOfTheAgent);
  EXPECT_EQ(test::child_of(guardian), watched[0].process) << "the same courier as before";
}

}  // namespace
}  // namespace kith::hostile
