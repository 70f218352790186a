#include "cli/demo/stage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "cli/demo/texts.h"

namespace kith::cli {

namespace {

constexpr std::chrono::seconds kOutbox{3};
constexpr std::chrono::seconds kDoor{20};

bool is_four_words(std::string_view line) {
  return std::count(line.begin(), line.end(), ' ') == 3 &&
         line.find_first_not_of("abcdefghijklmnopqrstuvwxyz ") == std::string_view::npos;
}

// "i" and eight hex digits: what kith calls something that was shared.
bool is_item(std::string_view line) {
  return line.size() == 9 && line[0] == 'i' &&
         line.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
}

bool is_code(std::string_view line) { return line.starts_with("kith1"); }

}  // namespace

std::string first_word(std::string_view text) {
  return std::string(text.substr(0, text.find_first_of(" \n")));
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  lines.emplace_back(".");
  return lines;
}

Stage::Stage(Terminal& terminal, const std::string& where)
    : term(terminal),
      folder(where),
      mina(terminal, "Mina", where + "/mina"),
      tomas(terminal, "Tomas", where + "/tomas"),
      ruth(terminal, "Ruth", where + "/ruth") {}

void Stage::say(std::string_view line) {
  term.data(fmt::format("\n{}\n", line));
  term.flush();
}

void Stage::scene(std::string_view title) { say(term.bold(fmt::format("--- {} ---", title))); }

void Stage::open_journals(bool shown) {
  for (Player* who : {&mina, &tomas, &ruth}) {
    const std::string pass(kDemoPassphrase);
    who->types({"init"}, {pass, pass, "112"}, shown && who == &mina);
    who->types({"outbox", "wait", std::to_string(kOutbox.count())}, {}, false);
    who->types({"up"}, {}, false);
  }
}

void Stage::import_diaries(bool shown) {
  for (Player* who : {&mina, &tomas, &ruth}) {
    std::string name = who->name();
    name[0] = static_cast<char>(name[0] - 'A' + 'a');
    const std::filesystem::path diary = std::filesystem::path(folder) / (name + "-diary");
    std::filesystem::create_directory(diary);
    for (const auto& text : demo_texts(name)) {
      std::ofstream file(diary / std::filesystem::path(text.name).filename());
      file << text.text;
    }
    who->types({"import", diary.string()}, {}, shown && who == &mina);
    std::filesystem::remove_all(diary);
  }
}

void Stage::found_group(bool shown) {
  ruth.types({"group", "create"}, {std::string(demo_text("demo/group-name.txt")), "Ruth", "she", ""}, shown);
  if (shown) {
    say("A group shares nothing before it has agreed. Ruth tries to be quick about it:");
    ruth.types({"agreement", "propose"}, {}, true, 7);
  }
  for (const auto& section : demo_texts("demo/agreement")) {
    std::string key = std::filesystem::path(section.name).stem();
    ruth.types({"agreement", "edit", key}, lines_of(section.text), false);
  }
  ruth.types({"agreement", "propose"}, {"yes"}, shown);
}

void Stage::join(Player& joiner, bool shown) {
  const std::string file = fmt::format("{}/for-{}.kith", folder, joiner.name());
  auto answers = lines_of(demo_text("demo/welcome.txt"));
  answers.emplace_back(demo_text("demo/who-for.txt"));
  const Screen invited = ruth.types({"group", "invite", file}, answers, shown);
  std::string code;
  for (const auto& line : lines_of(invited.out))
    if (is_code(line)) code = line;
  Typing door = ruth.begins({"group", "welcome"}, shown);
  Typing guest = joiner.begins({"group", "join", file}, shown);
  guest.type("yes");
  guest.type(code);
  guest.type(joiner.name());
  guest.type("");
  guest.type("");
  const auto hers = door.line(is_four_words, kDoor);
  const auto theirs = guest.line(is_four_words, kDoor);
  const bool same = hers && theirs && *hers == *theirs;
  door.type(same ? "yes" : "no");
  guest.type(same ? "yes" : "no");
  const Screen guest_screen = guest.finish(kDoor);
  const Screen door_screen = door.finish(kDoor);
  if (shown || guest_screen.exit != 0 || door_screen.exit != 0) {
    joiner.show(guest_screen);
    say("Meanwhile Ruth, at her door, reads the same four words aloud:");
    ruth.show(door_screen);
  }
  if (!same || guest_screen.exit != 0 || door_screen.exit != 0)
    throw PlayFailed{joiner.name() + " could not join"};
  std::filesystem::remove(file);
  joiner.types({"agreement", "sign"}, {joiner.name()}, false);
  meet();
}

void Stage::meet() {
  for (int i = 0; i < 2; ++i)
    for (Player* who : {&mina, &tomas, &ruth}) who->types({"sync", "--wait", "10"}, {}, false);
}

void Stage::let_outbox_end() {
  std::this_thread::sleep_for(kOutbox + std::chrono::milliseconds(500));
  meet();
}

std::string Stage::share(Player& who, std::string_view text, const std::vector<std::string>& to, bool shown) {
  std::vector<std::string> words = {"share"};
  words.insert(words.end(), to.begin(), to.end());
  auto answers = lines_of(text);
  answers.emplace_back("yes");
  for (const auto& line : lines_of(who.types(words, answers, shown, 6).out))
    if (is_item(line)) return line;
  throw PlayFailed{who.name() + " shared something, and kith did not say what it is called"};
}

namespace {

void put_away(Terminal& term, const std::string& folder, bool keep) {
  Stage stage(term, folder);
  for (Player* who : {&stage.mina, &stage.tomas, &stage.ruth}) {
    if (!std::filesystem::exists(who->home())) continue;
    for (const char* word : {"down", "lock"}) {
      Typing typing = who->begins({word}, false);
      typing.finish(std::chrono::seconds(10));
    }
  }
  std::error_code ignored;  // it is said below if something is left
  if (!keep) std::filesystem::remove_all(folder, ignored);
  if (std::filesystem::exists(folder))
    term.say_always(fmt::format("The three nodes are kept in {} (passphrase: {}).", folder, kDemoPassphrase));
}

int act(Terminal& term, const std::string& folder, void (*scenes)(Stage&)) {
  try {
    Stage stage(term, folder);
    scenes(stage);
    return 0;
  } catch (const PlayFailed& failed) {
    term.say_always("The demo stopped: " + failed.what);
  } catch (const std::exception&) {
    term.say_always("The demo stopped: this computer would not do something it needs.");
  }
  return 1;
}

}  // namespace

// A child plays, so that this process can put everything away even if the play is interrupted.
int play(Terminal& term, bool keep, void (*scenes)(Stage&)) {
  std::string folder = "/tmp/kith-demo-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    term.say_always("The demo needs a folder in /tmp, and could not make one.");
    return 1;
  }
  term.flush();
  const pid_t child = fork();
  if (child == 0) {
    const int result = act(term, folder, scenes);
    term.flush();
    _exit(result);
  }
  struct sigaction ignore {
  }, before{};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGINT, &ignore, &before);
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  put_away(term, folder, keep);
  sigaction(SIGINT, &before, nullptr);
  if (child < 0 || !WIFEXITED(status)) return 130;
  return WEXITSTATUS(status);
}

}  // namespace kith::cli
