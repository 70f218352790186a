// An invitation as a file, its typed code, an agreement, an address: what somebody hands over by hand.
#include "core/base/text.h"
#include "core/group/agreement.h"
#include "core/group/invitation.h"
#include "core/mail/frame.h"
#include "tests/fuzz/fuzz.h"

using namespace kith;

namespace {

void look_at_file(const group::OpenedInvitation& opened) {
  const auto& invitation = opened.invitation;
  CLAIM(is_utf8(invitation.group_name) && is_utf8(invitation.welcome) && is_utf8(invitation.who_for));
  CLAIM(opened.addresses.size() <= mail::kMaxAddresses);
  if (!opened.secret) return;
  const auto token = group::token_of(opened, *opened.secret);
  if (!token) return;
  CLAIM(token->group == opened.group && token->expires == opened.expires);
  CLAIM(group::parse_invitation(group::encode(invitation, *token, group::Code::inside)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mail::quiet_protobuf();
  crypto::start();
  const ByteView bytes(data, size);
  if (const auto opened = group::parse_invitation(bytes)) look_at_file(*opened);
  if (const auto agreement = group::parse_agreement(bytes)) {
    for (const auto& section : agreement->sections) CLAIM(is_utf8(section.text));
    CLAIM(group::parse_agreement(group::encode(*agreement)));
  }
  if (size > 4096) return 0;
  const std::string_view typed = as_text(bytes);
  if (const auto secret = group::parse_invite_code(typed))
    CLAIM(group::parse_invite_code(group::invite_code(*secret)));
  if (const auto address = mail::parse_address(typed)) {
    CLAIM(mail::check_address(*address));
    CLAIM(mail::parse_address(mail::text_of(*address)) == *address);
  }
  return 0;
}
