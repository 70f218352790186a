// doctor: what protects this journal on this computer, and what is missing.
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/json.h"
#include "cli/use/health.h"

namespace kith::cli {
namespace {

Result<Exit> run(Context& context, const Args&) {
  KITH_TRY(const auto findings, look_at_health(context));
  if (context.flags.json) {
    Json json;
    json.array("findings");
    for (const auto& finding : findings)
      json.object()
          .text("name", finding.name)
          .text("verdict", word_of(finding.verdict))
          .text("text", finding.text)
          .end();
    context.term.data(json.finish());
    return Exit::done;
  }
  for (const auto& finding : findings) {
    if (context.flags.plain) {
      context.term.data(std::string(finding.name) + "\t" + std::string(word_of(finding.verdict)) + "\t" +
                        finding.text + "\n");
    } else {
      context.term.data(std::string(finding.verdict == Health::missing ? "  missing  " : "           ") +
                        finding.text + "\n");
    }
  }
  return Exit::done;
}

}  // namespace

const Command commands::doctor = {
    .name = "doctor",
    .section = Section::keeping,
    .summary = "Look whether everything is whole and protected",
    .options = {},
    .examples = "kith doctor",
    .more = "With the journal open it reads every page of it, too.",
    .on_failure = "Nothing was changed.",
    .run = run,
};

}  // namespace kith::cli
