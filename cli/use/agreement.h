// Words around the agreement that the commands and the page share.
#pragma once

#include "cli/desk.h"
#include "core/sharing/agreements.h"

namespace kith::cli {

std::string_view title_of(std::string_view section_key);  // the key itself if it is unknown

Result<void> edit_section(Desk& desk, const GroupId& group, std::string_view section,
                          std::string_view text);                // told: no such section
Result<void> nothing_missing(Desk& desk, const GroupId& group);  // told: which sections are empty

// What stands beside a name on paper: the first 64 bits of the hash of its signature, in four groups. Empty
// for who has not signed.
std::string signature_digest(const sharing::AgreementView::Version& version, const MemberId& member);

// What somebody types to sign: the name as the group knows it, without the marks that keep a name written
// from right to left apart from the words beside it, which nobody can type.
std::string to_type(std::string_view name);

}  // namespace kith::cli
