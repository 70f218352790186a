#include "core/journal/export.h"

#include <algorithm>
#include <cstdio>

#include "core/journal/store.h"
#include "core/journal/unicode.h"

namespace kith::journal {
namespace {

constexpr std::string_view kAnother = "another member";

// The handle after an @ at the start of `text`, as marks_in would read it; empty: none.
struct Mention {
  std::string handle;
  std::size_t size = 0;  // bytes, @ included
};
Mention mention_at(std::string_view text) {
  std::size_t end = 1;
  for (std::size_t i = 1; i < text.size();) {
    const auto point = first_code_point(text.substr(i));
    const bool joins = point.value == '-' || point.value == '_';
    if (!is_word_part(point.value) && !joins) break;
    i += point.size;
    if (!joins) end = i;
  }
  auto handle = handle_of(text.substr(1, end - 1));
  if (!handle) return {};
  return {std::move(*handle), end};
}

// How many bytes of a member's name stand at the start of `text` as whole words; 0: none.
std::size_t name_at(std::string_view text, const std::vector<std::string>& names) {
  std::size_t longest = 0;
  for (const auto& name : names) {
    if (name.size() <= longest || !text.starts_with(name)) continue;
    const auto rest = text.substr(name.size());
    if (rest.empty() || !is_word_part(first_code_point(rest).value)) longest = name.size();
  }
  return longest;
}

std::string header_of(const Entry& entry) {
  using namespace std::chrono;
  const auto local = entry.written.at + entry.written.offset;
  const auto day = floor<days>(local);
  const year_month_day date(day);
  const hh_mm_ss time(local - day);
  char line[64];
  std::snprintf(line, sizeof line, "%04d-%02u-%02u %02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()));
  return name(entry.number) + "  " + line + "  " + std::string(word(entry.kind)) +
         (entry.tender ? "  tender" : "") + (entry.source.empty() ? "" : "  " + entry.source);
}

std::string closing_line(const ExportOptions& options, const ExportReport& report) {
  std::string line = "These are your own words only. ";
  line += options.others_left_out == 0
              ? "Nothing that others wrote was left out"
              : "Left out, because others wrote them: " + std::to_string(options.others_left_out) +
                    (options.others_left_out == 1 ? " text" : " texts");
  line += ". Member names written as \"another member\": " + std::to_string(report.names_replaced);
  return line + ". Drafts and private notes on people stayed in the journal.\n";
}

}  // namespace

std::string without_members(std::string_view text, const ExportOptions& options, std::size_t* replaced) {
  std::string out;
  bool at_start = true;  // of a word
  const auto replace = [&](std::size_t size) {
    out += kAnother;
    text.remove_prefix(size);
    at_start = false;
    if (replaced != nullptr) ++*replaced;
  };
  while (!text.empty()) {
    if (text[0] == '@' && at_start) {
      const auto mention = mention_at(text);
      if (mention.size > 0 && options.is_member && options.is_member(mention.handle)) {
        replace(mention.size);
        continue;
      }
    }
    if (const auto size = at_start ? name_at(text, options.member_names) : 0; size > 0) {
      replace(size);
      continue;
    }
    const auto point = first_code_point(text);
    out += text.substr(0, point.size);
    text.remove_prefix(point.size);
    at_start = !is_word_part(point.value);
  }
  return out;
}

Result<ExportReport> export_mine(Journal& journal, const ExportOptions& options,
                                 const std::function<Result<void>(std::string_view piece)>& sink) {
  ExportReport report;
  KITH_TRY(auto places,
           journal.database().prepare("SELECT place FROM entry WHERE removed IS NULL ORDER BY place"));
  for (;;) {
    KITH_TRY(const bool row, places.step());
    if (!row) break;
    KITH_TRY(const Entry entry, load(journal.database(), places.integer(0)));
    const auto text = without_members(entry.text, options, &report.names_replaced);
    KITH_CHECK(sink(without_members(header_of(entry), options, nullptr) + "\n\n" + text + "\n\n"));
    ++report.entries;
  }
  KITH_CHECK(sink(closing_line(options, report)));
  return report;
}

}  // namespace kith::journal
