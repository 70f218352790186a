#include "cli/shared_ids.h"

#include <algorithm>
#include <charconv>

#include "cli/words.h"

namespace kith::cli {

namespace {

constexpr std::size_t kLeastDigits = 4;

bool fits(const ItemId& item, std::string_view typed) {
  if (!typed.empty() && (typed.front() == 'i' || typed.front() == 'I')) typed.remove_prefix(1);
  std::string lower(typed);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower.size() >= kLeastDigits && item.hex().starts_with(lower);
}

template <class Thing, class Id>
Result<Thing> only_one(Desk& desk, std::vector<Thing> things, std::string_view typed, Id id_of_thing,
                       const char* list_command) {
  std::erase_if(things, [&](const Thing& thing) { return !fits(id_of_thing(thing), typed); });
  if (things.size() == 1) return std::move(things.front());
  return desk.context().tell(
      things.empty() ? Errc::not_found : Errc::usage,
      {things.empty() ? "There is nothing of that name here." : "Several begin like that.",
       "Nothing was changed.", std::string(list_command) + " shows their names."});
}

const ItemId& id_of_item(const sharing::SharedItem& item) { return item.ref.item; }

}  // namespace

Result<sharing::SharedItem> my_item(Desk& desk, const GroupId& group, std::string_view typed) {
  KITH_TRY(auto items, sharing::Items(desk.node()).mine(group));
  return only_one(desk, std::move(items), typed, id_of_item, "kith shared");
}

Result<sharing::SharedItem> any_item(Desk& desk, const GroupId& group, std::string_view typed) {
  sharing::Items items(desk.node());
  KITH_TRY(auto all, items.mine(group));
  KITH_TRY(auto received, items.received(group));
  std::move(received.begin(), received.end(), std::back_inserter(all));
  return only_one(desk, std::move(all), typed, id_of_item, "kith shared");
}

Result<sharing::RequestToMe> request_to_me(Desk& desk, const GroupId& group, std::string_view typed) {
  KITH_TRY(auto requests, sharing::Feedback(desk.node()).requests_to_me(group));
  return only_one(
      desk, std::move(requests), typed,
      [](const sharing::RequestToMe& request) -> const ItemId& { return request.ref.item; }, "kith requests");
}

Result<sharing::Audience> audience_of(Desk& desk, const GroupId& group, const Args& args) {
  return audience_of(desk, group, args.values("to"));
}

Result<sharing::Audience> audience_of(Desk& desk, const GroupId& group,
                                      std::span<const std::string_view> named) {
  if (named.empty())
    return desk.context().tell(Errc::usage, {"You did not say to whom.", "Nothing was shared.",
                                             "Add --to @name, --to leaders or --to group."});
  if (named.size() == 1 && named[0] == "leaders") return sharing::Audience{sharing::To::leaders, {}};
  if (named.size() == 1 && named[0] == "group") return sharing::Audience{sharing::To::group, {}};
  sharing::Audience audience{named.size() == 1 ? sharing::To::one : sharing::To::some, {}};
  for (const auto& handle : named) {
    if (handle == "leaders" || handle == "group")
      return desk.context().tell(Errc::usage, {"Either names, or leaders, or group.", "Nothing was shared.",
                                               "Say --to once for leaders or group."});
    KITH_TRY(const auto person, desk.person(group, handle));
    audience.people.push_back(person.id);
  }
  return audience;
}

Result<std::int64_t> whole_number(std::string_view typed) {
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(typed.data(), typed.data() + typed.size(), number);
  if (error != std::errc() || stop != typed.data() + typed.size() || number < 0)
    return fail(Errc::usage, "That is not a whole number.");
  return number;
}

}  // namespace kith::cli
