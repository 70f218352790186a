// A replaced file reaches the disk before it takes its name, and its name before we say that it is done. The
// two system calls that matter are ours here: they write down who asked, and can fail.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "core/keyring/file.h"

namespace {

std::vector<std::string> g_steps;  // "sync file 5 bytes", "rename", "sync folder"
int g_failing_sync = 0;            // the how-manieth fails with EIO; 0: none

std::string describe(int file) {
  struct stat info {};
  if (fstat(file, &info) != 0) return "sync of nothing";
  return S_ISDIR(info.st_mode) ? "sync folder" : "sync file " + std::to_string(info.st_size) + " bytes";
}

}  // namespace

extern "C" int fsync(int file) {
  g_steps.push_back(describe(file));
  if (g_failing_sync > 0 && --g_failing_sync == 0) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(syscall(SYS_fsync, file));
}

extern "C" int rename(const char* from, const char* to) noexcept {
  g_steps.push_back("rename");
  return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

namespace kith::keyring {
namespace {

class DurableFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = testing::TempDir() + "kith-durable-XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    path_ = folder + "/record";
    g_failing_sync = 0;
    ASSERT_TRUE(replace_file(path_, as_bytes("older")));
    g_steps.clear();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string content() const { return to_string(*read_small_file(path_, 100)); }
  static std::string to_string(const std::optional<Bytes>& bytes) {
    return bytes ? std::string(bytes->begin(), bytes->end()) : "nothing";
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(DurableFile, IsSyncedBeforeItsNameAndItsFolderAfter) {
  ASSERT_TRUE(replace_file(path_, as_bytes("newer words")));
  EXPECT_EQ(g_steps, (std::vector<std::string>{"sync file 11 bytes", "rename", "sync folder"}));
  EXPECT_EQ(content(), "newer words");
  EXPECT_EQ(files(), 1U);
}

TEST_F(DurableFile, KeepsTheOldOneWhenTheDiskDoesNotTakeTheNewOne) {
  g_failing_sync = 1;
  const auto done = replace_file(path_, as_bytes("newer words"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::io);
  EXPECT_EQ(content(), "older");
  EXPECT_EQ(files(), 1U);
}

TEST_F(DurableFile, SaysSoWhenTheFolderIsNotSynced) {
  g_failing_sync = 2;
  const auto done = replace_file(path_, as_bytes("newer words"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::io);
  EXPECT_EQ(content(), "newer words");
}

}  // namespace
}  // namespace kith::keyring
