// What the commands of a group stand on: the unlocked session, mail.db, the sharing room and the group meant.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "cli/courier_client.h"
#include "cli/session.h"
#include "core/mail/mail_store.h"
#include "core/sharing/node.h"
#include "core/sharing/people.h"

namespace kith::cli {

extern const Option kGroupOption;  // --group NAME, for who is in several

class Desk {
 public:
  static Result<std::unique_ptr<Desk>> open(Context& context, const Args& args);
  // `which`: a name or the start of an id; empty: the only one.
  static Result<std::unique_ptr<Desk>> open(Context& context, std::string_view which);

  Context& context() { return context_; }
  Terminal& term() { return context_.term; }
  Session& session() { return session_; }
  sharing::Node& node() { return *node_; }
  // The group named with --group, or the only one. Told: none yet, several.
  Result<GroupId> group();
  Result<sharing::Person> me(const GroupId& group);
  Result<sharing::Person> person(const GroupId& group, std::string_view handle);  // told

  // After anything that may have signed or confirmed: the head record is written and the agent looks.
  Result<void> done();
  // The courier, started and given its key if it was not running.
  Result<CourierClient> courier();

 private:
  Desk(Context& context, Session session, mail::MailStore mail, std::string which);
  Context& context_;
  Session session_;
  mail::MailStore mail_;
  std::unique_ptr<sharing::Node> node_;
  std::string which_;
};

}  // namespace kith::cli
