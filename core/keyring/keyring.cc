#include "core/keyring/keyring.h"

#include "core/keyring/head_record.h"

namespace kith::keyring {
namespace {

constexpr std::int64_t kMaxPrekeys = 15;
constexpr std::uint64_t kMaxNumber = std::uint64_t{1} << 63;  // what protocol and database hold, exclusive

constexpr db::Migration kKeyringMigrations[] = {
    {1,
     "CREATE TABLE device(id INTEGER PRIMARY KEY, group_id BLOB NOT NULL, device_id BLOB NOT NULL UNIQUE,"
     " sign_pk BLOB NOT NULL UNIQUE, sign_seed BLOB NOT NULL, dh_pk BLOB NOT NULL UNIQUE,"
     " dh_secret BLOB NOT NULL, retired INTEGER NOT NULL DEFAULT 0) STRICT;"
     "CREATE INDEX device_group ON device(group_id);"
     "CREATE TABLE own_head(device INTEGER PRIMARY KEY REFERENCES device(id), seq INTEGER NOT NULL,"
     " link BLOB NOT NULL, lamport INTEGER NOT NULL, day INTEGER NOT NULL, events INTEGER NOT NULL) STRICT;"
     "CREATE TABLE prekey(id INTEGER PRIMARY KEY, group_id BLOB NOT NULL, number INTEGER NOT NULL,"
     " pk BLOB NOT NULL, secret BLOB NOT NULL, made INTEGER NOT NULL, UNIQUE(group_id, number)) STRICT"},
    {2,
     "CREATE TABLE announced(group_id BLOB NOT NULL, number INTEGER NOT NULL, seq INTEGER NOT NULL,"
     " PRIMARY KEY(group_id, number)) STRICT, WITHOUT ROWID"},
};

struct Current {  // the newest device of a group
  std::int64_t row;
  bool retired;
};

Result<std::optional<Current>> current(db::Database& journal, const GroupId& group) {
  KITH_TRY(auto query,
           journal.prepare("SELECT id, retired FROM device WHERE group_id=?1 ORDER BY id DESC LIMIT 1"));
  query.bind(1, group.view());
  KITH_TRY(const bool row, query.step());
  if (!row) return std::optional<Current>();
  return std::optional<Current>({.row = query.integer(0), .retired = query.integer(1) != 0});
}

Result<Current> signing_device(db::Database& journal, const GroupId& group) {
  KITH_TRY(const auto device, current(journal, group));
  if (!device) return fail(Errc::not_found, "this journal has no device in that group");
  if (device->retired) return fail(Errc::refused, "this device was retired from that group");
  return *device;
}

template <class T>
Result<T> sound(Result<T> value) {  // a stored field of the wrong size
  if (!value) return fail(Errc::damaged, "the keyring holds a field of the wrong size");
  return value;
}

}  // namespace

Result<Keyring> Keyring::open(db::Database& journal) {
  KITH_CHECK(journal.migrate("keyring", kKeyringMigrations));
  KITH_CHECK(open_heads(journal));
  return Keyring(journal);
}

Result<void> Keyring::add_device(const DeviceKeys& keys) {
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  KITH_TRY(const auto before, current(*journal_, keys.group));
  if (before && !before->retired)
    return fail(Errc::refused, "this journal already has a device in that group");
  {
    KITH_TRY(auto known,
             journal_->prepare("SELECT 1 FROM device WHERE device_id=?1 OR sign_pk=?2 OR dh_pk=?3"));
    known.bind(1, keys.device.view()).bind(2, keys.sign_pk.view()).bind(3, keys.dh_pk.view());
    KITH_TRY(const bool again, known.step());
    if (again) return fail(Errc::refused, "a device's keys are used once");
  }
  {
    KITH_TRY(auto add,
             journal_->prepare("INSERT INTO device(group_id,device_id,sign_pk,sign_seed,dh_pk,dh_secret)"
                               " VALUES(?1,?2,?3,?4,?5,?6)"));
    add.bind(1, keys.group.view()).bind(2, keys.device.view()).bind(3, keys.sign_pk.view());
    add.bind(4, keys.sign.reveal()).bind(5, keys.dh_pk.view()).bind(6, keys.dh.reveal());
    KITH_CHECK(add.run());
  }
  KITH_CHECK(raise_head(*journal_));
  return transaction.commit();
}

Result<std::optional<DeviceKeys>> Keyring::device(const GroupId& group) {
  KITH_TRY(auto query, journal_->prepare("SELECT device_id,sign_pk,sign_seed,dh_pk,dh_secret FROM device"
                                         " WHERE group_id=?1 ORDER BY id DESC LIMIT 1"));
  query.bind(1, group.view());
  KITH_TRY(const bool row, query.step());
  if (!row) return std::optional<DeviceKeys>();
  KITH_TRY(const auto device, sound(DeviceId::parse(query.blob_view(0))));
  KITH_TRY(const auto sign_pk, sound(SignPk::parse(query.blob_view(1))));
  KITH_TRY(auto sign, sound(crypto::SignSeed::copy_of(query.blob_view(2))));
  KITH_TRY(const auto dh_pk, sound(DhPk::parse(query.blob_view(3))));
  KITH_TRY(auto dh, sound(crypto::DhSecret::copy_of(query.blob_view(4))));
  return std::optional<DeviceKeys>(DeviceKeys{group, device, sign_pk, std::move(sign), dh_pk, std::move(dh)});
}

Result<std::vector<GroupId>> Keyring::groups() {
  KITH_TRY(auto query, journal_->prepare("SELECT group_id FROM device GROUP BY group_id ORDER BY min(id)"));
  std::vector<GroupId> found;
  for (;;) {
    KITH_TRY(const bool row, query.step());
    if (!row) return found;
    KITH_TRY(const auto group, sound(GroupId::parse(query.blob_view(0))));
    found.push_back(group);
  }
}

Result<void> Keyring::retire_device(const GroupId& group) {
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  KITH_TRY(const auto device, current(*journal_, group));
  if (!device) return fail(Errc::not_found, "this journal has no device in that group");
  {
    KITH_TRY(auto retire, journal_->prepare("UPDATE device SET retired=1 WHERE id=?1"));
    KITH_CHECK(retire.bind(1, device->row).run());
  }
  KITH_CHECK(raise_head(*journal_));
  return transaction.commit();
}

Result<bool> Keyring::retired(const GroupId& group) {
  KITH_TRY(const auto device, current(*journal_, group));
  return device.has_value() && device->retired;
}

Result<void> Keyring::add_prekey(const GroupId& group, const HeldPrekey& prekey) {
  if (prekey.number >= kMaxNumber) return fail(Errc::too_large, "a prekey's number is too large");
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  {
    KITH_TRY(auto known, journal_->prepare("SELECT 1 FROM prekey WHERE group_id=?1 AND number=?2"));
    known.bind(1, group.view()).bind(2, static_cast<std::int64_t>(prekey.number));
    KITH_TRY(const bool again, known.step());
    if (again) return fail(Errc::refused, "a prekey's number is used once");
  }
  {
    KITH_TRY(auto add,
             journal_->prepare("INSERT INTO prekey(group_id,number,pk,secret,made) VALUES(?1,?2,?3,?4,?5)"));
    add.bind(1, group.view()).bind(2, static_cast<std::int64_t>(prekey.number)).bind(3, prekey.pk.view());
    add.bind(4, prekey.secret.reveal()).bind(5, std::int64_t{number(prekey.made)});
    KITH_CHECK(add.run());
  }
  KITH_CHECK(raise_head(*journal_));
  return transaction.commit();
}

Result<std::vector<HeldPrekey>> Keyring::prekeys(const GroupId& group) {
  KITH_TRY(auto query, journal_->prepare("SELECT p.number,p.pk,p.secret,p.made,a.seq FROM prekey p"
                                         " LEFT JOIN announced a USING(group_id,number)"
                                         " WHERE p.group_id=?1 ORDER BY p.number DESC LIMIT ?2"));
  query.bind(1, group.view()).bind(2, kMaxPrekeys);
  std::vector<HeldPrekey> held;
  for (;;) {
    KITH_TRY(const bool row, query.step());
    if (!row) return held;
    KITH_TRY(const auto pk, sound(PrePk::parse(query.blob_view(1))));
    KITH_TRY(auto secret, sound(crypto::PreSecret::copy_of(query.blob_view(2))));
    const Day made{static_cast<std::uint32_t>(query.integer(3))};
    std::optional<std::uint64_t> announced;
    if (!query.is_null(4)) announced = static_cast<std::uint64_t>(query.integer(4));
    held.push_back({static_cast<std::uint64_t>(query.integer(0)), pk, std::move(secret), made, announced});
  }
}

Result<void> Keyring::announce_prekey(const GroupId& group, std::uint64_t number, std::uint64_t seq) {
  KITH_TRY(auto note,
           journal_->prepare("INSERT OR REPLACE INTO announced(group_id,number,seq)"
                             " SELECT group_id,number,?3 FROM prekey WHERE group_id=?1 AND number=?2"));
  note.bind(1, group.view());
  return note.bind(2, static_cast<std::int64_t>(number)).bind(3, static_cast<std::int64_t>(seq)).run();
}

Result<std::size_t> Keyring::delete_prekeys(const GroupId& group, std::uint64_t through) {
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  {
    KITH_TRY(auto newer, journal_->prepare("SELECT 1 FROM prekey WHERE group_id=?1 AND number>?2"));
    newer.bind(1, group.view()).bind(2, static_cast<std::int64_t>(through));
    KITH_TRY(const bool stays, newer.step());
    if (!stays) return fail(Errc::refused, "the newest prekey is in use");
  }
  {
    KITH_TRY(auto remove, journal_->prepare("DELETE FROM prekey WHERE group_id=?1 AND number<=?2"));
    KITH_CHECK(remove.bind(1, group.view()).bind(2, static_cast<std::int64_t>(through)).run());
  }
  const auto gone = static_cast<std::size_t>(journal_->changes());
  KITH_TRY(auto places, journal_->prepare("DELETE FROM announced WHERE group_id=?1 AND number<=?2"));
  KITH_CHECK(places.bind(1, group.view()).bind(2, static_cast<std::int64_t>(through)).run());
  KITH_CHECK(raise_head(*journal_));
  KITH_CHECK(transaction.commit());
  return gone;
}

Result<std::optional<OwnHead>> Keyring::own_head(const GroupId& group) {
  KITH_TRY(auto query, journal_->prepare("SELECT h.seq,h.link,h.lamport,h.day,h.events FROM own_head h"
                                         " WHERE h.device=(SELECT max(id) FROM device WHERE group_id=?1)"));
  query.bind(1, group.view());
  KITH_TRY(const bool row, query.step());
  if (!row) return std::optional<OwnHead>();
  KITH_TRY(const auto link, sound(Link::parse(query.blob_view(1))));
  return std::optional<OwnHead>(OwnHead{.seq = static_cast<std::uint64_t>(query.integer(0)),
                                        .link = link,
                                        .lamport = static_cast<std::uint64_t>(query.integer(2)),
                                        .day = Day{static_cast<std::uint32_t>(query.integer(3))},
                                        .events_that_day = static_cast<std::uint32_t>(query.integer(4))});
}

Result<void> Keyring::advance(const GroupId& group, const OwnHead& head) {
  if (head.seq >= kMaxNumber || head.lamport >= kMaxNumber)
    return fail(Errc::too_large, "a log's number is too large");
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  KITH_TRY(const Current device, signing_device(*journal_, group));
  {
    KITH_TRY(auto query, journal_->prepare("SELECT seq FROM own_head WHERE device=?1"));
    query.bind(1, device.row);
    KITH_TRY(const bool row, query.step());
    const std::uint64_t next = row ? static_cast<std::uint64_t>(query.integer(0)) + 1 : 0;
    if (head.seq != next) return fail(Errc::refused, "an own event must take the next number of its log");
  }
  {
    KITH_TRY(
        auto write,
        journal_->prepare("INSERT INTO own_head(device,seq,link,lamport,day,events) VALUES(?1,?2,?3,?4,?5,?6)"
                          " ON CONFLICT(device) DO UPDATE SET seq=excluded.seq, link=excluded.link,"
                          " lamport=excluded.lamport, day=excluded.day, events=excluded.events"));
    write.bind(1, device.row).bind(2, static_cast<std::int64_t>(head.seq)).bind(3, head.link.view());
    write.bind(4, static_cast<std::int64_t>(head.lamport)).bind(5, std::int64_t{number(head.day)});
    write.bind(6, std::int64_t{head.events_that_day});
    KITH_CHECK(write.run());
  }
  KITH_CHECK(raise_head(*journal_));
  return transaction.commit();
}

}  // namespace kith::keyring
