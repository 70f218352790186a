// The `fork` table, and acts kept beside a forked log. Private to core/mail.
#pragma once

#include "core/mail/mail_store.h"

namespace kith::mail {

// Keeps two checked, different signed headers of one place, unless a fork of the device at least as low is
// known. In a transaction.
Result<std::optional<Fork>> keep_fork(db::Database& database, std::int64_t grp, const SignedHeader& a,
                                      const SignedHeader& b);
// The lowest place with two events that is known of the device.
Result<std::optional<std::uint64_t>> forked_at(db::Database& database, std::int64_t grp,
                                               const DeviceId& device);

// Acts beside the log `log` of a device: kMaxBeside of them, and for each of the devices that wait for acts,
// kMaxBesideWanted of all logs. `waiting`: those that wait for this one. Their rows have a `log` of their own
// below zero, so that nothing that reads a log meets them. In a transaction; the event was verified.
enum class Beside : std::uint8_t { stored, known, full };
Result<Beside> put_beside(db::Database& database, std::int64_t grp, std::int64_t log, const Event& event,
                          std::span<const DeviceId> waiting);
// Such an act has its place in the log after all. False: it is not there.
Result<bool> move_into_log(db::Database& database, std::int64_t log, const Event& event);

}  // namespace kith::mail
