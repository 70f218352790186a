// The page's process as strangers, browsers and its owner meet it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/page/doors.h"
#include "tests/page/browser.h"

namespace kith::page {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* kPassphrase = "correct horse battery";

json object(std::initializer_list<std::pair<const char*, json>> fields) {
  json out = json::object();
  for (const auto& [name, value] : fields) out[name] = value;
  return out;
}

// A node with a journal, and one tab that is open.
class Page : public testing::Test {
 protected:
  Page() : tab_(node_) { tab_.open(); }
  void init() {
    const auto made = tab_.call("init", object({{"passphrase", kPassphrase}}));
    ASSERT_TRUE(made.at("ok")) << made;
  }
  static std::string error_of(const json& answer) { return answer.value("error", ""); }

  Node node_;
  Tab tab_;
};

void expect_fixed_headers(const Reply& reply) {
  for (const auto& [name, value] : cli::fixed_headers()) {
    std::string lower(name);
    for (char& c : lower) c = static_cast<char>(tolower(static_cast<unsigned char>(c)));
    const auto found = reply.headers.find(lower);
    ASSERT_NE(found, reply.headers.end()) << name << " in a reply of status " << reply.status;
    EXPECT_EQ(found->second, value);
  }
  EXPECT_FALSE(reply.headers.contains("set-cookie"));
  EXPECT_FALSE(reply.headers.contains("server"));
  EXPECT_FALSE(reply.headers.contains("access-control-allow-origin"));
}

// -- the link

TEST_F(Page, TheLinkIsAFileOfItsOwnerThatGoesWhenUsed) {
  const Tab other(node_);
  struct stat info {};
  ASSERT_EQ(stat(other.link_file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_EQ(other.port(), tab_.port()) << "one process, several tabs";
  Tab used = other;
  used.open();
  EXPECT_TRUE(eventually([&] { return !fs::exists(other.link_file()); }));
  Tab again = other;
  EXPECT_THROW(again.open(), std::runtime_error) << "a key works once";
  EXPECT_TRUE(used.answers());
  EXPECT_TRUE(tab_.answers());
}

TEST_F(Page, NoKeyStandsInArgumentsOrEnvironment) {
  const pid_t page = page_process(node_);
  ASSERT_GT(page, 0);
  const Tab other(node_);
  for (const char* name : {"cmdline", "environ"}) {
    std::ifstream file("/proc/" + std::to_string(page) + "/" + name, std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    EXPECT_EQ(bytes.str().find(other.key()), std::string::npos);
    EXPECT_EQ(bytes.str().find(tab_.bearer()), std::string::npos);
  }
}

TEST_F(Page, ListensOnLoopbackAlone) {
  std::ifstream table("/proc/net/tcp");
  std::string line, port(8, '\0');
  snprintf(port.data(), port.size(), ":%04X", static_cast<unsigned>(tab_.port()));
  bool found = false;
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string row, local, remote, state;
    fields >> row >> local >> remote >> state;
    if (state != "0A" || !local.ends_with(port.c_str())) continue;  // 0A: listening
    found = true;
    EXPECT_TRUE(local.starts_with("0100007F:")) << local;
  }
  EXPECT_TRUE(found);
}

// Loopback is no authentication: who shares the computer and not the login gets no byte, even with a bearer
// in hand.
TEST_F(Page, AnotherUserOfThisComputerGetsNothing) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  constexpr uid_t kNobody = 65534;
  const auto answered = [&](uid_t user) {
    const pid_t child = fork();
    if (child == 0) {
      if (setuid(user) != 0) _exit(2);
      _exit(tab_.post("/api", R"({"call":"state"})", tab_.headers()).status == 0 ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) < 2) << status;
    return WEXITSTATUS(status) == 1;
  };
  EXPECT_TRUE(answered(0)) << "the owner's own try is answered";
  EXPECT_FALSE(answered(kNobody));
  EXPECT_TRUE(tab_.answers());
}

// -- the doors

TEST_F(Page, EveryAnswerCarriesTheHeaders) {
  const Headers good = tab_.headers();
  const std::string state = R"({"call":"state"})";
  std::set<int> seen;
  const auto check = [&](const Reply& reply, int status) {
    EXPECT_EQ(reply.status, status);
    seen.insert(reply.status);
    expect_fixed_headers(reply);
  };
  check(tab_.post("/api", state, good), 200);
  check(tab_.post("/api", "not json", good), 200);
  check(tab_.get("/index.html", good), 200);
  check(tab_.get("/", with(with(with(good, "Sec-Fetch-Site", "none"), "Sec-Fetch-Mode", "navigate"),
                           "Sec-Fetch-Dest", "document")),
        200);
  check(tab_.post("/api", state, with(good, "Host", "attacker.example")), 403);
  check(tab_.post("/api", state, with(good, "X-Kith-Tab", std::string(64, '0'))), 403);
  check(tab_.get("/nothing", good), 404);
  check(tab_.get("/api", good), 405);
  check(tab_.post("/index.html", state, good), 405);
  check(tab_.post("/api", state, with(good, "Content-Type", "text/plain")), 415);
  check(tab_.post("/api", std::string(65 * 1024, ' '), good), 413);
  check(tab_.post("/api", state, with(good, "X-Long", std::string(9000, 'x'))), 431);
  const Wire chunked(tab_.port());
  chunked.send(request_of("POST", "/api", with(good, "Transfer-Encoding", "chunked")));
  check(chunked.reply(), 411);
  EXPECT_EQ(seen, (std::set<int>{200, 403, 404, 405, 411, 413, 415, 431}));
}

TEST_F(Page, AnotherHostGetsNothing) {
  for (const std::string& host :
       {std::string("attacker.example"), std::string("localhost:") + std::to_string(tab_.port()),
        std::string("127.0.0.1"), std::string("127.0.0.1.evil:") + std::to_string(tab_.port()),
        std::string("127.0.0.1:1"), std::string("[::1]:") + std::to_string(tab_.port())})
    for (const char* target : {"/", "/index.html", "/nothing"})
      EXPECT_EQ(tab_.get(target, with(tab_.headers(), "Host", host)).status, 403) << host << target;
  EXPECT_EQ(tab_.get("/index.html", without(tab_.headers(), "Host")).status, 403);
}

TEST_F(Page, NoOtherSiteChangesAnything) {
  init();
  const std::string lock = R"({"call":"lock"})";
  const Headers good = tab_.headers();
  for (const auto& [name, value] :
       {std::pair{"Origin", "http://attacker.example"}, std::pair{"Origin", "null"},
        std::pair{"Origin", "http://127.0.0.1:1"}, std::pair{"Sec-Fetch-Site", "cross-site"},
        std::pair{"Sec-Fetch-Site", "same-site"}, std::pair{"Sec-Fetch-Site", "none"}})
    EXPECT_EQ(tab_.post("/api", lock, with(good, name, value)).status, 403) << name << value;
  for (const char* name : {"Origin", "Sec-Fetch-Site", "X-Kith-Tab"})
    EXPECT_EQ(tab_.post("/api", lock, without(good, name)).status, 403) << name;
  EXPECT_EQ(tab_.post("/api", lock, without(good, "Content-Type")).status, 415);
  EXPECT_EQ(tab_.post("/api", lock, with(good, "Content-Type", "text/plain")).status, 415);
  EXPECT_EQ(tab_.get("/api?call=lock", good).status, 404);
  EXPECT_TRUE(tab_.call("state").at("unlocked"));
}

TEST_F(Page, PathsAreComparedByteForByte) {
  for (const char* target :
       {"/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2findex.html", "//index.html", "/./index.html",
        "/index.html?", "/index.html#x", "/index.html%00.js", "/INDEX.HTML"})
    EXPECT_EQ(tab_.get(target, tab_.headers()).status, 404) << target;
}

// -- limits

TEST_F(Page, ALongHeaderLineIsCut) {
  const Wire wire(tab_.port());
  wire.send("GET /index.html HTTP/1.1\r\nHost: " + tab_.host() + "\r\nX-Long: ");
  const std::string piece(64 * 1024, 'x');
  for (int i = 0; i < 16 && wire.send(piece); ++i) {
  }
  const auto reply = wire.reply(15s);
  EXPECT_TRUE(reply.status == 431 || reply.status == 0) << reply.status;
  EXPECT_TRUE(tab_.answers());
}

TEST_F(Page, AnAnnouncedGiantIsTurnedAwayBeforeItComes) {
  const Wire wire(tab_.port());
  wire.send(request_of("POST", "/text", with(tab_.headers(), "Content-Length", "10737418240")));
  EXPECT_EQ(wire.reply(15s).status, 413);
}

TEST_F(Page, ABodyIsReadToItsAnnouncedLengthAndNoFurther) {
  const std::string state = R"({"call":"state"})";
  const Wire wire(tab_.port());
  wire.send(request_of("POST", "/api", with(tab_.headers(), "Content-Length", std::to_string(state.size())),
                       state + "GET /smuggled HTTP/1.1\r\nHost: attacker.example\r\n\r\n"));
  EXPECT_EQ(wire.reply().status, 200);
  EXPECT_TRUE(wire.closed_within(15s)) << "what follows is never read";
  const Wire both(tab_.port());
  both.send(request_of("POST", "/api",
                       with(with(tab_.headers(), "Transfer-Encoding", "chunked"), "Content-Length", "5"),
                       "0\r\n\r\n"));
  EXPECT_EQ(both.reply(15s).status, 0);
}

// libmicrohttpd would answer these by itself, without our headers.
TEST_F(Page, WhatIsNoHttpGetsNoAnswer) {
  const std::string good = request_of("GET", "/index.html", tab_.headers());
  const std::string fields = good.substr(good.find("\r\n") + 2);
  for (const std::string& bytes :
       {std::string("\r\n\r\n"), std::string("hello\r\n\r\n"),
        std::string("\x16\x03\x01\x02\x00\x01", 6) + "\r\n\r\n", "GET /index.html HTTP/1.0\r\n" + fields,
        "GET /index.html HTTP/2.0\r\n" + fields, "GET /index.html\r\n" + fields,
        "GET  /index.html HTTP/1.1\r\n" + fields, "GET http://" + tab_.host() + "/ HTTP/1.1\r\n" + fields,
        "CONNECT " + tab_.host() + " HTTP/1.1\r\n" + fields,
        "GET /index.html HTTP/1.1\r\n folded: x\r\n" + fields,
        "GET /index.html HTTP/1.1\r\nNo colon\r\n" + fields,
        "GET /index.html HTTP/1.1\r\nBl ank: x\r\n" + fields,
        request_of("POST", "/api", with(tab_.headers(), "Content-Length", "-1")),
        request_of("POST", "/api", with(tab_.headers(), "Content-Length", "99999999999999999999999")),
        request_of("POST", "/api", with(tab_.headers(), "Expect", "100-continue"))}) {
    const Wire wire(tab_.port());
    wire.send(bytes);
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(wire.reply(15s).status, 0) << bytes;
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s)
        << "cut at once, not when its time is over: " << bytes;
  }
  EXPECT_TRUE(tab_.answers());
}

TEST_F(Page, AHeadMayComeInPieces) {
  const std::string whole = request_of("GET", "/index.html", tab_.headers());
  const Wire wire(tab_.port());
  for (std::size_t at = 0; at < whole.size(); at += 50) {
    ASSERT_TRUE(wire.send(whole.substr(at, 50)));
    usleep(2000);
  }
  EXPECT_EQ(wire.reply(15s).status, 200);
  EXPECT_TRUE(wire.closed_within(15s)) << "one request, one answer";
}

TEST_F(Page, SlowSendersAreCutAndOthersServed) {
  std::vector<Wire> slow;
  for (int i = 0; i < 32; ++i) {  // as many as are served, and as many as may wait for it
    slow.emplace_back(tab_.port());
    slow.back().send("GET / HTTP/1.1\r\nHost: ");
  }
  // One byte a second keeps a connection busy, and does not keep it alive.
  std::size_t cut = 0;
  for (int second = 0; second < 14; ++second) {
    usleep(1'000'000);
    for (std::size_t i = 0; i < 16; ++i) slow[i].send("x");
  }
  for (std::size_t i = 0; i < 16; ++i) cut += slow[i].closed_within(1s) ? 1U : 0U;
  EXPECT_EQ(cut, 16U);
  slow.clear();
  EXPECT_TRUE(eventually([&] { return tab_.answers(); }, 60s));
}

// -- a person's journal

TEST_F(Page, TheFirstStartAndTheFirstWords) {
  EXPECT_FALSE(tab_.call("state").at("set_up"));
  EXPECT_EQ(error_of(tab_.call("entry.list")), "not_set_up");
  EXPECT_EQ(tab_.call("help.card").at("help_number"), "112");
  const std::string six = tab_.call("words").at("words");
  EXPECT_EQ(std::ranges::count(six, ' '), 5);
  EXPECT_EQ(error_of(tab_.call("init", object({{"passphrase", "  short "}}))), "usage");
  EXPECT_FALSE(tab_.call("state").at("set_up"));
  ASSERT_TRUE(tab_.call("init", object({{"passphrase", six}, {"help_number", "999"}})).at("ok"));
  EXPECT_TRUE(tab_.call("state").at("unlocked"));
  EXPECT_EQ(tab_.call("help.card").at("help_number"), "999");

  const auto draft = tab_.call("draft.save", object({{"text", "Begun on the page ~anx:6 #work"}}));
  const auto kept = tab_.call(
      "entry.keep", object({{"draft", draft.at("draft")}, {"text", "Begun on the page ~anx:6 #work"}}));
  EXPECT_EQ(kept.at("entry"), "E1");
  EXPECT_TRUE(kept.at("first"));
  EXPECT_TRUE(tab_.call("draft.list").at("drafts").empty());
  const auto entry = tab_.call("entry.read", object({{"entry", "E1"}}));
  EXPECT_EQ(entry.at("text"), "Begun on the page ~anxious:6 #work");
  EXPECT_EQ(entry.at("tags").at(0), "work");
  EXPECT_FALSE(tab_.call("entry.keep", object({{"text", "More"}})).at("first"));
  EXPECT_EQ(tab_.call("entry.find", object({{"words", "begun"}})).at("entries").size(), 1U);
  EXPECT_EQ(node_.run({"read", "E1"}), 0);
  EXPECT_NE(node_.out.find("Begun on the page"), std::string::npos) << "the commands see the same journal";

  EXPECT_EQ(tab_.call("entry.delete", object({{"entry", "E1"}})).at("undo_hours"), 24);
  EXPECT_EQ(error_of(tab_.call("entry.read", object({{"entry", "E1"}}))), "not_found");
  EXPECT_EQ(tab_.call("entry.removed").at("entries").at(0), "E1");
  EXPECT_TRUE(tab_.call("entry.restore", object({{"entry", "E1"}})).at("ok"));
  EXPECT_EQ(error_of(tab_.call("entry.erase", object({{"entry", "E1"}, {"typed", "E2"}}))), "cancelled");
  EXPECT_TRUE(tab_.call("entry.erase", object({{"entry", "E1"}, {"typed", "E1"}})).at("ok"));
}

TEST_F(Page, APassphrasePastedWithBlanksOpens) {
  init();
  for (const char* typed :
       {"  correct horse battery\n", "correct  horse\nbattery", "correct horse battery"}) {
    ASSERT_TRUE(tab_.call("lock").at("ok"));
    EXPECT_TRUE(eventually([&] { return tab_.answers(); }));
    EXPECT_TRUE(tab_.call("unlock", object({{"passphrase", typed}})).at("ok")) << typed;
  }
  ASSERT_TRUE(tab_.call("lock").at("ok"));
  EXPECT_TRUE(eventually([&] { return tab_.answers(); }));
  const auto wrong = tab_.call("unlock", object({{"passphrase", "Correct horse battery"}}));
  EXPECT_EQ(error_of(wrong), "wrong_passphrase");
  EXPECT_EQ(wrong.at("means"), "Your words are safe and still locked.");
  EXPECT_FALSE(tab_.call("state").at("unlocked"));
}

TEST_F(Page, ALockElsewhereReachesEveryTabAndTheBearersLiveOn) {
  init();
  Tab second(node_);
  second.open();
  const pid_t before = page_process(node_);
  ASSERT_EQ(node_.run({"lock"}), 0);
  EXPECT_TRUE(eventually([&] { return tab_.answers() && second.answers(); }));
  EXPECT_FALSE(tab_.call("state").at("unlocked"));
  for (const char* name : {"home", "entry.list", "draft.list", "settings", "export", "outbox"}) {
    EXPECT_EQ(error_of(tab_.call(name)), "locked") << name;
    EXPECT_EQ(error_of(second.call(name)), "locked") << name;
  }
  EXPECT_EQ(page_process(node_), before) << "it is the same process with a fresh memory";
  EXPECT_TRUE(second.call("unlock", object({{"passphrase", kPassphrase}})).at("ok"));
  EXPECT_TRUE(tab_.call("state").at("unlocked"));
}

// True if the bytes stand anywhere in its memory but the stack.
bool remembers(pid_t process, const std::string& needle) {
  std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
  std::ifstream memory("/proc/" + std::to_string(process) + "/mem", std::ios::binary);
  EXPECT_TRUE(maps && memory) << "the test must be able to look";
  for (std::string line; std::getline(maps, line);) {
    const auto from = std::stoull(line, nullptr, 16);
    const auto to = std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
    if (line.find(" rw-p ") == std::string::npos || to - from > (256ULL << 20)) continue;
    std::string bytes(to - from, '\0');
    memory.clear();
    memory.seekg(static_cast<std::streamoff>(from));
    memory.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, memory.gcount())));
    if (bytes.find(needle) != std::string::npos) return true;
  }
  return false;
}

TEST_F(Page, NothingOfTheJournalStaysInItsMemoryWhenLocked) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may look into a process that hides its memory";
  init();
  const std::string words = "porcupine-" + tab_.key().substr(0, 8);
  ASSERT_TRUE(tab_.call("entry.keep", object({{"text", words}})).at("ok"));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(tab_.call("entry.list").at("ok"));
  const pid_t page = page_process(node_);
  EXPECT_TRUE(remembers(page, tab_.host())) << "the search itself must work";
  ASSERT_TRUE(tab_.call("lock").at("ok"));
  EXPECT_TRUE(eventually([&] { return tab_.answers() && !remembers(page, words); }));
  EXPECT_FALSE(remembers(page, words));
  EXPECT_FALSE(remembers(page, kPassphrase));
}

TEST_F(Page, HideSavesTheDraftAndLocks) {
  init();
  const auto hidden = tab_.call("hide", object({{"text", "Somebody came in"}}));
  EXPECT_TRUE(hidden.at("ok")) << hidden;
  EXPECT_TRUE(hidden.at("saved"));
  EXPECT_TRUE(eventually([&] { return tab_.answers(); }));
  EXPECT_EQ(error_of(tab_.call("draft.list")), "locked");
  ASSERT_TRUE(tab_.call("unlock", object({{"passphrase", kPassphrase}})).at("ok"));
  EXPECT_EQ(tab_.call("draft.list").at("drafts").at(0).at("text"), "Somebody came in");
}

TEST_F(Page, TwoTabsDoNotOverwriteEachOther) {
  init();
  Tab second(node_);
  second.open();
  const auto begun = tab_.call("draft.save", object({{"text", "One"}}));
  const auto read = second.call("draft.read", object({{"draft", begun.at("draft")}}));
  const auto there = second.call(
      "draft.save", object({{"draft", "D1"}, {"base", read.at("base")}, {"text", "One and two"}}));
  EXPECT_FALSE(there.at("forked"));
  const auto here = tab_.call(
      "draft.save", object({{"draft", "D1"}, {"base", begun.at("base")}, {"text", "One and three"}}));
  EXPECT_TRUE(here.at("forked"));
  EXPECT_NE(here.at("draft"), "D1");
  EXPECT_EQ(tab_.call("draft.list").at("drafts").size(), 2U);
  ASSERT_TRUE(tab_.call("draft.drop", object({{"draft", "D1"}})).at("ok"));
  EXPECT_TRUE(
      second.call("draft.save", object({{"draft", "D1"}, {"base", there.at("base")}, {"text", "Still here"}}))
          .at("forked"));
}

TEST_F(Page, AKilledAgentMeansLocked) {
  init();
  ASSERT_TRUE(tab_.call("draft.save", object({{"text", "Before it died"}})).at("ok"));
  // The agent is the process that listens at agent.sock.
  const std::string lock = node_.path() + "/run/agent.lock";
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline", std::ios::binary);
    std::stringstream words;
    words << file.rdbuf();
    if (words.str().find(std::string("agent\0--ready", 13)) == std::string::npos) continue;
    for (const auto& opened : fs::directory_iterator(entry.path() / "fd")) {
      std::error_code error;
      if (fs::read_symlink(opened.path(), error) == lock) kill(std::stoi(entry.path().filename()), SIGKILL);
    }
  }
  EXPECT_TRUE(eventually([&] { return tab_.answers() && !tab_.call("state").at("unlocked"); }));
  EXPECT_EQ(error_of(tab_.call("draft.save", object({{"text", "After"}}))), "locked");
  ASSERT_TRUE(tab_.call("unlock", object({{"passphrase", kPassphrase}})).at("ok"));
  EXPECT_EQ(tab_.call("draft.list").at("drafts").at(0).at("text"), "Before it died");
}

TEST_F(Page, UnknownCallsAndFieldsAreRefused) {
  init();
  EXPECT_EQ(error_of(tab_.call("no.such.call")), "usage");
  EXPECT_EQ(error_of(tab_.call("entry.read", object({{"entry", "E1"}, {"extra", 1}}))), "usage");
  EXPECT_EQ(error_of(tab_.call("entry.read", object({{"entry", 7}}))), "usage");
  EXPECT_EQ(error_of(tab_.call("entry.read")), "usage");
  EXPECT_EQ(error_of(json::parse(tab_.post("/api", "[1]", tab_.headers()).body)), "malformed");
}

TEST_F(Page, ImportsAndExportsOnesOwn) {
  init();
  const json files = json::array({{{"name", "2026-03-05.txt"}, {"bytes", base64("A day on the allotment")}},
                                  {{"name", "picture.png"}, {"bytes", base64("\x89PNG")}},
                                  {{"name", "odd.txt"}, {"bytes", base64("\xff\xfe")}}});
  const auto taken = tab_.call("import.add", object({{"files", files}, {"tag", "old"}}));
  EXPECT_EQ(taken.at("added"), 1) << taken;
  EXPECT_EQ(taken.at("skipped").size(), 2U);
  EXPECT_EQ(tab_.call("entry.list", object({{"tag", "old"}}))
                .at("entries")
                .at(0)
                .at("written")
                .get<std::string>()
                .substr(0, 10),
            "2026-03-05");
  const std::string text = tab_.call("export").at("text");
  EXPECT_NE(text.find("A day on the allotment"), std::string::npos);
}

TEST_F(Page, SettingsAreTheSameAsTheCommands) {
  init();
  ASSERT_TRUE(tab_.call("settings.change", object({{"name", "outbox-seconds"}, {"value", "30"}})).at("ok"));
  ASSERT_EQ(node_.run({"settings", "--json"}), 0);
  EXPECT_EQ(json::parse(node_.out).at("settings").at("outbox-seconds"), "30");
  EXPECT_EQ(error_of(tab_.call("settings.change", object({{"name", "outbox-seconds"}, {"value", "999999"}}))),
            "usage");
  EXPECT_EQ(error_of(tab_.call("settings.change", object({{"name", "nothing"}, {"value", "1"}}))),
            "not_found");
  ASSERT_TRUE(
      tab_.call("passphrase.change", object({{"old", kPassphrase}, {"new", "another one now"}})).at("ok"));
  EXPECT_EQ(
      error_of(tab_.call("passphrase.change", object({{"old", kPassphrase}, {"new", "a third one now"}}))),
      "wrong_passphrase");
}

TEST_F(Page, ClosingEndsTheProcess) {
  const pid_t page = page_process(node_);
  ASSERT_EQ(node_.run({"page", "--close"}), 0);
  EXPECT_TRUE(eventually([&] { return kill(page, 0) != 0; }));
  EXPECT_FALSE(fs::exists(node_.path() + "/run/page.sock"));
  EXPECT_EQ(node_.run({"page", "--close"}), 0) << "also when there is none";
}

}  // namespace
}  // namespace kith::page
