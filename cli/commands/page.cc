// page: opens the journal in a browser on this computer. page serve: the process behind it.
#include <unistd.h>

#include <cstdlib>

#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/page/server.h"
#include "cli/spawn.h"

namespace kith::cli {
namespace {

constexpr int kReadyDescriptor = 3;  // cli/spawn.h

// What this desktop opens files with.
Result<std::string> opener() {
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable == nullptr ? "/usr/local/bin:/usr/bin:/bin" : variable;
  while (!rest.empty()) {
    const auto end = rest.find(':');
    const std::string path = std::string(rest.substr(0, end)) + "/xdg-open";
    if (path.starts_with('/') && access(path.c_str(), X_OK) == 0) return path;
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return fail(Errc::not_found, "no program was found that opens a browser");
}

Result<Exit> run_page(Context& context, const Args& args) {
  if (args.has("close")) {
    KITH_CHECK(close_page(context.home));
    context.term.say("The page is closed. Your journal is as open or locked as it was.");
    return Exit::done;
  }
  KITH_TRY(const std::string path, page_link(context.home));
  if (args.has("no-browser")) {
    context.term.data(path + "\n");
    return Exit::done;
  }
  KITH_TRY(const std::string program, opener());
  KITH_CHECK(spawn_background({program, "file://" + path}, nullptr));
  context.term.say("Your browser opens the page. kith lock locks it, here as there.");
  return Exit::done;
}

Result<Exit> run_serve(Context& context, const Args& args) {
  KITH_CHECK(serve_page(
      {.context = context, .ready = args.has("ready") ? kReadyDescriptor : -1, .again = args.has("again")}));
  return Exit::done;
}

constexpr Option kPageOptions[] = {
    {"no-browser", 0, "", "print the path of the file that leads there, good for two minutes and one tab"},
    {"close", 0, "", "end the page, in every tab"},
};
constexpr Option kServeOptions[] = {
    {"ready", 0, "", "tell descriptor 3 when it listens"},
    {"again", 0, "", "take over from a page that ended because the journal was locked"},
};

}  // namespace

const Command commands::page = {
    .name = "page",
    .section = Section::every_day,
    .summary = "Open your journal in a browser on this computer",
    .options = kPageOptions,
    .examples = "kith page\nkith page --close      ends it, in every tab",
    .more =
        "Everything a member needs is there, also the first start. It is served to this computer and this "
        "user "
        "only,\nand nothing is fetched from anywhere else.",
    .on_failure = "Your journal is as it was.",
    .run = run_page,
};

const Command commands::page_serve = {
    .name = "page serve",
    .section = Section::behind,
    .summary = "Serve the page (kith page starts it)",
    .options = kServeOptions,
    .examples = "",
    .on_failure = "",
    .run = run_serve,
};

}  // namespace kith::cli
