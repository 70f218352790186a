#include "core/sharing/node.h"

#include "core/sharing/control.h"
#include "core/sharing/tables.h"

namespace kith::sharing {
Node::Node(db::Database& journal, mail::MailStore& mail, keyring::Keyring keyring, const Clock& clock,
           Random& random)
    : journal_(journal), mail_(mail), keyring_(std::move(keyring)), clock_(clock), random_(random) {}

Result<std::unique_ptr<Node>> Node::open(db::Database& journal, mail::MailStore& mail, const Clock& clock,
                                         Random& random) {
  KITH_TRY(auto keyring, keyring::Keyring::open(journal));
  KITH_CHECK(journal.migrate("sharing", sharing_migrations()));
  return std::unique_ptr<Node>(new Node(journal, mail, std::move(keyring), clock, random));
}

Result<Book*> Node::book(const GroupId& group) {
  auto found = books_.find(group);
  if (found == books_.end()) {
    KITH_TRY(auto select, journal_.prepare("SELECT name, device, member FROM share_group WHERE id = ?1"));
    select.bind(1, group.view());
    KITH_TRY(const bool exists, select.step());
    if (!exists) return fail(Errc::not_found, "there is no such group here");
    KITH_TRY(const auto device, column<DeviceId>(select, 1));
    KITH_TRY(const auto me, column<MemberId>(select, 2));
    KITH_TRY(auto read, control_after(journal_, group, 0, Digest::zero()));
    auto roster = std::make_unique<group::GroupRoster>(group, read.events);
    found = books_
                .emplace(group, Book{group, select.text(0), device, me, std::move(roster), read.newest_row,
                                     read.chain, std::nullopt})
                .first;
    return &found->second;
  }
  Book& book = found->second;
  KITH_TRY(auto read, control_after(journal_, group, book.newest_row, book.chain));
  if (!read.events.empty()) book.roster->learn(read.events);
  book.newest_row = read.newest_row;
  book.chain = read.chain;
  return &book;
}

Result<std::vector<GroupId>> Node::groups() {
  KITH_TRY(auto select, journal_.prepare("SELECT id FROM share_group ORDER BY name, id"));
  return first_column<GroupId>(select);
}

Result<std::chrono::seconds> Node::outbox() {
  KITH_TRY(auto select, journal_.prepare("SELECT value FROM share_setting WHERE key = 'outbox'"));
  KITH_TRY(const bool set, select.step());
  return set ? std::chrono::seconds(select.integer(0)) : kDefaultOutbox;
}

Result<void> Node::set_outbox(std::chrono::seconds wait) {
  if (wait.count() < 0 || wait > kLongestOutbox)
    return fail(Errc::usage, "the outbox waits between no time and one hour");
  KITH_TRY(auto insert, journal_.prepare("INSERT OR REPLACE INTO share_setting VALUES ('outbox', ?1)"));
  insert.bind(1, static_cast<std::int64_t>(wait.count()));
  return insert.run();
}

}  // namespace kith::sharing
