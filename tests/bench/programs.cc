// (e) and the agent's part of (f): the real kith over a journal of a hundred thousand entries.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/journal/journal.h"
#include "crypto/key_file.h"
#include "tests/bench/local_socket.h"
#include "tests/bench/rows.h"

namespace kith::bench {
namespace {

constexpr std::size_t kEntries = 100'000;
constexpr std::size_t kInOneTransaction = 2'000;
constexpr int kRuns = 9;  // of one command in one sample, of which the median counts
constexpr char kPassphrase[] = "a long walk to the green lake";
constexpr std::int64_t kFirstEntry = 1'500'000'000;
constexpr std::int64_t kBetweenEntries = 2'700;  // seconds: the entries span eight years

// Nothing of it depends on chance, so every run of the benchmark searches the same words.
std::string entry_text(std::size_t number) {
  static constexpr std::array kWords = {"evening", "walked",   "afraid", "quiet",   "answer", "river",
                                        "argued",  "listened", "tired",  "again",   "door",   "music",
                                        "sister",  "bread",    "night",  "patience"};
  std::string text;
  std::size_t state = number * 2'654'435'761U + 1;
  const std::size_t words = 40 + number % 120;
  for (std::size_t i = 0; i < words; ++i) {
    state = state * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    text += kWords[(state >> 33) % kWords.size()];
    if (i % 9 == 0) text += fmt::format("{}", (state >> 40) % 5'000);
    text += ' ';
  }
  if (number % 5 == 0) text += "#work ";
  if (number % 7 == 0) text += "~anxious:4 ";
  if (number == kEntries / 2) text += "kingfisher";
  return text;
}

class Person {
 public:
  Person(const Setting& setting, std::string home)
      : program_(setting.programs + "/kith"), home_(std::move(home)) {}

  // From before the process is made until it has ended.
  Sample types(const std::vector<std::string>& words, const std::string& typed = {}) const {
    std::array<int, 2> input{};
    if (pipe(input.data()) != 0) stop("no pipe");
    const Stopwatch watch;
    const pid_t child = fork();
    if (child == 0) become(words, input);
    close(input[0]);
    if (write(input[1], typed.data(), typed.size()) != static_cast<ssize_t>(typed.size()))
      stop("kith does not read");
    close(input[1]);
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) stop("kith " + words.front() + " failed");
    return {watch.ms(), kUntold, kUntold};
  }
  std::string file(const std::string& name) const { return home_ + "/" + name; }

 private:
  [[noreturn]] void become(const std::vector<std::string>& words, const std::array<int, 2>& input) const {
    const int null = open("/dev/null", O_RDWR);
    dup2(input[0], 0);
    dup2(null, 1);
    close(input[1]);
    setenv("KITH_HOME", home_.c_str(), 1);
    unsetenv("XDG_RUNTIME_DIR");
    std::vector<char*> arguments = {const_cast<char*>(program_.c_str())};
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    execv(program_.c_str(), arguments.data());
    _exit(127);
  }
  std::string program_;
  std::string home_;
};

Bytes file_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

db::Database journal_of(const Person& person) {
  const auto keys = must(crypto::open_key_file(file_bytes(person.file("keyfile")), as_bytes(kPassphrase)));
  return must(db::Database::open(person.file("journal/journal.db"), keys.journal.reveal(), {}));
}

void fill(const Person& person) {
  auto database = journal_of(person);
  auto journal = must(journal::Journal::open(database));
  for (std::size_t at = 0; at < kEntries; at += kInOneTransaction) {
    auto transaction = must(db::Transaction::begin(database));
    for (std::size_t i = at; i < at + kInOneTransaction; ++i) {
      journal::NewEntry entry;
      entry.text = entry_text(i);
      entry.written.at =
          WallTime(std::chrono::seconds(kFirstEntry + static_cast<std::int64_t>(i) * kBetweenEntries));
      must(journal.add(entry));
    }
    must(transaction.commit());
  }
}

// With a filled journal, unlocked.
Person person_with_journal(const Setting& setting) {
  const std::filesystem::path ready = std::filesystem::path(setting.data) / "journal-home";
  Person person(setting, ready);
  const std::string pass = std::string(kPassphrase) + "\n";
  if (std::filesystem::exists(ready / "filled")) {
    person.types({"unlock"}, pass);
    return person;
  }
  std::filesystem::remove_all(ready);
  person.types({"init"}, pass + pass + "112\n");
  in_child([&] {
    fill(person);
    return std::vector<Sample>{};
  });
  std::ofstream(ready / "filled") << kEntries << '\n';
  return person;
}

Sample median_run(const Person& person, const std::vector<std::string>& words,
                  const std::string& typed = {}) {
  std::vector<double> times;
  for (int i = 0; i < kRuns; ++i) times.push_back(person.types(words, typed).ms);
  std::ranges::sort(times);
  return {times[times.size() / 2], kUntold, kUntold};
}

Sample median_find(journal::Journal& journal, const char* typed, std::size_t at_least) {
  std::vector<double> times;
  const double cpu = own_cpu_ms();
  for (int i = 0; i < kRuns; ++i) {
    const Stopwatch watch;
    if (must(journal.find(journal::parse_query(typed, {}), {})).size() < at_least)
      stop("find missed what is there");
    times.push_back(watch.ms());
  }
  std::ranges::sort(times);
  return {times[times.size() / 2], (own_cpu_ms() - cpu) / kRuns, memory_of(kSelf).peak_mb};
}

void library_rows(Table& table, const Person& person) {
  const auto samples = in_child([&] {
    auto database = journal_of(person);
    auto journal = must(journal::Journal::open(database));
    Stopwatch watch;
    const double cpu = own_cpu_ms();
    must(journal.list({}));
    const Sample listed{watch.ms(), own_cpu_ms() - cpu, kUntold};
    return std::vector{listed, median_find(journal, "kingfisher", 1),
                       median_find(journal, "sister river", 20), median_find(journal, "nothinglikethis", 0)};
  });
  table.add("e  core/journal: the first list after opening", samples[0]);
  table.add("e  core/journal: find a word in one entry", samples[1]);
  table.add("e  core/journal: find two words in most entries, the newest 20", samples[2]);
  table.add("e  core/journal: find a word in none", samples[3]);
}

pid_t agent_of(const Person& person) {
  const int connected = connect_to(person.file("run/agent.sock"));
  ucred peer{};
  socklen_t size = sizeof peer;
  if (connected < 0 || getsockopt(connected, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) stop("no agent");
  close(connected);
  return peer.pid;
}

}  // namespace

void program_rows(Table& table, const Setting& setting) {
  const Person person = person_with_journal(setting);
  const pid_t agent = agent_of(person);
  for (int i = 0; i < setting.repeats; ++i) {
    table.add("e  kith notice, process start to durable",
              median_run(person, {"notice"}, "The room is quiet today.\n"));
    table.add("e  kith find, a word in one of 100,000 entries", median_run(person, {"find"}, "kingfisher\n"));
    table.add("e  kith list", median_run(person, {"list"}));
    table.add("e  kith status", median_run(person, {"status"}));
    library_rows(table, person);
  }
  table.note(idle_note("f  kith agent, unlocked, idle", agent));
  const auto size = static_cast<double>(std::filesystem::file_size(person.file("journal/journal.db")));
  table.note(fmt::format("e  journal.db of {} entries: {:.1f} MiB", kEntries, size / (1 << 20)));
  person.types({"lock"});
}

}  // namespace kith::bench
