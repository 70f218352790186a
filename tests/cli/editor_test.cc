#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/editor_flags.h"

namespace kith::cli {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST(EditorFlags, KnownEditorsAreToldToLeaveNothing) {
  for (const char* vim : {"vim", "/usr/bin/vim", "nvim", "vim.basic"}) {
    const auto command = editor_command(vim, "");
    EXPECT_TRUE(command.known);
    EXPECT_THAT(command.argv, Contains("-n"));
    EXPECT_THAT(command.argv, Contains("NONE"));
    EXPECT_THAT(command.argv, Contains(HasSubstr("noundofile")));
    EXPECT_THAT(command.argv, Contains(HasSubstr("nobackup nowritebackup")));
  }
  EXPECT_THAT(editor_command("emacs", "").argv, Contains(HasSubstr("make-backup-files nil")));
  EXPECT_THAT(editor_command("nano -w", "").argv, Contains("-w"));
  EXPECT_TRUE(editor_command("nano", "").known);
}

TEST(EditorFlags, ViIsWhatItLeadsTo) {
  EXPECT_TRUE(editor_command("vi", "/usr/bin/vim.basic").known);
  EXPECT_FALSE(editor_command("vi", "/usr/bin/nvi").known);
  EXPECT_FALSE(editor_command("code --wait", "").known);
  EXPECT_FALSE(editor_command("emacsclient", "").known);
  EXPECT_TRUE(editor_command("  ", "").argv.empty());
}

}  // namespace
}  // namespace kith::cli
