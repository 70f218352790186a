// A courier that was taken over answers kith.
#include "cli/courier_messages.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <filesystem>
#include <thread>

#include "cli/courier_client.h"
#include "proto/local.pb.h"

namespace kith::cli {
namespace {

using proto::CourierReply;

bool refuses(const std::string& message) {
  const auto answer = decode_courier(as_bytes(message));
  return !answer && answer.error().code == Errc::malformed;
}

TEST(CourierMessages, CountBeforeTheyAreParsed) {
  CourierReply status;
  for (std::size_t i = 0; i < kMaxCourierPorts; ++i) status.mutable_status()->add_ports();
  EXPECT_TRUE(decode_courier(as_bytes(status.SerializeAsString())));
  status.mutable_status()->add_ports();
  EXPECT_TRUE(refuses(status.SerializeAsString()));
  EXPECT_TRUE(refuses("")) << "no kind at all";
  CourierReply one, other;
  one.mutable_ok();
  other.mutable_arrived();
  EXPECT_TRUE(refuses(one.SerializeAsString() + other.SerializeAsString())) << "two kinds";
}

TEST(CourierMessages, GiveNoPlaceThatCannotBeDialled) {
  CourierReply opened;
  auto& address = *opened.mutable_door_opened()->mutable_address();
  address.set_ip(std::string("\xC0\x00\x02\x07", 4));
  address.set_port(4000);
  EXPECT_TRUE(decode_courier(as_bytes(opened.SerializeAsString())));
  address.set_port(65'536);
  EXPECT_TRUE(refuses(opened.SerializeAsString()));
  address.set_port(4000);
  address.set_ip("/tmp/x");
  EXPECT_FALSE(decode_courier(as_bytes(opened.SerializeAsString())));
}

TEST(CourierMessages, NobodyAskedForAreKeptUpToALimit) {
  crypto::start();
  std::string folder = (std::filesystem::temp_directory_path() / "kith-courier-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const Home home{folder, folder, folder};
  auto listening = listen_at(home.courier_socket());
  ASSERT_TRUE(listening);
  std::size_t said = 0;
  std::thread liar([&] {
    Channel channel(Descriptor(accept(listening->get(), nullptr, nullptr)));
    CourierReply frame;
    frame.mutable_door_frame()->set_frame(std::string(1'000, 'x'));
    while (said < 10 * kMaxKeptFrames && channel.send(as_bytes(frame.SerializeAsString()))) ++said;
  });
  {
    auto client = CourierClient::connect(home);
    ASSERT_TRUE(client);
    const auto woken = client->wake();
    EXPECT_TRUE(!woken && woken.error().code == Errc::malformed);
  }
  liar.join();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace kith::cli
