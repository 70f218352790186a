// A group with more acts than a courier holds: the person hears of it on both fronts. The courier here is the
// test's own, and says what it likes.
#include <sys/socket.h>

#include <thread>

#include "cli/channel.h"
#include "proto/local.pb.h"
#include "tests/page/person.h"

namespace kith::page {
namespace {

using namespace std::chrono_literals;

// Says to whoever asks anything that these groups are at rest.
class Liar {
 public:
  Liar(const std::string& socket, const std::vector<std::string>& groups)
      : listening_(std::move(*cli::listen_at(socket))), thread_([this, groups] { serve(groups); }) {}
  ~Liar() {
    shutdown(listening_.get(), SHUT_RDWR);
    thread_.join();
  }
  Liar(const Liar&) = delete;
  Liar& operator=(const Liar&) = delete;

 private:
  void serve(const std::vector<std::string>& groups) {
    proto::CourierReply status;
    status.mutable_status()->set_has_key(true);
    for (const auto& group : groups) status.mutable_status()->add_at_rest(group);
    for (;;) {
      const int accepted = accept(listening_.get(), nullptr, nullptr);
      if (accepted < 0) return;
      cli::Channel channel{cli::Descriptor(accepted)};
      while (channel.receive(60s) && channel.send(as_bytes(status.SerializeAsString()))) continue;
    }
  }
  cli::Descriptor listening_;
  std::thread thread_;
};

TEST(Rest, IsSaidByNameAndTheNameDoesNothing) {
  Person ruth("Ruth");
  const auto founded = ruth.ok("group.create", {{"name", "Thursday\u202E\u001b[2J"}, {"my_name", "Ruth"}});
  ruth.group = founded.at("group");
  ruth.ok("carry.down");
  const auto id = from_hex(ruth.group);
  ASSERT_TRUE(id);
  {
    const Liar liar(ruth.node().path() + "/run/courier.sock",
                    {std::string(as_text(*id)), std::string(32, 'x'), "short"});
    ASSERT_EQ(ruth.node().run({"status"}), 0) << ruth.node().err;
    EXPECT_NE(ruth.node().out.find("For \u2068Thursday"), std::string::npos) << ruth.node().out;
    EXPECT_NE(ruth.node().out.find("nothing comes or goes: so much was signed in it"), std::string::npos);
    for (const char* words : {"--quiet", "--plain", "--json"}) {
      ASSERT_EQ(ruth.node().run({"status", words}), 0) << words << ruth.node().err;
      EXPECT_EQ(ruth.node().out.find_first_of("\u001b"), std::string::npos) << ruth.node().out;
      EXPECT_EQ(ruth.node().out.find("\u202E"), std::string::npos) << ruth.node().out;
    }
    EXPECT_NE(ruth.node().out.find("\"groups_at_rest\":1"), std::string::npos) << ruth.node().out;
    EXPECT_EQ(ruth.ok("carry.state").at("at_rest").at(0), ruth.group);
  }
  ASSERT_EQ(ruth.node().run({"status"}), 0);
  EXPECT_EQ(ruth.node().out.find("so much was signed"), std::string::npos);
}

}  // namespace
}  // namespace kith::page
