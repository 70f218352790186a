// One table of commands gives parsing, help, suggestions and completion. A command is a `const Command` in a
// file of cli/commands, declared in cli/commands/all.h and listed in cli/commands/all.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/errors.h"
#include "core/base/result.h"

namespace kith::cli {

struct Context;

enum class Section : std::uint8_t { every_day, with_my_group, the_group, carrying, keeping, behind };

struct Option {
  std::string_view name;   // "since"; on the command line --since
  char letter = 0;         // 'e' for -e, 0 for none
  std::string_view value;  // "DAY" if it takes one, empty for a switch
  std::string_view help;
};

// What was typed, already checked against the command's own words and options.
class Args {
 public:
  std::vector<std::string> words;  // what stands after the command's name
  bool has(std::string_view option) const;
  std::string_view value(std::string_view option) const;  // empty if not given
  std::vector<std::string_view> values(std::string_view option) const;
  // A whole number between the bounds, `otherwise` if not given. usage.
  Result<std::int64_t> number(std::string_view option, std::int64_t least, std::int64_t most,
                              std::int64_t otherwise) const;

 private:
  friend class Parser;
  std::vector<std::pair<std::string_view, std::string>> options_;
};

struct Command {
  std::string_view name = {};  // "list", or two words: "group create"
  Section section = Section::behind;
  std::string_view summary = {};  // one line, a verb first
  std::string_view words = {};    // what may follow, for people: "ENTRY" or "[ENTRY]..."; empty for nothing
  std::size_t least = 0;          // how many words
  std::size_t most = 0;
  std::span<const Option> options = {};
  std::string_view examples = {};    // lines "kith list --tag work      what it does"
  std::string_view more = {};        // a paragraph or two
  std::string_view on_failure = {};  // "Nothing was shared.": the second part of every error
  std::string_view stray = {};  // what to say to words that have no place here; empty: the usual sentence
  Result<Exit> (*run)(Context& context, const Args& args) = nullptr;
};

struct GlobalFlags {
  bool json = false;
  bool plain = false;
  bool dry_run = false;
  bool quiet = false;
  bool no_input = false;
  bool help = false;
  bool version = false;
};
std::span<const Option> global_options();

struct Parsed {
  const Command* command = nullptr;  // none: only flags, or a group of commands named by `topic`
  std::string topic;
  Args args;
  GlobalFlags flags;
};
struct Misuse {
  ErrorWords words;
  GlobalFlags flags;
  const Command* command = nullptr;
};

// `argv` without the program's name. At most kMaxArguments of kMaxArgument bytes.
inline constexpr std::size_t kMaxArguments = 256;
inline constexpr std::size_t kMaxArgument = 4096;
tl::expected<Parsed, Misuse> parse(std::span<const Command* const> commands,
                                   std::span<const std::string> argv);

// The names nearest to what was typed, best first, at most three.
std::vector<std::string_view> suggestions(std::span<const Command* const> commands, std::string_view typed);
std::size_t edit_distance(std::string_view a, std::string_view b);  // with swaps of neighbours

std::string help_page(std::span<const Command* const> commands);
std::string help_of(const Command& command);
std::string help_of_topic(std::span<const Command* const> commands, std::string_view topic);
// A completion script for "bash", "zsh" or "fish"; unsupported otherwise. It knows commands and options only:
// nothing from a journal is ever completed.
Result<std::string> completion_script(std::span<const Command* const> commands, std::string_view shell);

}  // namespace kith::cli
