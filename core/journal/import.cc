#include "core/journal/import.h"

#include <algorithm>

#include "core/journal/query.h"
#include "core/journal/store.h"
#include "crypto/hash.h"

namespace kith::journal {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr auto kNoon = std::chrono::hours(12);

bool has_ending(std::string_view name) {
  std::string small(name);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return small.ends_with(".txt") || small.ends_with(".md") || small.ends_with(".markdown");
}

// The first second of the day that `text` begins with.
std::optional<WallTime> leading_day(std::string_view text, std::chrono::minutes offset) {
  constexpr std::size_t kDay = 10;  // characters of 2026-05-01
  if (text.size() < kDay) return std::nullopt;
  if (text.size() > kDay && text[kDay] >= '0' && text[kDay] <= '9') return std::nullopt;
  const auto span = span_of(text.substr(0, kDay), offset);
  if (!span) return std::nullopt;
  return span->from;
}

std::string_view first_line(std::string_view text) {
  auto line = text.substr(0, text.find('\n'));
  while (!line.empty() && (line[0] == '#' || line[0] == ' ' || line[0] == '\t')) line.remove_prefix(1);
  return line;
}

Digest digest_of(const ImportedText& entry) {
  // A file's own time may change by copying, so only a day that was written counts.
  const auto day = std::to_string(entry.dated ? entry.written.at.time_since_epoch().count() : 0);
  return crypto::H("kith1.import", {as_bytes(day), as_bytes(entry.text)});
}

Result<bool> known(db::Database& db, const Digest& digest) {
  KITH_TRY(auto query, db.prepare("SELECT 1 FROM imported WHERE digest=?1"));
  query.bind(1, digest.view());
  return query.step();
}

Result<EntryNumber> take_in(Journal& journal, const ImportedText& entry, const Digest& digest,
                            const ImportOptions& options) {
  NewEntry fresh{
      .kind = options.kind, .text = entry.text, .written = entry.written, .source = options.source};
  if (!options.tag.empty()) fresh.marks.tags.push_back(options.tag);
  KITH_TRY(const EntryNumber number, journal.add(fresh));
  KITH_TRY(const auto place, place_of(journal.database(), number, Which::kept));
  KITH_ASSERT(place.has_value());
  KITH_TRY(auto note, journal.database().prepare("INSERT INTO imported(digest,entry) VALUES(?1,?2)"));
  KITH_CHECK(note.bind(1, digest.view()).bind(2, *place).run());
  return number;
}

}  // namespace

std::string_view why(Skip skip) {
  switch (skip) {
    case Skip::not_text:
      return "neither .txt nor .md";
    case Skip::not_utf8:
      return "not text in UTF-8";
    case Skip::empty:
      return "empty";
    case Skip::too_large:
      return "above 64 KiB";
    case Skip::known:
      return "in the journal already";
  }
  return "";
}

ImportParse parse_import(const ImportFile& file) {
  const auto skipped = [](Skip reason) { return ImportParse{.entry = std::nullopt, .skip = reason}; };
  if (!has_ending(file.name)) return skipped(Skip::not_text);
  if (file.bytes.size() > kMaxImportFile) return skipped(Skip::too_large);
  std::string_view bytes = file.bytes;
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  auto text = clean_text(bytes);
  if (!text && text.error().code == Errc::too_large) return skipped(Skip::too_large);
  if (!text) {
    const bool blank = bytes.find_first_not_of(" \t\r\n") == std::string_view::npos;
    return skipped(blank ? Skip::empty : Skip::not_utf8);
  }
  auto day = leading_day(file.name, file.modified.offset);
  if (!day) day = leading_day(first_line(*text), file.modified.offset);
  Moment written = file.modified;
  if (day) written.at = *day + kNoon;
  return {.entry = ImportedText{.text = std::move(*text), .written = written, .dated = day.has_value()}};
}

Result<ImportReport> import_files(Journal& journal, std::span<const ImportFile> files,
                                  const ImportOptions& options,
                                  const std::function<void(std::size_t done)>& progress) {
  ImportReport report;
  KITH_TRY(auto transaction, db::Transaction::join(journal.database()));
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto parsed = parse_import(files[i]);
    if (parsed.entry) {
      const Digest digest = digest_of(*parsed.entry);
      KITH_TRY(const bool again, known(journal.database(), digest));
      if (again) {
        parsed = {.entry = std::nullopt, .skip = Skip::known};
      } else {
        KITH_TRY(const EntryNumber number, take_in(journal, *parsed.entry, digest, options));
        report.added.push_back(number);
      }
    }
    if (!parsed.entry) report.skipped.push_back({files[i].name, parsed.skip});
    if (progress) progress(i + 1);
  }
  KITH_CHECK(transaction.commit());
  return report;
}

}  // namespace kith::journal
