// Taking in a folder of plain text or Markdown. Walking the folder is the caller's; here come names and
// bytes.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/journal/journal.h"

namespace kith::journal {

struct ImportFile {
  std::string name;   // the file's own name, without folders
  std::string bytes;  // at most kMaxText + 4 KiB are looked at: read no more
  Moment modified;
};
inline constexpr std::size_t kMaxImportFile = kMaxText + 4096;  // bytes

enum class Skip : std::uint8_t {
  not_text,   // neither .txt, .md nor .markdown
  not_utf8,   // or with NUL inside
  empty,      // nothing but white space
  too_large,  // above kMaxText
  known,      // the same words of the same day are in the journal already
};
std::string_view why(Skip skip);  // one plain line

// Pure. A byte order mark is dropped. The day is the YYYY-MM-DD at the start of the name, else at the start
// of the first line ("# 2026-05-01"); noon of it, by the writer's clock. Else the file's time.
struct ImportedText {
  std::string text;
  Moment written;
  bool dated;  // by name or first line
};
struct ImportParse {
  std::optional<ImportedText> entry;
  Skip skip = Skip::empty;  // if there is no entry
};
ImportParse parse_import(const ImportFile& file);

struct ImportOptions {
  Kind kind = Kind::free;
  std::string source = {};
  std::string tag = {};  // empty: none
};
struct ImportReport {
  std::vector<EntryNumber> added;
  struct Skipped {
    std::string name;
    Skip why;
  };
  std::vector<Skipped> skipped;
};

// One transaction: all of these files or none. Taking the same files in again adds nothing. Call it with some
// hundred files at a time; `progress` hears how many of them are done.
inline constexpr std::size_t kImportBatch = 200;  // files
Result<ImportReport> import_files(Journal& journal, std::span<const ImportFile> files,
                                  const ImportOptions& options,
                                  const std::function<void(std::size_t done)>& progress = {});

}  // namespace kith::journal
