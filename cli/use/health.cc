#include "cli/use/health.h"

#include <sqlite3.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>

#include "cli/agent_client.h"
#include "cli/courier_client.h"
#include "cli/version.h"
#include "core/db/database.h"

namespace kith::cli {
namespace {

// A swap is safe if it is compressed memory or lies on an encrypted device.
bool swap_is_safe(const std::string& device) {
  if (device.starts_with("/dev/zram")) return true;
  const auto slash = device.rfind('/');
  std::ifstream uuid("/sys/block/" + device.substr(slash + 1) + "/dm/uuid");
  std::string text;
  return static_cast<bool>(std::getline(uuid, text)) && text.starts_with("CRYPT-");
}

Finding look_at_swap() {
  std::ifstream swaps("/proc/swaps");
  std::string line;
  std::getline(swaps, line);  // the heading
  while (std::getline(swaps, line)) {
    const std::string device = line.substr(0, line.find_first_of(" \t"));
    if (!swap_is_safe(device))
      return {"swap", Health::missing,
              "The swap on " + clean_line(device) +
                  " does not look encrypted: parts of an open journal may be written to it."};
  }
  return {"swap", Health::good, "No unencrypted swap."};
}

Finding look_at_memory_lock() {
  constexpr std::size_t kPage = 4096;
  void* room = sodium_malloc(kPage);
  const bool locked = room != nullptr && sodium_mlock(room, kPage) == 0;
  if (room != nullptr) sodium_free(room);
  if (locked) return {"memory", Health::good, "Keys are kept out of the swap."};
  return {"memory", Health::missing, "Keys cannot be locked into memory (ulimit -l is too small)."};
}

Finding look_at_dumps() {
  rlimit core{};
  const bool off = getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && prctl(PR_GET_DUMPABLE) == 0;
  return off ? Finding{"dumps", Health::good, "No crash files, no looking in by other programs of yours."}
             : Finding{"dumps", Health::missing, "A crash could write memory to a file."};
}

Finding look_at_seccomp() {
  return prctl(PR_GET_SECCOMP) >= 0
             ? Finding{"seccomp", Health::good, "The kernel can fence the courier in (seccomp)."}
             : Finding{"seccomp", Health::missing,
                       "The kernel has no seccomp: the courier runs without that fence."};
}

Finding look_at_landlock() {
#ifdef SYS_landlock_create_ruleset
  const long version =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, 1U);  // LANDLOCK_CREATE_RULESET_VERSION
#else
  const long version = -1;
#endif
  return version > 0
             ? Finding{"landlock", Health::good,
                       "The kernel can keep the courier to its own files (Landlock)."}
             : Finding{
                   "landlock", Health::missing,
                   "The kernel has no Landlock: only file permissions keep the courier to its own files."};
}

Finding look_at_courier(Context& context) {
  auto courier = CourierClient::connect(context.home);
  if (!courier) return {"courier", Health::told, "The courier is down."};
  const auto state = courier->status();
  if (!state) return {"courier", Health::missing, "The courier runs, but gives no proper answer."};
  const std::string fences = std::string(state->seccomp ? "seccomp" : "no seccomp") + ", " +
                             (state->landlock ? "Landlock" : "no Landlock");
  return {"courier", state->seccomp ? Health::good : Health::missing,
          "The courier runs with " + fences + "."};
}

Finding look_at_disk(const Home& home) {
  const std::string low = nearly_full(home);
  return low.empty() ? Finding{"disk", Health::good, "The disk has room for what the others send."}
                     : Finding{"disk", Health::missing, low};
}

Finding look_at_versions() {
  return {"versions", Health::told,
          "kith " + std::string(kVersion) + ", SQLite " + sqlite3_libversion() + " in SQLCipher, libsodium " +
              sodium_version_string() + "."};
}

std::vector<Finding> look_at_machine(Context& context) {
  return {look_at_swap(),     look_at_memory_lock(),    look_at_dumps(),   look_at_seccomp(),
          look_at_landlock(), look_at_courier(context), look_at_versions()};
}

// With the journal open, its pages too.
Result<std::optional<Finding>> look_at_journal(Context& context) {
  auto agent = AgentClient::connect(context.home);
  if (!agent) return std::optional<Finding>();
  auto keys = agent->keys();
  if (!keys) return std::optional<Finding>();
  KITH_TRY(auto journal, db::Database::open(context.home.journal(), keys->journal.reveal(), {}));
  KITH_CHECK(journal.check_integrity());
  return std::optional(Finding{"journal", Health::good, "Every page of the journal is whole."});
}

}  // namespace

std::string_view word_of(Health verdict) {
  return verdict == Health::good ? "good" : verdict == Health::missing ? "missing" : "note";
}

std::string nearly_full(const Home& home) {
  constexpr std::uint64_t kMiB = 1ULL << 20;
  const auto space = db::space_at(home.data);
  if (db::room_for_others(space) == db::Room::all) return "";
  return "The disk is nearly full. What is left is kept for your own words; new words of others wait with "
         "them until " +
         std::to_string((db::reserve_of(space) + kMiB - 1) / kMiB) + " MB are free.";
}

Result<std::vector<Finding>> look_at_health(Context& context) {
  std::vector<Finding> findings = look_at_machine(context);
  if (!context.home.set_up()) return findings;
  KITH_CHECK(check_home(context.home, context.term));
  KITH_TRY(auto journal, look_at_journal(context));
  findings.insert(findings.begin(), look_at_disk(context.home));
  if (journal) findings.insert(findings.begin(), std::move(*journal));
  return findings;
}

}  // namespace kith::cli
