// How things look in an answer of the page. Others' texts are cleaned here, once, for every call.
#pragma once

#include "cli/desk.h"
#include "cli/page/calls.h"
#include "core/group/agreement.h"
#include "core/sharing/feedback.h"

namespace kith::cli {

struct Place {
  std::unique_ptr<Desk> desk;
  GroupId group;
};
Result<Place> place_of(Ask& ask);                 // by the field `group`
Result<std::unique_ptr<Desk>> desk_of(Ask& ask);  // no group meant

// The whole of these places in a body: the field, copied. usage.
Result<std::string> copied(const Fields& fields, std::string_view name);
Result<std::string> copied_or(const Fields& fields, std::string_view name, std::string_view otherwise);
Result<crypto::SecretBytes> secret(const Fields& fields, std::string_view name);
Result<Bytes> base64(const Fields& fields, std::string_view name);  // malformed
std::string to_base64(ByteView bytes);

std::string iso_day(Day day);
std::string iso(WallTime at);
std::string peer(const std::string& text);  // several lines of somebody else, cleaned

void put_person(Json& json, const sharing::Person& person);  // into an open object
void put_people(Json& json, std::string_view key, const sharing::People& people);
void put_sections(Json& json, std::string_view key, const group::Agreement& agreement, bool own);
void put_item(Json& json, const sharing::SharedItem& item, bool whole);
void put_answer(Json& json, const sharing::Answer& answer);

}  // namespace kith::cli
