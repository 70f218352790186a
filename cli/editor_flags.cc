#include "cli/editor_flags.h"

namespace kith::cli {
namespace {

enum class Family { vim, nano, emacs, other };

Family family_of(std::string_view program, std::string_view resolved) {
  for (const std::string_view name : {program, resolved}) {
    if (name.starts_with("vim") || name.starts_with("nvim") || name == "view" || name == "gvim")
      return Family::vim;
    if (name == "nano" || name == "rnano") return Family::nano;
    if (name.starts_with("emacs") && name != "emacsclient") return Family::emacs;
  }
  return Family::other;
}

std::vector<std::string> flags_of(Family family) {
  switch (family) {
    case Family::vim:
      return {"-n",
              "-i",
              "NONE",
              "--cmd",
              "set noswapfile nobackup nowritebackup noundofile viminfo= modelines=0",
              "-c",
              "set noswapfile nobackup nowritebackup noundofile viminfo="};
    case Family::nano:
      return {"--ignorercfiles"};
    case Family::emacs:
      return {"-Q", "-nw", "--eval",
              "(setq make-backup-files nil auto-save-default nil create-lockfiles nil "
              "auto-save-list-file-prefix nil)"};
    case Family::other:
      break;
  }
  return {};
}

}  // namespace

std::string_view base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

EditorCommand editor_command(std::string_view setting, std::string_view resolved) {
  EditorCommand command{{}, false};
  while (!setting.empty()) {
    const auto blank = setting.find_first_of(" \t");
    if (blank != 0) command.argv.emplace_back(setting.substr(0, blank));
    setting = blank == std::string_view::npos ? std::string_view{} : setting.substr(blank + 1);
  }
  if (command.argv.empty()) return command;
  const Family family = family_of(base_name(command.argv[0]), base_name(resolved));
  command.known = family != Family::other;
  for (auto& flag : flags_of(family)) command.argv.push_back(std::move(flag));
  return command;
}

}  // namespace kith::cli
