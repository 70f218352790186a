// (a), (b) and the courier's part of (f): an empty node fetches ten thousand texts from a full one.
#include <filesystem>
#include <thread>

#include "core/journal/journal.h"
#include "core/sharing/intake.h"
#include "core/sharing/received.h"
#include "tests/bench/courier.h"
#include "tests/bench/raw.h"
#include "tests/bench/rows.h"

namespace kith::bench {
namespace {

constexpr std::chrono::milliseconds kLook{10};
constexpr double kGiveUpMs = 300'000;
constexpr char kDurable[] = "a  fetch 10,000 texts, durable on run signatures";
constexpr char kChecked[] = "a  fetch 10,000 texts, every signature checked";
constexpr char kFloorRun[] = "a  floor: CURVE, SQLCipher, item signatures";
constexpr char kFloorAll[] = "a  floor: CURVE, SQLCipher, item and event signatures";

struct Held {
  std::int64_t payload_bytes, checked, events;
};
Held held(db::Database& database) {
  auto query =
      must(database.prepare("SELECT total(payload_bytes), total(checked), total(seq + 1) FROM head"));
  must(query.step());
  return {query.integer(0), query.integer(1), query.integer(2)};
}

std::string fresh_reader(const GroupWorld& world, const std::string& data) {
  const std::string folder = data + "/fetching";
  std::filesystem::remove_all(folder);
  std::filesystem::copy(world.reader, folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  return folder;
}

struct Fetched {
  Sample start, durable, checked;
};

// From the moment the reader's courier gets its key: it opens its mail, tests itself, dials, fetches.
Fetched fetch(const Setting& setting, const GroupWorld& world, const std::string& folder,
              const std::function<void(pid_t)>& then) {
  Courier source(setting.programs, world.source), reader(setting.programs, folder);
  source.give_key(mail_key(), world.port);
  auto database = open_mail(folder, true);
  Fetched fetched;
  const double cpu = cpu_ms_of(reader.process());
  const Stopwatch watch;
  const auto now = [&] {
    return Sample{watch.ms(), cpu_ms_of(reader.process()) - cpu, memory_of(reader.process()).peak_mb};
  };
  reader.give_key(mail_key(), 0);
  fetched.start = now();
  while (held(database).payload_bytes < world.payload_bytes) {
    std::this_thread::sleep_for(kLook);
    if (watch.ms() > kGiveUpMs) stop("the fetch did not end");
  }
  fetched.durable = now();
  for (Held state = held(database); state.checked < state.events; state = held(database))
    std::this_thread::sleep_for(kLook);
  fetched.checked = now();
  if (then) then(reader.process());
  return fetched;
}

// What an unlocked agent does with a full mail.db: check everything again, open, store, index.
Sample take_in(const GroupWorld& world, const std::string& folder) {
  auto journal = open_journal(folder);
  auto store = must(mail::MailStore::open(open_mail(folder, false)));
  must(journal::Journal::open(journal));
  const SystemClock clock;
  crypto::SystemRandom random;
  auto node = must(sharing::Node::open(journal, store, clock, random));
  const Stopwatch watch;
  const double cpu = own_cpu_ms();
  const auto report = must(sharing::Intake(*node).run(world.group, true));
  if (report.opened != kTexts) stop("not every text was opened");
  return {watch.ms(), own_cpu_ms() - cpu, memory_of(kSelf).peak_mb};
}

void idle_courier(Table& table, const Setting& setting, const GroupWorld& world) {
  const std::string folder = fresh_reader(world, setting.data);
  Courier alone(setting.programs, folder);
  alone.give_key(mail_key(), 0);
  std::this_thread::sleep_for(std::chrono::seconds(3));  // the first dials fail fast
  table.note(idle_note("f  kith-courier, its peer away", alone.process()));
}

}  // namespace

void fetch_rows(Table& table, const Setting& setting) {
  const GroupWorld world = group_world(setting.data);
  for (int i = 0; i < setting.repeats; ++i) {
    table.add("a  raw CURVE, the same bytes", raw(world, setting.data, {.network = true}));
    table.add("a  raw SQLCipher insert, the same bytes", raw(world, setting.data, {.store = true}));
    table.add(kFloorRun, raw(world, setting.data, {.network = true, .store = true, .items = true}));
    table.add(kFloorAll,
              raw(world, setting.data, {.network = true, .store = true, .items = true, .events = true}));
    const std::string folder = fresh_reader(world, setting.data);
    const bool last = i + 1 == setting.repeats;
    const Fetched fetched = fetch(setting, world, folder, [&](pid_t reader) {
      if (last) table.note(idle_note("f  kith-courier after (a), one link standing", reader));
    });
    table.add("a  of which until the courier has opened and tested itself", fetched.start);
    table.add(kDurable, fetched.durable);
    table.add(kChecked, fetched.checked);
    const Sample taken = in_child([&] { return std::vector{take_in(world, folder)}; }).front();
    table.add("b  take in: opened, stored, searchable", taken);
    table.add("b  fetch and take in, one after the other",
              {fetched.checked.ms + taken.ms, fetched.checked.cpu_ms + taken.cpu_ms,
               std::max(fetched.checked.peak_mb, taken.peak_mb)});
  }
  table.compare(kDurable, kFloorRun);
  table.compare(kChecked, kFloorAll);
  table.compare("b  fetch and take in, one after the other", kFloorAll);
  idle_courier(table, setting, world);
}

}  // namespace kith::bench
