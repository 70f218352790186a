// import and export.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cli/book.h"
#include "cli/commands/all.h"
#include "cli/export_scope.h"
#include "core/journal/import.h"

namespace kith::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 200'000;
constexpr std::size_t kMostSkipsShown = 20;

// Plain files below `folder`, by name; no links are followed, hidden ones are left alone.
Result<std::vector<fs::path>> files_below(Context& context, const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    return context.tell(Errc::not_found, {"There is no such folder.", "Nothing was taken in.",
                                          "Give a folder of .txt or .md files."});
  std::vector<fs::path> paths;
  for (fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, error), end;
       !error && it != end; it.increment(error)) {
    if (it->path().filename().string().starts_with('.')) {
      if (it->is_directory(error)) it.disable_recursion_pending();
      continue;
    }
    if (it->is_regular_file(error) && !it->is_symlink(error)) paths.push_back(it->path());
    if (paths.size() > kMostFiles) return fail(Errc::too_large, "there are too many files in this folder");
  }
  if (error) return fail(Errc::io, "the folder could not be read", error.value());
  std::ranges::sort(paths);
  return paths;
}

Result<journal::ImportFile> load(const fs::path& path) {
  journal::ImportFile file{path.filename().string(), {}, {}};
  std::ifstream stream(path, std::ios::binary);
  struct stat info {};
  if (!stream || stat(path.c_str(), &info) != 0)
    return fail(Errc::io, "a file of the folder could not be read", errno);
  file.bytes.resize(journal::kMaxImportFile);
  stream.read(file.bytes.data(), static_cast<std::streamsize>(file.bytes.size()));
  if (stream.bad()) return fail(Errc::io, "a file of the folder could not be read");
  file.bytes.resize(static_cast<std::size_t>(stream.gcount()));
  file.modified = moment_of(WallTime(std::chrono::seconds(info.st_mtim.tv_sec)));
  return file;
}

struct Taken {
  std::vector<journal::EntryNumber> added;
  std::vector<journal::ImportReport::Skipped> skipped;
};

// Nothing is stored; only what would be is counted.
void look_only(std::span<const journal::ImportFile> files, Taken& taken) {
  for (const auto& file : files) {
    const auto parsed = journal::parse_import(file);
    if (parsed.entry) {
      taken.added.push_back(journal::EntryNumber{0});
    } else {
      taken.skipped.push_back({file.name, parsed.skip});
    }
  }
}

Result<Taken> take_in(Context& context, Book& book, std::span<const fs::path> paths,
                      const journal::ImportOptions& options) {
  Taken taken;
  for (std::size_t at = 0; at < paths.size(); at += journal::kImportBatch) {
    std::vector<journal::ImportFile> files;
    for (const auto& path : paths.subspan(at, std::min(journal::kImportBatch, paths.size() - at))) {
      KITH_TRY(auto file, load(path));
      files.push_back(std::move(file));
    }
    if (context.flags.dry_run) {
      look_only(files, taken);
      continue;
    }
    KITH_TRY(auto report, journal::import_files(book.journal, files, options));
    std::ranges::move(report.added, std::back_inserter(taken.added));
    std::ranges::move(report.skipped, std::back_inserter(taken.skipped));
    book.session.touch();
    context.term.progress("Taking in: " + std::to_string(at + files.size()) + " of " +
                          std::to_string(paths.size()));
  }
  context.term.end_progress();
  return taken;
}

void report(Context& context, const Taken& taken) {
  if (context.flags.json) {
    Json json;
    json.number("added", static_cast<std::int64_t>(taken.added.size())).array("skipped");
    for (const auto& skipped : taken.skipped)
      json.object().text("name", PeerText(skipped.name)).text("why", journal::why(skipped.why)).end();
    context.term.data(json.finish());
    return;
  }
  const std::string count =
      std::to_string(taken.added.size()) + (taken.added.size() == 1 ? " text" : " texts");
  context.term.say(context.flags.dry_run ? count + " would be taken in."
                                         : count + " taken in. Nobody sees them unless you show them.");
  if (taken.skipped.empty()) return;
  context.term.say(std::to_string(taken.skipped.size()) + " left out:");
  for (std::size_t i = 0; i < std::min(taken.skipped.size(), kMostSkipsShown); ++i)
    context.term.say("  " + render_plain(PeerText(taken.skipped[i].name)) + "  " +
                     std::string(journal::why(taken.skipped[i].why)));
  if (taken.skipped.size() > kMostSkipsShown) context.term.say("  and more; --json lists them all.");
}

Result<Exit> run_import(Context& context, const Args& args) {
  journal::ImportOptions options;
  if (args.has("kind")) {
    const auto kind = journal::kind_of(args.value("kind"));
    if (!kind)
      return context.tell(Errc::usage,
                          {"There is no such kind.", "Nothing was taken in.", "kith kinds lists them."});
    options.kind = *kind;
  }
  if (args.has("tag")) {
    KITH_TRY(options.tag, journal::tag_of(args.value("tag")));
  }
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const auto paths, files_below(context, args.words[0]));
  KITH_TRY(const Taken taken, take_in(context, book, paths, options));
  if (!context.flags.dry_run) KITH_CHECK(book.session.keep());
  report(context, taken);
  return Exit::done;
}

// -- export

Result<journal::ExportReport> export_to_file(Context& context, Book& book,
                                             const journal::ExportOptions& options, const std::string& path) {
  std::string whole;
  KITH_TRY(const auto done,
           journal::export_mine(book.journal, options, [&](std::string_view piece) -> Result<void> {
             whole += piece;
             return {};
           }));
  if (!context.flags.dry_run) KITH_CHECK(write_new_file(path, as_bytes(whole)));
  return done;
}

Result<Exit> run_export(Context& context, const Args& args) {
  if (!args.has("mine"))
    return context.tell(Errc::usage, {"Only your own words leave in an export.", "Nothing was written.",
                                      "Say so: kith export --mine"});
  KITH_TRY(auto book, Book::open(context));
  KITH_TRY(const auto options, export_scope(book.session));
  if (args.has("to")) {
    KITH_CHECK(export_to_file(context, book, options, std::string(args.value("to"))));
    context.term.say("Written. The file is not encrypted: keep it where nobody else looks.");
    return Exit::done;
  }
  KITH_CHECK(journal::export_mine(book.journal, options, [&](std::string_view piece) -> Result<void> {
    context.term.data(context.term.out_is_terminal() ? clean_lines(piece) : std::string(piece));
    if (context.term.output_failed()) return fail(Errc::io, "the output could not be written");
    return {};
  }));
  return Exit::done;
}

constexpr Option kImportOptions[] = {
    {"kind", 'k', "KIND", "what sort of entries they become: free unless you say otherwise"},
    {"tag", 't', "TAG", "a tag for all of them"},
};
constexpr Option kExportOptions[] = {
    {"mine", 0, "", "your own words: the only ones that can leave"},
    {"to", 0, "FILE", "a new file instead of standard output"},
};

}  // namespace

const Command commands::import = {
    .name = "import",
    .section = Section::keeping,
    .summary = "Take in a folder of texts",
    .words = "FOLDER",
    .least = 1,
    .most = 1,
    .options = kImportOptions,
    .examples = "kith import ~/diary\nkith import ~/diary --tag old -n      look first",
    .more =
        "It takes .txt and .md files. The day comes from a name like 2026-05-01.txt, else from the first "
        "line, else from\n"
        "the file. Taking the same folder in again adds nothing. The files stay where they are, unencrypted.",
    .on_failure = "What was taken in so far stays; the rest was left.",
    .run = run_import,
};

const Command commands::export_own = {
    .name = "export",
    .section = Section::keeping,
    .summary = "Write out your own words",
    .options = kExportOptions,
    .examples = "kith export --mine > mine.txt\nkith export --mine --to mine.txt",
    .more = "Others' words never leave; names of members become \"another member\".",
    .on_failure = "Nothing complete was written.",
    .run = run_export,
};

}  // namespace kith::cli
