#include "core/mail/address.h"

#include <gtest/gtest.h>

namespace kith::mail {
namespace {

const std::string kOnion = std::string(55, 'a') + "d";

TEST(Address, IsRebuiltFromItsNumbers) {
  for (const std::string& text :
       {std::string("192.0.2.7:4000"), std::string("127.0.0.1:1"), std::string("[2001:db8::1]:65535"),
        std::string("[::1]:4000"), kOnion + ".onion:4000"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(text_of(*address), text);
  }
  EXPECT_TRUE(parse_address("127.9.9.9:1")->loopback());
  EXPECT_TRUE(parse_address("[::1]:1")->loopback());
  EXPECT_FALSE(parse_address("192.0.2.7:1")->loopback());
}

TEST(Address, RefusesEverythingThatIsNotOnePlaceToDial) {
  const std::string texts[] = {"",
                               ":",
                               "192.0.2.7",
                               "192.0.2.7:",
                               "192.0.2.7:0",
                               "192.0.2.7:65536",
                               "192.0.2.7:+1",
                               "192.0.2.7:01",
                               "192.0.2.7:4000 ",
                               " 192.0.2.7:4000",
                               "192.0.2.7:40x",
                               "ipc:///tmp/x",
                               "pgm://192.0.2.7:1",
                               "inproc://zeromq.zap.01",
                               "tcp://192.0.2.7:1",
                               "tcp://host;src:1",
                               "localhost:4000",
                               "example.org:4000",
                               "192.0.2:4000",
                               "0x7f.1:4000",
                               "0.0.0.0:4000",
                               "0.1.2.3:4000",
                               "224.0.0.1:4000",
                               "255.255.255.255:4000",
                               "169.254.169.254:80",
                               "[::]:4000",
                               "[::ffff:127.0.0.1]:4000",
                               "[::127.0.0.1]:4000",
                               "[fe80::1]:4000",
                               "[fe80::1%eth0]:4000",
                               "[febf::1]:4000",
                               "[ff02::1]:4000",
                               "::1:4000",
                               "[2001:db8::1:4000",
                               "[]:4000",
                               "abc.onion:4000",
                               std::string(56, 'a') + ".onion:4000",
                               std::string(55, 'A') + "d.onion:4000",
                               std::string(55, '1') + "d.onion:4000",
                               kOnion + ".onion",
                               kOnion + ":4000",
                               std::string("192.0.2.7\0:4000", 15)};
  for (const std::string& text : texts) EXPECT_FALSE(parse_address(text)) << text;
}

TEST(Address, HasTheSameRulesForNumbersFromAPeer) {
  EXPECT_TRUE(check_address({.ip = {192, 0, 2, 7}, .onion = "", .port = 1}));
  EXPECT_FALSE(check_address({.ip = {192, 0, 2, 7}, .onion = "", .port = 0}));
  EXPECT_FALSE(check_address({.ip = {192, 0, 2}, .onion = "", .port = 1}));
  EXPECT_FALSE(check_address({.ip = {192, 0, 2, 7}, .onion = kOnion, .port = 1}));
  EXPECT_FALSE(check_address({.ip = {}, .onion = "", .port = 1}));
  EXPECT_FALSE(check_address({.ip = Bytes(16, 0), .onion = "", .port = 1}));
}

}  // namespace
}  // namespace kith::mail
