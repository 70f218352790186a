#include "tests/simulation/asked.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "tests/simulation/tables.h"

namespace kith::simulation {
namespace {

constexpr std::uint64_t kWorldsForOne = 100;  // in so many each thing must have happened once
constexpr std::uint64_t kFewWorlds = 1000;

constexpr std::array<const char*, mail::kRejects> kRejectNames{"",
                                                               "malformed",
                                                               "wrong hello",
                                                               "stranger",
                                                               "unauthentic",
                                                               "gap",
                                                               "not storable",
                                                               "too large",
                                                               "too many",
                                                               "bad payload",
                                                               "unknown payload",
                                                               "tombstoned",
                                                               "unsupported",
                                                               "too fast",
                                                               "not authorised",
                                                               "parts",
                                                               "protocol",
                                                               "store failed"};

struct Unreached {
  mail::Reject reason;
  const char* why;
};
constexpr Unreached kUnreached[] = {
    {mail::Reject::not_authorised,
     "as in net/, a link is closed when its peer may not stay, and hears no more"},
    {mail::Reject::parts, "frames here have no parts; ZeroMQ's are counted in net/ (tests/hostile)"},
};

// Nobody decides that these happen: they take several things at one time.
struct Seldom {
  const char* what;
  std::uint64_t of_few, of_many;  // worlds in which it must have happened once
};
constexpr Seldom kSeldom[] = {
    {"reject tombstoned", 200, kWorldsForOne},
    {"event device retired", 200, kWorldsForOne},
    // A liar told two stories, some have both, and who leads has heard the evidence: in one world of some
    // hundred.
    {"operation revoke a copied device", kFewWorlds, kFewWorlds},
};

constexpr const char* kAlso[] = {
    "event device retired", "event full disk",    "frame lost",          "frame doubled",
    "frame overtook",       "audience 0",         "audience 1",          "audience 2",
    "audience 3",           "readers who should", "share from an entry",
};

template <class Row>
void want_rows(std::vector<std::string>& wanted, const char* what, std::span<const Row> rows) {
  for (const Row& row : rows)
    if (row.weight > 0) wanted.push_back(std::string(what) + row.name);
}

std::vector<std::string> all_wanted() {
  std::vector<std::string> wanted;
  want_rows(wanted, "operation ", operations());
  want_rows(wanted, "fault ", faults());
  want_rows(wanted, "lie ", lies());
  for (const Checker& row : checkers()) wanted.push_back(std::string("checker ") + row.name);
  for (std::size_t reason = 1; reason < mail::kRejects; ++reason)
    if (std::ranges::find(kUnreached, static_cast<mail::Reject>(reason), &Unreached::reason) ==
        std::end(kUnreached))
      wanted.push_back(reject_row(static_cast<mail::Reject>(reason)));
  wanted.insert(wanted.end(), std::begin(kAlso), std::end(kAlso));
  return wanted;
}

}  // namespace

std::string reject_row(mail::Reject reason) {
  return std::string("reject ") + kRejectNames[static_cast<std::size_t>(reason)];
}

std::vector<std::string> too_rare(const Coverage& coverage, std::uint64_t worlds) {
  std::vector<std::string> found;
  for (const auto& what : all_wanted()) {
    const auto seldom = std::ranges::find(kSeldom, what, &Seldom::what);
    std::uint64_t in = kWorldsForOne;
    if (seldom != std::end(kSeldom)) in = worlds < kFewWorlds ? seldom->of_few : seldom->of_many;
    const std::uint64_t times = worlds / in;
    if (coverage.of(what) < times)
      found.push_back(what + ": " + std::to_string(coverage.of(what)) + " of " + std::to_string(times));
  }
  for (const auto& [reason, why] : kUnreached)
    if (coverage.of(reject_row(reason)) > 0)
      found.push_back(reject_row(reason) + " was thought out of reach (" + why + "): ask for it");
  return found;
}

std::string text_of(const Seen& seen) {
  std::ostringstream out;
  for (const auto& [what, times] : seen.coverage.all()) {
    out.width(8);
    out << times << "  " << what << '\n';
  }
  out << seen.worlds << " worlds, " << seen.failed << " failed\n";
  return out.str();
}

bool add(Seen& sum, std::istream& text) {
  bool whole = false;
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::uint64_t times = 0;
    std::string what;
    if (!(words >> times) || !std::getline(words >> std::ws, what)) continue;
    if (std::uint64_t failed = 0; what.starts_with("worlds, ")) {
      std::istringstream(what.substr(8)) >> failed;
      sum.worlds += times;
      sum.failed += failed;
      whole = true;
    } else if (line.starts_with(' ')) {
      sum.coverage.count(what, times);
    }
  }
  return whole;
}

}  // namespace kith::simulation
