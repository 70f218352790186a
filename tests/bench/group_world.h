// A real group of nine people, made once and kept: eight of them wrote ten thousand texts, the ninth has
// joined, agreed, and seen none of them.
#pragma once

#include <map>
#include <string>

#include "core/mail/mail_store.h"

namespace kith::bench {

inline constexpr std::size_t kAuthors = 8;
inline constexpr std::size_t kTexts = 10'000;
inline constexpr std::size_t kTextSize = 1024;

struct GroupWorld {
  std::string source;  // a folder with the mail.db of the founder, who holds everything
  std::string reader;  // a folder with the empty node's journal.db and mail.db: copy it before use
  GroupId group;
  std::uint16_t port;                // where the source is dialled, on 127.0.0.1
  std::int64_t payload_bytes;        // of all texts
  std::map<DeviceId, SignPk> signs;  // of the authors
};
GroupWorld group_world(const std::string& data);

db::Database open_journal(const std::string& folder);
db::Database open_mail(const std::string& folder, bool read_only);
const std::array<std::uint8_t, 32>& mail_key();

}  // namespace kith::bench
