#include "cli/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "cli/json.h"
#include "core/base/text.h"

namespace kith::cli {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;
constexpr std::size_t kFlushAt = 64 * 1024;
constexpr std::size_t kTerminalLine = 4095;  // what Linux keeps of one typed line (N_TTY)

// Shared with the signal handler, so only what may be touched there.
std::atomic<int> asking{0};
std::atomic<int> last_signal{0};
std::atomic<bool> echo_is_off{false};
int signal_pipe[2] = {-1, -1};
int echo_terminal = -1;
termios echo_settings;

void restore_echo() {
  if (echo_is_off.exchange(false)) tcsetattr(echo_terminal, TCSANOW, &echo_settings);
}

extern "C" void on_signal(int number) {
  const int saved = errno;
  last_signal = number;
  if (asking.load() > 0 && signal_pipe[1] >= 0) {
    [[maybe_unused]] const auto written = ::write(signal_pipe[1], "!", 1);
    errno = saved;
    return;
  }
  restore_echo();
  _exit(static_cast<int>(Exit::interrupted));
}

class Asking {
 public:
  Asking() { ++asking; }
  ~Asking() { --asking; }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
};

class EchoOff {
 public:
  explicit EchoOff(int terminal) {
    if (tcgetattr(terminal, &echo_settings) != 0) return;
    echo_terminal = terminal;
    termios quiet = echo_settings;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    quiet.c_lflag |= ECHONL;
    quiet.c_cc[VSUSP] = _POSIX_VDISABLE;  // a stopped prompt would leave the echo off for the shell
    echo_is_off = true;
    if (tcsetattr(terminal, TCSAFLUSH, &quiet) != 0) echo_is_off = false;
  }
  ~EchoOff() { restore_echo(); }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
};

bool wants_colour(bool terminal) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  return terminal && (no_colour == nullptr || *no_colour == '\0') &&
         (kind == nullptr || std::strcmp(kind, "dumb") != 0);
}

int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

bool is_plain_text(std::string_view text) {
  return is_utf8(text) && text.find('\0') == std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

void install_signals() {
  if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0) signal_pipe[0] = signal_pipe[1] = -1;
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    struct sigaction before {};
    if (sigaction(number, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;  // nohup
    sigaction(number, &action, nullptr);
  }
  signal(SIGPIPE, SIG_IGN);
}

Terminal::Terminal(const Streams& streams, const GlobalFlags& flags)
    : streams_(streams),
      flags_(flags),
      in_is_terminal_(isatty(streams.in) == 1),
      out_is_terminal_(isatty(streams.out) == 1),
      err_is_terminal_(isatty(streams.err) == 1),
      colour_(wants_colour(out_is_terminal_)) {}

Terminal::~Terminal() { flush(); }

// -- speaking
// ------------------------------------------------------------------------------------------------

void Terminal::data(std::string_view text) {
  pending_out_ += text;
  if (pending_out_.size() >= kFlushAt) flush();
}

void Terminal::flush() {
  if (output_error_ == 0 && !pending_out_.empty()) output_error_ = write_all(streams_.out, pending_out_);
  sodium_memzero(pending_out_.data(), pending_out_.size());
  pending_out_.clear();
}

bool Terminal::output_closed_early() const { return output_error_ == EPIPE; }

void Terminal::write_error(std::string_view text) {
  flush();
  end_progress();
  // There is nobody left to tell if standard error is gone.
  [[maybe_unused]] const int ignored = write_all(streams_.err, text);
}

void Terminal::say(std::string_view line) {
  if (!flags_.quiet) say_always(line);
}
void Terminal::say_always(std::string_view line) { write_error(std::string(line) + "\n"); }

void Terminal::progress(std::string_view line) {
  if (!err_is_terminal_ || flags_.quiet) return;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (progress_shown_ && now.tv_sec == progress_at_) return;
  progress_at_ = now.tv_sec;
  progress_shown_ = true;
  [[maybe_unused]] const int ignored = write_all(streams_.err, "\r" + std::string(line) + "\x1b[K");
}

void Terminal::end_progress() {
  if (!progress_shown_) return;
  progress_shown_ = false;
  [[maybe_unused]] const int ignored = write_all(streams_.err, "\r\x1b[K");
}

std::string Terminal::bold(std::string_view text) const {
  return colour_ ? "\x1b[1m" + std::string(text) + "\x1b[0m" : std::string(text);
}
std::string Terminal::faint(std::string_view text) const {
  return colour_ ? "\x1b[2m" + std::string(text) + "\x1b[0m" : std::string(text);
}

std::size_t Terminal::columns() const {
  winsize size{};
  if (ioctl(streams_.out, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
  return 80;
}

void Terminal::clear_screen() {
  constexpr std::string_view kClear = "\x1b[H\x1b[2J\x1b[3J";
  flush();
  if (out_is_terminal_) {
    output_error_ = write_all(streams_.out, kClear);
    return;
  }
  const int terminal = open("/dev/tty", O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0) return;  // no terminal, nothing to clear
  [[maybe_unused]] const int ignored = write_all(terminal, kClear);
  close(terminal);
}

// -- asking
// --------------------------------------------------------------------------------------------------

bool Terminal::interrupted() const { return last_signal.load() != 0; }

// Waits for input, a signal or the watched descriptor, and takes what came.
Terminal::Got Terminal::fill() {
  if (input_.size() == 0) input_ = crypto::SecretBytes(kReadSize);
  input_used_ = input_end_ = 0;
  while (true) {
    std::array<pollfd, 3> waits = {
        {{streams_.in, POLLIN, 0}, {signal_pipe[0], POLLIN, 0}, {watched_, POLLIN, 0}}};
    const int ready = poll(waits.data(), waits.size(), -1);
    if (last_signal.load() != 0) return Got::interrupted;
    if (ready < 0 && errno != EINTR) return Got::failed;
    if (ready <= 0) continue;
    if (waits[2].revents != 0) return Got::watched;
    if (waits[0].revents == 0) continue;
    const auto got = ::read(streams_.in, input_.reveal().data(), kReadSize);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EBADF) return Got::failed;
    if (got <= 0) return Got::end;  // a closed input is one that has ended
    input_end_ = static_cast<std::size_t>(got);
    return Got::line;
  }
}

// A line without its line feed. `end` only if nothing stood before the end of input. On too_long the rest of
// the line stays unread.
Terminal::Got Terminal::read_line(std::string& line, std::size_t limit) {
  Asking guard;
  line.clear();
  while (true) {
    while (input_used_ < input_end_) {
      const char c = static_cast<char>(input_.reveal()[input_used_++]);
      if (c == '\n') return Got::line;
      if (line.size() >= limit) return Got::too_long;
      line += c;
    }
    const Got got = fill();
    if (got == Got::end) return line.empty() ? Got::end : Got::line;
    if (got != Got::line) return got;
  }
}

void Terminal::ask(std::string_view question) {
  if (in_is_terminal_) return write_error(std::string(question) + " ");
  if (!flags_.quiet && !question.empty()) write_error(std::string(question) + "\n");
}

tl::unexpected<Error> Terminal::unanswered(Got got, std::string_view question) {
  switch (got) {
    case Got::interrupted:
      return fail(Errc::cancelled, "stopped");
    case Got::watched:
      return fail(Errc::locked, "the journal was locked meanwhile");
    case Got::too_long:
      return fail(Errc::too_large, "that is longer than kith can take");
    case Got::failed:
      return fail(Errc::io, "the answer could not be read");
    default:
      break;
  }
  if (in_is_terminal_) return fail(Errc::cancelled, "you left it");
  return tell(Errc::usage,
              {"An answer was needed and the input had ended: " + std::string(question), "Nothing was done.",
               "Give the answers line by line on standard input, or run it in a terminal."});
}

Result<std::string> Terminal::answer(std::string_view question, std::size_t limit) {
  if (flags_.no_input)
    return tell(Errc::usage, {"An answer was needed and --no-input forbids to ask: " + std::string(question),
                              "Nothing was done.", "Run it without --no-input."});
  ask(question);
  std::string line;
  const Got got = read_line(line, limit);
  if (got != Got::line) {
    if (in_is_terminal_) write_error("\n");
    return unanswered(got, question);
  }
  return line;
}

Result<std::string> Terminal::line(std::string_view question, std::optional<std::string_view> otherwise) {
  std::string shown(question);
  if (otherwise && !otherwise->empty()) shown += " [" + std::string(*otherwise) + "]";
  if (otherwise && flags_.no_input) return std::string(*otherwise);
  auto typed = answer(shown, kMaxLine);
  if (!typed) {
    if (otherwise && typed.error().code == Errc::usage) return told_.reset(), std::string(*otherwise);
    return typed;
  }
  if (!is_plain_text(*typed)) return fail(Errc::usage, "that is not plain text (UTF-8)");
  const std::string_view kept = trimmed(*typed);
  return kept.empty() && otherwise ? std::string(*otherwise) : std::string(kept);
}

Result<crypto::SecretBytes> Terminal::secret(std::string_view question) {
  std::optional<EchoOff> quiet;
  if (in_is_terminal_ && !flags_.no_input) quiet.emplace(streams_.in);
  KITH_TRY(std::string typed, answer(question, kMaxPassphrase));
  crypto::SecretBytes secret(to_bytes(as_bytes(typed)));
  sodium_memzero(typed.data(), typed.size());
  return secret;
}

Result<bool> Terminal::yes(std::string_view question) {
  KITH_TRY(const std::string typed, answer(std::string(question) + " [y/N]", kMaxLine));
  const std::string word = lower(trimmed(typed));
  return word == "y" || word == "yes";
}

Result<void> Terminal::typed(std::string_view question, std::string_view name) {
  KITH_TRY(const std::string typed, answer(question, kMaxLine));
  if (trimmed(typed) != name) return fail(Errc::cancelled, "the name was not typed");
  return {};
}

Result<std::size_t> Terminal::choose(std::string_view question, std::span<const std::string> choices) {
  KITH_ASSERT(!choices.empty());
  std::string shown(question);
  for (std::size_t i = 0; i < choices.size(); ++i)
    shown += "\n  " + std::to_string(i + 1) + "  " + choices[i];
  shown += "\nWhich one? (1-" + std::to_string(choices.size()) + ")";
  KITH_TRY(const std::string typed, answer(shown, kMaxLine));
  const std::string word = lower(trimmed(typed));
  if (word.empty()) return fail(Errc::cancelled, "nothing was chosen");
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (word == std::to_string(i + 1) || word == lower(choices[i])) return i;
    if (!lower(choices[i]).starts_with(word)) continue;
    if (found) return fail(Errc::usage, "more than one of them begins like that");
    found = i;
  }
  if (!found) return fail(Errc::usage, "that is none of them");
  return *found;
}

Result<std::string> Terminal::text(std::string_view question,
                                   const std::function<void(std::string_view)>& each) {
  if (flags_.no_input) return answer(question, kMaxLine);
  ask(std::string(question) + (in_is_terminal_ ? "\n" : ""));
  Asking guard;  // `each` finishes before a signal counts
  std::string whole, line;
  while (true) {
    const Got got = read_line(line, kMaxText);
    if (got == Got::end || (got == Got::line && line == ".")) break;
    if (got == Got::line && whole.size() + line.size() >= kMaxText)
      return fail(Errc::too_large, "that is longer than one entry can be");
    if (got != Got::line && got != Got::end) return unanswered(got, question);
    if (in_is_terminal_ && line.size() >= kTerminalLine - 1)
      say_always(
          "That line was longer than this terminal can pass on; its end is lost. kith write -e has no such "
          "limit.");
    if (!is_plain_text(line)) return fail(Errc::usage, "that is not plain text (UTF-8)");
    whole += line + "\n";
    each(whole);
  }
  while (!whole.empty() && whole.back() == '\n') whole.pop_back();
  return whole;
}

Result<std::string> Terminal::all_input() {
  Asking guard;
  std::string whole;
  while (true) {
    if (whole.size() + (input_end_ - input_used_) > kMaxText)
      return fail(Errc::too_large, "that is longer than one entry can be");
    whole.append(as_text(input_.reveal()).substr(input_used_, input_end_ - input_used_));
    const Got got = fill();
    if (got == Got::end) break;
    if (got != Got::line) return unanswered(got, "the text");
  }
  if (!is_plain_text(whole)) return fail(Errc::usage, "that is not plain text (UTF-8)");
  while (!whole.empty() && (whole.back() == '\n' || whole.back() == '\r')) whole.pop_back();
  return whole;
}

// -- errors
// --------------------------------------------------------------------------------------------------

tl::unexpected<Error> Terminal::tell(Errc code, ErrorWords words) {
  told_ = std::move(words);
  return fail(code, "told");
}

ErrorWords Terminal::explain(const Error& error, std::string_view means) {
  ErrorWords words = told_ ? std::move(*told_) : words_of(error, means);
  told_.reset();
  if (words.means.empty()) words.means = means;
  return words;
}

Exit Terminal::report(const Error& error, std::string_view means) {
  if (interrupted()) {
    write_error("\n");
    return Exit::interrupted;
  }
  const ErrorWords words = explain(error, means);
  const Exit exit = exit_of(error.code);
  if (flags_.json) {
    Json json;
    json.object("error").text("name", name_of(error.code)).number("exit", static_cast<int>(exit));
    json.text("what", words.what).text("means", words.means).text("next", words.next);
    write_error(json.finish());
    return exit;
  }
  std::string text = words.what;
  for (const auto& part : {words.means, words.next})
    if (!part.empty()) text += (text.empty() ? "" : "\n") + part;
  write_error(text + "\n");
  return exit;
}

}  // namespace kith::cli
