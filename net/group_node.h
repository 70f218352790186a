// This node's network part in one group: roster, port, dialler, and what they have in common.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>

#include "core/group/resolver.h"
#include "net/dialler.h"
#include "net/member_port.h"
#include "net/penalties.h"
#include "net/zap.h"

namespace kith::net {

std::string member_domain(const GroupId& group);  // "kith.member.<16 hex>"

struct Counts {
  std::size_t known = 0;  // peer devices that may connect
  std::size_t reached = 0;
  bool quiet = true;  // every link has exchanged what there is
  bool tried = true;
};

class GroupNode final : public Membership {
 public:
  // Reads roster and link key. `listen`: the IP, and this group's port.
  static Result<std::unique_ptr<GroupNode>> open(Context& context, mail::MailStore& store,
                                                 const mail::LocalGroup& local, const mail::Address& listen,
                                                 Random& random, Instant now);

  // Self-test, then bind. unauthentic: the self-test failed, nothing may run; busy, io: try again later.
  Result<void> announce(ZapHandler& zap, Instant now);
  bool announced() const { return port_ != nullptr; }
  const mail::Address& address() const { return port_ ? port_->address() : listen_; }
  const GroupId& group() const { return self_.group; }
  const std::string& domain() const { return domain_; }

  Admission judge(const LinkPk& key, Instant now);  // at a handshake

  // Takes and sends what waits. True: mail.db grew.
  bool pump(std::size_t allowed_dials, Day today, Instant now);
  // kith may have written to mail.db: reads what the roster must know, and tells the links. too_large: more
  // than is held, as too_full() says from then on.
  Result<void> look(Instant now);
  bool too_full() const;
  // Checks some of the signatures that were taken on trust in a run. True: more became visible in mail.db.
  Result<bool> check_some();
  bool unchecked() const { return unchecked_; }
  Result<void> purge(Day today);

  void dial_now(Instant now) { dialler_.now_please(now); }
  Counts counts();
  std::size_t lines() const { return dialler_.lines(); }
  std::size_t connections() const { return port_ ? port_->connections() : 0; }
  void shed_one() { port_->shed_one(); }
  Instant next_due(Instant now);
  void add_sockets(const std::function<void(void*)>& add) const;
  std::uint64_t rejected(mail::Reject reason);

  bool welcome(const LinkPk& key, Instant now) const override;
  void misbehaved(const LinkPk& key, mail::Reject reason, Instant now) override;
  void count(mail::Reject reason) override { ++rejected_.at(static_cast<std::size_t>(reason)); }
  std::unique_ptr<Link> make_link(const LinkPk& key, Instant now) override;
  const mail::Roster& roster() const override { return roster_; }

 private:
  GroupNode(Context& context, mail::MailStore& store, const mail::LocalGroup& local, crypto::LinkKeypair key,
            const mail::Address& listen, Random& random);
  void roster_changed(Instant now);
  std::map<DeviceId, Target> targets() const;
  void each_link(const std::function<void(Link&)>& visit);
  void look_after_failure(Instant now);
  bool share_news(Instant now);
  Result<void> count_acts();
  Result<void> learn_forks();
  void keep_one_direction(const std::set<DeviceId>& through_port);
  std::set<DeviceId> reached_through_port();

  Context& context_;
  mail::MailStore& store_;
  Random& random_;
  crypto::LinkKeypair key_;
  mail::ExchangeSelf self_;
  mail::Address listen_;
  std::string domain_;
  group::GroupRoster roster_;
  std::set<LinkPk> welcome_, removed_;
  Penalties penalties_;
  std::map<LinkPk, std::shared_ptr<Allowance>> allowances_;  // of welcome keys
  Tally rejected_{};  // by links that are gone, and before there was one; outlives those below
  Dialler dialler_;
  std::unique_ptr<MemberPort> port_;
  mail::LogLoad load_;            // of the acts in mail.db, when news last came
  std::int64_t control_row_ = 0;  // the roster was told of the acts up to here
  std::int64_t fork_row_ = 0;     // likewise
  std::uint64_t failed_ = 0;      // of rejected(store_failed), when it looked last
  bool unchecked_ = true;
};

}  // namespace kith::net
