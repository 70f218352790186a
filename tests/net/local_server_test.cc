// courier.sock: who is served, and what becomes of messages that break the rules.
#include "net/local_server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "core/base/endian.h"
#include "net/limits.h"

namespace kith::net {
namespace {

class LocalServerTest : public testing::Test {
 protected:
  LocalServerTest() {
    char name[] = "/tmp/kith-local-XXXXXX";
    directory_ = mkdtemp(name);  // 0700
    path_ = directory_ + "/courier.sock";
  }
  ~LocalServerTest() override { std::filesystem::remove_all(directory_); }

  int connect_client() {
    const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, path_.data(), path_.size());
    EXPECT_EQ(connect(client, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    return client;
  }
  void pump(LocalServer& server) {
    server.pump(
        Instant{}, [&](auto id, Bytes message) { received_.emplace_back(id, std::move(message)); },
        [&](auto) { ++gone_; });
  }
  static void write_prefixed(int client, ByteView message) {
    Bytes bytes;
    append(bytes, little_endian(static_cast<std::uint32_t>(message.size())));
    append(bytes, message);
    EXPECT_EQ(::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  static bool ended(int client) {
    char byte;
    return recv(client, &byte, 1, MSG_DONTWAIT) == 0;
  }

  std::string directory_, path_;
  std::vector<std::pair<LocalServer::ClientId, Bytes>> received_;
  int gone_ = 0;
};

TEST_F(LocalServerTest, CarriesMessagesBothWays) {
  auto server = LocalServer::listen(path_).value();
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  const int client = connect_client();
  write_prefixed(client, as_bytes("one"));
  write_prefixed(client, as_bytes("two"));
  pump(server);
  EXPECT_TRUE(server.waiting());
  pump(server);
  ASSERT_EQ(received_.size(), 2U);
  EXPECT_EQ(as_text(received_[0].second), "one");
  EXPECT_EQ(as_text(received_[1].second), "two");
  server.send(received_[0].first, as_bytes("answer"));
  std::array<char, 10> answer{};
  EXPECT_EQ(recv(client, answer.data(), answer.size(), MSG_WAITALL), 10);
  EXPECT_EQ(std::string_view(answer.data() + 4, 6), "answer");
  close(client);
  pump(server);
  EXPECT_EQ(gone_, 1);
}

TEST_F(LocalServerTest, AMessageByteByByteIsOneMessage) {
  auto server = LocalServer::listen(path_).value();
  const int client = connect_client();
  const Bytes bytes = {2, 0, 0, 0, 'h', 'i'};
  for (const auto byte : bytes) {
    EXPECT_TRUE(received_.empty());
    ASSERT_EQ(::send(client, &byte, 1, 0), 1);
    pump(server);
  }
  ASSERT_EQ(received_.size(), 1U);
  EXPECT_EQ(as_text(received_[0].second), "hi");
  close(client);
}

TEST_F(LocalServerTest, AnnouncingTooMuchEndsIt) {
  auto server = LocalServer::listen(path_).value();
  for (const std::uint32_t size : {static_cast<std::uint32_t>(kMaxLocalMessage + 1), 0xffffffffU}) {
    const int client = connect_client();
    const auto prefix = little_endian(size);
    ASSERT_EQ(::send(client, prefix.data(), prefix.size(), 0), 4);
    pump(server);
    EXPECT_TRUE(ended(client));
    close(client);
  }
  EXPECT_TRUE(received_.empty());
  EXPECT_EQ(gone_, 2);
}

TEST_F(LocalServerTest, SixteenClientsAndNotOneMore) {
  auto server = LocalServer::listen(path_).value();
  std::vector<int> clients;
  for (std::size_t i = 0; i < kMaxLocalClients + 1; ++i) {
    clients.push_back(connect_client());
    pump(server);
  }
  EXPECT_FALSE(ended(clients.front()));
  EXPECT_TRUE(ended(clients.back()));
  for (const int client : clients) close(client);
}

TEST_F(LocalServerTest, AClientThatDoesNotReadIsCut) {
  auto server = LocalServer::listen(path_).value();
  const int client = connect_client();
  write_prefixed(client, as_bytes("x"));
  pump(server);
  ASSERT_EQ(received_.size(), 1U);
  for (std::size_t sent = 0; sent < kMaxLocalQueue + 4 * kMaxLocalMessage; sent += kMaxLocalMessage)
    server.send(received_[0].first, Bytes(kMaxLocalMessage, 1));
  pump(server);
  EXPECT_EQ(gone_, 1);
  close(client);
}

TEST_F(LocalServerTest, AnotherUserIsTurnedAway) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  auto server = LocalServer::listen(path_).value();
  ASSERT_EQ(chmod(directory_.c_str(), 0755), 0);
  ASSERT_EQ(chmod(path_.c_str(), 0666), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (setuid(65534) != 0) _exit(2);
    const int client = connect_client();
    char byte;
    pollfd wait{client, POLLIN, 0};
    poll(&wait, 1, 3000);
    _exit(recv(client, &byte, 1, MSG_DONTWAIT) == 0 ? 0 : 1);
  }
  for (int i = 0; i < 50; ++i) {
    pump(server);
    usleep(20'000);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(received_.empty());
}

TEST_F(LocalServerTest, ListensOnlyInAPrivateDirectoryAndAShortPath) {
  ASSERT_EQ(chmod(directory_.c_str(), 0755), 0);
  EXPECT_EQ(LocalServer::listen(path_).error().code, Errc::refused);
  ASSERT_EQ(chmod(directory_.c_str(), 0700), 0);
  EXPECT_EQ(LocalServer::listen(directory_ + "/" + std::string(107, 'x')).error().code, Errc::usage);
  EXPECT_EQ(LocalServer::listen("relative.sock").error().code, Errc::usage);
  EXPECT_TRUE(LocalServer::listen(path_));
  EXPECT_TRUE(LocalServer::listen(path_)) << "a stale socket is replaced";
}

}  // namespace
}  // namespace kith::net
