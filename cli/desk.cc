#include "cli/desk.h"

#include "cli/words.h"
#include "core/sharing/groups.h"

namespace kith::cli {

const Option kGroupOption = {"group", 0, "NAME", "which group, if you are in several"};

Desk::Desk(Context& context, Session session, mail::MailStore mail, std::string which)
    : context_(context), session_(std::move(session)), mail_(std::move(mail)), which_(std::move(which)) {}

Result<std::unique_ptr<Desk>> Desk::open(Context& context, const Args& args) {
  return open(context, args.value("group"));
}

Result<std::unique_ptr<Desk>> Desk::open(Context& context, std::string_view which) {
  KITH_TRY(auto session, Session::open(context));
  KITH_TRY(auto database, session.open_mail());
  KITH_TRY(auto mail, mail::MailStore::open(std::move(database)));
  std::unique_ptr<Desk> desk(new Desk(context, std::move(session), std::move(mail), std::string(which)));
  KITH_TRY(desk->node_,
           sharing::Node::open(desk->session_.journal(), desk->mail_, context.clock, context.random));
  return desk;
}

Result<GroupId> Desk::group() {
  sharing::Groups groups(*node_);
  auto found = groups.find(which_);
  if (found) return *found;
  if (found.error().code == Errc::not_found && which_.empty())
    return context_.tell(Errc::not_found, {"You are not in a group yet.", "Your own journal needs none.",
                                           "To join one, open your invitation: kith group join FILE"});
  if (found.error().code == Errc::not_found)
    return context_.tell(Errc::not_found, {"You have no group of that name.", "Nothing was changed.",
                                           "kith group show lists your groups."});
  if (found.error().code == Errc::usage)
    return context_.tell(Errc::usage, {"You are in several groups.", "Nothing was changed.",
                                       "Say which one with --group NAME; kith group show lists them."});
  return tl::unexpected<Error>(found.error());
}

Result<sharing::Person> Desk::me(const GroupId& group) {
  KITH_TRY(auto view, sharing::Groups(*node_).show(group));
  return view.me;
}

Result<sharing::Person> Desk::person(const GroupId& group, std::string_view handle) {
  auto found = sharing::Groups(*node_).person(group, handle);
  if (!found && found.error().code == Errc::not_found)
    return context_.tell(Errc::not_found, {"Nobody in the group is called that.", "Nothing was shared.",
                                           "kith member list shows how to name each one (@ana)."});
  return found;
}

Result<void> Desk::done() {
  KITH_CHECK(session_.keep());
  wake_agent(context_.home);
  return {};
}

Result<CourierClient> Desk::courier() {
  auto running = CourierClient::connect(context_.home);
  if (!running && running.error().code == Errc::not_found) {
    KITH_CHECK(start_courier(context_.home));
    running = CourierClient::connect(context_.home);
  }
  if (!running) return running;
  KITH_TRY(auto state, running->status());
  if (!state.has_key) KITH_CHECK(running->key(session_.keys().mail, std::nullopt));
  return running;
}

}  // namespace kith::cli
