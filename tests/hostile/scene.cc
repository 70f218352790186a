#include "tests/hostile/scene.h"

#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <sstream>
#include <thread>

#include "core/mail/exchange.h"

namespace kith::hostile {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::string_view kWords = "a word in confidence";
constexpr std::size_t kLogBurst = 60;  // lines at once, then one a second
constexpr std::size_t kMostRows = 100'000;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kMemoryTells = false;  // freed blocks are kept aside
#else
constexpr bool kMemoryTells = true;
#endif

std::string utf16(std::string_view text) {
  std::string wide;
  for (const char c : text) (wide += c) += '\0';
  return wide;
}

std::string base64(std::string_view text) {
  std::string coded(sodium_base64_encoded_len(text.size(), sodium_base64_VARIANT_ORIGINAL_NO_PADDING), '\0');
  sodium_bin2base64(coded.data(), coded.size(), reinterpret_cast<const unsigned char*>(text.data()),
                    text.size(), sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  coded.resize(coded.size() - 3);  // the end: its last digits depend on what follows
  return coded;
}

}  // namespace

bool eventually(const std::function<bool()>& wanted, milliseconds patience) {
  const auto until = Clock::now() + patience;
  while (Clock::now() < until) {
    if (wanted()) return true;
    std::this_thread::sleep_for(30ms);
  }
  return false;
}

bool holds_canary(ByteView bytes) {
  const auto text = as_text(bytes);
  const std::string forms[] = {std::string(kWords), to_hex(as_bytes(kWords)), utf16(kWords),
                               base64(kWords),      base64(kWords.substr(1)), base64(kWords.substr(2))};
  return std::ranges::any_of(forms,
                             [&](const auto& form) { return text.find(form) != std::string_view::npos; });
}

std::string picture_of(const Node& node, const GroupId& group) {
  auto store = node.store();
  const auto heads = store.heads(group).value();
  const auto held = store.offers(group, 0, kMostRows).value();
  const auto forks = store.forks(group, 0, kMostRows).value();
  std::vector<std::string> lines;
  for (const auto& head : heads)
    lines.push_back(head.device.hex() + " " + std::to_string(head.seq) + " " + head.link.hex() + "\n");
  for (const auto& one : held) lines.push_back(one.event.hex() + " " + one.digest.hex() + "\n");
  for (const auto& fork : forks) lines.push_back("fork " + to_hex(fork.first.bytes) + "\n");
  std::ranges::sort(lines);
  std::string picture;
  for (const auto& line : lines) picture += line;
  return picture;
}

std::optional<std::size_t> descriptors_of(pid_t process) {
  std::error_code denied;
  std::filesystem::directory_iterator at("/proc/" + std::to_string(process) + "/fd", denied);
  if (!denied) return static_cast<std::size_t>(std::distance(begin(at), end(at)));
  EXPECT_NE(geteuid(), 0U) << "the descriptors of " << process << " cannot be counted: " << denied.message();
  return std::nullopt;
}

Bytes hello_of(const Node& node) {
  return mail::encode_frame(mail::frame::Hello{1, {1}, node.id, node.link.pk});
}

Scene::Scene(std::size_t members, const std::string& program)
    : circle([&] {
        std::vector<bool> reachable(2 + members, false);
        reachable[0] = true;
        return reachable;
      }()),
      ana(circle[0]),
      ben(circle[1]),
      began_(Clock::now()) {
  if (!program.empty()) ana.program = program;
  // What a sanitizer keeps aside would count against the courier's own limit of memory.
  setenv("ASAN_OPTIONS", "quarantine_size_mb=8:thread_local_quarantine_size_kb=64", 0);
  ana.log = ana.file("log");
  ana.start();
  courier_ = ana.process();
  ben.start();
  EXPECT_EQ(ben.sync().reached(), 1U);
  honest_sync();
  look();
}

bool Scene::lives() const {
  int status = 0;
  const bool guarded = waitpid(ana.guardian(), &status, WNOHANG) == 0;
  if (guarded && ana.process() == courier_) return true;
  const std::string log = kith::test::read_file(ana.log);
  ADD_FAILURE() << "the courier fell: " << status << "\n"
                << log.substr(log.size() - std::min<std::size_t>(log.size(), 600));
  return false;
}

void Scene::honest_sync() {
  const auto begun = Clock::now();
  Node &from = ben_speaks_ ? ben : ana, &to = ben_speaks_ ? ana : ben;
  ben_speaks_ = !ben_speaks_;
  const auto word = circle.envelope(from);
  circle.store(from, word);
  from.wake();
  EXPECT_TRUE(eventually([&] { return Circle::holds(to, word); }, kSyncBound)) << "the honest peer's sync";
  syncs_.push_back(std::chrono::duration_cast<milliseconds>(Clock::now() - begun));
}

milliseconds Scene::slowest_sync() const { return *std::ranges::max_element(syncs_); }

milliseconds Scene::usual_sync() const {
  auto sorted = syncs_;
  std::ranges::sort(sorted);
  return sorted[sorted.size() / 2];
}

void Scene::restart_ana() {
  ana.kill();
  ana.start();
  courier_ = ana.process();
  EXPECT_TRUE(eventually([&] { return ben.sync().reached() == 1; }, kSyncBound));
  look();
}

std::map<std::uint32_t, std::uint64_t> Scene::counters() const {
  std::map<std::uint32_t, std::uint64_t> counted;
  const auto status = ana.status();
  for (const auto& one : status.rejected())
    if (one.count() > 0) counted[one.reason()] = one.count();
  return counted;
}

void Scene::look() {
  counters_ = counters();
  picture_ = picture_of(ana, circle.group);
  descriptors_ = descriptors_of(ana.process());
  resident_ = resident();
}

void Scene::check_counters(const Expected& expected) {
  auto wanted = counters_;
  for (const auto& [reason, times] : expected.rose) wanted[static_cast<std::uint32_t>(reason)] += times;
  const auto as_wanted = [&] {
    const auto now = counters();
    if (!expected.at_least) return now == wanted;
    return std::ranges::all_of(wanted,
                               [&](const auto& one) {
                                 const auto found = now.find(one.first);
                                 return one.second == 0 ||
                                        (found != now.end() && found->second >= one.second);
                               }) &&
           std::ranges::all_of(now, [&](const auto& one) { return wanted.contains(one.first); });
  };
  if (eventually(as_wanted, 3s)) return;
  const auto told = [](const auto& counted) {
    std::ostringstream text;
    for (const auto& [reason, times] : counted) text << " " << reason << ":" << times;
    return text.str();
  };
  ADD_FAILURE() << "counters (mail::Reject:times) are" << told(counters()) << ", wanted" << told(wanted);
}

void Scene::check_log() const {
  std::istringstream log(kith::test::read_file(ana.log));
  static const std::regex numbers(R"([0-9]+ event [0-9]+( -?[0-9]+)*)");
  std::size_t lines = 0;
  for (std::string line; std::getline(log, line); ++lines)
    EXPECT_TRUE(std::regex_match(line, numbers)) << "a log line is not numbers: " << line.substr(0, 200);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began_).count();
  EXPECT_LE(lines, kLogBurst + static_cast<std::size_t>(seconds)) << "the log is not bounded";
}

void Scene::check(const std::string& name, const Expected& expected,
                  std::initializer_list<const Attacker*> heard) {
  SCOPED_TRACE(name);
  if (!lives()) return;
  check_counters(expected);
  if (expected.same_picture) {
    EXPECT_EQ(picture_of(ana, circle.group), picture_) << "mail.db says something else";
  }
  for (const Attacker* attacker : heard) EXPECT_FALSE(holds_canary(attacker->heard()));
  honest_sync();
  if (descriptors_) {
    EXPECT_TRUE(eventually([&] { return descriptors_of(ana.process()) <= descriptors_; }, 10s))
        << descriptors_of(ana.process()).value_or(0) << " descriptors, before " << *descriptors_;
  }
  if (kMemoryTells) {
    EXPECT_LE(resident(), resident_ + expected.may_keep);
  }
  check_log();
  look();
}

}  // namespace kith::hostile
