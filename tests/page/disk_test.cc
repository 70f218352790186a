// A disk that is full while somebody writes: on a small file system of this test's own.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/page/browser.h"

namespace kith::page {
namespace {

using nlohmann::json;

// A mount that nobody else sees; as a plain user, in a user namespace where the system allows one.
bool mount_small(const std::string& path) {
  const auto user = geteuid();
  const auto group = getegid();
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << user << " " << user << " 1";
    std::ofstream("/proc/self/gid_map") << group << " " << group << " 1";
  }
  return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("tmpfs", path.c_str(), "tmpfs", 0, "size=8m,mode=700") == 0;
}

void fill(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  const std::string block(4096, 'x');
  while (write(file, block.data(), block.size()) > 0) {
  }
  close(file);
}

TEST(Disk, FullWhileWritingSaysFirstWhatIsSafe) {
  Node node;
  if (!mount_small(node.path())) GTEST_SKIP() << "this system lets a test mount nothing";
  Tab tab(node);
  tab.open();
  ASSERT_TRUE(tab.call("init", {{"passphrase", "correct horse battery"}}).at("ok"));
  const auto draft = tab.call("draft.save", {{"text", "Before the disk was full"}});
  ASSERT_TRUE(draft.at("ok"));
  fill(node.path() + "/filler");
  const auto failed = tab.call("draft.save", {{"draft", "D1"}, {"text", std::string(200'000, 'w')}});
  ASSERT_FALSE(failed.at("ok"));
  EXPECT_EQ(failed.at("error"), "full") << failed;
  EXPECT_TRUE(failed.at("means").get<std::string>().starts_with("What was saved before is safe.")) << failed;
  EXPECT_FALSE(failed.at("next").get<std::string>().empty());
  EXPECT_EQ(tab.call("draft.read", {{"draft", "D1"}}).at("text"), "Before the disk was full");
  std::filesystem::remove(node.path() + "/filler");
  EXPECT_TRUE(tab.call("draft.save", {{"draft", "D1"}, {"text", std::string(200'000, 'w')}}).at("ok"));
  node.run({"page", "--close"});
  node.run({"lock", "-q"});
  umount2(node.path().c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace kith::page
