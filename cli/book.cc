#include "cli/book.h"

#include <algorithm>
#include <array>
#include <ctime>

namespace kith::cli {
namespace {

constexpr std::int64_t kUsualList = 20;

std::tm parts_of(const journal::Moment& moment) {
  const std::time_t shifted = (moment.at + moment.offset).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&shifted, &parts);
  return parts;
}

std::string two(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string marks_line(const journal::Marks& marks) {
  std::string line;
  for (const auto& tag : marks.tags) line += " #" + tag;
  for (const auto& feeling : marks.feelings) {
    line += " ~" + feeling.name;
    if (feeling.strength) line += ":" + std::to_string(*feeling.strength);
  }
  return line;
}

std::string padded(std::string text, std::size_t columns) {
  const std::size_t width = display_width(text);
  if (width < columns) text.append(columns - width, ' ');
  return text;
}

std::string excerpt_of(const journal::Summary& entry) {
  return entry.tender ? "(folded until you open it)" : clean_line(entry.excerpt);
}

std::string row_of(Context& context, const journal::Summary& entry) {
  const std::string head = padded(journal::name(entry.number), 6) + " " + day_and_time(entry.written) + "  " +
                           padded(std::string(journal::word(entry.kind)), 10) + "  ";
  const std::size_t left =
      context.term.columns() > head.size() + 10 ? context.term.columns() - head.size() : 30;
  return head + (context.term.out_is_terminal() ? shorten(excerpt_of(entry), left) : excerpt_of(entry)) +
         "\n";
}

std::string plain_row(const journal::Summary& entry) {
  return journal::name(entry.number) + "\t" + iso_time(entry.written) + "\t" +
         std::string(journal::word(entry.kind)) + "\t" + excerpt_of(entry) + "\t" +
         clean_line(marks_line(entry.marks)) + "\n";
}

Result<journal::Span> day_option(Context& context, std::string_view typed, std::string_view option) {
  const auto span = journal::span_of(typed, local_offset(context.clock.now()));
  if (!span)
    return context.tell(Errc::usage, {"--" + std::string(option) + " needs a day.", "",
                                      "Like this: 2026-05-01, 2026-05 or 2026."});
  return span;
}

}  // namespace

Result<Book> Book::open(Context& context) {
  KITH_TRY(auto session, Session::open(context));
  KITH_TRY(auto journal, journal::Journal::open(session.journal()));
  return Book{std::move(session), journal};
}

Result<void> erase_for_good(Book& book, journal::EntryNumber number) {
  const WallTime now = book.session.context().clock.now();
  KITH_CHECK(book.journal.remove(number, now));
  KITH_CHECK(book.journal.purge(now + std::chrono::seconds(1)));
  return book.session.keep();
}

std::chrono::minutes local_offset(WallTime at) {
  const std::time_t seconds = at.time_since_epoch().count();
  std::tm parts{};
  if (localtime_r(&seconds, &parts) == nullptr) return std::chrono::minutes(0);
  return std::chrono::minutes(parts.tm_gmtoff / 60);
}

journal::Moment moment_of(WallTime at) { return {at, local_offset(at)}; }

std::string day_and_time(const journal::Moment& moment) {
  constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::tm parts = parts_of(moment);
  return std::string(days[static_cast<std::size_t>(parts.tm_wday)]) + " " + two(parts.tm_mday) + " " +
         months[static_cast<std::size_t>(parts.tm_mon)] + " " + std::to_string(parts.tm_year + 1900) + " " +
         two(parts.tm_hour) + ":" + two(parts.tm_min);
}

std::string iso_time(const journal::Moment& moment) {
  const std::tm parts = parts_of(moment);
  const auto offset = moment.offset.count();
  const auto ahead = offset < 0 ? -offset : offset;
  return std::to_string(parts.tm_year + 1900) + "-" + two(parts.tm_mon + 1) + "-" + two(parts.tm_mday) + "T" +
         two(parts.tm_hour) + ":" + two(parts.tm_min) + ":" + two(parts.tm_sec) + (offset < 0 ? "-" : "+") +
         two(static_cast<int>(ahead / 60)) + ":" + two(static_cast<int>(ahead % 60));
}

Result<journal::Filter> filter_of(Context& context, const FilterWords& words) {
  journal::Filter filter;
  if (!words.kind.empty()) {
    const auto kind = journal::kind_of(words.kind);
    if (!kind) return context.tell(Errc::usage, {"There is no such kind.", "", "kith kinds lists them."});
    filter.kind = *kind;
  }
  filter.tag = words.tag;
  filter.feeling = words.feeling;
  filter.person = words.person;
  if (!words.since.empty()) {
    KITH_TRY(const auto span, day_option(context, words.since, "since"));
    filter.from = span.from;
  }
  if (!words.until.empty()) {
    KITH_TRY(const auto span, day_option(context, words.until, "until"));
    filter.until = span.until;
  }
  filter.limit = words.limit;
  if (!words.older.empty()) {
    KITH_TRY(const auto number, entry_word(context, words.older));
    filter.older_than = number;
  }
  return filter;
}

Result<journal::Filter> filter_of(Context& context, const Args& args) {
  KITH_TRY(const auto limit,
           args.number("limit", 1, static_cast<std::int64_t>(journal::kMaxList), kUsualList));
  for (const auto option : {"kind", "since", "until", "older"})
    if (args.has(option) && args.value(option).empty()) return fail(Errc::usage, "an option has no value");
  return filter_of(context, FilterWords{.kind = args.value("kind"),
                                        .tag = args.value("tag"),
                                        .feeling = args.value("feeling"),
                                        .person = args.value("person"),
                                        .since = args.value("since"),
                                        .until = args.value("until"),
                                        .older = args.value("older"),
                                        .limit = static_cast<std::size_t>(limit)});
}

void put_entry(Json& json, const journal::Summary& entry) {
  json.text("entry", journal::name(entry.number)).text("written", iso_time(entry.written));
  json.text("kind", journal::word(entry.kind)).flag("tender", entry.tender);
  json.text("excerpt", entry.excerpt).array("tags");
  for (const auto& tag : entry.marks.tags) json.element(tag);
  json.end().array("feelings");
  for (const auto& feeling : entry.marks.feelings) {
    json.object().text("name", feeling.name);
    if (feeling.strength) json.number("strength", *feeling.strength);
    json.end();
  }
  json.end();
}

void show_list(Context& context, std::span<const journal::Summary> entries) {
  if (context.flags.json) {
    Json json;
    json.array("entries");
    for (const auto& entry : entries) {
      json.object();
      put_entry(json, entry);
      json.end();
    }
    context.term.data(json.finish());
    return;
  }
  for (const auto& entry : entries)
    context.term.data(context.flags.plain ? plain_row(entry) : row_of(context, entry));
}

Result<journal::EntryNumber> entry_word(Context& context, std::string_view typed) {
  const auto number = journal::entry_of(typed);
  if (!number)
    return context.tell(Errc::usage, {"Entries have names like E12.", "", "kith list shows them."});
  return *number;
}

}  // namespace kith::cli
