// The one place that reads from a person and writes to one. Data goes to standard output, talk to standard
// error. Questions are put to the terminal; where standard input is something else, each takes its next line.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/errors.h"
#include "cli/table.h"
#include "crypto/secret.h"

namespace kith::cli {

struct Streams {
  int in = 0;
  int out = 1;
  int err = 2;
};

inline constexpr std::size_t kMaxLine = 64 * 1024;   // bytes of one answer
inline constexpr std::size_t kMaxText = 256 * 1024;  // bytes of one text from a person or a pipe
inline constexpr std::size_t kMaxPassphrase = 4096;  // bytes

class Terminal {
 public:
  Terminal(const Streams& streams, const GlobalFlags& flags);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // -- speaking
  void data(std::string_view text);  // standard output, as it is
  void say(std::string_view line);   // talk; silent under --quiet
  void say_always(std::string_view line);
  // A line that is drawn over itself on a terminal, once a second at most; nothing elsewhere.
  void progress(std::string_view line);
  void end_progress();
  std::string bold(std::string_view text) const;  // for standard output; unchanged without colour
  std::string faint(std::string_view text) const;
  std::size_t columns() const;  // of standard output; 80 if unknown
  bool out_is_terminal() const { return out_is_terminal_; }
  bool in_is_terminal() const { return in_is_terminal_; }
  void clear_screen();  // and what scrolled off

  // -- asking. usage: --no-input, or the input ended (told). cancelled: Ctrl-C or Ctrl-D; interrupted() tells
  // which. locked: the watched descriptor spoke. too_large.
  Result<std::string> line(std::string_view question, std::optional<std::string_view> otherwise = {});
  Result<crypto::SecretBytes> secret(std::string_view question);         // not shown while typed
  Result<bool> yes(std::string_view question);                           // no unless "y" or "yes"
  Result<void> typed(std::string_view question, std::string_view name);  // cancelled unless typed exactly
  Result<std::size_t> choose(std::string_view question, std::span<const std::string> choices);
  // Several lines, until one with a full stop alone, Ctrl-D, or the end of input. `each` gets the text so far
  // after every line. What stands at an interruption or a lock was given to `each` before.
  Result<std::string> text(std::string_view question, const std::function<void(std::string_view)>& each);
  // All of standard input, at most kMaxText. malformed unless UTF-8 without NUL.
  Result<std::string> all_input();

  void watch(int descriptor) { watched_ = descriptor; }  // -1: none
  bool interrupted() const;
  void flush();  // data written so far reaches standard output
  bool output_failed() const { return output_error_ != 0; }
  bool output_closed_early() const;  // the reader went away: nothing to complain about

  tl::unexpected<Error> tell(Errc code, ErrorWords words);
  // What report() would say: the words told before, or those of the error table.
  ErrorWords explain(const Error& error, std::string_view means);
  // The three parts on standard error, or a JSON object; returns the exit code.
  Exit report(const Error& error, std::string_view means);

 private:
  enum class Got { line, end, interrupted, watched, too_long, failed };
  Got read_line(std::string& line, std::size_t limit);
  Got fill();
  Result<std::string> answer(std::string_view question, std::size_t limit);
  tl::unexpected<Error> unanswered(Got got, std::string_view question);
  void ask(std::string_view question);
  void write_error(std::string_view text);

  Streams streams_;
  const GlobalFlags& flags_;
  bool in_is_terminal_, out_is_terminal_, err_is_terminal_;
  bool colour_;
  int watched_ = -1;
  int output_error_ = 0;
  bool progress_shown_ = false;
  std::int64_t progress_at_ = 0;
  std::string pending_out_;
  crypto::SecretBytes input_;  // read, not asked for yet
  std::size_t input_used_ = 0;
  std::size_t input_end_ = 0;
  std::optional<ErrorWords> told_;
};

// SIGINT, SIGTERM, SIGHUP and SIGQUIT: while a question stands they end it; else the echo is restored and the
// process ends with 130. SIGPIPE is ignored. Call once, in main.
void install_signals();

}  // namespace kith::cli
