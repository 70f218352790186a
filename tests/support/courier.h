// What a courier knows of one group, mail.db and the roster resolved from it, without its sockets: the part
// of net/group_node.h that decides what happens to frames.
#pragma once

#include <set>

#include "core/group/resolver.h"
#include "core/mail/exchange.h"
#include "tests/support/test_clock.h"

namespace kith::test {

class Courier {
 public:
  static Result<std::unique_ptr<Courier>> open(mail::MailStore& mail, const GroupId& group) {
    KITH_TRY(const auto locals, mail.groups());
    KITH_TRY(const auto link, mail.link_key(group));
    for (const auto& local : locals) {
      if (local.group != group) continue;
      std::unique_ptr<Courier> courier(new Courier(mail, {group, local.device, link.pk}));
      KITH_CHECK(courier->look());
      return courier;
    }
    return fail(Errc::not_found, "this node is not in the group");
  }

  // kith may have written: what the roster must know of it.
  Result<void> look() {
    KITH_TRY(auto control, mail_.control_events(self_.group));
    std::erase_if(control, [&](const mail::Event& event) { return !known_.insert(event.link()).second; });
    if (!control.empty()) roster_.learn(control);
    KITH_TRY(const auto forks, mail_.forks(self_.group, fork_row_, mail::kMaxLogs));
    for (const auto& fork : forks) {
      roster_.fork(fork.first, fork.second);
      fork_row_ = fork.row;
    }
    return {};
  }
  // Some of the signatures that were taken on trust in a run. True: there were some.
  Result<bool> check_some() {
    KITH_TRY(const auto checked, mail_.check_pending(self_.group, roster_, 64));
    return checked > 0;
  }
  bool admits(const Courier& other) const {
    return roster_.may_connect(other.self_.device, other.self_.link);
  }
  mail::Exchange connect(const LinkPk& peer) { return {mail_, roster_, self_, peer}; }

  const mail::ExchangeSelf& self() const { return self_; }
  group::GroupRoster& roster() { return roster_; }
  mail::MailStore& mail() { return mail_; }

 private:
  Courier(mail::MailStore& mail, const mail::ExchangeSelf& self)
      : mail_(mail), self_(self), roster_(self.group, {}) {}

  mail::MailStore& mail_;
  mail::ExchangeSelf self_;
  group::GroupRoster roster_;
  std::set<Link> known_;
  std::int64_t fork_row_ = 0;
};

}  // namespace kith::test
