// Plays people at their own kith: real processes of this very program, each with a home of its own, typing
// what a person would type. What they see is printed; the few lines that matter to the next step are kept.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/files.h"
#include "cli/terminal.h"

namespace kith::cli {

struct Screen {
  int exit = -1;
  std::string out;  // standard output; of a command that is shown, everything in the order it came
  std::string all;  // both, as they came
};

// One running command.
class Typing {
 public:
  Typing(pid_t child, Descriptor in, Descriptor out, Descriptor err);
  Typing(Typing&&) noexcept;
  Typing& operator=(Typing&&) = delete;
  ~Typing();  // ends it if it still runs

  void type(std::string_view line);
  // Waits until standard output holds a whole line that `wanted` accepts. none: it ended, or time was up.
  std::optional<std::string> line(bool (*wanted)(std::string_view), std::chrono::seconds patience);
  Screen finish(std::chrono::seconds patience);

 private:
  bool pump(int milliseconds);  // false: both ends are closed
  pid_t child_;
  Descriptor in_, out_, err_;
  Screen screen_;
};

class Player {
 public:
  Player(Terminal& term, std::string name, std::string home);

  const std::string& name() const { return name_; }
  const std::string& home() const { return home_; }
  // `shown`: printed as "Mina  $ kith ..." with its screen below.
  Screen types(const std::vector<std::string>& words, const std::vector<std::string>& answers = {},
               bool shown = true, int expected = 0);
  Typing begins(const std::vector<std::string>& words, bool shown = true);
  void show(const Screen& screen);

 private:
  // `together`: what it prints and what it says on one pipe, in their true order, as on a screen.
  Typing spawn(const std::vector<std::string>& words, bool together);
  void print_command(const std::vector<std::string>& words);
  Terminal& term_;
  std::string name_;
  std::string home_;
};

// Something of the play did not go as it must. Ends it; the exit code is 1.
struct PlayFailed {
  std::string what;
};

}  // namespace kith::cli
