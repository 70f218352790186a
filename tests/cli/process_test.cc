// The real program on a pseudo terminal, killed, and many at once.
#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <sstream>
#include <thread>

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* kPassphrase = "correct horse";

class Home {
 public:
  Home() {
    std::string pattern = (fs::temp_directory_path() / "kith-pty-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
    setenv("KITH_HOME", path_.c_str(), 1);
    unsetenv("XDG_RUNTIME_DIR");
    unsetenv("VISUAL");
    setenv("TERM", "xterm", 1);
  }
  ~Home() {
    run({"lock", "-q"}, "");
    fs::remove_all(path_);
  }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;
  const std::string& path() const { return path_; }

  // Exit code; what it printed is left in `out`, and what it said in `said`.
  int run(const std::vector<std::string>& words, const std::string& input, uid_t as = geteuid()) {
    int in[2], printed[2];
    if (pipe(in) != 0 || pipe(printed) != 0) return -1;
    FILE* const talk = tmpfile();
    const pid_t child = fork();
    if (child == 0) {
      dup2(in[0], 0);
      dup2(printed[1], 1);
      dup2(fileno(talk), 2);
      if (as != geteuid() && setresuid(as, as, as) != 0) _exit(126);
      for (const int descriptor : {in[0], in[1], printed[0], printed[1]}) close(descriptor);
      execute(words);
    }
    close(in[0]);
    close(printed[1]);
    const auto sent = write(in[1], input.data(), input.size());
    close(in[1]);
    out.clear();
    char buffer[4096];
    for (ssize_t got = 0; (got = read(printed[0], buffer, sizeof buffer)) > 0;)
      out.append(buffer, static_cast<std::size_t>(got));
    close(printed[0]);
    int status = 0;
    waitpid(child, &status, 0);
    said.clear();
    rewind(talk);
    for (std::size_t got = 0; (got = fread(buffer, 1, sizeof buffer, talk)) > 0;) said.append(buffer, got);
    fclose(talk);
    return sent < 0 || !WIFEXITED(status) ? -1 : WEXITSTATUS(status);
  }
  int init() { return run({"init"}, std::string(kPassphrase) + "\n" + kPassphrase + "\n"); }

  [[noreturn]] static void execute(const std::vector<std::string>& words) {
    std::vector<std::string> copy = words;
    std::vector<char*> raw = {const_cast<char*>("kith")};
    for (auto& word : copy) raw.push_back(word.data());
    raw.push_back(nullptr);
    execv(KITH_PROGRAM, raw.data());
    _exit(127);
  }
  std::string out, said;

 private:
  std::string path_;
};

class OnTerminal {
 public:
  explicit OnTerminal(const std::vector<std::string>& words) {
    child_ = forkpty(&terminal_, nullptr, nullptr, nullptr);
    if (child_ == 0) Home::execute(words);
  }
  ~OnTerminal() {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
    close(terminal_);
  }
  OnTerminal(const OnTerminal&) = delete;
  OnTerminal& operator=(const OnTerminal&) = delete;

  pid_t child() const { return child_; }
  bool echoes() const {
    termios modes{};
    return tcgetattr(terminal_, &modes) == 0 && (modes.c_lflag & ECHO) != 0;
  }
  void type(const std::string& text) const {
    ASSERT_EQ(write(terminal_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  // Reads until the pattern shows up.
  bool shows(const std::string& pattern, std::chrono::seconds patience = 120s) {
    const auto until = std::chrono::steady_clock::now() + patience;
    const std::regex wanted(pattern);
    while (!std::regex_search(seen_, wanted)) {
      if (std::chrono::steady_clock::now() > until) return false;
      pollfd wait{terminal_, POLLIN, 0};
      if (poll(&wait, 1, 200) <= 0) continue;
      char buffer[4096];
      const auto got = read(terminal_, buffer, sizeof buffer);
      if (got <= 0) {
        closed_ = true;
        return std::regex_search(seen_, wanted);
      }
      seen_.append(buffer, static_cast<std::size_t>(got));
    }
    return true;
  }
  // The exit code; a program that does not end is killed, which gives 137.
  int end() {
    if (!shows("never shown: this reads to the end") && !closed_) kill(child_, SIGKILL);
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  const std::string& seen() const { return seen_; }
  void forget() { seen_.clear(); }

 private:
  int terminal_ = -1;
  pid_t child_ = -1;
  bool closed_ = false;
  std::string seen_;
};

bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 1200; ++i) {  // a minute
    if (holds()) return true;
    std::this_thread::sleep_for(50ms);
  }
  return holds();
}

TEST(Passphrase, IsNotShownWhileTyped) {
  Home home;
  ASSERT_EQ(home.init(), 0);
  ASSERT_EQ(home.run({"lock"}, ""), 0);
  OnTerminal unlock({"unlock"});
  ASSERT_TRUE(unlock.shows("Passphrase:"));
  EXPECT_FALSE(unlock.echoes());
  unlock.type(std::string(kPassphrase) + "\n");
  EXPECT_TRUE(unlock.shows("is open"));
  EXPECT_TRUE(eventually([&] { return unlock.echoes(); }));
  EXPECT_EQ(unlock.seen().find(kPassphrase), std::string::npos);
}

TEST(Passphrase, AnInterruptRestoresTheEcho) {
  Home home;
  ASSERT_EQ(home.init(), 0);
  ASSERT_EQ(home.run({"lock"}, ""), 0);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    OnTerminal unlock({"unlock"});
    ASSERT_TRUE(unlock.shows("Passphrase:"));
    ASSERT_FALSE(unlock.echoes());
    kill(unlock.child(), number);
    EXPECT_TRUE(eventually([&] { return unlock.echoes(); })) << number;
    EXPECT_EQ(unlock.end(), 130) << number;
  }
}

TEST(Passphrase, ThreeWrongOnesEndIt) {
  Home home;
  ASSERT_EQ(home.init(), 0);
  ASSERT_EQ(home.run({"lock"}, ""), 0);
  OnTerminal unlock({"unlock"});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(unlock.shows("Passphrase:"));
    unlock.forget();
    unlock.type("not this one\n");
  }
  EXPECT_EQ(unlock.end(), 4);
}

TEST(Passphrase, StandsInNoArgumentAndNoEnvironment) {
  Home home;
  ASSERT_EQ(home.init(), 0);
  std::size_t looked_at = 0;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    for (const char* name : {"cmdline", "environ"}) {
      std::ifstream file(entry.path() / name, std::ios::binary);
      std::stringstream bytes;
      bytes << file.rdbuf();
      if (bytes.str().find("kith") != std::string::npos) ++looked_at;
      EXPECT_EQ(bytes.str().find(kPassphrase), std::string::npos) << entry.path();
    }
  }
  EXPECT_GE(looked_at, 1U);
}

TEST(Process, LeavesNoCoreAndIsNotDumpable) {
  Home home;
  OnTerminal init({"init"});
  ASSERT_TRUE(init.shows("Passphrase"));
  // The owner of /proc/<pid>/mem is root for a process that may not be dumped; limits say the rest.
  std::ifstream limits("/proc/" + std::to_string(init.child()) + "/limits");
  std::stringstream text;
  text << limits.rdbuf();
  EXPECT_TRUE(std::regex_search(text.str(), std::regex("Max core file size +0 +0")));
  kill(init.child(), SIGSEGV);
  int status = 0;
  waitpid(init.child(), &status, 0);
  EXPECT_FALSE(WCOREDUMP(status));
}

constexpr int kRefused = 7;
constexpr uid_t kSomebodyElse = 65534;

TEST(Folder, OpenToOthersOrOfSomebodyElseIsRefusedWithWhatToDo) {
  Home home;
  const fs::path above = home.path(), data = above / "kith";
  setenv("KITH_HOME", data.c_str(), 1);
  ASSERT_EQ(home.init(), 0);
  ASSERT_EQ(home.run({"write", "-"}, "the first words"), 0);
  const auto refused = [&](const std::string& why, const std::string& what_to_do) {
    EXPECT_EQ(home.run({"list"}, ""), kRefused) << why;
    const std::string said = home.said;
    EXPECT_NE(said.find(why), std::string::npos) << said;
    EXPECT_NE(said.find("Nothing was opened."), std::string::npos) << said;
    EXPECT_NE(said.find(what_to_do), std::string::npos) << said;
    EXPECT_EQ(home.run({"write", "-"}, "more words"), kRefused);
  };
  const auto mode = [](const fs::path& path, mode_t bits) { ASSERT_EQ(chmod(path.c_str(), bits), 0); };
  for (const fs::path& open : {data, data / "journal", data / "mail"}) {
    SCOPED_TRACE(open);
    mode(open, 0777);
    refused("can change the folder " + open.string(), "chmod 700 " + open.string());
    mode(open, 0720);
    refused("can change the folder " + open.string(), "chmod 700 " + open.string());
    mode(open, 0700);
  }
  mode(data / "keyfile", 0666);
  refused("can change the key file", "chmod 600 ");
  mode(data / "keyfile", 0600);
  mode(above, 0777);
  refused("can put another folder in the place of", "chmod go-w " + above.string());
  mode(above, 01777);
  EXPECT_EQ(home.run({"list"}, ""), 0) << "as below /tmp";
  mode(above, 0770);
  EXPECT_EQ(home.run({"list"}, ""), 0) << "the user's own group";
  mode(above, 0700);
  if (geteuid() == 0) {
    const auto owner = [](const fs::path& path, uid_t user) {
      ASSERT_EQ(chown(path.c_str(), user, getegid()), 0);
    };
    for (const fs::path& foreign : {data, data / "journal", data / "mail", data / "keyfile"}) {
      SCOPED_TRACE(foreign);
      owner(foreign, kSomebodyElse);
      refused("belongs to somebody else", "sudo chown -R \"$USER\" ");
      owner(foreign, 0);
    }
    owner(data / "journal/journal.db", kSomebodyElse);
    EXPECT_EQ(home.run({"list"}, ""), kRefused);
    owner(data / "journal/journal.db", 0);
    ASSERT_EQ(chmod(above.c_str(), 0755), 0);
    ASSERT_EQ(chmod(data.c_str(), 0755), 0);
    EXPECT_EQ(home.run({"list"}, "", kSomebodyElse), kRefused) << "another user of this computer";
    EXPECT_EQ(home.run({"status"}, "", kSomebodyElse), kRefused);
    mode(data, 0700);
  }
  ASSERT_EQ(home.run({"list", "--plain"}, ""), 0);
  EXPECT_EQ(std::count(home.out.begin(), home.out.end(), '\n'), 1) << home.out;
  home.run({"lock", "-q"}, "");
  setenv("KITH_HOME", home.path().c_str(), 1);
}

TEST(Writing, ADraftSurvivesAClosedTerminalAndAKill) {
  Home home;
  ASSERT_EQ(home.init(), 0);
  for (const int number : {SIGHUP, SIGKILL, SIGINT}) {
    OnTerminal writing({"write"});
    ASSERT_TRUE(writing.shows("full stop"));
    writing.type("Words before signal " + std::to_string(number) + "\n");
    ASSERT_TRUE(eventually([&] {
      home.run({"drafts", "--json"}, "");
      return home.out.find("before signal " + std::to_string(number)) != std::string::npos;
    }));
    kill(writing.child(), number);
    EXPECT_EQ(writing.end(), number == SIGKILL ? 128 + SIGKILL : 130);
    home.run({"drafts", "--json"}, "");
    EXPECT_NE(home.out.find("before signal " + std::to_string(number)), std::string::npos);
  }
}

TEST(Writing, ALockElsewhereSealsTheDraft) {
  Home home;
  ASSERT_EQ(home.init(), 0);
  OnTerminal writing({"write"});
  ASSERT_TRUE(writing.shows("full stop"));
  writing.type("Somebody comes in\n");
  std::this_thread::sleep_for(300ms);
  ASSERT_EQ(home.run({"lock"}, ""), 0);
  EXPECT_EQ(writing.end(), 4);
  EXPECT_NE(writing.seen().find("kept as draft D1"), std::string::npos) << writing.seen();
  ASSERT_EQ(home.run({"unlock"}, std::string(kPassphrase) + "\n"), 0);
  home.run({"drafts", "--json"}, "");
  EXPECT_NE(home.out.find("Somebody comes in"), std::string::npos);
}

// All of this computer's, so one test at a time looks at them: the first look waits for the lock, which lasts
// as long as the process.
std::vector<std::string> scratch_folders() {
  static const int alone = [] {
    const int file = open("/tmp/kith-test-editors.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    return file < 0 ? -1 : flock(file, LOCK_EX);
  }();
  EXPECT_EQ(alone, 0);
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/dev/shm", error)) {
    const std::string name = entry.path().filename();  // other tests have folders here too
    if (name.starts_with("kith-") && !name.starts_with("kith-test-")) found.push_back(entry.path());
  }
  return found;
}

std::string make_editor(const Home& home, const std::string& body) {
  const std::string path = home.path() + "/editor.sh";
  std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
  chmod(path.c_str(), 0700);
  return path;
}

TEST(Editor, TheTextComesBackAndNothingStays) {
  Home home;
  ASSERT_EQ(home.init(), 0);
  setenv("EDITOR", make_editor(home, "echo 'From an editor.' > \"$1\"; cp \"$1\" \"$1.bak\"").c_str(), 1);
  const auto before = scratch_folders();
  EXPECT_EQ(home.run({"write", "-e"}, ""), 0);
  EXPECT_EQ(scratch_folders(), before);
  EXPECT_EQ(home.run({"read", "E1"}, ""), 0);
  EXPECT_NE(home.out.find("From an editor."), std::string::npos);
}

TEST(Editor, AFailingEditorKeepsADraft) {
  Home home;
  ASSERT_EQ(home.init(), 0);
  setenv("EDITOR", make_editor(home, "echo 'Half a thought' > \"$1\"; exit 3").c_str(), 1);
  const auto before = scratch_folders();
  EXPECT_EQ(home.run({"write", "-e"}, ""), 1);
  EXPECT_EQ(scratch_folders(), before);
  home.run({"drafts", "--json"}, "");
  EXPECT_NE(home.out.find("Half a thought"), std::string::npos);
}

TEST(Editor, NoPlaintextStaysWhenKithOrTheEditorIsKilled) {
  Home home;
  ASSERT_EQ(home.init(), 0);
  setenv(
      "EDITOR",
      make_editor(
          home, "echo 'Porcupine' > \"$1\"; echo $$ > \"$KITH_HOME/editor.pid\"; while :; do sleep 0.1; done")
          .c_str(),
      1);
  const auto before = scratch_folders();
  for (const bool kill_kith : {true, false}) {
    fs::remove(home.path() + "/editor.pid");
    OnTerminal writing({"write", "-e"});
    ASSERT_TRUE(eventually([&] {
      return fs::exists(home.path() + "/editor.pid") && fs::file_size(home.path() + "/editor.pid") > 0;
    }));
    ASSERT_EQ(scratch_folders().size(), before.size() + 1);
    pid_t editor = 0;
    std::ifstream(home.path() + "/editor.pid") >> editor;
    kill(kill_kith ? writing.child() : editor, SIGKILL);
    EXPECT_TRUE(eventually([&] { return scratch_folders() == before; }));
    EXPECT_TRUE(eventually([&] { return kill(editor, 0) != 0; })) << "no editor stays behind";
  }
}

TEST(Editor, ALockEndsItAndKeepsTheDraft) {
  Home home;
  ASSERT_EQ(home.init(), 0);
  setenv(
      "EDITOR",
      make_editor(home, "echo 'Saved once' > \"$1\"; touch \"$KITH_HOME/saved\"; while :; do sleep 0.1; done")
          .c_str(),
      1);
  const auto before = scratch_folders();
  OnTerminal writing({"write", "-e"});
  ASSERT_TRUE(eventually([&] { return fs::exists(home.path() + "/saved"); }));
  ASSERT_EQ(home.run({"lock"}, ""), 0);
  EXPECT_EQ(writing.end(), 4);
  EXPECT_EQ(scratch_folders(), before);
  ASSERT_EQ(home.run({"unlock"}, std::string(kPassphrase) + "\n"), 0);
  home.run({"drafts", "--json"}, "");
  EXPECT_NE(home.out.find("Saved once"), std::string::npos);
}

TEST(Many, EightProcessesAddAHundredEntriesEach) {
  constexpr int kProcesses = 8, kEntries = 100;
  Home home;
  ASSERT_EQ(home.init(), 0);
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    for (int i = 0; i < kEntries; ++i) {
      const std::string text =
          "entry " + std::to_string(p) + "-" + std::to_string(i) + " " + std::string(500, 'x') + " whole\n";
      if (home.run({"write", "-", "-q"}, text) != 0) _exit(1);
    }
    _exit(0);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  ASSERT_EQ(home.run({"export", "--mine"}, ""), 0);
  const std::regex whole("entry \\d-\\d+ x{500} whole");
  const auto found =
      std::distance(std::sregex_iterator(home.out.begin(), home.out.end(), whole), std::sregex_iterator());
  EXPECT_EQ(found, kProcesses * kEntries);
}

}  // namespace
