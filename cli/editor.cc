#include "cli/editor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "cli/editor_flags.h"
#include "cli/scratch.h"

namespace kith::cli {
namespace {

constexpr int kLookEveryMs = 2000;  // for what was saved meanwhile
constexpr int kEndPatienceMs = 2000;

std::string editor_setting() {
  for (const char* name : {"VISUAL", "EDITOR"})
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  return {};
}

// Where the program's name leads once links are followed, so that vi is known as the vim it is.
std::string resolve(const std::string& program) {
  std::error_code error;
  if (program.find('/') != std::string::npos) return std::filesystem::canonical(program, error).string();
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const std::string candidate = std::string(rest.substr(0, colon)) + "/" + program;
    if (access(candidate.c_str(), X_OK) == 0) return std::filesystem::canonical(candidate, error).string();
    rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
  }
  return {};
}

class TerminalModes {  // an editor that is killed leaves the terminal as it liked it
 public:
  TerminalModes() { known_ = tcgetattr(STDIN_FILENO, &modes_) == 0; }
  void restore() const {
    if (known_) tcsetattr(STDIN_FILENO, TCSANOW, &modes_);
  }

 private:
  termios modes_{};
  bool known_;
};

Result<Descriptor> start_editor(const std::vector<std::string>& argv, const std::string& folder,
                                pid_t& child) {
  std::vector<char*> raw;
  for (const auto& word : argv) raw.push_back(const_cast<char*>(word.c_str()));
  raw.push_back(nullptr);
  const pid_t parent = getpid();
  child = fork();
  if (child < 0) return fail(Errc::io, "the editor could not be started", errno);
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) signal(number, SIG_DFL);
    setenv("TMPDIR", folder.c_str(), 1);
    execvp(raw[0], raw.data());
    _exit(127);
  }
  Descriptor watched(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  if (!watched.valid()) return fail(Errc::io, "the editor cannot be watched", errno);
  return watched;
}

class Follower {  // tells the hook when the file changed
 public:
  Follower(std::string path, const EditorHooks& hooks) : path_(std::move(path)), hooks_(hooks) { look(); }
  void look_and_tell() {
    if (!look() || !hooks_.changed) return;
    if (const auto bytes = read_file(path_, kMaxText)) hooks_.changed(as_text(*bytes));
  }

 private:
  bool look() {
    struct stat info {};
    if (stat(path_.c_str(), &info) != 0) return false;
    const bool changed = info.st_mtim.tv_sec != seen_.tv_sec || info.st_mtim.tv_nsec != seen_.tv_nsec;
    seen_ = info.st_mtim;
    return changed;
  }
  std::string path_;
  const EditorHooks& hooks_;
  timespec seen_{};
};

class KeyboardSignalsIgnored {  // they are meant for the editor
 public:
  KeyboardSignalsIgnored() : interrupt_(signal(SIGINT, SIG_IGN)), quit_(signal(SIGQUIT, SIG_IGN)) {}
  ~KeyboardSignalsIgnored() {
    signal(SIGINT, interrupt_);
    signal(SIGQUIT, quit_);
  }
  KeyboardSignalsIgnored(const KeyboardSignalsIgnored&) = delete;
  KeyboardSignalsIgnored& operator=(const KeyboardSignalsIgnored&) = delete;

 private:
  void (*interrupt_)(int);
  void (*quit_)(int);
};

enum class Ended { by_itself, by_lock };

Ended wait_for(pid_t child, int pidfd, Follower& follower, const EditorHooks& hooks) {
  while (true) {
    pollfd waits[] = {{pidfd, POLLIN, 0}, {hooks.stop_when_readable, POLLIN, 0}};
    const int ready = poll(waits, 2, kLookEveryMs);
    if (ready < 0) continue;
    follower.look_and_tell();
    if (waits[0].revents != 0) return Ended::by_itself;
    if (waits[1].revents == 0) continue;
    kill(child, SIGTERM);
    pollfd end{pidfd, POLLIN, 0};
    if (poll(&end, 1, kEndPatienceMs) <= 0) kill(child, SIGKILL);
    return Ended::by_lock;
  }
}

}  // namespace

Result<std::string> edit_text(Context& context, std::string_view start, const EditorHooks& hooks) {
  const std::string setting = editor_setting();
  if (setting.empty())
    return context.tell(Errc::not_found, {"No editor is set.", "Nothing was written.",
                                          "Set EDITOR, for example to nano, or write without -e."});
  EditorCommand editor = editor_command(setting, resolve(setting.substr(0, setting.find_first_of(" \t"))));
  if (editor.argv.empty()) return fail(Errc::usage, "the editor's name is empty");
  if (!editor.known)
    context.term.say_always(
        "kith does not know this editor and cannot switch off its history or backup files.");
  KITH_TRY(const Scratch scratch, Scratch::make(context.home.runtime));
  KITH_CHECK(write_file(scratch.file(), as_bytes(start)));
  editor.argv.push_back(scratch.file());
  const TerminalModes modes;
  const KeyboardSignalsIgnored ignored;
  Follower follower(scratch.file(), hooks);
  pid_t child = -1;
  KITH_TRY(const Descriptor watched, start_editor(editor.argv, scratch.folder(), child));
  const Ended ended = wait_for(child, watched.get(), follower, hooks);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (ended == Ended::by_lock || !WIFEXITED(status)) modes.restore();
  if (ended == Ended::by_lock) return fail(Errc::locked, "the journal was locked meanwhile");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return context.tell(Errc::io, {"The editor ended with an error.", "What it had saved is kept as a draft.",
                                   "kith drafts shows it."});
  KITH_TRY(const Bytes bytes, read_file(scratch.file(), kMaxText));
  if (!is_utf8(as_text(bytes))) return fail(Errc::usage, "that is not plain text (UTF-8)");
  return std::string(as_text(bytes));
}

}  // namespace kith::cli
