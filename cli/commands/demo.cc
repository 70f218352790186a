// demo: three real nodes in a throw-away folder.
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/demo/stage.h"

namespace kith::cli {
namespace {

Result<Exit> run(Context& context, const Args& args) {
  const int result = play(context.term, args.has("keep"), args.has("proof") ? proof : story);
  return result == 0 ? Exit::done : result == 130 ? Exit::interrupted : Exit::failed;
}

constexpr Option kOptions[] = {
    {"proof", 0, "",
     "the sceptic's: a hostile fourth node, and a search of every file for every private word"},
    {"keep", 0, "", "leave the folder with the three nodes"},
};

}  // namespace

const Command commands::demo = {
    .name = "demo",
    .section = Section::keeping,
    .summary = "Play three people with three nodes, in a throw-away folder",
    .options = kOptions,
    .examples = "kith demo\nkith demo --proof",
    .more = "Takes less than a minute, touches nothing of yours and leaves nothing behind.",
    .on_failure = "Your own journal was not touched.",
    .run = run,
};

}  // namespace kith::cli
