#include "cli/run.h"

#include <cstring>

#include "cli/agent.h"
#include "cli/context.h"
#include "cli/version.h"
#include "crypto/secret.h"

namespace kith::cli {
namespace {

Exit finish(Terminal& term, Exit exit) {
  term.flush();
  if (!term.output_failed() || term.output_closed_early()) return exit;
  term.report(Error{Errc::io, "the output could not be written"}, "Nothing of yours was lost.");
  return exit == Exit::done ? Exit::failed : exit;
}

Exit misused(Terminal& term, const Misuse& misuse) {
  const auto told = term.tell(Errc::usage, misuse.words);
  return term.report(told.value(), "");
}

Exit show_help(Terminal& term, std::span<const Command* const> commands, const Parsed& parsed) {
  if (parsed.command != nullptr) {
    term.data(help_of(*parsed.command));
  } else if (!parsed.topic.empty()) {
    term.data(help_of_topic(commands, parsed.topic));
  } else {
    term.data(help_page(commands));
  }
  return Exit::done;
}

Exit execute(Terminal& term, const Parsed& parsed) {
  const auto home = find_home(term);
  if (!home) return term.report(home.error(), parsed.command->on_failure);
  const BootClock clock;
  crypto::SystemRandom random;
  Context context{term, *home, clock, random, parsed.flags};
  const auto result = parsed.command->run(context, parsed.args);
  return result ? *result : term.report(result.error(), parsed.command->on_failure);
}

}  // namespace

Exit run(std::span<const Command* const> commands, std::span<const std::string> argv,
         const Streams& streams) {
  const auto parsed = parse(commands, argv);
  const GlobalFlags flags = parsed ? parsed->flags : parsed.error().flags;
  Terminal term(streams, flags);
  if (!parsed) return finish(term, misused(term, parsed.error()));
  if (flags.version) {
    term.data("kith " + std::string(kVersion) + "\n");
    return finish(term, Exit::done);
  }
  if (flags.help || parsed->command == nullptr) return finish(term, show_help(term, commands, *parsed));
  return finish(term, execute(term, *parsed));
}

}  // namespace kith::cli
