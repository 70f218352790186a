#include "cli/page/shapes.h"

#include <algorithm>
#include <ctime>

#include "cli/book.h"
#include "cli/use/agreement.h"
#include "cli/words.h"

namespace kith::cli {
namespace {

std::string_view status_word(group::Status status) {
  switch (status) {
    case group::Status::active:
      return "here";
    case group::Status::suspended:
      return "paused";
    case group::Status::on_hold:
      return "on-hold";
    case group::Status::left:
      return "left";
    case group::Status::removed:
      return "removed";
  }
  return "here";
}

std::string_view state_word(sharing::ItemState state) {
  switch (state) {
    case sharing::ItemState::shown:
      return "shown";
    case sharing::ItemState::withdrawn:
      return "withdrawn";
    case sharing::ItemState::expired:
      return "expired";
  }
  return "shown";
}

}  // namespace

Result<Place> place_of(Ask& ask) {
  KITH_TRY(const auto which, ask.fields.text_or("group", ""));
  KITH_TRY(auto desk, Desk::open(ask.context, which));
  KITH_TRY(const auto group, desk->group());
  return Place{std::move(desk), group};
}
Result<std::unique_ptr<Desk>> desk_of(Ask& ask) { return Desk::open(ask.context, ""); }

Result<std::string> copied(const Fields& fields, std::string_view name) {
  KITH_TRY(const auto text, fields.text(name));
  return std::string(text);
}
Result<std::string> copied_or(const Fields& fields, std::string_view name, std::string_view otherwise) {
  KITH_TRY(const auto text, fields.text_or(name, otherwise));
  return std::string(text);
}

Result<crypto::SecretBytes> secret(const Fields& fields, std::string_view name) {
  KITH_TRY(const auto text, fields.text(name));
  return crypto::SecretBytes(to_bytes(as_bytes(text)));
}

Result<Bytes> base64(const Fields& fields, std::string_view name) {
  KITH_TRY(const auto text, fields.text(name));
  Bytes bytes(text.size() / 4 * 3 + 3);
  std::size_t used = 0;
  const char* end = nullptr;
  if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &used, &end,
                        sodium_base64_VARIANT_ORIGINAL) != 0 ||
      end != text.data() + text.size())
    return fail(Errc::malformed, "a file arrived in pieces");
  bytes.resize(used);
  return bytes;
}

std::string to_base64(ByteView bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // its closing zero
  return text;
}

std::string iso_day(Day day) {
  constexpr std::uint32_t kLastDay = 2'932'896;  // 9999-12-31
  const std::chrono::sys_days date{std::chrono::days(std::min(number(day), kLastDay))};
  return iso_time({WallTime(date), std::chrono::minutes(0)}).substr(0, 10);
}
std::string iso(WallTime at) { return iso_time(moment_of(at)); }

std::string peer(const std::string& text) { return text.empty() ? "" : render_terminal(PeerText(text), ""); }

void put_person(Json& json, const sharing::Person& person) {
  json.text("handle", person.handle).text("name", render_plain(PeerText(sharing::name_of(person))));
  json.text("pronouns", person.pronouns.empty() ? "" : render_plain(PeerText(person.pronouns)));
  json.text("role", name_of(person.role)).text("status", status_word(person.status));
  json.flag("me", person.me)
      .flag("agreed", person.agreed)
      .flag("alike", person.alike)
      .flag("copied", person.copied);
}

void put_people(Json& json, std::string_view key, const sharing::People& people) {
  json.array(key);
  for (const auto& person : people) {
    json.object();
    put_person(json, person);
    json.end();
  }
  json.end();
}

void put_sections(Json& json, std::string_view key, const group::Agreement& agreement, bool own) {
  json.array(key);
  for (const auto& section : agreement.sections) {
    json.object().text("key", section.key);
    const std::string_view title = title_of(section.key);
    json.text("title", title == section.key ? render_plain(PeerText(section.key)) : std::string(title));
    json.text("text", own ? section.text : peer(section.text)).end();
  }
  json.end();
}

void put_item(Json& json, const sharing::SharedItem& item, bool whole) {
  const bool mine = item.author.me;
  const bool folded = item.tender || item.folded || !item.content_note.empty();
  json.text("item", id_of(item.ref.item)).text("what", name_of(item.what)).object("author");
  put_person(json, item.author);
  json.end().text("state", state_word(item.state)).text("kind", peer(item.kind));
  if (whole || mine || !folded) json.text("text", mine ? item.text : peer(item.text));
  json.flag("folded", folded).flag("tender", item.tender).flag("unfinished", item.unfinished);
  json.text("note", item.content_note.empty() ? "" : render_plain(PeerText(item.content_note)));
  json.flag("two_versions", item.two_versions).text("responses", name_of(item.responses));
  if (item.leader_may) json.text("leader_may", name_of(*item.leader_may));
  json.text("shared", iso_day(item.shared))
      .text("expires", iso_day(item.expires))
      .number("version", item.version);
  put_people(json, "readers", without_me(item.audience));
  if (!mine) return;
  json.number("to", static_cast<std::int64_t>(item.readers));
  json.number("reached", static_cast<std::int64_t>(item.reached));
  json.number("erased", static_cast<std::int64_t>(item.erased));
}

void put_answer(Json& json, const sharing::Answer& answer) {
  json.number("number", answer.number).object("giver");
  put_person(json, answer.giver);
  json.end();
  if (!answer.request.item.is_zero()) json.text("request", id_of(answer.request.item));
  json.flag("in_the_room", answer.in_the_room).flag("opened", answer.opened);
  json.text("given", iso_day(answer.given)).text("text", peer(answer.text));
}

}  // namespace kith::cli
