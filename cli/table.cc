#include "cli/table.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace kith::cli {
namespace {

constexpr Option kGlobal[] = {
    {"json", 0, "", "print one JSON document"},
    {"plain", 0, "", "print one record a line, for pipes and screen readers"},
    {"dry-run", 'n', "", "say what would happen, and do nothing"},
    {"quiet", 'q', "", "say only what must be said"},
    {"no-input", 0, "", "never ask; stop and say what was needed"},
    {"help", 'h', "", "show this"},
    {"version", 0, "", "show the version"},
};

struct SectionTitle {
  Section section;
  std::string_view title;
};
constexpr SectionTitle kSections[] = {
    {Section::every_day, "Every day"}, {Section::with_my_group, "With my group"},
    {Section::the_group, "The group"}, {Section::carrying, "Carrying"},
    {Section::keeping, "Keeping"},
};

std::string_view first_word(std::string_view name) { return name.substr(0, name.find(' ')); }

const Command* find(std::span<const Command* const> commands, std::string_view name) {
  for (const Command* command : commands)
    if (command->name == name) return command;
  return nullptr;
}

bool is_topic(std::span<const Command* const> commands, std::string_view word) {
  return std::ranges::any_of(commands, [&](const Command* command) {
    return command->name.size() > word.size() && first_word(command->name) == word;
  });
}

const Option* find_option(std::span<const Option> options, std::string_view name) {
  for (const Option& option : options)
    if (option.name == name) return &option;
  return nullptr;
}
const Option* find_letter(std::span<const Option> options, char letter) {
  for (const Option& option : options)
    if (option.letter == letter) return &option;
  return nullptr;
}

void raise(GlobalFlags& flags, std::string_view name) {
  if (name == "json") flags.json = true;
  if (name == "plain") flags.plain = true;
  if (name == "dry-run") flags.dry_run = true;
  if (name == "quiet") flags.quiet = true;
  if (name == "no-input") flags.no_input = true;
  if (name == "help") flags.help = true;
  if (name == "version") flags.version = true;
}

std::string usage_line(const Command& command) {
  std::string line = "kith " + std::string(command.name);
  if (!command.words.empty()) line += " " + std::string(command.words);
  return line;
}

std::string padded(std::string text, std::size_t columns) {
  if (text.size() < columns) text.append(columns - text.size(), ' ');
  return text + "  ";
}

std::string option_line(const Option& option) {
  std::string left = option.letter != 0 ? std::string("-") + option.letter + ", " : "    ";
  left += "--" + std::string(option.name);
  if (!option.value.empty()) left += " " + std::string(option.value);
  return "  " + padded(left, 22) + std::string(option.help) + "\n";
}

}  // namespace

bool Args::has(std::string_view option) const {
  return std::ranges::any_of(options_, [&](const auto& given) { return given.first == option; });
}
std::string_view Args::value(std::string_view option) const {
  for (const auto& [name, value] : options_)
    if (name == option) return value;
  return {};
}
std::vector<std::string_view> Args::values(std::string_view option) const {
  std::vector<std::string_view> found;
  for (const auto& [name, value] : options_)
    if (name == option) found.push_back(value);
  return found;
}
Result<std::int64_t> Args::number(std::string_view option, std::int64_t least, std::int64_t most,
                                  std::int64_t otherwise) const {
  if (!has(option)) return otherwise;
  const std::string_view typed = value(option);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), number);
  if (error != std::errc{} || end != typed.data() + typed.size())
    return fail(Errc::usage, "a whole number is needed there");
  if (number < least || number > most) return fail(Errc::usage, "that number is too small or too large");
  return number;
}

// Reads the words and options of one command line, left to right.
class Parser {
 public:
  Parser(std::span<const Command* const> commands, std::span<const std::string> argv)
      : commands_(commands), argv_(argv) {}

  tl::expected<Parsed, Misuse> parse() {
    if (argv_.size() > kMaxArguments) return misuse("There are too many words in this command.");
    for (const auto& argument : argv_)
      if (argument.size() > kMaxArgument) return misuse("One of the words in this command is too long.");
    scan_for_globals();
    for (; at_ < argv_.size() && !done_; ++at_)
      if (auto problem = take(argv_[at_])) return tl::unexpected(std::move(*problem));
    return finish();
  }

 private:
  // Flags that decide how to speak count even if another part of the line is wrong.
  void scan_for_globals() {
    for (const auto& argument : argv_) {
      if (argument == "--") break;
      if (argument == "--json" || argument == "--plain" || argument == "--quiet" || argument == "--no-input")
        raise(parsed_.flags, std::string_view(argument).substr(2));
    }
  }

  std::optional<Misuse> take(const std::string& argument) {
    if (!only_words_ && argument == "--") {
      only_words_ = true;
      return std::nullopt;
    }
    if (!only_words_ && argument.size() > 2 && argument.starts_with("--")) return take_long(argument);
    if (!only_words_ && argument.size() > 1 && argument[0] == '-') return take_letters(argument);
    return parsed_.command == nullptr ? take_name(argument) : take_word(argument);
  }

  std::optional<Misuse> take_name(const std::string& word) {
    if (!parsed_.topic.empty()) {
      const std::string whole = parsed_.topic + " " + word;
      if ((parsed_.command = find(commands_, whole)) != nullptr) return std::nullopt;
      return unknown(whole);
    }
    if (is_topic(commands_, word)) {
      parsed_.topic = word;
      // "back" may be both a command and the start of another: the longer name wins if it is typed.
      const bool more = at_ + 1 < argv_.size() && find(commands_, word + " " + argv_[at_ + 1]) != nullptr;
      if (!more) parsed_.command = find(commands_, word);
      return std::nullopt;
    }
    if ((parsed_.command = find(commands_, word)) != nullptr) return std::nullopt;
    return unknown(word);
  }

  std::optional<Misuse> take_word(const std::string& word) {
    if (parsed_.args.words.size() >= parsed_.command->most) {
      std::string what =
          parsed_.command->stray.empty()
              ? "Kith takes no such words here; what you write is never part of a command, because "
                "other programs on this computer could see it."
              : std::string(parsed_.command->stray);
      return wrong(std::move(what), "It is used like this: " + usage_line(*parsed_.command));
    }
    parsed_.args.words.push_back(word);
    return std::nullopt;
  }

  std::optional<Misuse> take_long(const std::string& argument) {
    std::string_view name = std::string_view(argument).substr(2);
    std::optional<std::string> value;
    if (const auto equals = name.find('='); equals != std::string_view::npos) {
      value = std::string(name.substr(equals + 1));
      name = name.substr(0, equals);
    }
    const Option* option = parsed_.command != nullptr ? find_option(parsed_.command->options, name) : nullptr;
    if (option != nullptr) return keep(*option, std::move(value));
    option = find_option(kGlobal, name);
    if (option == nullptr) return unknown_option(name);
    if (value) return wrong("--" + std::string(option->name) + " takes no value.", "");
    raise(parsed_.flags, option->name);
    return std::nullopt;
  }

  std::optional<Misuse> take_letters(const std::string& argument) {
    for (std::size_t i = 1; i < argument.size(); ++i) {
      const char letter = argument[i];
      const Option* option =
          parsed_.command != nullptr ? find_letter(parsed_.command->options, letter) : nullptr;
      if (option != nullptr) {
        if (option->value.empty()) {
          if (auto problem = keep(*option, std::nullopt)) return problem;
          continue;
        }
        if (i + 1 < argument.size()) return keep(*option, argument.substr(i + 1));
        return keep(*option, std::nullopt);
      }
      option = find_letter(kGlobal, letter);
      if (option == nullptr) return unknown_option(std::string_view(argument).substr(i, 1));
      raise(parsed_.flags, option->name);
    }
    return std::nullopt;
  }

  std::optional<Misuse> keep(const Option& option, std::optional<std::string> value) {
    if (option.value.empty()) {
      if (value)
        return wrong("--" + std::string(option.name) + " takes no words; they could be seen by others.",
                     "Leave them out: kith asks for them.");
      parsed_.args.options_.emplace_back(option.name, "");
      return std::nullopt;
    }
    if (!value) {
      if (at_ + 1 >= argv_.size())
        return wrong("--" + std::string(option.name) + " needs a value: " + std::string(option.value) + ".",
                     "");
      value = argv_[++at_];
    }
    parsed_.args.options_.emplace_back(option.name, std::move(*value));
    return std::nullopt;
  }

  tl::expected<Parsed, Misuse> finish() {
    if (parsed_.flags.help || parsed_.flags.version) return std::move(parsed_);
    if (parsed_.command == nullptr && !parsed_.topic.empty()) {
      std::string next = "One of:";
      for (const Command* command : commands_)
        if (first_word(command->name) == parsed_.topic) next += " kith " + std::string(command->name) + ",";
      next.back() = '.';
      return tl::unexpected(wrong("kith " + parsed_.topic + " needs one more word.", next));
    }
    if (parsed_.command != nullptr && parsed_.args.words.size() < parsed_.command->least)
      return tl::unexpected(
          wrong("Something is missing.", "It is used like this: " + usage_line(*parsed_.command)));
    return std::move(parsed_);
  }

  Misuse wrong(std::string what, std::string next) const {
    const std::string_view means = parsed_.command != nullptr && !parsed_.command->on_failure.empty()
                                       ? parsed_.command->on_failure
                                       : "Nothing was done.";
    return {{std::move(what), std::string(means), std::move(next)}, parsed_.flags, parsed_.command};
  }
  tl::unexpected<Misuse> misuse(std::string what) const { return tl::unexpected(wrong(std::move(what), "")); }

  Misuse unknown(const std::string& typed) const {
    // Only what looks like the name of a command is repeated: it could be a private word.
    const bool name = typed.size() <= 30 && std::ranges::all_of(typed, [](char c) {
                        return (c >= 'a' && c <= 'z') || c == '-' || c == ' ';
                      });
    std::string what = name ? "There is no command '" + typed + "'." : "There is no such command.";
    const auto near = suggestions(commands_, typed);
    if (near.empty()) return wrong(std::move(what), "kith help lists them all.");
    what += " Did you mean ";
    for (std::size_t i = 0; i < near.size(); ++i) {
      if (i > 0) what += i + 1 == near.size() ? " or " : ", ";
      what += near[i];
    }
    return wrong(what + "?", "");
  }

  Misuse unknown_option(std::string_view typed) const {
    std::string_view best;
    std::size_t distance = 3;
    const auto consider = [&](const Option& option) {
      if (const auto d = edit_distance(option.name, typed); d < distance) best = option.name, distance = d;
    };
    std::ranges::for_each(kGlobal, consider);
    if (parsed_.command != nullptr) std::ranges::for_each(parsed_.command->options, consider);
    std::string next = "Did you mean --" + std::string(best) + "?";
    if (best.empty())
      next = parsed_.command == nullptr
                 ? "kith help shows what there is."
                 : "kith help " + std::string(parsed_.command->name) + " shows what there is.";
    return wrong("There is no such option here.", next);
  }

  std::span<const Command* const> commands_;
  std::span<const std::string> argv_;
  std::size_t at_ = 0;
  bool only_words_ = false;
  bool done_ = false;
  Parsed parsed_;
};

std::span<const Option> global_options() { return kGlobal; }

tl::expected<Parsed, Misuse> parse(std::span<const Command* const> commands,
                                   std::span<const std::string> argv) {
  return Parser(commands, argv).parse();
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) table[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
    }
  }
  return table[a.size()][b.size()];
}

std::vector<std::string_view> suggestions(std::span<const Command* const> commands, std::string_view typed) {
  if (typed.empty() || typed.size() > 40) return {};
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (const Command* command : commands) {
    if (command->section == Section::behind) continue;
    const bool begins = typed.size() >= 3 && command->name.starts_with(typed);
    const std::size_t distance = begins ? 0 : edit_distance(command->name, typed);
    const std::size_t allowed = typed.size() <= 3 ? 1 : 2;
    if (distance <= allowed) near.emplace_back(distance, command->name);
  }
  std::ranges::stable_sort(near, {}, &std::pair<std::size_t, std::string_view>::first);
  std::vector<std::string_view> names;
  for (const auto& [distance, name] : near)
    if (names.size() < 3 && distance == near.front().first) names.push_back(name);  // the nearest only
  return names;
}

std::string help_page(std::span<const Command* const> commands) {
  std::string page =
      "kith is a journal you keep for yourself and share, when you choose, with a small group that meets.\n\n"
      "  kith init                 make your journal\n"
      "  kith notice               one line about this moment\n"
      "  kith write                write as long as you like\n"
      "  kith list                 look back\n"
      "  kith now                  help, if you need somebody now\n";
  for (const auto& [section, title] : kSections) {
    std::string rows;
    for (const Command* command : commands)
      if (command->section == section)
        rows += "  " + padded(std::string(command->name), 20) + std::string(command->summary) + "\n";
    if (!rows.empty()) page += "\n" + std::string(title) + "\n" + rows;
  }
  page +=
      "\nkith help COMMAND says more. Nothing leaves this computer unless you saw exactly what leaves and "
      "who gets it.\n";
  return page;
}

std::string help_of(const Command& command) {
  std::string page = std::string(command.summary) + "\n\n";
  if (!command.examples.empty()) {
    std::string_view rest = command.examples;
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      page += "  " + std::string(rest.substr(0, end)) + "\n";
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
    page += "\n";
  }
  if (!command.more.empty()) page += std::string(command.more) + "\n\n";
  page += "Used like this: " + usage_line(command) + "\n";
  for (const Option& option : command.options) page += option_line(option);
  page += "\nEverywhere:\n";
  for (const Option& option : kGlobal) page += option_line(option);
  return page;
}

std::string help_of_topic(std::span<const Command* const> commands, std::string_view topic) {
  std::string page;
  for (const Command* command : commands)
    if (first_word(command->name) == topic)
      page += "  " + padded(std::string(command->name), 20) + std::string(command->summary) + "\n";
  return page;
}

namespace {

std::string list_of(std::span<const Command* const> commands, std::string_view separator) {
  std::string list;
  std::string_view last;
  for (const Command* command : commands) {
    const auto word = first_word(command->name);
    if (command->section == Section::behind || word == last) continue;
    if (list.find(std::string(separator) + std::string(word) + std::string(separator)) != std::string::npos)
      continue;
    list += std::string(word) + std::string(separator);
    last = word;
  }
  return list;
}

std::string options_of(const Command& command) {
  std::string list;
  for (const Option& option : command.options) list += "--" + std::string(option.name) + " ";
  for (const Option& option : kGlobal) list += "--" + std::string(option.name) + " ";
  return list;
}

std::string second_words(std::span<const Command* const> commands, std::string_view topic) {
  std::string list;
  for (const Command* command : commands)
    if (command->name.size() > topic.size() && first_word(command->name) == topic)
      list += std::string(command->name.substr(topic.size() + 1)) + " ";
  return list;
}

std::string bash_script(std::span<const Command* const> commands) {
  std::string script =
      "_kith() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} words=\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then words='" +
      list_of(commands, " ") +
      "'\n"
      "  else case \"${COMP_WORDS[1]}\" in\n";
  std::string seen = " ";
  for (const Command* command : commands) {
    const std::string word(first_word(command->name));
    if (command->section == Section::behind || seen.find(" " + word + " ") != std::string::npos) continue;
    seen += word + " ";
    script += "    " + word + ") words='" + second_words(commands, word) + options_of(*command) + "' ;;\n";
  }
  return script +
         "  esac; fi\n  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\ncomplete -F _kith kith\n";
}

std::string fish_script(std::span<const Command* const> commands) {
  std::string script = "complete -c kith -f\n";
  for (const Command* command : commands) {
    if (command->section == Section::behind || command->name.find(' ') != std::string_view::npos) continue;
    const std::string name(command->name);
    script += "complete -c kith -n __fish_use_subcommand -a " + name + " -d '" +
              std::string(command->summary) + "'\n";
    for (const Option& option : command->options)
      script += "complete -c kith -n '__fish_seen_subcommand_from " + name + "' -l " +
                std::string(option.name) + "\n";
  }
  return script;
}

}  // namespace

Result<std::string> completion_script(std::span<const Command* const> commands, std::string_view shell) {
  if (shell == "bash") return bash_script(commands);
  if (shell == "zsh") return "autoload -U +X bashcompinit && bashcompinit\n" + bash_script(commands);
  if (shell == "fish") return fish_script(commands);
  return fail(Errc::usage, "kith knows bash, zsh and fish");
}

}  // namespace kith::cli
