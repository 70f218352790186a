#include "cli/demo/player.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "core/base/text.h"

namespace kith::cli {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{30};

struct Pipe {
  Descriptor read, write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw PlayFailed{"no pipe could be made"};
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// Reads what is there. False: the other end is closed.
bool drain(Descriptor& from, std::string* one, std::string& all) {
  std::array<char, 4096> buffer{};
  const auto got = ::read(from.get(), buffer.data(), buffer.size());
  if (got > 0) {
    const std::string_view text(buffer.data(), static_cast<std::size_t>(got));
    if (one) one->append(text);
    all.append(text);
    return true;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  from.reset();
  return false;
}

}  // namespace

Typing::Typing(pid_t child, Descriptor in, Descriptor out, Descriptor err)
    : child_(child), in_(std::move(in)), out_(std::move(out)), err_(std::move(err)) {}

Typing::Typing(Typing&& other) noexcept
    : child_(other.child_),
      in_(std::move(other.in_)),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)),
      screen_(std::move(other.screen_)) {
  other.child_ = -1;
}

Typing::~Typing() {
  if (child_ <= 0) return;
  kill(child_, SIGTERM);
  waitpid(child_, nullptr, 0);
}

void Typing::type(std::string_view line) {
  const std::string text = std::string(line) + "\n";
  std::size_t at = 0;
  while (at < text.size()) {
    const auto put = ::write(in_.get(), text.data() + at, text.size() - at);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return;  // it ended; finish() tells how
    at += static_cast<std::size_t>(put);
  }
}

bool Typing::pump(int milliseconds) {
  std::array<pollfd, 2> ends = {pollfd{out_.get(), POLLIN, 0}, pollfd{err_.get(), POLLIN, 0}};
  if (poll(ends.data(), ends.size(), milliseconds) <= 0) return out_.valid() || err_.valid();
  if (ends[1].revents != 0) drain(err_, nullptr, screen_.all);
  if (ends[0].revents != 0) drain(out_, &screen_.out, screen_.all);
  return out_.valid() || err_.valid();
}

std::optional<std::string> Typing::line(bool (*wanted)(std::string_view), std::chrono::seconds patience) {
  const auto until = steady_clock::now() + patience;
  for (;;) {
    std::string_view rest = screen_.out;
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      if (wanted(rest.substr(0, end))) return std::string(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
    if (steady_clock::now() > until || !pump(200)) return std::nullopt;
  }
}

Screen Typing::finish(std::chrono::seconds patience) {
  in_.reset();
  const auto until = steady_clock::now() + patience;
  while (pump(200))
    if (steady_clock::now() > until) kill(child_, SIGTERM);
  int status = 0;
  waitpid(child_, &status, 0);
  child_ = -1;
  screen_.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return std::move(screen_);
}

Player::Player(Terminal& term, std::string name, std::string home)
    : term_(term), name_(std::move(name)), home_(std::move(home)) {}

void Player::print_command(const std::vector<std::string>& words) {
  std::string line = "kith";
  for (const auto& word : words) line += " " + word;
  term_.data(fmt::format("\n{:<6} $ {}\n", name_, term_.bold(clean_line(line))));
  term_.flush();
}

void Player::show(const Screen& screen) {
  std::string_view rest = screen.all;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    term_.data(term_.faint("       \u2502 ") + clean_line(rest.substr(0, end)) + "\n");
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  term_.flush();
}

Typing Player::spawn(const std::vector<std::string>& words, bool together) {
  Pipe in = make_pipe(), out = make_pipe(), err = make_pipe();
  std::vector<std::string> arguments = {"kith"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  std::vector<std::string> environment = {"KITH_HOME=" + home_, "PATH=/usr/bin:/bin", "LANG=C.UTF-8",
                                          "NO_COLOR=1", "TERM=dumb"};
  std::vector<char*> argv, envp;
  for (auto& argument : arguments) argv.push_back(argument.data());
  for (auto& variable : environment) envp.push_back(variable.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) throw PlayFailed{"no process could be started"};
  if (child == 0) {
    dup2(in.read.get(), 0);
    dup2(out.write.get(), 1);
    dup2(together ? out.write.get() : err.write.get(), 2);
    setsid();  // a key pressed at this terminal is for the play, not for its people
    execve("/proc/self/exe", argv.data(), envp.data());
    _exit(127);
  }
  fcntl(out.read.get(), F_SETFL, O_NONBLOCK);
  fcntl(err.read.get(), F_SETFL, O_NONBLOCK);
  return Typing(child, std::move(in.write), std::move(out.read), std::move(err.read));
}

Typing Player::begins(const std::vector<std::string>& words, bool shown) {
  if (shown) print_command(words);
  return spawn(words, shown);
}

Screen Player::types(const std::vector<std::string>& words, const std::vector<std::string>& answers,
                     bool shown, int expected) {
  Typing typing = begins(words, shown);
  for (const auto& answer : answers) typing.type(answer);
  Screen screen = typing.finish(kPatience);
  if (shown || screen.exit != expected) show(screen);
  if (screen.exit != expected) {
    std::string command;
    for (const auto& word : words) command += " " + word;
    throw PlayFailed{
        fmt::format("{}: kith{} ended with {} instead of {}", name_, command, screen.exit, expected)};
  }
  return screen;
}

}  // namespace kith::cli
