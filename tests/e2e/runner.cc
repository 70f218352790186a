// Plays a script of commands against the real program, and checks what it answers. README.md has the format.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Environment = std::map<std::string, std::string>;

constexpr auto kPatience = std::chrono::seconds(120);  // for one command

[[noreturn]] void give_up(const std::string& why) {
  std::cerr << why << "\n";
  throw std::runtime_error(why);
}

// Words as a shell divides them: blanks, '...' and "...".
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool open = false;
  char quote = 0;
  for (const char c : line) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      open = true;
    } else if (c == ' ') {
      if (open || !word.empty()) words.push_back(std::exchange(word, ""));
      open = false;
    } else {
      word += c;
    }
  }
  if (quote != 0) give_up("an open quote: " + line);
  if (open || !word.empty()) words.push_back(word);
  return words;
}

struct Outcome {
  int code = 0;
  std::string out, err;
};

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0) give_up("no pipe");
  }
  ~Pipe() { close_both(); }
  void close_end(int which) {
    if (ends[which] >= 0) close(ends[which]);
    ends[which] = -1;
  }
  void close_both() {
    close_end(0);
    close_end(1);
  }
};

class World {
 public:
  explicit World(fs::path programs) : programs_(std::move(programs)) {
    std::string pattern = (fs::temp_directory_path() / "kith-e2e-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) give_up("no temporary folder");
    folder_ = pattern;
    fs::create_directories(folder_ / "run");
    fs::permissions(folder_ / "run", fs::perms::owner_all);
    prctl(PR_SET_CHILD_SUBREAPER, 1);  // agents and couriers stay ours
    base_ = {{"PATH", programs_.string() + ":/usr/bin:/bin"},
             {"HOME", folder_.string()},
             {"XDG_RUNTIME_DIR", (folder_ / "run").string()},
             {"LANG", "C.UTF-8"},
             {"TERM", "dumb"},
             {"TZ", "UTC"}};
    for (const char* kept : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"})
      if (const char* value = std::getenv(kept)) base_[kept] = value;
  }
  ~World() {
    kill_children();
    std::error_code error;
    fs::remove_all(folder_, error);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const fs::path& folder() const { return folder_; }
  void set(const std::string& name, const std::string& value) { base_[name] = value; }
  void unset(const std::string& name) { base_.erase(name); }

  Outcome run(const std::vector<std::string>& argv, const std::string& home, const std::string& input) {
    Pipe in, out, err;
    const pid_t child = start(argv, home, in.ends[0], out.ends[1], err.ends[1]);
    in.close_end(0);
    out.close_end(1);
    err.close_end(1);
    return follow(child, in, out, err, input);
  }

  void run_background(const std::vector<std::string>& argv, const std::string& home) {
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    start(argv, home, null, null, null);
    close(null);
  }

 private:
  pid_t start(const std::vector<std::string>& argv, const std::string& home, int in, int out, int err) {
    Environment environment = base_;
    if (!home.empty()) environment["KITH_HOME"] = (folder_ / home).string();
    std::vector<std::string> settings;
    for (const auto& [name, value] : environment) settings.push_back(name + "=" + value);
    std::vector<char*> envp, raw;
    for (auto& setting : settings) envp.push_back(setting.data());
    envp.push_back(nullptr);
    std::vector<std::string> copy = argv;
    for (auto& word : copy) raw.push_back(word.data());
    raw.push_back(nullptr);
    const pid_t child = fork();
    if (child < 0) give_up("no process");
    if (child == 0) {
      if (chdir(folder_.c_str()) != 0) _exit(126);
      dup2(in, 0);
      dup2(out, 1);
      dup2(err, 2);
      environ = envp.data();  // execvp looks along this PATH
      execvp(raw[0], raw.data());
      _exit(127);
    }
    return child;
  }

  static Outcome follow(pid_t child, Pipe& in, Pipe& out, Pipe& err, std::string_view input) {
    Outcome outcome;
    fcntl(in.ends[1], F_SETFL, O_NONBLOCK);
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (out.ends[0] >= 0 || err.ends[0] >= 0) {
      if (input.empty()) in.close_end(1);
      pollfd waits[] = {{in.ends[1], POLLOUT, 0}, {out.ends[0], POLLIN, 0}, {err.ends[0], POLLIN, 0}};
      if (poll(waits, 3, 1000) < 0) give_up("poll");
      if (std::chrono::steady_clock::now() > until) {
        kill(child, SIGKILL);
        give_up("a command took too long");
      }
      if (waits[0].revents != 0) {
        const auto sent = write(in.ends[1], input.data(), input.size());
        if (sent < 0) input = {};  // it reads no more
        if (sent > 0) input.remove_prefix(static_cast<std::size_t>(sent));
      }
      if (waits[1].revents != 0) take(out, outcome.out);
      if (waits[2].revents != 0) take(err, outcome.err);
    }
    int status = 0;
    if (waitpid(child, &status, 0) < 0) give_up("waitpid");
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return outcome;
  }

  static void take(Pipe& pipe, std::string& text) {
    char buffer[65536];
    const auto got = read(pipe.ends[0], buffer, sizeof buffer);
    if (got <= 0) return pipe.close_end(0);
    text.append(buffer, static_cast<std::size_t>(got));
  }

  static void kill_children() {
    for (int round = 0; round < 100; ++round) {
      std::ifstream list("/proc/self/task/" + std::to_string(getpid()) + "/children");
      std::vector<pid_t> children;
      for (pid_t child; list >> child;) children.push_back(child);
      if (children.empty()) return;
      for (const pid_t child : children) kill(child, SIGKILL);
      for (const pid_t child : children) waitpid(child, nullptr, 0);
    }
  }

  fs::path programs_;
  fs::path folder_;
  Environment base_;
};

class Script {
 public:
  Script(World& world, std::istream& lines) : world_(world) {
    for (std::string line; std::getline(lines, line);) lines_.push_back(line);
  }

  bool play() {
    while (at_ < lines_.size()) {
      const std::string line = expand(lines_[at_]);
      if (line.empty() || line[0] == '#') {
        ++at_;
      } else if (line.starts_with("env ")) {
        set_environment(line.substr(4));
        ++at_;
      } else if (line.starts_with("file ")) {
        make_file(line.substr(5));
      } else if (line.starts_with("mode ")) {
        change_mode(words_of(line.substr(5)));
        ++at_;
      } else if (line.starts_with("flip ")) {
        flip_byte(words_of(line.substr(5)));
        ++at_;
      } else if (line.starts_with("gone ") || line.starts_with("there ")) {
        look_for_file(line);
        ++at_;
      } else if (line.starts_with("nowhere ")) {
        search(line.substr(8));
        ++at_;
      } else if (line.starts_with("sleep ")) {
        usleep(static_cast<useconds_t>(std::stod(line.substr(6)) * 1e6));
        ++at_;
      } else if (line[0] == '$' || line[0] == '!' || line[0] == '@' || line[0] == '&') {
        run_command(line);
      } else {
        problem("not a line of a script");
        ++at_;
      }
    }
    return problems_ == 0;
  }

 private:
  void problem(const std::string& what) {
    ++problems_;
    std::cerr << "line " << at_ + 1 << ": " << lines_[std::min(at_, lines_.size() - 1)] << "\n  " << what
              << "\n";
  }

  std::string expand(std::string line) const {
    for (const auto& [name, value] : captured_) {
      const std::string sign = "${" + name + "}";
      for (auto at = line.find(sign); at != std::string::npos; at = line.find(sign, at + value.size()))
        line.replace(at, sign.size(), value);
    }
    return line;
  }

  // "$ kith list", "! kith ..." (any failure), "@ana kith ...", "@ana! kith ...", "& kith ..." in the
  // background.
  void run_command(const std::string& line) {
    std::string rest = line, home;
    bool fails = false, background = false;
    if (rest[0] == '@') {
      auto end = rest.find(' ');
      home = rest.substr(1, end - 1);
      rest = rest.substr(end + 1);
      if (home.ends_with('!')) home.pop_back(), fails = true;
      if (home.ends_with('&')) home.pop_back(), background = true;
    } else {
      fails = rest[0] == '!';
      background = rest[0] == '&';
      rest = rest.substr(2);
    }
    command_at_ = at_++;
    const std::string input = take_input();
    if (background) return world_.run_background(words_of(rest), home);
    outcome_ = world_.run(words_of(rest), home, input);
    check(fails);
  }

  std::string take_input() {
    std::string input;
    for (; at_ < lines_.size() && (lines_[at_].starts_with("< ") || lines_[at_] == "<"); ++at_)
      input += expand(lines_[at_]).substr(std::min<std::size_t>(2, lines_[at_].size())) + "\n";
    return input;
  }

  // "=> 4", "stdout ~ 'regex'", "stderr !~ 'regex'", "stdout = 'text'", "stdout empty", "set NAME ~ 'regex'".
  void check(bool fails) {
    int wanted = 0;
    bool any_failure = fails, wrong = false;
    for (; at_ < lines_.size(); ++at_) {
      const std::string line = expand(lines_[at_]);
      if (line.starts_with("=> ")) {
        wanted = std::stoi(line.substr(3));
        any_failure = false;
      } else if (line.starts_with("stdout ") || line.starts_with("stderr ")) {
        const std::string& text = line.starts_with("stdout") ? outcome_.out : outcome_.err;
        if (!holds(text, line.substr(7))) wrong = true, problem("does not hold");
      } else if (line.starts_with("set ")) {
        capture(line.substr(4));
      } else {
        break;
      }
    }
    if (any_failure ? outcome_.code == 0 : outcome_.code != wanted) {
      wrong = true;
      std::cerr << "line " << command_at_ + 1 << ": " << lines_[command_at_] << "\n  exit code "
                << outcome_.code << "\n";
      ++problems_;
    }
    if (wrong) std::cerr << "  stdout:\n" << outcome_.out << "  stderr:\n" << outcome_.err << "\n";
  }

  static std::string unquoted(const std::string& text) {
    const auto words = words_of(text);
    return words.empty() ? "" : words[0];
  }

  static bool holds(const std::string& text, const std::string& claim) {
    if (claim == "empty") return text.empty();
    if (claim.starts_with("= ")) return text == unquoted(claim.substr(2)) + "\n";
    const bool negated = claim.starts_with("!~ ");
    if (!negated && !claim.starts_with("~ ")) give_up("not a check: " + claim);
    const std::regex pattern(unquoted(claim.substr(negated ? 3 : 2)));
    return std::regex_search(text, pattern) != negated;
  }

  void capture(const std::string& claim) {
    const auto blank = claim.find(' ');
    const std::regex pattern(unquoted(claim.substr(claim.find("~ ") + 2)));
    std::smatch found;
    if (!std::regex_search(outcome_.out, found, pattern) && !std::regex_search(outcome_.err, found, pattern))
      return problem("nothing to keep");
    captured_[claim.substr(0, blank)] = found.size() > 1 ? found[1].str() : found[0].str();
  }

  void set_environment(const std::string& claim) {
    if (claim[0] == '-') return world_.unset(claim.substr(1));
    const auto equals = claim.find('=');
    world_.set(claim.substr(0, equals), claim.substr(equals + 1));
  }

  // "file NAME", lines that start with "| ", up to the first other line.
  void make_file(const std::string& name) {
    const fs::path path = world_.folder() / name;
    fs::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    for (++at_; at_ < lines_.size() && lines_[at_].starts_with("|"); ++at_)
      file << lines_[at_].substr(std::min<std::size_t>(2, lines_[at_].size())) << "\n";
  }

  void change_mode(const std::vector<std::string>& words) {
    if (chmod((world_.folder() / words.at(1)).c_str(),
              static_cast<mode_t>(std::stoul(words.at(0), nullptr, 8))) != 0)
      problem("no such file");
  }

  void flip_byte(const std::vector<std::string>& words) {
    std::fstream file(world_.folder() / words.at(0), std::ios::in | std::ios::out | std::ios::binary);
    const auto place = static_cast<std::streamoff>(std::stoll(words.at(1)));
    file.seekg(place);
    const int byte = file.get();
    if (byte == std::char_traits<char>::eof()) return problem("no such byte");
    file.seekp(place);
    file.put(static_cast<char>(byte ^ 1));
  }

  void look_for_file(const std::string& line) {
    const bool wanted = line.starts_with("there ");
    if (fs::exists(world_.folder() / line.substr(wanted ? 6 : 5)) != wanted)
      problem(wanted ? "is gone" : "is still there");
  }

  // No file of the world holds the text.
  void search(const std::string& text) {
    for (const auto& entry : fs::recursive_directory_iterator(world_.folder())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      std::stringstream bytes;
      bytes << file.rdbuf();
      if (bytes.str().find(text) != std::string::npos) problem("found in " + entry.path().string());
    }
  }

  World& world_;
  std::vector<std::string> lines_;
  std::size_t at_ = 0;
  std::size_t command_at_ = 0;
  int problems_ = 0;
  Outcome outcome_;
  std::map<std::string, std::string> captured_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: e2e_runner FOLDER-OF-PROGRAMS SCRIPT\n";
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  std::ifstream lines(argv[2]);
  if (!lines) {
    std::cerr << "no such script\n";
    return 2;
  }
  try {
    World world{fs::absolute(argv[1])};
    return Script(world, lines).play() ? 0 : 1;
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << "\n";
    return 1;
  }
}
