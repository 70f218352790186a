#include "core/sharing/join_keys.h"

#include "core/sharing/tables.h"

namespace kith::sharing {

Result<std::optional<JoinKeys>> kept_join_keys(Node& node, const InvitePk& invite) {
  KITH_TRY(auto select, node.journal().prepare(
                            "SELECT sign_pk, sign, dh_pk, dh, pre_pk, pre, link_pk, link, recovery, made "
                            "FROM share_joining WHERE invite = ?1"));
  select.bind(1, invite.view());
  KITH_TRY(const bool found, select.step());
  if (!found) return std::nullopt;
  KITH_TRY(const auto sign_pk, column<SignPk>(select, 0));
  KITH_TRY(auto sign, crypto::SignSeed::copy_of(select.blob_view(1)));
  KITH_TRY(const auto dh_pk, column<DhPk>(select, 2));
  KITH_TRY(auto dh, crypto::DhSecret::copy_of(select.blob_view(3)));
  KITH_TRY(const auto pre_pk, column<PrePk>(select, 4));
  KITH_TRY(auto pre, crypto::PreSecret::copy_of(select.blob_view(5)));
  KITH_TRY(const auto link_pk, column<LinkPk>(select, 6));
  KITH_TRY(auto link, crypto::LinkSecret::copy_of(select.blob_view(7)));
  KITH_TRY(const auto recovery, column<RecoveryPk>(select, 8));
  const Day made{static_cast<std::uint32_t>(select.integer(9))};
  return JoinKeys{{sign_pk, std::move(sign)},
                  {dh_pk, std::move(dh)},
                  {pre_pk, std::move(pre)},
                  {link_pk, std::move(link)},
                  recovery,
                  made};
}

Result<void> keep_join_keys(Node& node, const InvitePk& invite, Day expires, const JoinKeys& keys) {
  KITH_TRY(auto over, node.journal().prepare("DELETE FROM share_joining WHERE expires < ?1"));
  over.bind(1, static_cast<std::int64_t>(number(node.today())));
  KITH_CHECK(over.run());
  KITH_TRY(auto put, node.journal().prepare("INSERT INTO share_joining VALUES "
                                            "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"));
  put.bind(1, invite.view()).bind(2, static_cast<std::int64_t>(number(expires)));
  put.bind(3, keys.sign.pk.view()).bind(4, ByteView(keys.sign.seed.reveal()));
  put.bind(5, keys.dh.pk.view()).bind(6, ByteView(keys.dh.secret.reveal()));
  put.bind(7, keys.pre.pk.view()).bind(8, ByteView(keys.pre.secret.reveal()));
  put.bind(9, keys.link.pk.view()).bind(10, ByteView(keys.link.secret.reveal()));
  put.bind(11, keys.recovery.view()).bind(12, static_cast<std::int64_t>(number(keys.made)));
  return put.run();
}

Result<void> forget_join_keys(Node& node, const InvitePk& invite) {
  KITH_TRY(auto forget, node.journal().prepare("DELETE FROM share_joining WHERE invite = ?1"));
  forget.bind(1, invite.view());
  return forget.run();
}

}  // namespace kith::sharing
