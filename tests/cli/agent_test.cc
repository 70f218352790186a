// The agent in a process of its own, with keys that the test knows.
#include "cli/agent.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "cli/agent_client.h"

namespace kith::cli {
namespace {

using namespace std::chrono_literals;

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kith-agent-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  Home home() const { return {path_, path_, path_}; }

 private:
  std::string path_;
};

crypto::DatabaseKeys keys_with(std::uint8_t journal, std::uint8_t mail) {
  std::array<std::uint8_t, 32> a, b;
  for (std::size_t i = 0; i < 32; ++i) {
    a[i] = static_cast<std::uint8_t>(journal + 7 * i);
    b[i] = static_cast<std::uint8_t>(mail + 11 * i);
  }
  return {crypto::JournalKey::take(a), crypto::MailKey::take(b)};
}

// The agent runs in a child; when it returns, the child waits to be looked at.
class AgentProcess {
 public:
  explicit AgentProcess(const Home& home) {
    crypto::start();
    int ready[2];
    if (pipe(ready) != 0) throw std::runtime_error("pipe");
    child_ = fork();
    if (child_ == 0) {
      close(ready[0]);
      static const BootClock clock;
      static Home own = home;
      const bool fine = run_agent({own, clock, {}, ready[1]}).has_value();
      if (!fine) _exit(1);
      while (true) pause();
    }
    close(ready[1]);
    char byte = 0;
    started_ = read(ready[0], &byte, 1) == 1;
    close(ready[0]);
  }
  ~AgentProcess() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;
  bool started() const { return started_; }

  // True if the bytes stand anywhere in its memory.
  bool remembers(ByteView needle) const {
    std::ifstream maps("/proc/" + std::to_string(child_) + "/maps");
    std::ifstream memory("/proc/" + std::to_string(child_) + "/mem", std::ios::binary);
    if (!maps || !memory) throw std::runtime_error("cannot look into the child");
    for (std::string line; std::getline(maps, line);) {
      const auto from = std::stoull(line, nullptr, 16);
      const auto to = std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
      if (to - from > (64ULL << 20)) continue;  // shadow memory of the sanitizers
      // Dead frames keep copies that passed through registers; an agent ends when it locks, and they with it.
      if (line.ends_with("[stack]")) continue;
      if (region_holds(memory, from, to, needle)) return true;
    }
    return false;
  }

 private:
  static bool region_holds(std::ifstream& memory, std::uint64_t from, std::uint64_t to, ByteView needle) {
    std::string bytes(to - from, '\0');
    memory.clear();
    memory.seekg(static_cast<std::streamoff>(from));
    memory.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, memory.gcount())));
    return bytes.find(as_text(needle)) != std::string::npos;
  }
  pid_t child_ = -1;
  bool started_ = false;
};

TEST(Agent, HandsOutKeysUntilItIsLocked) {
  const Folder folder;
  const AgentProcess process(folder.home());
  ASSERT_TRUE(process.started());
  auto agent = AgentClient::connect(folder.home());
  ASSERT_TRUE(agent);
  EXPECT_EQ(agent->keys().error().code, Errc::locked);
  ASSERT_TRUE(agent->unlock(keys_with(1, 2), 5min));
  const auto keys = agent->keys();
  ASSERT_TRUE(keys);
  EXPECT_TRUE(equal(keys->journal.reveal(), keys_with(1, 2).journal.reveal()));
  EXPECT_TRUE(equal(keys->mail.reveal(), keys_with(1, 2).mail.reveal()));
  EXPECT_TRUE(agent->state()->unlocked);
  EXPECT_LE(agent->state()->locks_in, 5min);
}

TEST(Agent, ForgetsTheKeysWhenLocked) {
  const Folder folder;
  const AgentProcess process(folder.home());
  ASSERT_TRUE(process.started());
  {
    auto agent = AgentClient::connect(folder.home());
    ASSERT_TRUE(agent->unlock(keys_with(91, 173), 5min));
    ASSERT_TRUE(agent->keys());
  }
  const auto keys = keys_with(91, 173);
  ASSERT_TRUE(process.remembers(keys.journal.reveal())) << "the search itself must work";
  ASSERT_TRUE(process.remembers(keys.mail.reveal()));
  auto watcher = AgentClient::connect(folder.home());
  ASSERT_TRUE(watcher->watch());
  {
    auto agent = AgentClient::connect(folder.home());
    // The process lives on for this test, so the connection's end never comes: only the answer is awaited.
    std::thread([client = std::move(*agent)]() mutable {
      [[maybe_unused]] const auto locked = client.lock();
    }).detach();
  }
  pollfd told{watcher->descriptor(), POLLIN, 0};
  ASSERT_EQ(poll(&told, 1, 10'000), 1) << "watchers hear of the lock";
  for (int i = 0; i < 100 && std::filesystem::exists(folder.home().agent_socket()); ++i)
    std::this_thread::sleep_for(20ms);
  std::this_thread::sleep_for(100ms);
  EXPECT_FALSE(process.remembers(keys.journal.reveal()));
  EXPECT_FALSE(process.remembers(keys.mail.reveal()));
}

TEST(Agent, LocksByItself) {
  const Folder folder;
  const AgentProcess process(folder.home());
  auto agent = AgentClient::connect(folder.home());
  ASSERT_TRUE(agent->unlock(keys_with(3, 4), 1s));
  auto watcher = AgentClient::connect(folder.home());
  ASSERT_TRUE(watcher->watch());
  std::this_thread::sleep_for(600ms);
  ASSERT_TRUE(agent->touch());
  std::this_thread::sleep_for(600ms);
  EXPECT_TRUE(agent->state()->unlocked) << "a touch starts the clock again";
  pollfd told{watcher->descriptor(), POLLIN, 0};
  EXPECT_EQ(poll(&told, 1, 5'000), 1);
  EXPECT_FALSE(agent_state(folder.home())->unlocked);
}

TEST(Agent, IdleNeverExceedsTwoHours) {
  const Folder folder;
  const AgentProcess process(folder.home());
  auto agent = AgentClient::connect(folder.home());
  ASSERT_TRUE(agent->unlock(keys_with(3, 4), 100h));
  EXPECT_LE(agent->state()->locks_in, kLongestIdle);
  ASSERT_TRUE(agent->set_idle(30min));
  EXPECT_LE(agent->state()->locks_in, 30min);
}

TEST(Agent, ThereIsOnlyOne) {
  const Folder folder;
  const AgentProcess process(folder.home());
  ASSERT_TRUE(process.started());
  const BootClock clock;
  const Home home = folder.home();
  EXPECT_EQ(run_agent({home, clock, {}, -1}).error().code, Errc::busy);
}

TEST(Agent, SurvivesNonsense) {
  const Folder folder;
  const AgentProcess process(folder.home());
  auto nonsense = Channel::connect(folder.home().agent_socket());
  ASSERT_TRUE(nonsense->send(as_bytes("\xff\xff not a message")));
  EXPECT_EQ(nonsense->receive(5s).error().code, Errc::not_found);
  std::vector<Channel> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(std::move(*Channel::connect(folder.home().agent_socket())));
  auto agent = AgentClient::connect(folder.home());
  EXPECT_TRUE(agent->unlock(keys_with(5, 6), 5min));
}

// A courier that fell is followed by another on the same socket: the agent gives it the key and hears of what
// arrives without anybody asking.
TEST(Agent, MeetsTheCourierAgainThatFollowsOneThatFell) {
  const Folder folder;
  const std::string path = folder.home().courier_socket();
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), at.sun_path);
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  ASSERT_EQ(listen(listener, 4), 0);
  const AgentProcess process(folder.home());
  auto agent = AgentClient::connect(folder.home());
  ASSERT_TRUE(agent);
  ASSERT_TRUE(agent->unlock(keys_with(1, 2), 5min));
  for (int courier = 0; courier < 3; ++courier) {
    pollfd wait{listener, POLLIN, 0};
    ASSERT_EQ(poll(&wait, 1, 10'000), 1) << courier;
    const int client = accept(listener, nullptr, nullptr);
    char byte = 0;
    EXPECT_EQ(recv(client, &byte, 1, 0), 1) << "it says something: the key";
    close(client);
  }
  close(listener);
}

TEST(Agent, TheSocketIsOursAlone) {
  const Folder folder;
  const AgentProcess process(folder.home());
  struct stat info {};
  ASSERT_EQ(stat(folder.home().agent_socket().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

}  // namespace
}  // namespace kith::cli
