#include "tests/bench/header_store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>

#include "crypto/hash.h"
#include "tests/bench/measure.h"
#include "tests/support/seeded_random.h"

namespace kith::bench {
namespace {

constexpr std::uint32_t kFirstDay = 19'300;  // a million headers of eight devices end 75 days before today
constexpr std::uint32_t kKeptDays = 30;
constexpr std::size_t kRun = mail::kMaxEventsPerDay;
constexpr std::size_t kAtOnce = 50'000;  // events in one transaction
constexpr std::array<std::uint8_t, 32> kKey{1, 2, 3};

// A store that is being prepared may be lost by a crash; it is not kept for its contents but for its size.
void make_hasty(db::Database& database) {
  sqlite3_set_authorizer(database.handle(), nullptr, nullptr);
  const char* settings = "PRAGMA synchronous=OFF; PRAGMA cache_size=-1000000";  // in KiB
  if (sqlite3_exec(database.handle(), settings, nullptr, nullptr, nullptr) != SQLITE_OK) stop("no haste");
}

void fill(mail::MailStore& store, std::size_t count) {
  make_hasty(store.database());
  const auto devices = header_devices();
  Roster roster(devices);
  test::SeededRandom random(count);
  must(store.purge_expired(bench_group(), Day{kToday}, kKeptDays));
  std::vector<Place> places(devices.size(), {0, *Link::parse(bench_group().view())});
  std::size_t left = count;
  std::vector<mail::Event> events;
  for (std::uint32_t day = kFirstDay; left > 0; ++day) {
    for (std::size_t i = 0; i < devices.size(); ++i) {
      const std::size_t share =
          count < kHeaderDevices * kRun ? (left + kHeaderDevices - 1 - i) / (kHeaderDevices - i) : kRun;
      const std::size_t most = std::min({share, kRun, left});
      for (std::size_t k = 0; k < most; ++k, --left) {
        events.push_back(header_only(bench_group(), devices[i], places[i], day, random));
        places[i] = {places[i].seq + 1, events.back().link()};
      }
    }
    if (left > 0 && events.size() < kAtOnce) continue;
    const auto appended = must(store.append(bench_group(), events, roster, Day{kToday}));
    if (appended.stored != events.size()) stop("the prepared store did not take its events");
    events.clear();
  }
  must(store.database().execute("UPDATE head SET checked = seq + 1"));
}

}  // namespace

const GroupId& bench_group() {
  static const GroupId group = crypto::H_as<GroupId>("bench.group", {});
  return group;
}

std::vector<Device> header_devices() {
  std::vector<Device> devices;
  for (std::size_t i = 0; i < kHeaderDevices; ++i) devices.emplace_back(1000 + i);
  return devices;
}

std::unique_ptr<mail::MailStore> open_store(const std::string& path) {
  auto database = must(db::Database::open(path, kKey, {.create = true}));
  return std::make_unique<mail::MailStore>(must(mail::MailStore::open(std::move(database))));
}

HeaderStores header_stores(const std::string& data, std::size_t count) {
  const std::filesystem::path folder = std::filesystem::path(data) / fmt::format("headers-{}", count);
  const HeaderStores stores{folder / "a.db", folder / "b.db"};
  const std::filesystem::path master = folder / "full.db";
  if (!std::filesystem::exists(master)) {
    std::filesystem::create_directories(folder);
    const std::string half = folder / "filling.db";
    std::filesystem::remove(half);
    in_child([&] {
      fill(*open_store(half), count);
      return std::vector<Sample>{};
    });
    std::filesystem::rename(half, master);
  }
  for (const std::string& copy : {stores.a, stores.b})
    std::filesystem::copy_file(master, copy, std::filesystem::copy_options::overwrite_existing);
  return stores;
}

}  // namespace kith::bench
