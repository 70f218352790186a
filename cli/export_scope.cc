#include "cli/export_scope.h"

#include <set>

#include "core/mail/mail_store.h"
#include "core/sharing/groups.h"
#include "core/sharing/items.h"

namespace kith::cli {

// Everybody of every group, former members included; the texts of others that stay behind are counted.
Result<journal::ExportOptions> export_scope(Session& session) {
  Context& context = session.context();
  KITH_TRY(auto database, session.open_mail());
  KITH_TRY(auto mail, mail::MailStore::open(std::move(database)));
  KITH_TRY(const auto node, sharing::Node::open(session.journal(), mail, context.clock, context.random));
  journal::ExportOptions options;
  std::set<std::string, std::less<>> handles;
  KITH_TRY(const auto groups, node->groups());
  for (const auto& group : groups) {
    KITH_TRY(const auto members, sharing::Groups(*node).members(group));
    for (const auto& person : members) {
      if (person.me) continue;
      handles.insert(person.handle);
      if (!person.name.empty()) options.member_names.push_back(person.name);
    }
    KITH_TRY(const auto received, sharing::Items(*node).received(group));
    options.others_left_out += received.size();
  }
  options.is_member = [handles = std::move(handles)](std::string_view handle) {
    return handles.contains(handle);
  };
  return options;
}

}  // namespace kith::cli
