// A MailStore in a folder of its own.
#pragma once

#include <gtest/gtest.h>

#include "core/mail/mail_store.h"
#include "tests/db/scratch.h"
#include "tests/support/toy_group.h"

namespace kith::test {

struct ToyStore {
  ToyStore() : store(open(scratch)) {}

  static mail::MailStore open(const Scratch& scratch) {
    static const std::string empty = [] {  // making the tables takes longer than most tests
      const Scratch first(fast_folder());
      make(first);
      return read_file(first / "mail.db");
    }();
    if (!std::filesystem::exists(scratch / "mail.db")) write_private(scratch / "mail.db", empty);
    return make(scratch);
  }
  static void write_private(const std::string& path, const std::string& bytes) {
    write_file(path, bytes);
    std::filesystem::permissions(path, std::filesystem::perms(0600));
  }
  static mail::MailStore make(const Scratch& scratch) {
    auto database = db::Database::open(scratch / "mail.db", key_of(7), {.create = true});
    KITH_ASSERT(database.has_value());
    auto store = mail::MailStore::open(std::move(*database));
    KITH_ASSERT(store.has_value());
    return std::move(*store);
  }
  mail::Appended append(std::span<const mail::Event> events) {
    auto appended = store.append(kToyGroup, events, roster, Day{kToyDay});
    KITH_ASSERT(appended.has_value());
    return std::move(*appended);
  }
  mail::Appended append(const mail::Event& event) { return append(std::span(&event, 1)); }
  // Envelopes of `author` with their payloads, in few transactions.
  std::vector<mail::Event> write(Author& author, std::size_t count) {
    std::vector<mail::Event> events;
    std::vector<mail::PayloadOf> payloads;
    for (std::size_t i = 0; i < count; ++i) events.push_back(author.envelope());
    for (const mail::Event& event : events) payloads.push_back({event.id(), author.payload(event.id())});
    append(events);
    check_all();
    KITH_ASSERT(store.put_payloads(kToyGroup, payloads).has_value());
    return events;
  }
  void check_all() {
    while (true) {
      const auto looked_at = store.check_pending(kToyGroup, roster, 64);
      KITH_ASSERT(looked_at.has_value());
      if (*looked_at == 0) return;
    }
  }
  // What two nodes that hold the same agree on: each device's head and how many payloads it has.
  std::map<DeviceId, std::pair<std::uint64_t, Link>> heads() {
    std::map<DeviceId, std::pair<std::uint64_t, Link>> by_device;
    const auto found = store.heads(kToyGroup);
    for (const mail::Head& head : *found) by_device.emplace(head.device, std::pair(head.seq, head.link));
    return by_device;
  }
  std::set<EventId> held() {
    std::set<EventId> events;
    const auto found = store.payload_arrivals(kToyGroup, 0, 1'000'000);
    for (const auto& [row, event] : *found) events.insert(event);
    return events;
  }

  Scratch scratch{fast_folder()};
  ToyRoster roster;
  mail::MailStore store;
};

}  // namespace kith::test
