#include "cli/use/agreement.h"

#include <fmt/format.h>

namespace kith::cli {

std::string_view title_of(std::string_view section_key) {
  for (const auto& rule : group::section_rules())
    if (rule.key == section_key) return rule.title;
  return section_key;
}

Result<void> edit_section(Desk& desk, const GroupId& group, std::string_view section, std::string_view text) {
  auto edited = sharing::Agreements(desk.node()).edit(group, section, text);
  if (edited || edited.error().code != Errc::usage) return edited;
  std::string keys;
  for (const auto& rule : group::section_rules()) keys += (keys.empty() ? "" : ", ") + std::string(rule.key);
  return desk.context().tell(
      Errc::usage, {"The agreement has no such section.", "Nothing was changed.", "Its sections: " + keys});
}

Result<void> nothing_missing(Desk& desk, const GroupId& group) {
  KITH_TRY(const auto missing, sharing::Agreements(desk.node()).missing(group));
  if (missing.empty()) return {};
  std::string titles;
  for (const auto& key : missing) titles += (titles.empty() ? "" : ", ") + std::string(title_of(key));
  return desk.context().tell(
      Errc::refused, {"These sections have to say something before anyone can sign: " + titles + ".",
                      "Nothing was proposed.", fmt::format("kith agreement edit {}", missing.front())});
}

std::string signature_digest(const sharing::AgreementView::Version& version, const MemberId& member) {
  const auto found = version.signatures.find(member);
  if (found == version.signatures.end()) return "";
  const std::string hex = found->second.hex();
  return hex.substr(0, 4) + " " + hex.substr(4, 4) + " " + hex.substr(8, 4) + " " + hex.substr(12, 4);
}

std::string to_type(std::string_view name) {
  constexpr std::string_view kFirstStrongIsolate = "\u2068", kPopIsolate = "\u2069";
  std::string plain(name);
  for (const auto mark : {kFirstStrongIsolate, kPopIsolate})
    for (auto at = plain.find(mark); at != plain.npos; at = plain.find(mark)) plain.erase(at, mark.size());
  return plain;
}

}  // namespace kith::cli
