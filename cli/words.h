// Names, dates and terms as the commands of a group say them. Names come from others: they are cleaned here.
#pragma once

#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/sharing/audit.h"
#include "core/sharing/feedback.h"
#include "core/sharing/gate.h"
#include "core/sharing/people.h"

namespace kith::cli {

// The name, cleaned, on one line; with the handle if it could be taken for another.
std::string shown(const sharing::Person& person);
// About those among `people` whose names could be taken for others'. Empty if there are none.
std::string look_twice(const sharing::People& people);
sharing::People without_me(sharing::People people);
std::string list_of(const sharing::People& people);  // "Ana, Jo and Sam"; "nobody"
std::string date_of(Day day);                        // "Thu 5 March 2026"
std::string span_of(std::chrono::seconds wait);      // "ten minutes", "3 seconds", "24 hours"
Result<Day> parse_day(std::string_view text);        // 2026-03-05. usage
std::string id_of(const ItemId& item);               // what people type: "i" and eight hex digits

std::string_view name_of(group::Role role);
std::string_view name_of(group::Status status);
std::string_view name_of(sharing::AskKind kind);
std::string_view name_of(sharing::Responses responses);
std::string_view name_of(sharing::LeaderMay may);
std::string_view name_of(sharing::BodyType what);
std::string_view name_of(sharing::ConsentState state);
Result<sharing::AskKind> ask_kind_of(std::string_view word);      // usage
Result<sharing::Responses> responses_of(std::string_view word);   // usage
Result<sharing::LeaderMay> leader_may_of(std::string_view word);  // usage

std::string sentence_of(sharing::Responses responses);
std::string sentence_of(sharing::LeaderMay may);
std::string_view sentence_of(sharing::RequestState state);
std::string_view sentence_of(sharing::AlarmKind alarm);
std::string enumeration(const std::vector<std::string>& things);  // "a, b and c"; things are clean already

}  // namespace kith::cli
