#include "cli/words.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "core/base/text.h"

namespace kith::cli {

namespace {

template <class Value>
struct Named {
  Value value;
  std::string_view word;
};

template <class Value, std::size_t N>
std::string_view word_for(const std::array<Named<Value>, N>& table, Value value) {
  for (const auto& row : table)
    if (row.value == value) return row.word;
  return "other";
}

template <class Value, std::size_t N>
Result<Value> value_for(const std::array<Named<Value>, N>& table, std::string_view word, Literal what) {
  for (const auto& row : table)
    if (row.word == word) return row.value;
  return fail(Errc::usage, what);
}

using sharing::AskKind, sharing::LeaderMay, sharing::Responses;

constexpr std::array<Named<AskKind>, 5> kAskKinds = {{{AskKind::come_across, "come-across"},
                                                      {AskKind::support, "support"},
                                                      {AskKind::think_with_me, "think-with-me"},
                                                      {AskKind::challenge, "challenge"},
                                                      {AskKind::reinforcement, "reinforcement"}}};
constexpr std::array<Named<Responses>, 3> kResponses = {
    {{Responses::none, "none"}, {Responses::resonance, "resonance"}, {Responses::open, "open"}}};
constexpr std::array<Named<LeaderMay>, 3> kLeaderMay = {
    {{LeaderMay::keep, "keep"}, {LeaderMay::ask_first, "ask-first"}, {LeaderMay::bring, "bring"}}};

}  // namespace

std::string shown(const sharing::Person& person) {
  std::string name = render_plain(PeerText(sharing::name_of(person)));
  if (person.alike) name += " (@" + render_plain(PeerText(person.handle)) + ")";
  return name;
}

std::string look_twice(const sharing::People& people) {
  std::vector<std::string> names;
  for (const auto& person : people)
    if (person.alike) names.push_back(shown(person));
  if (names.empty()) return "";
  return fmt::format("Look twice at {}: another name here looks like it, or it mixes alphabets.",
                     enumeration(names));
}

sharing::People without_me(sharing::People people) {
  std::erase_if(people, [](const sharing::Person& person) { return person.me; });
  return people;
}

std::string list_of(const sharing::People& people) {
  if (people.empty()) return "nobody";
  std::vector<std::string> names;
  for (const auto& person : people) names.push_back(shown(person));
  return enumeration(names);
}

std::string enumeration(const std::vector<std::string>& things) {
  if (things.empty()) return "";
  std::string list = things.front();
  for (std::size_t i = 1; i < things.size(); ++i)
    list += (i + 1 == things.size() ? " and " : ", ") + things[i];
  return list;
}

std::string date_of(Day day) {
  static constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths = {
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  if (number(day) > 11'000'000) return "a day far away";  // beyond what a calendar of years can say
  const std::chrono::sys_days date{std::chrono::days(number(day))};
  const std::chrono::year_month_day ymd{date};
  return fmt::format("{} {} {} {}", kDays[std::chrono::weekday(date).c_encoding()],
                     static_cast<unsigned>(ymd.day()), kMonths[static_cast<unsigned>(ymd.month()) - 1],
                     static_cast<int>(ymd.year()));
}

std::string span_of(std::chrono::seconds wait) {
  const auto seconds = wait.count();
  if (seconds == 600) return "ten minutes";
  if (seconds == 1) return "one second";
  if (seconds < 120) return fmt::format("{} seconds", seconds);
  if (seconds < 7200) return fmt::format("{} minutes", seconds / 60);
  return fmt::format("{} hours", seconds / 3600);
}

Result<Day> parse_day(std::string_view text) {
  const auto number_at = [&](std::size_t at, std::size_t size, unsigned& value) {
    const char* end = text.data() + at + size;
    const auto [stop, error] = std::from_chars(text.data() + at, end, value);
    return error == std::errc() && stop == end;
  };
  unsigned year = 0, month = 0, day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !number_at(0, 4, year) ||
      !number_at(5, 2, month) || !number_at(8, 2, day))
    return fail(Errc::usage, "A day is written like 2026-03-05.");
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || year < 1970) return fail(Errc::usage, "There is no such day.");
  return Day{static_cast<std::uint32_t>(std::chrono::sys_days(date).time_since_epoch().count())};
}

std::string id_of(const ItemId& item) { return "i" + item.hex().substr(0, 8); }

std::string_view name_of(group::Role role) {
  switch (role) {
    case group::Role::member:
      return "member";
    case group::Role::secretary:
      return "secretary";
    case group::Role::co_leader:
      return "co-leader";
    case group::Role::leader:
      return "leader";
  }
  return "member";
}

std::string_view name_of(group::Status status) {
  switch (status) {
    case group::Status::active:
      return "here";
    case group::Status::suspended:
      return "paused";
    case group::Status::on_hold:
      return "on hold";
    case group::Status::left:
      return "has left";
    case group::Status::removed:
      return "no longer a member";
  }
  return "here";
}

std::string_view name_of(AskKind kind) { return word_for(kAskKinds, kind); }
std::string_view name_of(Responses responses) { return word_for(kResponses, responses); }
std::string_view name_of(LeaderMay may) { return word_for(kLeaderMay, may); }

std::string_view name_of(sharing::BodyType what) {
  switch (what) {
    case sharing::BodyType::item:
      return "reflection";
    case sharing::BodyType::feedback:
      return "answer";
    case sharing::BodyType::request:
      return "request";
    case sharing::BodyType::resonance:
      return "this touched me";
    case sharing::BodyType::thanks:
      return "thanks";
    case sharing::BodyType::agreement:
      return "agreement text";
    case sharing::BodyType::profile:
      return "your name and pronouns";
    case sharing::BodyType::empty:
      return "filler";
    case sharing::BodyType::in_the_room:
      return "I'd rather say it in the room";
  }
  return "other";
}

std::string_view name_of(sharing::ConsentState state) {
  switch (state) {
    case sharing::ConsentState::waiting:
      return "waiting";
    case sharing::ConsentState::released:
      return "shared";
    case sharing::ConsentState::taken_back:
      return "stopped";
    case sharing::ConsentState::ask_again:
      return "did not leave";
    case sharing::ConsentState::withdrawn:
      return "asked to be erased";
    case sharing::ConsentState::expired:
      return "its time is over";
  }
  return "";
}

Result<AskKind> ask_kind_of(std::string_view word) {
  return value_for(kAskKinds, word,
                   "A request is one of: come-across, support, think-with-me, challenge, reinforcement.");
}
Result<Responses> responses_of(std::string_view word) {
  return value_for(kResponses, word, "Responses are one of: none, resonance, open.");
}
Result<LeaderMay> leader_may_of(std::string_view word) {
  return value_for(kLeaderMay, word, "What a leader may do is one of: keep, ask-first, bring.");
}

std::string sentence_of(Responses responses) {
  switch (responses) {
    case Responses::none:
      return "Nobody is asked to respond.";
    case Responses::resonance:
      return "Who reads it may say \"this touched me\", no more.";
    case Responses::open:
      return "Who reads it may write back to you.";
  }
  return "";
}

std::string sentence_of(LeaderMay may) {
  switch (may) {
    case LeaderMay::keep:
      return "You ask that it stays with who leads.";
    case LeaderMay::ask_first:
      return "You ask to be asked before it comes up in the group.";
    case LeaderMay::bring:
      return "It may be brought to the group.";
  }
  return "";
}

std::string_view sentence_of(sharing::RequestState state) {
  switch (state) {
    case sharing::RequestState::open:
      return "open";
    case sharing::RequestState::answered:
      return "you answered";
    case sharing::RequestState::passed:
      return "you passed; nobody is told";
    case sharing::RequestState::in_the_room:
      return "you will say it in the room";
    case sharing::RequestState::over:
      return "its time is over";
  }
  return "";
}

std::string_view sentence_of(sharing::AlarmKind alarm) {
  switch (alarm) {
    case sharing::AlarmKind::unmatched_event:
      return "something left that nothing here permitted";
    case sharing::AlarmKind::other_payload:
      return "other bytes left than those you consented to";
    case sharing::AlarmKind::wrong_kind:
      return "another kind of thing left than was permitted";
    case sharing::AlarmKind::consent_altered:
      return "a record of your consent was changed afterwards";
    case sharing::AlarmKind::broken_log:
      return "the record of what left does not verify";
  }
  return "";
}

}  // namespace kith::cli
