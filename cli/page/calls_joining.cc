// Inviting, reading an invitation, and the two sides of the door.
#include "cli/net_address.h"
#include "cli/page/calls.h"
#include "cli/page/door_room.h"
#include "cli/page/shapes.h"
#include "cli/words.h"
#include "core/base/text.h"
#include "core/sharing/joining.h"

namespace kith::cli {
namespace {

constexpr std::int64_t kLongestInvitation = 90;  // days

Result<void> invite(Ask& ask) {
  KITH_TRY(const auto place, place_of(ask));
  sharing::InviteText text;
  KITH_TRY(text.welcome, copied(ask.fields, "welcome"));
  KITH_TRY(text.who_for, copied_or(ask.fields, "who_for", ""));
  KITH_TRY(const auto days, ask.fields.number_within("days", 1, kLongestInvitation, kInvitationDays));
  KITH_TRY(const bool with_code, ask.fields.flag("with_code"));
  KITH_TRY(auto named, ask.fields.texts("addresses"));
  KITH_TRY(const auto addresses, own_addresses(named, 1));  // the door has a port of its own
  const Day expires = place.desk->node().today() + static_cast<std::uint32_t>(days);
  KITH_TRY(const auto invited,
           sharing::Joining(place.desk->node()).invite(place.group, text, expires, addresses));
  KITH_CHECK(place.desk->done());
  ask.out.text("file", to_base64(with_code ? invited.file_with_key : invited.file));
  ask.out.text("file_name", "invitation.kith")
      .text("code", invited.code)
      .text("expires", iso_day(invited.expires));
  return {};
}

Result<group::OpenedInvitation> invitation_field(Ask& ask) {
  KITH_TRY(const auto bytes, base64(ask.fields, "file"));
  if (bytes.size() > kMaxInvitationFile)
    return fail(Errc::too_large, "the file is too large for an invitation");
  return open_invitation(ask.context, bytes);
}

// Nothing of it is kept, neither in a file nor in this process.
Result<void> invitation_read(Ask& ask) {
  KITH_TRY(const auto opened, invitation_field(ask));
  KITH_TRY(const auto agreement, group::parse_agreement(opened.invitation.agreement));
  ask.out.text("group_name", render_plain(PeerText(opened.invitation.group_name)));
  ask.out.text("who_for",
               opened.invitation.who_for.empty() ? "" : render_plain(PeerText(opened.invitation.who_for)));
  ask.out.text("welcome", peer(opened.invitation.welcome)).flag("has_code", opened.secret.has_value());
  put_sections(ask.out, "sections", agreement, false);
  return {};
}

Result<void> door_welcome(Ask& ask) {
  KITH_TRY(const auto group, ask.fields.text_or("group", ""));
  return ask.door.welcome(ask.context, group);
}

Result<void> join_begin(Ask& ask) {
  KITH_TRY(auto opened, invitation_field(ask));
  DoorRoom::Joiner joiner{std::move(opened), {}, {}, {}};
  KITH_TRY(joiner.code, copied_or(ask.fields, "code", ""));
  KITH_TRY(const auto name, ask.fields.text("name"));
  KITH_TRY(const auto pronouns, ask.fields.text_or("pronouns", ""));
  joiner.me = {std::string(trimmed(name)), std::string(trimmed(pronouns))};
  KITH_TRY(joiner.addresses, ask.fields.texts("addresses"));
  return ask.door.prepare(ask.context, std::move(joiner), ask.out);
}

Result<void> join_dial(Ask& ask) { return ask.door.dial(); }

Result<void> door_state(Ask& ask) { return ask.door.put_state(ask.out); }

Result<void> door_answer(Ask& ask) {
  if (!ask.fields.has("same")) return fail(Errc::usage, "the page left something out");
  KITH_TRY(const bool same, ask.fields.flag("same"));
  return ask.door.answer(same);
}

Result<void> door_close(Ask& ask) {
  ask.door.shut();
  return {};
}

constexpr std::string_view kNothingSent = "Nothing of yours was sent.";

constexpr Call kCalls[] = {
    {"invite", "group welcome who_for days with_code addresses", "Nobody was invited.", invite},
    {"invitation.read", "file", "Nothing was sent.", invitation_read},
    {"door.welcome", "group", "Nobody was let in.", door_welcome},
    {"join.begin", "file code name pronouns addresses", kNothingSent, join_begin},
    {"join.dial", "", kNothingSent, join_dial},
    {"door.state", "", "", door_state},
    {"door.answer", "same", "Nobody was let in.", door_answer},
    {"door.close", "", "", door_close},
};

}  // namespace

std::span<const Call> joining_calls() { return kCalls; }

}  // namespace kith::cli
