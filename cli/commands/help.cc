// help and completion: both are made from the command table.
#include "cli/commands/all.h"
#include "cli/context.h"

namespace kith::cli {
namespace {

Result<Exit> run_help(Context& context, const Args& args) {
  if (args.words.empty()) {
    context.term.data(help_page(all_commands()));
    return Exit::done;
  }
  std::string name = args.words[0];
  if (args.words.size() > 1) name += " " + args.words[1];
  for (const Command* command : all_commands()) {
    if (command->name != name) continue;
    context.term.data(help_of(*command));
    return Exit::done;
  }
  const std::string topic = help_of_topic(all_commands(), args.words[0]);
  if (args.words.size() == 1 && !topic.empty()) {
    context.term.data(topic);
    return Exit::done;
  }
  const auto near = suggestions(all_commands(), name);
  return context.tell(Errc::usage, {"There is no such command.", "",
                                    near.empty() ? "kith help lists them all."
                                                 : "Did you mean " + std::string(near[0]) + "?"});
}

Result<Exit> run_completion(Context& context, const Args& args) {
  KITH_TRY(const std::string script, completion_script(all_commands(), args.words[0]));
  context.term.data(script);
  return Exit::done;
}

}  // namespace

const Command commands::help = {
    .name = "help",
    .section = Section::keeping,
    .summary = "Say more about a command",
    .words = "[COMMAND]",
    .most = 2,
    .options = {},
    .examples = "kith help\nkith help write",
    .on_failure = "",
    .run = run_help,
};

const Command commands::completion = {
    .name = "completion",
    .section = Section::keeping,
    .summary = "Print a completion script for your shell",
    .words = "bash|zsh|fish",
    .least = 1,
    .most = 1,
    .options = {},
    .examples = "source <(kith completion bash)",
    .more = "It knows commands and options only. Nothing from your journal is ever completed.",
    .on_failure = "",
    .run = run_completion,
};

}  // namespace kith::cli
